import type { AgentSummary } from '../control/status';

/** An answer is good for so long: the refresh of thousands of nodes, and not much more. */
const FRESH_MS = 60_000;

/**
 * What agents said of themselves in this run, by endpoint. A plan refreshes a fabric, its waves and its commit, which
 * all ask the same agents; each is asked once, and one that does not respond is waited for once.
 */
export class SummaryCache {
  private readonly answers = new Map<string, { readonly at: number; readonly answer: Promise<AgentSummary> }>();

  /** The answer of the agent at this endpoint, by `ask` where there is none yet. */
  of(endpoint: string, ask: () => Promise<AgentSummary>): Promise<AgentSummary> {
    const known = this.answers.get(endpoint);
    const now = performance.now();
    if (known && now - known.at < FRESH_MS) return known.answer;
    const answer = ask();
    this.answers.set(endpoint, { at: now, answer });
    return answer;
  }

  /** Agents were asked to change: nothing that they said before holds. */
  forget(): void {
    this.answers.clear();
  }
}
