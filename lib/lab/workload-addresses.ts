import { ADDRESS_BITS, type AddressFamily, IpAddress } from '../model/address';
import type { Fabric } from '../model/fabric';
import { Prefix } from '../model/prefix';
import { sure } from '../model/problem';

/** How many addresses of a prefix are tried. */
const FURTHEST = 2 ** 16;

/**
 * Assigns addresses to workloads as their nodes would: from prefixes that the node advertises (such as a Calico block),
 * or from its workload prefixes, or from the pools that filters advertise, or else from networks without any address of
 * the fabric: 10.65.0.0/16 and fd65::/64, or the next free ones. Addresses are unique.
 */
export class WorkloadAddresses {
  private readonly pools: readonly Prefix[];
  private readonly used: Set<string>;

  /** `given`: addresses already in use. */
  constructor(
    private readonly fabric: Fabric,
    given: readonly IpAddress[],
  ) {
    this.pools = poolsOf(fabric);
    this.used = new Set([...addressesOf(fabric), ...given].map(String));
  }

  /** The next address for a workload of a node; `ordinal` is the node's, from 1. */
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
      const first = size > 2 ? ordinal : 0; // if there are more than two addresses, the first is the network's
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

/** The address at an offset in a prefix. */
function hostIn({ address }: Prefix, place: number): IpAddress {
  const bytes = Uint8Array.from(address.bytes);
  for (let i = bytes.length - 1, left = place; left > 0; i--, left >>= 8) bytes[i] |= left & 0xff;
  return IpAddress.fromBytes(bytes);
}

/** Prefixes that a filter advertises to peers, such as Calico's IP pools. */
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
