import type { LocalInterface } from '../../bgp/rib/adj-rib-out/own-next-hop';
import { ADDRESS_FLAG, type InterfaceAddress } from '../../kernel/codec/interface-address';
import type { Link } from '../../kernel/workload/watch';
import type { IpAddress } from '../../model/address';

/** Unusable addresses: duplicate address detection is in progress, or found a duplicate (RFC 4862 section 5.4). */
const UNUSABLE = ADDRESS_FLAG.tentative | ADDRESS_FLAG.dadFailed;
/** Deprecated or secondary addresses. */
const UNLIKED = ADDRESS_FLAG.deprecated | ADDRESS_FLAG.secondary;

/**
 * The interfaces with an address valid beyond its link, or one of the `wanted` ones, ordered by index, for the speaker.
 * It does not need others, such as most of those of workloads: no neighbour is in a subnet of theirs.
 */
export function localInterfaces(
  links: readonly Link[],
  addresses: readonly InterfaceAddress[],
  wanted: readonly IpAddress[],
): LocalInterface[] {
  const names = new Set(wanted.map(String));
  const byIndex = new Map<number, InterfaceAddress[]>();
  for (const one of addresses) {
    const known = byIndex.get(one.interface);
    if (known) known.push(one);
    else byIndex.set(one.interface, [one]);
  }
  return [...byIndex]
    .filter(([, all]) => all.some(({ address }) => !address.isLinkLocal || names.has(String(address))))
    .sort(([a], [b]) => a - b)
    .map(([index, all]) => {
      const unusable = inOrder(all.filter((one) => !isUsable(one)));
      return {
        name: links.find((link) => link.index === index)?.name ?? `interface ${index}`,
        addresses: inOrder(all.filter(isUsable)),
        ...(unusable.length > 0 && { unusable }),
      };
    });
}

const isUsable = ({ flags = 0 }: InterfaceAddress): boolean => (flags & UNUSABLE) === 0;

const inOrder = (addresses: InterfaceAddress[]): LocalInterface['addresses'] =>
  addresses
    .sort((a, b) => rankOf(a) - rankOf(b) || a.address.compare(b.address) || a.length - b.length)
    .map(({ address, length }) => ({ address, length }));

const rankOf = ({ flags = 0 }: InterfaceAddress): number => flags & UNLIKED;
