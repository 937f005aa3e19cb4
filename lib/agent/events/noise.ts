import type { SpeakerEvent } from '../../bgp/effects';
import type { AgentEvent } from '../../control/status';
import type { Rate } from './rate-limit';

/** What others can cause as often as they like, strangers among them, and how much of it is said. */
interface NoiseRule extends Rate {
  /** Of what kind its events are. */
  readonly event: AgentEvent['kind'];
  /** What was left out, after its number. */
  readonly what: string;
}

/**
 * Every kind of noise, each limited apart. What an operator does, and what a session does whose neighbour is
 * configured, is not noise.
 */
export const NOISE = {
  /** From addresses that no session has. */
  refused: { burst: 10, everyMs: 10_000, event: 'stranger', what: 'refused connections from unknown addresses' },
  /**
   * From a neighbour, or who has its address: without its key, from too far away, or beside the connection that is up.
   * For each neighbour apart.
   */
  rejected: { burst: 10, everyMs: 10_000, event: 'session', what: 'refused connections' },
  /**
   * What keeps a session down that the speaker cannot know of: an address or link may come and go all the time, and
   * anybody can send packets with a wrong key. For each apart.
   */
  trouble: { burst: 10, everyMs: 60_000, event: 'session', what: 'local faults of sessions' },
  /** Whatever neighbours do that come unnamed from a prefix. For each prefix apart. */
  dynamic: { burst: 100, everyMs: 1_000, event: 'stranger', what: 'events of dynamic neighbours' },
  /** Routes that come and go in the kernel. */
  workload: { burst: 200, everyMs: 1_000, event: 'workload', what: 'events of workloads' },
  duplicate: { burst: 50, everyMs: 2_000, event: 'workload', what: 'changes of workloads that others also advertise' },
  /** As many as neighbours care to name. */
  nextHop: { burst: 100, everyMs: 1_000, event: 'kernel', what: 'changes of next hops' },
  /** Other programs that change our kernel routes. */
  disturbance: { burst: 5, everyMs: 30_000, event: 'kernel', what: 'messages about changed kernel routes' },
  /** What else the kernel room says: links come and go. */
  kernel: { burst: 50, everyMs: 2_000, event: 'kernel', what: 'messages about the kernel' },
  /** Who may open the control socket need not be right. */
  request: { burst: 20, everyMs: 10_000, event: 'transaction', what: 'refused requests' },
} as const satisfies Record<string, NoiseRule>;

export type Noise = keyof typeof NOISE;

/**
 * What a report is about: of one kind that is said whatever comes, or of one that others can cause without end (`name`:
 * who that is, for people).
 */
export type Kind = { readonly kind: AgentEvent['kind'] } | { readonly noise: Noise; readonly name?: string };

/**
 * What an event of the speaker counts as, and of whom it is: of a neighbour that is configured all that its session
 * does is said.
 */
export function whatOf({ session, name, template, type }: SpeakerEvent): Kind & { readonly of?: string } {
  if (template !== undefined)
    return { noise: 'dynamic', of: template, name: `neighbours from ${template.split(' ')[1]}` };
  if (session === '') return { noise: 'refused' };
  return type === 'rejected'
    ? { noise: 'rejected', of: session, name: neighbourName({ session, name }) }
    : { kind: 'session', of: session };
}

/** The neighbour of a session, for people: its name, and its address where that is not part of the name. */
export function neighbourName({ session, name }: Pick<SpeakerEvent, 'session' | 'name'>): string {
  const [, remote] = session.split(' ');
  return name.split(' ').includes(remote) ? name : `${name} ${remote}`;
}
