import { type AsPair, samePair } from './config';

/**
 * Chooses among the acceptable pairs of AS numbers of a session: tries the next one after each refusal, until all were
 * tried.
 */
export class PairChoice {
  /** Index of the pair to try next, and number of consecutive refusals. */
  private index = 0;
  private refused = 0;

  /** The acceptable pairs, in the order of trying. */
  order(acceptable: readonly AsPair[]): readonly AsPair[] {
    return [...acceptable.slice(this.index), ...acceptable.slice(0, this.index)];
  }

  /** Tries this pair first from now on, or the first of all if none is given or it is no longer acceptable. */
  prefer(acceptable: readonly AsPair[], pair: AsPair | undefined): void {
    this.index = Math.max(0, pair ? acceptable.findIndex((other) => samePair(other, pair)) : 0);
    this.refused = 0;
  }

  /**
   * The neighbour closed a session with this pair for a new configuration: the next pair is probably what it wants now.
   */
  passOver(acceptable: readonly AsPair[], ended: AsPair): void {
    this.prefer(acceptable, acceptable[acceptable.findIndex((other) => samePair(other, ended)) + 1]);
  }

  /**
   * The pair was refused (Bad Peer AS): takes the next one, or the one for the AS number in the neighbour's OPEN.
   * Returns whether to try at once; false once all were tried.
   */
  next(acceptable: readonly AsPair[], neighbourAs: number | undefined): boolean {
    const fits = neighbourAs === undefined ? -1 : acceptable.findIndex(({ remoteAs }) => remoteAs === neighbourAs);
    this.index = fits >= 0 ? fits : (this.index + 1) % acceptable.length;
    this.refused = (this.refused + 1) % acceptable.length;
    return this.refused !== 0;
  }
}
