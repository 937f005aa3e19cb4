import type { AgentSummary } from '../control/status';

/** Lifetime of a cached summary: long enough for the refresh of thousands of nodes, and not much longer. */
const FRESH_MS = 60_000;

/**
 * Summaries of agents in this run, by endpoint. A plan refreshes a fabric, its waves and its commit, which all ask the
 * same agents; each is asked only once, and an unresponsive one causes only one timeout.
 */
export class SummaryCache {
  private readonly answers = new Map<string, { readonly at: number; readonly answer: Promise<AgentSummary> }>();

  /** The cached summary of the agent at this endpoint, or the result of `ask`. */
  of(endpoint: string, ask: () => Promise<AgentSummary>): Promise<AgentSummary> {
    const known = this.answers.get(endpoint);
    const now = performance.now();
    if (known && now - known.at < FRESH_MS) return known.answer;
    const answer = ask();
    this.answers.set(endpoint, { at: now, answer });
    return answer;
  }

  /** Clears the cache after agents were asked to change. */
  forget(): void {
    this.answers.clear();
  }
}
