import type { AddressFamily } from '../model/address';
import type { Fabric } from '../model/fabric';
import type { FilterRule } from '../model/filter';
import { martianOf } from '../model/martian';
import { Prefix } from '../model/prefix';
import { sure } from '../model/problem';

/**
 * Prefixes of a usual length that no filter names: of networks in use, so that lists of what does not belong on the
 * Internet let them through.
 */
export class MadeUp {
  private readonly used = { ipv4: 0, ipv6: 0 };
  private readonly networks: Readonly<Record<'ipv4' | 'ipv6', Prefix>>;

  constructor(fabrics: readonly Fabric[]) {
    const named = fabrics.flatMap(({ filters }) =>
      Object.values(filters).flatMap((filter) =>
        [...filter.import, ...filter.export].flatMap(({ prefix }) => prefix ?? []),
      ),
    );
    const free = (networks: readonly string[]) => {
      const all = networks.map((text) => sure(Prefix.parse(text)));
      return (
        all.find(
          (network) => !named.some((one) => network.contains(one) || (one.length > 3 && one.contains(network))),
        ) ?? all[0]
      );
    };
    this.networks = { ipv4: free(IPV4), ipv6: free(IPV6) };
  }

  next(family: AddressFamily): string {
    const i = this.used[family]++;
    const [first, second] = this.networks[family].address.bytes;
    const text =
      family === 'ipv4' ? `${first}.0.${i}.0/24` : `${((first << 8) | second).toString(16)}:${i.toString(16)}::/48`;
    return String(sure(Prefix.parse(text)));
  }
}

const IPV4 = ['11.0.0.0/8', '21.0.0.0/8', '26.0.0.0/8', '55.0.0.0/8', '73.0.0.0/8', '133.0.0.0/8'];
const IPV6 = ['2a00::/16', '2600::/16', '2400::/16', '2800::/16', '2c00::/16'];

/** A prefix that a rule names, and one within it that is of a usual length. */
interface RuledPrefix {
  readonly within: string;
  readonly prefix: string;
}

/** Prefixes that rules name, of each family; those of filters that change come first. */
const MOST_RULED = 16;
/** Usual lengths: of routes between networks, and of a workload. */
const USUAL = { import: { ipv4: 24, ipv6: 48 }, export: { ipv4: 32, ipv6: 128 } } as const;

/** Prefixes by which it can be told what the rules of filters make of some prefixes that they do not make of others. */
export function ruledPrefixes(before: Fabric, after: Fabric, side: 'import' | 'export'): RuledPrefix[] {
  const textIn = ({ filters }: Fabric, name: string) => JSON.stringify(filters[name]?.[side]);
  const all = [...new Set([before, after].flatMap(({ filters }) => Object.keys(filters)))];
  const isChanged = (name: string) => Number(textIn(before, name) !== textIn(after, name));
  const found = new Map<string, RuledPrefix>();
  const left = { ipv4: MOST_RULED, ipv6: MOST_RULED };
  for (const name of all.sort((a, b) => isChanged(b) - isChanged(a)))
    for (const { filters } of [before, after])
      for (const rule of filters[name]?.[side] ?? []) {
        const prefix = memberOf(rule, USUAL[side]);
        if (!prefix || found.has(String(prefix)) || left[prefix.family] === 0) continue;
        left[prefix.family]--;
        found.set(String(prefix), { within: String(rule.prefix), prefix: String(prefix) });
      }
  return [...found.values()];
}

function memberOf({ prefix, ge, le }: FilterRule, usual: Readonly<Record<AddressFamily, number>>): Prefix | undefined {
  if (!prefix) return undefined;
  const shortest = ge ?? prefix.length;
  const longest = le ?? (ge === undefined ? prefix.length : usual[prefix.family]);
  const length = Math.max(shortest, Math.min(longest, usual[prefix.family]));
  const member = Prefix.of(prefix.address, length);
  // Of all addresses the first are nobody's: what no rule names stands for these.
  return martianOf(member) ? undefined : member;
}
