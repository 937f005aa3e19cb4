import type { Reply } from './message';
import type { Step } from './request-writer';

/** A question to an agent: what it is to execute, in order, until something is refused that is not optional. */
export interface Posted {
  readonly steps: readonly Step[];
  /** Its reply may take long for a good reason: it does not count in the pace. */
  readonly waits: boolean;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** What ends the waiting for a reply. */
interface Ends {
  /** Its time is over: returns for how many milliseconds to wait on, or why not. */
  readonly expired: (ms: number) => number | Error;
  /** It is over. */
  readonly settled: (result: Reply | Error) => void;
}

/** A question that waits for its reply. */
export class Pending {
  /** The session that it was sent to. */
  session: string | undefined;
  /** etcd may have it, also if it responded with an error. */
  wasSent = false;
  /** etcd said that it has it. */
  wasTaken = false;
  private isSettled = false;
  private readonly began = performance.now();
  private timeout: NodeJS.Timeout;

  constructor(
    readonly node: string,
    readonly question: Posted,
    private readonly ends: Ends,
  ) {
    this.timeout = setTimeout(() => this.expire(), question.timeoutMs);
    question.signal?.addEventListener('abort', this.abort, { once: true });
  }

  /** The one who asks does not wait any more. */
  readonly abort = (): void => {
    const reason: unknown = this.question.signal?.reason;
    this.settle(reason instanceof Error ? reason : new Error('stopped'));
  };

  settle(result: Reply | Error): void {
    if (this.isSettled) return;
    this.isSettled = true;
    clearTimeout(this.timeout);
    this.question.signal?.removeEventListener('abort', this.abort);
    this.ends.settled(result);
  }

  private expire(): void {
    const more = this.ends.expired(performance.now() - this.began);
    if (more instanceof Error) this.settle(more);
    else this.timeout = setTimeout(() => this.expire(), more);
  }
}
