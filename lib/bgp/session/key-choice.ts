/**
 * With which of its keys a session is dialled: in turn, as a neighbour that has another one does not respond at all.
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
   * The session that ran with this key was ended by the neighbour for a new configuration, maybe another key; or it was
   * not (absent).
   */
  after(keys: readonly (string | null)[], ended?: string | null): void {
    this.next = ended === undefined ? 0 : keys.indexOf(ended) + 1;
  }
}
