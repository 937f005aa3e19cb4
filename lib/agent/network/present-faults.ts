import type { Fault } from '../../bgp/session/fault';
import type { SpeakerSession } from '../../bgp/speaker';
import type { InterfaceAddress, Link } from '../../kernel/workload/watch';
import type { RunningSession } from '../../node/sessions';
import type { KeyWatch } from './key-watch';
import type { CarriedSession } from './link-loss';
import { ownTroubles } from './own-trouble';

/** What this machine is like now, as far as sessions hang on it. */
export interface Machine {
  readonly addresses: readonly InterfaceAddress[];
  readonly links: readonly Link[];
  readonly keys: KeyWatch;
  /** What all sessions hang on. */
  readonly carried: readonly CarriedSession[];
}

/** The keys of the sessions that have a password. */
export const signedKeys = (running: readonly RunningSession[]): ReadonlySet<string> =>
  new Set(running.flatMap(({ config }) => (config.authentication === undefined ? [] : [config.key])));

/** What is against sessions that are down now and that the speaker can't know of, by their keys; `signed` has the keys of those with a password. */
export function presentFaults(
  sessions: readonly SpeakerSession[],
  signed: ReadonlySet<string>,
  machine: Machine,
  now: number,
): ReadonlyMap<string, Fault> {
  const down = sessions.filter((one) => one.state !== 'Established' && one.down === undefined);
  if (down.length === 0) return new Map();
  const keys = new Set(down.map(({ key }) => key)),
    carried = machine.carried.filter(({ key }) => keys.has(key)),
    own = ownTroubles(carried, machine.addresses, machine.links);
  return new Map(
    down.flatMap((session): [string, Fault][] => {
      const trouble = own.get(session.key),
        key = trouble === undefined ? keyTrouble(session, signed.has(session.key), machine.keys, now) : undefined,
        text = trouble ?? key;
      if (text === undefined) return [];
      return [[session.key, { kind: trouble === undefined ? 'key' : 'ours', at: now, direction: 'local', text }]];
    }),
  );
}

/** Whoever hears anything of the neighbour has the right key, until then. */
function keyTrouble(session: SpeakerSession, isSigned: boolean, keys: KeyWatch, now: number): string | undefined {
  const ended = session.ended?.at ?? 0,
    last = Math.max(ended, ...session.faults.map(({ at }) => at)),
    heard = Math.max(ended, ...session.faults.map(({ kind, at }) => (kind === 'silence' ? 0 : at)));
  const isTalking = session.state === 'OpenSent' || session.state === 'OpenConfirm';
  if (isTalking || (heard === last && heard > ended)) return undefined;
  return keys.suspicion(isSigned, heard, now);
}
