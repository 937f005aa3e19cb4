/** Maximum seconds for leaving: the default of the command line option. */
export const LEAVE_WITHIN = 20;

/** How long draining a node or a session may take, in milliseconds. */
interface DrainWait {
  /** Minimum, as neighbours need time to choose and install other routes and cannot report that. */
  readonly min: number;
  /** Then until the node has settled, but no longer than this. */
  readonly max: number;
}

/**
 * Nodes of the fabric switch to other routes within a second or two; outside routers may delay updates for longer.
 * Milliseconds.
 */
const INSIDE = 2_000;
const OUTSIDE = 10_000;
/** For neighbours' kernels to remove withdrawn routes, while packets still arrive. */
const WITHDRAWN = 1_000;

const MAX = 60_000;

/** The wait of a node, or of sessions, with or without outside routers among the neighbours. */
export const drainWait = (hasOutside: boolean): DrainWait => ({ min: hasOutside ? OUTSIDE : INSIDE, max: MAX });

/**
 * How a node that ends permanently divides its time: first graceful shutdown (RFC 8326), then with everything
 * withdrawn. Together at most `within` milliseconds.
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

/** Milliseconds between checks. */
const STEP = 250;

/** Waits until traffic has left after a graceful shutdown (RFC 8326), and reports once. */
export class DrainTimer {
  private timer: NodeJS.Timeout | undefined;

  /** `isSettled` is polled; `done` receives the result. */
  constructor(
    private readonly isSettled: () => boolean,
    private readonly done: (isSettled: boolean) => void,
  ) {}

  /** Starts waiting, unless already started. */
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

/** Resolves when it has settled, or at the time limit. */
export const settled = (isSettled: () => boolean, wait: DrainWait): Promise<boolean> =>
  new Promise((resolve) => new DrainTimer(isSettled, resolve).begin(wait));
