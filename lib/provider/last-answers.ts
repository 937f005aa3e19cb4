import type { AgentSummary } from '../control/status';

/** Milliseconds for which an answer counts: an agent that is gone without a word is noticed in as long. */
const STANDS_MS = 30_000;

/** Milliseconds before a confirm timer may act, by which its node is asked again. */
const MARGIN_MS = 5_000;

/** What an agent said of itself last, and in which session it was. */
interface Said {
  readonly at: number;
  readonly session: string;
  readonly summary: AgentSummary;
}

/**
 * What agents answered in this run, by endpoint. As long as etcd says that such an agent is connected and
 * was not started again, and nothing can have changed there by itself, it need not be asked the same again. It judges
 * every verb by its own state anyway.
 */
export class LastAnswers {
  private readonly all = new Map<string, Said>();

  /** `session`: the agent's, as of now; undefined if it is not known, as over a socket. */
  heard(endpoint: string, session: string | undefined, summary: AgentSummary): void {
    if (session === undefined) this.all.delete(endpoint);
    else this.all.set(endpoint, { at: performance.now(), session, summary });
  }

  /** The agent was asked to change, or may have been. */
  forget(endpoint: string): void {
    this.all.delete(endpoint);
  }

  /** What still stands of an agent in this session; undefined if it must be asked. */
  of(endpoint: string, session: string | undefined): AgentSummary | undefined {
    const said = this.all.get(endpoint);
    if (!said || said.session !== session) return undefined;
    const { returnsInMs } = said.summary.transaction;
    const age = performance.now() - said.at;
    return age < Math.min(STANDS_MS, (returnsInMs ?? Number.POSITIVE_INFINITY) - MARGIN_MS) ? said.summary : undefined;
  }
}
