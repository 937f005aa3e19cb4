import type { SpeakerEvent } from '../../bgp/effects';
import type { AgentEvent } from '../../control/status';
import type { Rate } from './rate-limit';

/** Events that others, including strangers, can cause without limit, and how many of them are reported. */
interface NoiseRule extends Rate {
  /** The kind of its events. */
  readonly event: AgentEvent['kind'];
  /** What was omitted, displayed after the number. */
  readonly what: string;
}

/**
 * Every kind of noise, each limited separately. Actions of an operator, and of sessions with configured neighbours, are
 * not noise.
 */
export const NOISE = {
  /** From addresses without a session. */
  refused: { burst: 10, everyMs: 10_000, event: 'stranger', what: 'refused connections from unknown addresses' },
  /**
   * From a neighbour, or anyone with its address: without its key, from too many hops away, or in addition to the
   * established connection. Limited for each neighbour.
   */
  rejected: { burst: 10, everyMs: 10_000, event: 'session', what: 'refused connections' },
  /**
   * What keeps a session down without the speaker knowing: an address or link may flap, and anybody can send packets
   * with a wrong key. Limited for each session.
   */
  trouble: { burst: 10, everyMs: 60_000, event: 'session', what: 'local faults of sessions' },
  /** Everything that unnamed neighbours do. Limited for each prefix. */
  dynamic: { burst: 100, everyMs: 1_000, event: 'stranger', what: 'events of dynamic neighbours' },
  /** Flapping kernel routes. */
  workload: { burst: 200, everyMs: 1_000, event: 'workload', what: 'events of workloads' },
  duplicate: { burst: 50, everyMs: 2_000, event: 'workload', what: 'changes of workloads that others also advertise' },
  /** As many as neighbours choose. */
  nextHop: { burst: 100, everyMs: 1_000, event: 'kernel', what: 'changes of next hops' },
  /** Other programs that change our kernel routes. */
  disturbance: { burst: 5, everyMs: 30_000, event: 'kernel', what: 'messages about changed kernel routes' },
  /** Other messages of the kernel room: flapping links. */
  kernel: { burst: 50, everyMs: 2_000, event: 'kernel', what: 'messages about the kernel' },
  /** Clients of the control socket may be faulty. */
  request: { burst: 20, everyMs: 10_000, event: 'transaction', what: 'refused requests' },
} as const satisfies Record<string, NoiseRule>;

export type Noise = keyof typeof NOISE;

/**
 * The subject of a report: of a kind that is always reported, or of one that others can cause without limit (`name`:
 * who caused it, for display).
 */
export type Kind = { readonly kind: AgentEvent['kind'] } | { readonly noise: Noise; readonly name?: string };

/**
 * How an event of the speaker is classified, and for whom: all events of configured neighbours' sessions are reported.
 */
export function whatOf({ session, name, template, type }: SpeakerEvent): Kind & { readonly of?: string } {
  if (template !== undefined)
    return { noise: 'dynamic', of: template, name: `neighbours from ${template.split(' ')[1]}` };
  if (session === '') return { noise: 'refused' };
  return type === 'rejected'
    ? { noise: 'rejected', of: session, name: neighbourName({ session, name }) }
    : { kind: 'session', of: session };
}

/** The neighbour of a session, for display: its name, and its address unless the name contains it. */
export function neighbourName({ session, name }: Pick<SpeakerEvent, 'session' | 'name'>): string {
  const [, remote] = session.split(' ');
  return name.split(' ').includes(remote) ? name : `${name} ${remote}`;
}
