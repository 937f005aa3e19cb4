import type { SessionFault } from '../../bgp/session/fault';
import type { SpeakerSession } from '../../bgp/speaker';

/** What is to be reported of a session. */
export interface Trouble {
  readonly session: Pick<SpeakerSession, 'key' | 'name'>;
  readonly text: string;
}

/**
 * What is against sessions that are down and that the speaker cannot know of ({@link presentFaults}), for those who
 * read the journal the next morning: told once when it begins or changes, and only if two looks in a row find it, as
 * addresses and links come up one after another.
 */
export class Troubles {
  /** Of the last look. */
  private seen: ReadonlyMap<string, SessionFault> = new Map();
  private readonly told = new Map<string, SessionFault>();

  /** What to tell after a look. */
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
   * An address that is back is over. Of keys the kernel counts only while somebody tries: that is over when the session
   * comes up.
   */
  private forget(sessions: Parameters<Troubles['look']>[0], present: ReadonlyMap<string, SessionFault>): void {
    const down = new Set(sessions.flatMap(({ key, state }) => (state === 'Established' ? [] : [key])));
    for (const [key, { kind }] of this.told)
      if (!down.has(key) || (kind === 'ours' && !present.has(key))) this.told.delete(key);
  }
}
