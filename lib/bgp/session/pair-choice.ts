import { type AsPair, samePair } from './config';

/**
 * Which of its acceptable pairs of AS numbers a session comes up with: the one after the other, as they are refused,
 * until all were tried.
 */
export class PairChoice {
  /** Of the pair to try next, and how many were refused in a row. */
  private index = 0;
  private refused = 0;

  /** The acceptable pairs, the one to try next first. */
  order(acceptable: readonly AsPair[]): readonly AsPair[] {
    return [...acceptable.slice(this.index), ...acceptable.slice(0, this.index)];
  }

  /**
   * This pair is to be tried first from now on, or the first of all where none is given or it is no longer acceptable.
   */
  prefer(acceptable: readonly AsPair[], pair: AsPair | undefined): void {
    this.index = Math.max(0, pair ? acceptable.findIndex((other) => samePair(other, pair)) : 0);
    this.refused = 0;
  }

  /**
   * The neighbour ended a session with this pair for a new configuration of its own: the pair after it is likely to be
   * what it wants now.
   */
  passOver(acceptable: readonly AsPair[], ended: AsPair): void {
    this.prefer(acceptable, acceptable[acceptable.findIndex((other) => samePair(other, ended)) + 1]);
  }

  /**
   * The pair was refused (Bad Peer AS): the next one, or the one for the AS number that the neighbour has said. Returns
   * whether to try at once; not where all were.
   */
  next(acceptable: readonly AsPair[], neighbourAs: number | undefined): boolean {
    const fits = neighbourAs === undefined ? -1 : acceptable.findIndex(({ remoteAs }) => remoteAs === neighbourAs);
    this.index = fits >= 0 ? fits : (this.index + 1) % acceptable.length;
    this.refused = (this.refused + 1) % acceptable.length;
    return this.refused !== 0;
  }
}
