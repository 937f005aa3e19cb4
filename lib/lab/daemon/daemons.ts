import { BIRD } from './bird';
import type { Daemon } from './daemon';
import { FRR } from './frr';
import { GOBGP } from './gobgp';
import { OPENBGPD } from './openbgpd';

/** Daemons that can act as outside machines, besides our own agent. */
export const DAEMONS = { bird: BIRD, frr: FRR, gobgp: GOBGP, openbgpd: OPENBGPD } as const satisfies Record<
  string,
  Daemon
>;

type DaemonKind = keyof typeof DAEMONS;

/** BGP speaker of a lab member. */
export type SpeakerKind = 'agent' | DaemonKind;

/** Choices for outside machines. */
export const OUTSIDE_KINDS = [...Object.keys(DAEMONS), 'agent'] as readonly SpeakerKind[];

/** The daemon of a kind; undefined for an agent. */
export const daemonOf = (kind: SpeakerKind): Daemon | undefined => (kind === 'agent' ? undefined : DAEMONS[kind]);
