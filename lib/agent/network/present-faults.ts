import type { SessionFault } from '../../bgp/session/fault';
import type { SpeakerSession } from '../../bgp/speaker';
import type { InterfaceAddress, Link } from '../../kernel/workload/watch';
import type { RunningSession } from '../../node/sessions';
import type { KeyWatch, Protection, Suspicion } from './key-watch';
import type { CarriedSession } from './link-loss';
import { ownTroubles } from './own-trouble';

/** The machine's current state, as far as sessions depend on it. */
export interface MachineState {
  readonly addresses: readonly InterfaceAddress[];
  readonly links: readonly Link[];
  readonly keys: KeyWatch;
  /** What all sessions depend on. */
  readonly carried: readonly CarriedSession[];
}

/** The packet requirements of sessions with a password or TTL security, by their keys. */
export const protectionsOf = (running: readonly RunningSession[]): ReadonlyMap<string, Protection> =>
  new Map(
    running.flatMap(({ config: { key, authentication, gtsmHops } }) =>
      authentication === undefined && gtsmHops === undefined
        ? []
        : [[key, { isSigned: authentication !== undefined, isSecured: gtsmHops !== undefined }]],
    ),
  );

const UNPROTECTED: Protection = { isSigned: false, isSecured: false };

/**
 * Problems of sessions that are down which the speaker cannot detect, by their keys; `protections`: see {@link
 * protectionsOf}.
 */
export function presentFaults(
  sessions: readonly SpeakerSession[],
  protections: ReadonlyMap<string, Protection>,
  machine: MachineState,
  now: number,
): ReadonlyMap<string, SessionFault> {
  const down = sessions.filter((one) => one.state !== 'Established' && one.down === undefined);
  if (down.length === 0) return new Map();
  const keys = new Set(down.map(({ key }) => key));
  const carried = machine.carried.filter(({ key }) => keys.has(key));
  const own = ownTroubles(carried, machine.addresses, machine.links);
  return new Map(
    down.flatMap((session): [string, SessionFault][] => {
      const trouble = own.get(session.key);
      const found: Pick<SessionFault, 'kind' | 'reason' | 'text'> | undefined =
        trouble === undefined
          ? keyTrouble(session, protections.get(session.key) ?? UNPROTECTED, machine.keys, now)
          : { kind: 'ours', reason: 'own-address', text: trouble };
      return found ? [[session.key, { ...found, at: now, direction: 'local' }]] : [];
    }),
  );
}

/** A session that has received anything from the neighbour had the right key and TTL until then. */
function keyTrouble(
  session: SpeakerSession,
  protection: Protection,
  keys: KeyWatch,
  now: number,
): (Suspicion & { readonly kind: 'key' }) | undefined {
  const ended = session.ended?.at ?? 0;
  const last = Math.max(ended, ...session.faults.map(({ at }) => at));
  const heard = Math.max(ended, ...session.faults.map(({ kind, at }) => (kind === 'silence' ? 0 : at)));
  // The key is right if there is a connection. The TTL need not be: many daemons accept connections with a TTL other
  // than the one they send with.
  const isConnected = session.state === 'OpenSent';
  if (session.state === 'OpenConfirm' || (!isConnected && heard === last && heard > ended)) return undefined;
  const found = keys.suspicion(isConnected ? { ...protection, isSigned: undefined } : protection, heard, now);
  return found && { kind: 'key', ...found };
}
