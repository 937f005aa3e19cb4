import type { Fabric } from '../../model/fabric';
import type { Impact } from '../../preview/impact';
import { byNumber } from '../../preview/words';
import { hasPeer } from '../../topology/peering';

/** An outside neighbour, the dynamic neighbours of a prefix, or a top-of-rack neighbour. */
export interface Neighbour {
  readonly name: string;
  /** Remote ends of its sessions: addresses, or a prefix. */
  readonly addresses: readonly string[];
  readonly asNumber?: string;
  readonly isTop: boolean;
  readonly mark: 'added' | 'removed' | 'kept';
}

/** What the fabrics say about an address. */
interface Known {
  readonly name?: string;
  readonly asNumber?: string;
  readonly isTop: boolean;
  /** Common key of the addresses of one switch. */
  readonly one: string;
}

/** All neighbours before or after, those with the most sessions first. `nodes`: names that are not neighbours. */
export function neighboursIn(
  fabrics: readonly (Fabric | undefined)[],
  sessions: readonly [was: Impact, is: Impact],
  nodes: readonly string[],
): Neighbour[] {
  const known = new Map<string, Known>();
  const isNode = new Set(nodes);
  for (const fabric of fabrics) if (fabric) for (const [address, one] of namedIn(fabric)) known.set(address, one);
  const [was, is] = sessions.map(
    ({ sessions: groups }) => new Set(groups.flatMap(({ to }) => to).filter((name) => !isNode.has(name))),
  );
  const all = new Map<string, Neighbour & { addresses: string[] }>();
  for (const address of [...new Set([...was, ...is])].sort(byNumber)) {
    const { name = address, asNumber, isTop = false, one = address } = known.get(address) ?? {};
    const mark = !was.has(address) ? 'added' : !is.has(address) ? 'removed' : 'kept';
    const key = `${one} ${mark}`;
    const switched = all.get(key);
    if (switched) switched.addresses.push(address);
    else all.set(key, { name, addresses: [address], ...(asNumber !== undefined && { asNumber }), isTop, mark });
  }
  return [...all.values()];
}

function* namedIn({ nodes, peers, racks }: Fabric): Generator<[string, Known]> {
  const entries = new Map<string, number>();
  const addressOf = ({ address, prefix, interface: link }: Fabric['peers'][string]) =>
    String(address ?? prefix ?? link ?? '');
  for (const peer of Object.values(peers)) entries.set(addressOf(peer), (entries.get(addressOf(peer)) ?? 0) + 1);
  for (const [name, peer] of Object.entries(peers)) {
    if (peer.peerNode !== undefined) continue;
    const address = addressOf(peer);
    const asNumber = peer.asNumber === undefined ? {} : { asNumber: String(peer.asNumber) };
    if (peer.interface === undefined)
      yield [address, { ...(entries.get(address) === 1 && { name }), ...asNumber, isTop: false, one: address }];
    // A link has one neighbour; those of all nodes have one entry.
    else
      for (const [node, one] of Object.entries(nodes))
        if (hasPeer(peer, node, one))
          yield [`${node}%${address}`, { ...asNumber, isTop: true, one: `${node}%${address}` }];
  }
  for (const [rack, { asNumber, topOfRack }] of Object.entries(racks))
    for (const top of topOfRack) {
      if (top.interface !== undefined) {
        const as = top.asNumber ?? (top.peerType === 'external' ? undefined : asNumber);
        for (const [node, one] of Object.entries(nodes))
          if (one.rack === rack) {
            const end = `${node}%${top.interface}`;
            yield [end, { ...(as && { asNumber: String(as) }), isTop: true, one: end }];
          }
        continue;
      }
      const addresses = [top.ipv4Address, top.ipv6Address].flatMap((address) => (address ? [String(address)] : []));
      for (const address of addresses)
        yield [address, { asNumber: String(top.asNumber ?? asNumber), isTop: true, one: addresses[0] }];
    }
}
