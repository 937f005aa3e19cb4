import type { SessionFault } from '../../bgp/session/fault';
import type { SpeakerSession } from '../../bgp/speaker';

/** A problem of a session to be reported. */
export interface Trouble {
  readonly session: Pick<SpeakerSession, 'key' | 'name'>;
  readonly text: string;
}

/**
 * Problems of sessions that are down which the speaker cannot detect ({@link presentFaults}), for reading the journal
 * later: reported once when they begin or change, and only if two consecutive checks find them, as addresses and links
 * come up one after another.
 */
export class Troubles {
  /** Of the last check. */
  private seen: ReadonlyMap<string, SessionFault> = new Map();
  private readonly told = new Map<string, SessionFault>();

  /** What to report after a check. */
  look(
    sessions: readonly Pick<SpeakerSession, 'key' | 'name' | 'state'>[],
    present: ReadonlyMap<string, SessionFault>,
  ): Trouble[] {
    this.forget(sessions, present);
    const news = sessions.flatMap((session): Trouble[] => {
      const { key } = session;
      const fault = present.get(key);
      if (!fault || this.seen.get(key)?.text !== fault.text || this.told.get(key)?.text === fault.text) return [];
      this.told.set(key, fault);
      return [{ session, text: fault.text }];
    });
    this.seen = present;
    return news;
  }

  /**
   * A problem with an address is over when the address is back. One with a key is only counted during attempts, so it
   * is over when the session comes up.
   */
  private forget(sessions: Parameters<Troubles['look']>[0], present: ReadonlyMap<string, SessionFault>): void {
    const down = new Set(sessions.flatMap(({ key, state }) => (state === 'Established' ? [] : [key])));
    for (const [key, { kind }] of this.told)
      if (!down.has(key) || (kind === 'ours' && !present.has(key))) this.told.delete(key);
  }
}
