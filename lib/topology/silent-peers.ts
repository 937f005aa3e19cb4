import type { Fabric } from '../model/fabric';
import type { Policy } from '../model/filter';
import { nodesByAddress } from './membership';
import { originName } from './origin';
import { neighboursOf, peerSessions } from './peering';

/** A peer that routes do not come from, or do not go to, for want of filters. */
interface SilentPeer {
  readonly name: string;
  /** Its address, or the prefix that its neighbours come from. */
  readonly remote: string;
  readonly acceptsNothing: boolean;
  readonly advertisesNothing: boolean;
}

/** The outside eBGP neighbours of a fabric that have no rules in a direction (RFC 8212), by name. */
export function silentPeers(fabric: Fabric): SilentPeer[] {
  const owners = nodesByAddress(fabric);
  const peers = Object.fromEntries(
    Object.entries(fabric.peers).filter(
      ([, { address, prefix }]) => prefix !== undefined || (address && !owners.has(address.toString())),
    ),
  );
  const outside = { ...fabric, peers, racks: {}, routeReflectors: {} };
  const found = new Map<string, SilentPeer>();
  for (const node of Object.keys(peers).length > 0 ? Object.keys(fabric.nodes) : [])
    for (const { origin, importPolicy, exportPolicy } of [
      ...peerSessions(outside, node),
      ...neighboursOf(outside, node).map(({ session }) => session),
    ]) {
      const name = originName(origin);
      const [acceptsNothing, advertisesNothing] = [isShut(importPolicy), isShut(exportPolicy)];
      if (acceptsNothing || advertisesNothing)
        found.set(name, {
          name,
          remote: String(peers[name].address ?? peers[name].prefix),
          acceptsNothing,
          advertisesNothing,
        });
    }
  return [...found.values()];
}

const isShut = ({ rules, otherwise }: Policy): boolean => rules.length === 0 && otherwise === 'reject';
