import { BIRD } from './bird';
import type { Daemon } from './daemon';
import { FRR } from './frr';
import { GOBGP } from './gobgp';
import { OPENBGPD } from './openbgpd';

/** What can stand for the outside, beside one of our own agents. */
export const DAEMONS = { bird: BIRD, frr: FRR, gobgp: GOBGP, openbgpd: OPENBGPD } as const satisfies Record<
  string,
  Daemon
>;

type DaemonKind = keyof typeof DAEMONS;

/** What speaks BGP in a member of a lab. */
export type SpeakerKind = 'agent' | DaemonKind;

/** What may be asked for as outside neighbours. */
export const OUTSIDE_KINDS = [...Object.keys(DAEMONS), 'agent'] as readonly SpeakerKind[];

/** The daemon of a kind; undefined: it is an agent. */
export const daemonOf = (kind: SpeakerKind): Daemon | undefined => (kind === 'agent' ? undefined : DAEMONS[kind]);
