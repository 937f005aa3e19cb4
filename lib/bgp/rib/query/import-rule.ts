import type { Prefix } from '../../../model/prefix';
import { decidingRule } from '../../policy/deciding-rule';
import { routeView } from '../policy-view';
import { PATH, PATH_PEER, PATH_POST_POLICY, PATH_PRE_POLICY, PEER_MASK } from '../table/path-table';
import type { RibTables } from '../tables';

/** The position of the import rule that decided on a path; -1: none did. */
export function importRule(tables: RibTables, path: number, prefix: Prefix): number {
  const peer = tables.peers[tables.paths.paths[path * PATH + PATH_PEER] & PEER_MASK];
  const policy = peer?.config.importPolicy;
  return policy ? decidingRule(policy, routeView(tables, receivedSet(tables, path), peer), prefix) : -1;
}

/** The received attribute set of a path, before the import policy. */
export const receivedSet = ({ paths }: RibTables, path: number): number => paths.paths[path * PATH + PATH_PRE_POLICY];

/** Whether a path is usable. */
export const isAccepted = ({ paths }: RibTables, path: number): boolean =>
  paths.paths[path * PATH + PATH_POST_POLICY] !== 0;
