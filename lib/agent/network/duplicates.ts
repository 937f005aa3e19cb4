import type { RibPeer, RouteEntry } from '../../bgp/rib/rib';
import { IpAddress } from '../../model/address';
import type { Fabric } from '../../model/fabric';
import type { Prefix } from '../../model/prefix';

/** A workload of this node that others have as well. */
export interface Duplicate {
  readonly prefix: Prefix;
  /** The other nodes by name, or by address if the fabric has no such node. */
  readonly nodes: readonly string[];
}

/**
 * The workloads of this node that other nodes also advertise: traffic goes to either, which is usually a mistake.
 * Reports when this begins, when more nodes join, and when it ends.
 */
export class Duplicates {
  private readonly known = new Map<string, Duplicate>();

  constructor(private readonly tell: (duplicate: Duplicate) => void) {}

  /** These nodes advertise a workload of this node now; none if only this node does, or it is no longer its own. */
  set(prefix: Prefix, nodes: readonly string[]): void {
    const key = String(prefix);
    const before = this.known.get(key)?.nodes ?? [];
    if (before.join() === nodes.join()) return;
    if (nodes.length > 0) this.known.set(key, { prefix, nodes });
    else this.known.delete(key);
    this.tell({ prefix, nodes });
  }

  /** In order of appearance. */
  all(): readonly Duplicate[] {
    return [...this.known.values()];
  }
}

/**
 * The other nodes of the fabric that originate a prefix, derived from its paths here: these contain no AS number but
 * that of the originating node. A path's next hop is its originator, even through a route reflector.
 */
export function originators(
  { paths }: Pick<RouteEntry, 'paths'>,
  peerOf: (number: number) => Pick<RibPeer, 'inside' | 'peerAs' | 'address'> | undefined,
  fabric: Pick<Fabric, 'nodes'>,
): string[] {
  const nodes = new Map(
    Object.entries(fabric.nodes).flatMap(([name, { ipv4Address, ipv6Address }]) =>
      [ipv4Address, ipv6Address].flatMap((address) => (address ? [[String(address), name] as const] : [])),
    ),
  );
  const found = paths.flatMap(({ peer: number, attributes: { asPath = [], nextHop } }) => {
    const peer = peerOf(number);
    const passed = asPath.flatMap(({ members }) => members);
    if (!peer?.inside || passed.length > 1 || passed.some((as) => as !== peer.peerAs)) return [];
    const address = String(nextHop ? IpAddress.fromBytes(nextHop) : peer.address);
    return [nodes.get(address) ?? address];
  });
  return [...new Set(found)].sort();
}
