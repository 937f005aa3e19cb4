import { ADDRESS_BITS, type AddressFamily, IpAddress } from '../model/address';
import type { Fabric } from '../model/fabric';
import { Prefix } from '../model/prefix';
import { sure } from '../model/problem';

/** How far into a prefix a free address is looked for. */
const FURTHEST = 2 ** 16;

/**
 * Gives workloads addresses as their nodes would: of what the node advertises of its own accord (a block of Calico's),
 * else of where it looks for workload routes, else of the pools that filters let out, else of networks that hold no
 * address of the fabric: 10.65.0.0/16 and fd65::/64, or the first after them. None is given twice.
 */
export class WorkloadAddresses {
  private readonly pools: readonly Prefix[];
  private readonly used: Set<string>;

  /** `given`: addresses that are taken already. */
  constructor(
    private readonly fabric: Fabric,
    given: readonly IpAddress[],
  ) {
    this.pools = poolsOf(fabric);
    this.used = new Set([...addressesOf(fabric), ...given].map(String));
  }

  /** A new address of a workload of a node; `ordinal` is the node's, from 1. */
  next(node: string, family: AddressFamily, ordinal: number): IpAddress {
    const { advertise, workloadPrefixes } = this.fabric.nodes[node];
    const blocks = advertise.map(({ prefix }) => prefix);
    const others = Object.entries(this.fabric.nodes).flatMap(([name, other]) =>
      name === node ? [] : other.advertise.map(({ prefix }) => prefix),
    );
    const isOthers = (address: IpAddress) => others.some((prefix) => prefix.contains(Prefix.host(address)));
    return (
      this.firstFree(family, [...blocks, ...workloadPrefixes], 1) ??
      this.firstFree(family, this.pools, ordinal, isOthers) ??
      this.firstFree(family, [fallback(this.fabric, family)], ordinal, isOthers)!
    );
  }

  private firstFree(
    family: AddressFamily,
    prefixes: readonly Prefix[],
    ordinal: number,
    isBarred: (address: IpAddress) => boolean = () => false,
  ): IpAddress | undefined {
    for (const prefix of prefixes) {
      if (prefix.family !== family) continue;
      const bits = ADDRESS_BITS[family] - prefix.length;
      const size = Math.min(2 ** bits, FURTHEST);
      const first = size > 2 ? ordinal : 0; // of more than two addresses the first is the network's
      for (let i = first; i < size; i++) {
        const address = hostIn(prefix, i);
        if (this.used.has(address.toString()) || isBarred(address)) continue;
        this.used.add(address.toString());
        return address;
      }
    }
    return undefined;
  }
}

/** The address that many places into a prefix. */
function hostIn({ address }: Prefix, place: number): IpAddress {
  const bytes = Uint8Array.from(address.bytes);
  for (let i = bytes.length - 1, left = place; left > 0; i--, left >>= 8) bytes[i] |= left & 0xff;
  return IpAddress.fromBytes(bytes);
}

/** Prefixes that a filter has advertised to peers: Calico's IP pools, among others. */
function poolsOf({ filters }: Fabric): Prefix[] {
  return Object.values(filters).flatMap((filter) =>
    filter.export.flatMap(({ action, prefix, le, source }) => {
      if (action !== 'accept' || !prefix || source === 'bgp') return [];
      const bits = ADDRESS_BITS[prefix.family];
      return prefix.length > 0 && (le ?? bits) === bits ? [prefix] : [];
    }),
  );
}

const addressesOf = ({ nodes, peers, racks }: Fabric): IpAddress[] =>
  [
    ...Object.values(nodes).flatMap(({ ipv4Address, ipv6Address }) => [ipv4Address, ipv6Address]),
    ...Object.values(peers).flatMap(({ address, localAddress }) => [address, localAddress]),
    ...Object.values(racks).flatMap(({ topOfRack }) =>
      topOfRack.flatMap(({ ipv4Address, ipv6Address }) => [ipv4Address, ipv6Address]),
    ),
  ].filter((one) => one !== undefined);

const NETWORK: Record<AddressFamily, (number: number) => string> = {
  ipv4: (number) => `10.${number}.0.0/16`,
  ipv6: (number) => `fd${number}::/64`,
};

function fallback(fabric: Fabric, family: AddressFamily): Prefix {
  const used = addressesOf(fabric);
  for (let number = 65; ; number++) {
    const prefix = sure(Prefix.parse(NETWORK[family](number)));
    if (number === 99 || !used.some((one) => prefix.contains(Prefix.host(one)))) return prefix;
  }
}
