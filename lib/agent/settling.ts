/** Milliseconds between two looks. */
const STEP = 250;

/** How long traffic takes to leave a node or a session, in milliseconds. */
export interface Patience {
  /** At least this long, as neighbours need time to choose and write other routes and cannot tell that they have. */
  readonly least: number;
  /** Then until the node has settled, but no longer than this. */
  readonly most: number;
}

/** Waits until traffic has left what was asked to be gone round (RFC 8326), and tells once. */
export class Settling {
  private timer: NodeJS.Timeout | undefined;

  /** `isSettled` is asked again and again; `done` is told whether it was so in the end. */
  constructor(
    private readonly isSettled: () => boolean,
    private readonly done: (isSettled: boolean) => void,
  ) {}

  get isRunning(): boolean {
    return this.timer !== undefined;
  }

  /** Begins; one that runs goes on. */
  begin({ least, most }: Patience): void {
    if (this.timer) return;
    const from = performance.now();
    this.timer = setInterval(() => {
      const waited = performance.now() - from;
      if (waited < least) return;
      const isSettled = this.isSettled();
      if (!isSettled && waited < most) return;
      this.end();
      this.done(isSettled);
    }, STEP).unref();
  }

  end(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
