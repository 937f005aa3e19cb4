import type { Fabric } from '../model/fabric';
import type { Node } from '../model/node';
import { sessionsOf } from './derive';
import type { Session } from './session';

/**
 * A fabric during a deploy: some nodes run the new release and, until it is final, keep the sessions that only the
 * previous one has; the others run the previous release with the new one staged. A session comes up with the AS numbers
 * of either release.
 */
export interface DeployState {
  readonly before?: Fabric;
  readonly after?: Fabric;
  /** Whether a node runs the new release. */
  readonly moved: (node: string) => boolean;
}

/** All nodes run this release; there is no other. */
export const atRest = (after: Fabric | undefined): DeployState => ({ after, moved: () => true });

/** AS numbers that a session can come up with, seen from one end. */
export interface AsNumbers {
  readonly local: number;
  readonly remote: number;
}

/** A session as one node runs it in a deploy state. */
export interface End {
  readonly session: Session;
  /** In order of preference. */
  readonly accepts: readonly AsNumbers[];
}

/**
 * The release that a node runs in a deploy state. A node that the new release does not have runs the previous one until
 * the new one is final.
 */
export const fabricAt = ({ before, after, moved }: DeployState, name: string): Fabric | undefined =>
  moved(name) && after?.nodes[name] ? after : before;

/** The configuration of a node in a deploy state; undefined if it has none. */
export const nodeAt = (state: DeployState, name: string): Node | undefined => fabricAt(state, name)?.nodes[name];

/**
 * Whether a node advertises nothing. A node that is taken out of service advertises until the new release is final, so
 * that traffic is drained first.
 */
export const isOutOfService = (state: DeployState, name: string): boolean =>
  nodeAt(state, name)?.drain === true && (!state.before || state.before.nodes[name]?.drain === true);

/** The sessions that a node runs in a deploy state. */
export function endsAt({ before, after, moved }: DeployState, name: string): End[] {
  const old = before ? sessionsOf(before, name) : [];
  const now = after ? sessionsOf(after, name) : [];
  const [first, second] = moved(name) ? [now, old] : [old, now];
  const others = new Map(second.map((session) => [session.key, session]));
  const ends = first.map((session): End => {
    const other = others.get(session.key);
    return { session, accepts: [session, ...(other ? [other] : [])].map(asNumbersOf) };
  });
  if (!moved(name)) return ends;
  const kept = new Set(first.map(({ key }) => key));
  return [
    ...ends,
    ...old.filter(({ key }) => !kept.has(key)).map((session) => ({ session, accepts: [asNumbersOf(session)] })),
  ];
}

const asNumbersOf = ({ localAs, remoteAs }: Session): AsNumbers => ({ local: localAs.value, remote: remoteAs.value });
