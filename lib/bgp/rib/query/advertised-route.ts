import type { Prefix } from '../../../model/prefix';
import { decidingRule } from '../../policy/deciding-rule';
import { REJECTED } from '../../policy/prefix-rules';
import type { PathAttributes } from '../../wire/path-attributes';
import { familyOfSet, nextHopFor } from '../adj-rib-out/advertisement-rules';
import { roomFor, writeAttributes } from '../adj-rib-out/attribute-rewriter';
import { exportObstacle, type NotAdvertised } from '../adj-rib-out/not-advertised';
import type { PeerState } from '../peer';
import { advertisedView } from '../policy-view';
import { fromCanonical } from '../table/canonical';
import { PATH, PATH_NEXT, PATH_PEER, PATH_POST_POLICY, PEER_MASK } from '../table/path-table';
import { ROW, ROW_HEAD } from '../table/prefix-table';
import type { RibTables } from '../tables';

/** A route as it is advertised to a neighbour, or why it is not. */
export interface AdvertisedRoute {
  /** Number of the path; 0: there is none. */
  readonly path: number;
  /** The peer that the path came from, 0 if this node originates it. Absent if there is no path. */
  readonly from?: number;
  /** When the path was received, seconds of the speaker's clock; absent if there is none. */
  readonly since?: number;
  /** All reasons not to advertise it, each sufficient; the agent uses the first. Empty if it is advertised. */
  readonly obstacles: readonly NotAdvertised[];
  /** As sent; absent if it is not advertised. */
  readonly attributes?: PathAttributes;
  /** The position of the export rule that decides; -1: none does. */
  readonly rule: number;
}

/** Whether a prefix is advertised to a neighbour. */
export const isAdvertised = (peer: PeerState, id: number): boolean =>
  peer.advertisedPrefixes.has(id) || peer.advertisedPaths.hasAny(id);

/**
 * The paths to a prefix towards a neighbour, advertised or not: the best one or, if it gets all (RFC 7911), each usable
 * one.
 */
export function advertisedRoutes(tables: RibTables, peer: PeerState, id: number, prefix: Prefix): AdvertisedRoute[] {
  const { paths } = tables.paths;
  const head = id === 0 ? 0 : tables.prefixes.rows[id * ROW + ROW_HEAD];
  const usable: number[] = [];
  for (let path = head; path !== 0; path = paths[path * PATH + PATH_NEXT])
    if (paths[path * PATH + PATH_POST_POLICY] !== 0) usable.push(path);
  if (usable.length === 0 || paths[head * PATH + PATH_POST_POLICY] === 0)
    return [{ ...whence(tables, head), obstacles: ['no-path'], rule: -1 }];
  const getsAll = peer.getsAllPaths[prefix.family === 'ipv4' ? 0 : 1];
  return (getsAll ? usable : usable.slice(0, 1)).map((path) => ({
    ...whence(tables, path),
    ...judged(tables, peer, path, prefix, getsAll ? peer.advertisedPaths.has(id, path) : isAdvertised(peer, id)),
  }));
}

const whence = (
  { paths: { paths, since } }: RibTables,
  path: number,
): Pick<AdvertisedRoute, 'path' | 'from' | 'since'> =>
  path === 0 ? { path } : { path, from: paths[path * PATH + PATH_PEER] & PEER_MASK, since: since[path] };

function judged(
  tables: RibTables,
  peer: PeerState,
  path: number,
  prefix: Prefix,
  isTold: boolean,
): Omit<AdvertisedRoute, 'path' | 'from' | 'since'> {
  const set = tables.paths.paths[path * PATH + PATH_POST_POLICY];
  const { context } = peer;
  const rule = exportRule(tables, peer, path, prefix);
  const outcome = peer.exportPolicy.rulesFor(advertisedView(tables, set, peer)).outcome(prefix);
  const isRejected = outcome === REJECTED;
  const edit = isRejected ? undefined : peer.exportEdit(outcome);
  const barrier = exportObstacle(tables, set, peer);
  const isCarried = !context || peer.negotiated[familyOfSet(tables.attributes, set)];
  const nextHop = context && isCarried ? nextHopFor(tables, set, peer, edit) : undefined;
  const all: readonly (NotAdvertised | false | undefined)[] = [
    !context && 'down',
    !isCarried && 'family',
    barrier,
    isRejected && 'policy',
    context && isCarried && !isRejected && !nextHop && 'no-next-hop',
  ];
  const found = all.filter((one) => one !== false && one !== undefined);
  const obstacles: readonly NotAdvertised[] = found.length === 0 && !isTold ? ['due'] : found;
  if (!context || !nextHop || obstacles.length > 0) return { obstacles, rule };
  const octets = new Uint8Array(roomFor(tables, set, edit));
  const end = writeAttributes(tables, set, peer, undefined, edit, octets, 0);
  return {
    obstacles,
    attributes: {
      ...fromCanonical(octets, 0, end, context.as4),
      nextHop: nextHop.slice(0, nextHop.length > 16 ? 16 : 32),
    },
    rule,
  };
}

/**
 * The position of the rule that decides on a path towards a neighbour, by its own policy unless another is given; -1:
 * none does.
 */
export function exportRule(
  tables: RibTables,
  peer: PeerState,
  path: number,
  prefix: Prefix,
  policy = peer.config.exportPolicy,
): number {
  const set = tables.paths.paths[path * PATH + PATH_POST_POLICY];
  return policy ? decidingRule(policy, advertisedView(tables, set, peer), prefix) : -1;
}
