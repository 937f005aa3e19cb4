/**
 * Chooses the key with which a session is dialled: in turn, as a neighbour with another key does not respond at all.
 */
export class KeyChoice {
  private next = 0;

  /** The key of the next attempt. */
  take(keys: readonly (string | null)[]): string | null {
    const key = keys[this.next % keys.length];
    this.next = (this.next + 1) % keys.length;
    return key;
  }

  /**
   * The neighbour closed a session with this key for a new configuration, perhaps with another key; absent: it ended
   * for another reason.
   */
  after(keys: readonly (string | null)[], ended?: string | null): void {
    this.next = ended === undefined ? 0 : keys.indexOf(ended) + 1;
  }
}
