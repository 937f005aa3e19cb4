/** Seconds that leaving may take unless the command line says otherwise. */
export const LEAVE_WITHIN = 20;

/** How long traffic may take to leave a node or a session, in milliseconds. */
interface DrainWait {
  /** At least this long, as neighbours need time to choose and write other routes and cannot tell that they have. */
  readonly min: number;
  /** Then until the node has settled, but no longer than this. */
  readonly max: number;
}

/**
 * Nodes of the fabric take other routes within a second or two; routers outside may hold news back for longer.
 * Milliseconds.
 */
const INSIDE = 2_000;
const OUTSIDE = 10_000;
/** For neighbours' kernels to follow what was withdrawn, while packets still come. */
const WITHDRAWN = 1_000;

const MAX = 60_000;

/** The wait of a node, or of sessions, with routers outside among the neighbours or not. */
export const drainWait = (hasOutside: boolean): DrainWait => ({ min: hasOutside ? OUTSIDE : INSIDE, max: MAX });

/**
 * How a node that ends permanently spends its time: gone round first (RFC 8326), then with nothing told any more.
 * Together no longer than `within` milliseconds.
 */
export function departure(
  within: number,
  hasOutside: boolean,
): { readonly leaving: DrainWait; readonly withdrawn: DrainWait } {
  const last = within / 5;
  const first = within - last;
  return {
    leaving: { min: Math.min(drainWait(hasOutside).min, first), max: first },
    withdrawn: { min: Math.min(WITHDRAWN, last), max: last },
  };
}

/** Milliseconds between two looks. */
const STEP = 250;

/** Waits until traffic has left what was asked to be gone round (RFC 8326), and tells once. */
export class DrainTimer {
  private timer: NodeJS.Timeout | undefined;

  /** `isSettled` is polled; `done` receives the result. */
  constructor(
    private readonly isSettled: () => boolean,
    private readonly done: (isSettled: boolean) => void,
  ) {}

  /** Begins; one that runs continues. */
  begin({ min, max }: DrainWait): void {
    if (this.timer) return;
    const from = performance.now();
    this.timer = setInterval(() => {
      const waited = performance.now() - from;
      if (waited < min) return;
      const isSettled = this.isSettled();
      if (!isSettled && waited < max) return;
      this.end();
      this.done(isSettled);
    }, STEP).unref();
  }

  end(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }
}

/** Resolves when this has settled, or has had all the time that it gets. */
export const settled = (isSettled: () => boolean, wait: DrainWait): Promise<boolean> =>
  new Promise((resolve) => new DrainTimer(isSettled, resolve).begin(wait));
