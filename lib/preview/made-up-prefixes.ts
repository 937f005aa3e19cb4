import { ADDRESS_BITS, type AddressFamily, IpAddress } from '../model/address';
import type { Fabric } from '../model/fabric';
import type { FilterRule } from '../model/filter';
import { martianOf } from '../model/martian';
import { Prefix } from '../model/prefix';
import { sure } from '../model/problem';

/**
 * Synthetic prefixes of usual lengths that no filter names, from networks in use, so that bogon filters accept them.
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
      family === 'ipv4'
        ? `${first}.${i >> 8}.${i & 255}.0/24`
        : `${((first << 8) | second).toString(16)}:${i.toString(16)}::/48`;
    return String(sure(Prefix.parse(text)));
  }
}

const IPV4 = ['11.0.0.0/8', '21.0.0.0/8', '26.0.0.0/8', '55.0.0.0/8', '73.0.0.0/8', '133.0.0.0/8'];
const IPV6 = ['2a00::/16', '2600::/16', '2400::/16', '2800::/16', '2c00::/16'];

/** A range of prefixes that something names, and synthetic prefixes of a usual length within it. */
export interface NamedRange {
  /** The range as text. */
  readonly text: string;
  /** One synthetic prefix. */
  readonly prefix: string;
  /** A number of them; undefined if there is not enough room. */
  readonly several: (number: number) => readonly string[] | undefined;
}

const MOST_RANGES = 16;
/** Usual lengths: of routes between networks, and of a workload. */
const USUAL = { import: { ipv4: 24, ipv6: 48 }, export: { ipv4: 32, ipv6: 128 } } as const;

type Range = Pick<FilterRule, 'prefix' | 'ge' | 'le'>;

/**
 * Ranges that a fabric may treat differently from other prefixes: on import, those of rules; on export, also those that
 * nodes tag, within which they suppress more specific routes, or by which they select workload routes. `most`: maximum
 * for each family; filters that change come first.
 */
export function namedRanges(
  before: Fabric,
  after: Fabric,
  side: 'import' | 'export',
  most = MOST_RANGES,
): NamedRange[] {
  const ranges = [...rangesOf(before, after, side)].flatMap((range) => range.prefix ?? []);
  const found = new Map<string, { readonly range: Prefix; readonly le?: number; readonly members?: Members }>();
  const left = { ipv4: most, ipv6: most };
  for (const range of rangesOf(before, after, side)) {
    const members = membersOf(range, USUAL[side], ranges);
    const prefix = side === 'import' ? announcedIn(range, members) : members?.at(0);
    // No workload is a default route.
    if (!range.prefix || !prefix || (side === 'export' && prefix.length === 0)) continue;
    if (found.has(String(prefix)) || left[prefix.family] === 0) continue;
    left[prefix.family]--;
    const { le } = range.prefix.length === 0 ? range : {};
    found.set(String(prefix), { range: range.prefix, ...(le !== undefined && { le }), ...(members && { members }) });
  }
  const all = [...found.values()];
  return [...found].map(([prefix, { range, le, members }]) => {
    const isAlone = all.filter((other) => other.range.equals(range)).length === 1;
    const text = String(range);
    // Short prefixes of a whole family are not what one takes its name for.
    const isShort = le !== undefined && le > 0 && le < USUAL.import[range.family];
    return {
      prefix,
      text: isShort
        ? `${text} up to /${le}`
        : isAlone || text === prefix
          ? text
          : `${text} (length ${prefix.slice(prefix.indexOf('/') + 1)})`,
      several: (number) =>
        !members || number > members.room ? undefined : Array.from({ length: number }, (_, i) => String(members.at(i))),
    };
  });
}

/** The default routes that export rules name: neighbours most likely send them. */
export const namedDefaults = (before: Fabric, after: Fabric): NamedRange[] =>
  [
    ...new Set([...rangesOf(before, after, 'export')].flatMap(({ prefix, le }) => (le === 0 ? String(prefix) : []))),
  ].map((prefix) => ({ prefix, text: prefix, several: () => undefined }));

/** What neighbours most likely announce of a range that a rule names: all of it, if the rule does not say lengths. */
function announcedIn({ prefix, ge, le }: Range, members: Members | undefined): Prefix | undefined {
  if (ge !== undefined || le !== undefined) return members?.at(0);
  return prefix && !martianOf(prefix) ? prefix : undefined;
}

function* rangesOf(before: Fabric, after: Fabric, side: 'import' | 'export'): Generator<Range> {
  const textIn = ({ filters }: Fabric, name: string) => JSON.stringify(filters[name]?.[side]);
  const all = [...new Set([before, after].flatMap(({ filters }) => Object.keys(filters)))];
  const isChanged = (name: string) => Number(textIn(before, name) !== textIn(after, name));
  if (side === 'export') {
    const selected = [before, after].map(({ nodes }) => Object.values(nodes).flatMap((node) => node.workloadPrefixes));
    if (selected[0].join() !== selected[1].join()) for (const prefix of selected.flat()) yield { prefix };
    for (const { nodes, prefixAdvertisements } of [before, after]) {
      yield* prefixAdvertisements.map(({ prefix }) => ({ prefix }));
      for (const { advertise } of Object.values(nodes))
        for (const { prefix, moreSpecifics } of advertise) if (moreSpecifics === 'suppress') yield { prefix };
    }
  }
  for (const name of all.sort((a, b) => isChanged(b) - isChanged(a)))
    for (const { filters } of [before, after])
      for (const rule of filters[name]?.[side] ?? []) {
        yield rule;
        // Where lengths of a whole family matter, the default route does.
        if (side === 'import' && rule.prefix?.length === 0 && (rule.ge ?? rule.le) !== undefined)
          yield { prefix: rule.prefix, le: 0 };
      }
}

/** Prefixes of one length, in order. */
interface Members {
  readonly length: number;
  readonly room: number;
  readonly at: (i: number) => Prefix;
}

/** Maximum number of prefixes needed from a range. */
const MOST_MEMBERS = 1000;

/** Members of a range outside its nested ranges. A member that no rule names stands for martians. */
function membersOf(
  { prefix, ge, le }: Range,
  usual: Readonly<Record<AddressFamily, number>>,
  ranges: readonly Prefix[],
): Members | undefined {
  if (!prefix) return undefined;
  const shortest = ge ?? prefix.length;
  const length = Math.max(shortest, Math.min(le ?? usual[prefix.family], usual[prefix.family]));
  const step = 1n << BigInt(ADDRESS_BITS[prefix.family] - length);
  const inner = ranges
    .filter((one) => one.length > prefix.length && one.length <= length && prefix.contains(one))
    .map((one) => ends(one))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const [first, end] = ends(prefix);
  let [start, room] = [first, 0n];
  let at = first;
  for (const [from, to] of [...inner, [end, end] as const]) {
    if (from > at && (from - at) / step > room) [start, room] = [at, (from - at) / step];
    if (to > at) at = to;
  }
  // Nested ranges may cover all of it.
  if (room === 0n) [start, room] = [first, 1n];
  const of = (i: number) => Prefix.of(addressAt(start + BigInt(i) * step, prefix), length);
  if (martianOf(of(0))) return undefined;
  return { length, room: Number(room > BigInt(MOST_MEMBERS) ? BigInt(MOST_MEMBERS) : room), at: of };
}

/** The first address of a prefix as a number, and the one after its last. */
function ends({ address: { bytes }, length, family }: Prefix): readonly [first: bigint, end: bigint] {
  const first = bytes.reduce((sum, octet) => (sum << 8n) | BigInt(octet), 0n);
  return [first, first + (1n << BigInt(ADDRESS_BITS[family] - length))];
}

const addressAt = (number: bigint, { family }: Prefix): IpAddress =>
  IpAddress.fromBytes(
    Uint8Array.from({ length: ADDRESS_BITS[family] / 8 }, (_, i, octets = ADDRESS_BITS[family] / 8) =>
      Number((number >> BigInt(8 * (octets - 1 - i))) & 255n),
    ),
  );
