import type { Fabric } from '../model/fabric';
import type { Policy } from '../model/filter';
import { nodesByAddress } from './membership';
import { originName } from './origin';
import { neighboursOf, peerSessions } from './peering';

/** A peer that no routes are accepted from, or advertised to, because it has no filters. */
interface SilentPeer {
  readonly name: string;
  /** Its address, or the prefix of its neighbours. */
  readonly remote: string;
  readonly acceptsNothing: boolean;
  readonly advertisesNothing: boolean;
}

/** The outside eBGP neighbours of a fabric without rules in a direction (RFC 8212), by name. */
export function silentPeers(fabric: Fabric): SilentPeer[] {
  const owners = nodesByAddress(fabric);
  const peers = Object.fromEntries(
    Object.entries(fabric.peers).filter(
      ([, { address, prefix, interface: link, peerNode }]) =>
        peerNode === undefined &&
        (prefix !== undefined || link !== undefined || (address && !owners.has(address.toString()))),
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
          remote: String(peers[name].address ?? peers[name].interface ?? peers[name].prefix),
          acceptsNothing,
          advertisesNothing,
        });
    }
  return [...found.values()];
}

const isShut = ({ rules, otherwise }: Policy): boolean => rules.length === 0 && otherwise === 'reject';
