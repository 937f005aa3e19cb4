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
import { PATH, PATH_NEXT, PATH_POST_POLICY } from '../table/path-table';
import { ROW, ROW_HEAD } from '../table/prefix-table';
import type { RibTables } from '../tables';

/** A route as a neighbour is told it, or why it is not. */
export interface AdvertisedRoute {
  /** Number of the path; 0: there is none. */
  readonly path: number;
  /** Absent: it is told. */
  readonly obstacle?: NotAdvertised;
  /** As they are sent; absent where it is not told. */
  readonly attributes?: PathAttributes;
  /** The place of the export rule that decided; -1: none did, or none was asked. */
  readonly rule: number;
}

/** Whether a neighbour was told of a prefix. */
export const isAdvertised = (peer: PeerState, id: number): boolean =>
  peer.advertisedPrefixes.has(id) || peer.advertisedPaths.hasAny(id);

/** What becomes of the paths to a prefix towards a neighbour: of the best one or, where it gets all (RFC 7911), of each that may be used. */
export function advertisedRoutes(tables: RibTables, peer: PeerState, id: number, prefix: Prefix): AdvertisedRoute[] {
  const { paths } = tables.paths,
    head = id === 0 ? 0 : tables.prefixes.rows[id * ROW + ROW_HEAD],
    usable: number[] = [];
  for (let path = head; path !== 0; path = paths[path * PATH + PATH_NEXT])
    if (paths[path * PATH + PATH_POST_POLICY] !== 0) usable.push(path);
  if (usable.length === 0 || paths[head * PATH + PATH_POST_POLICY] === 0)
    return [{ path: head, obstacle: 'no-path', rule: -1 }];
  const getsAll = peer.getsAllPaths[prefix.family === 'ipv4' ? 0 : 1];
  return (getsAll ? usable : usable.slice(0, 1)).map((path) => ({
    path,
    ...judged(tables, peer, path, prefix, getsAll ? peer.advertisedPaths.has(id, path) : isAdvertised(peer, id)),
  }));
}

function judged(
  tables: RibTables,
  peer: PeerState,
  path: number,
  prefix: Prefix,
  isTold: boolean,
): Omit<AdvertisedRoute, 'path'> {
  const set = tables.paths.paths[path * PATH + PATH_POST_POLICY];
  if (!peer.context) return { obstacle: 'down', rule: -1 };
  if (!peer.negotiated[familyOfSet(tables.attributes, set)]) return { obstacle: 'family', rule: -1 };
  const obstacle = exportObstacle(tables, set, peer);
  if (obstacle) return { obstacle, rule: -1 };
  const policy = peer.config.exportPolicy,
    rule = policy ? decidingRule(policy, advertisedView(tables, set, peer), prefix) : -1,
    outcome = peer.exportPolicy.rulesFor(advertisedView(tables, set, peer)).outcome(prefix);
  if (outcome === REJECTED) return { obstacle: 'policy', rule };
  const edit = peer.exportEdit(outcome),
    nextHop = nextHopFor(tables, set, peer, edit);
  if (!nextHop) return { obstacle: 'no-next-hop', rule };
  if (!isTold) return { obstacle: 'due', rule };
  const octets = new Uint8Array(roomFor(tables, set, edit)),
    end = writeAttributes(tables, set, peer, undefined, edit, octets, 0);
  return {
    attributes: {
      ...fromCanonical(octets, 0, end, peer.context.as4),
      nextHop: nextHop.slice(0, nextHop.length > 16 ? 16 : 32),
    },
    rule,
  };
}
