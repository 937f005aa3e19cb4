import { calicoList, shownInCalico } from '../../calico/shown';
import type { Delivery } from '../../control/delivery';
import { canonicalFabric, type Json } from '../../model/canonical';
import type { Fabric } from '../../model/fabric';
import { asNumberOf } from '../../topology/membership';
import { objectKinds } from '../../topology/objects';
import { PLAIN, type Screen } from '../screen';
import { table } from '../table';
import { line, lines, type Text } from '../terminal';
import { settingsOf } from './settings';

/** An object of the fabric as data: its name first, then its fields. */
export type FabricObject = { readonly name: string } & Readonly<Record<string, Json>>;

interface Column {
  readonly heading: string;
  readonly of: (item: FabricObject, fabric: Fabric) => string;
  /** Only in the wide table. */
  readonly isWide?: boolean;
}

const text = (value: Json | undefined): string => (value === undefined || value === null ? '' : String(value));
const field = (heading: string, name: string, isWide = false): Column => ({
  heading,
  isWide,
  of: (item) => text(item[name]),
});
const list = (heading: string, name: string, isWide = false): Column => ({
  heading,
  isWide,
  of: (item) => (item[name] as readonly Json[] | undefined)?.join(',') ?? '',
});
const count = (heading: string, name: string): Column => ({
  heading,
  of: (item) => text((item[name] as readonly Json[] | undefined)?.length ?? 0),
});

/** Address of a neighbour, with its port unless it is the default. */
export const addressText = (address: string, port: number): string =>
  port === 179 ? address : address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

const remote = ({
  address,
  interface: link,
  port,
  peerSelector,
  prefix,
  peerNode,
  peerInterface,
}: FabricObject): string =>
  peerNode !== undefined
    ? `${text(link)} - ${text(peerNode)}%${text(peerInterface)}`
    : address === undefined
      ? text(link ?? peerSelector ?? prefix)
      : addressText(text(address), Number(port ?? 179));

/** Nodes by name, and by selector. */
const chosen = (heading: string, names: string, selector: string): Column => ({
  heading,
  of: (item) => [...((item[names] as readonly Json[] | undefined) ?? []), item[selector] ?? []].flat().join(','),
});

/** Columns by kind, with calicoctl's headings; other kinds show their plain fields. */
const COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  nodes: [
    {
      heading: 'ASN',
      of: ({ name, asNumber }, fabric) => text(asNumber ?? `(${asNumberOf(fabric, fabric.nodes[name])})`),
    },
    field('IPV4', 'ipv4Address'),
    field('IPV6', 'ipv6Address'),
    field('RACK', 'rack', true),
    field('ROUTERID', 'routerId', true),
    list('WORKLOADS', 'workloadInterfaces', true),
    field('ENDPOINT', 'endpoint', true),
  ],
  peers: [
    { heading: 'SCOPE', of: ({ node, nodeSelector }) => (node ? 'node' : nodeSelector ? 'selector' : 'global') },
    { heading: 'PEERIP', of: remote },
    { heading: 'NODE', of: ({ node, nodeSelector }) => text(node ?? nodeSelector ?? '(global)') },
    { heading: 'ASN', of: ({ asNumber, peerType }) => text(asNumber ?? peerType) },
    list('FILTERS', 'filters', true),
    field('NEXTHOP', 'nextHop', true),
    field('PASSIVE', 'passive', true),
  ],
  racks: [
    field('ASN', 'asNumber'),
    {
      heading: 'TOPOFRACK',
      of: ({ topOfRack }) =>
        ((topOfRack ?? []) as readonly { ipv4Address?: string; ipv6Address?: string; interface?: string }[])
          .flatMap(({ ipv4Address, ipv6Address, interface: link }) => [ipv4Address, ipv6Address, link])
          .filter((end) => end !== undefined)
          .join(','),
    },
  ],
  routeReflectors: [
    chosen('REFLECTORS', 'reflectors', 'reflectorSelector'),
    chosen('CLIENTS', 'clients', 'clientSelector'),
    field('CLUSTERID', 'clusterId'),
  ],
  filters: [count('IMPORT', 'import'), count('EXPORT', 'export')],
};

/** calicoctl's names, case-insensitive. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  nodes: ['node', 'no', 'nos'],
  peers: ['peer', 'bgppeer', 'bgppeers', 'bgpp', 'bgpps', 'bp', 'bps'],
  filters: ['filter', 'bgpfilter', 'bgpfilters'],
  config: ['configuration', 'bgpconfig', 'bgpconfigs', 'bgpconfiguration', 'bgpconfigurations'],
};

/** All kinds that can be requested. */
export const kinds = (): string[] => [...objectKinds(), 'config'];

/** Suffix of Calico's kinds in kubectl. */
const CALICO = '.projectcalico.org';

/** The kind that a word refers to, in the schema's or calicoctl's naming. */
export function objectKindOf(word: string): string | undefined {
  const lower = word.toLowerCase().replace(CALICO, '');
  return kinds().find((kind) => {
    const name = kind.toLowerCase();
    return name === lower || name === `${lower}s` || ALIASES[kind]?.includes(lower);
  });
}

/** Whether a word exists only in Calico, such as `bgppeer` but not `node`: then data is printed in Calico's form. */
export const isOfCalico = (word: string): boolean => /^(bgp|bps?$)/i.test(word) || word.toLowerCase().endsWith(CALICO);

/** Objects in Calico's form: a list, or a single one if requested by name. */
export function inCalico(
  { release: { fabric } }: Delivery,
  kind: string,
  items: readonly FabricObject[],
  isOne: boolean,
): object {
  const shown = items.map(({ name, ...item }) =>
    shownInCalico(kind, name, kind === 'nodes' ? { ...item, ...asOfRack(fabric, name) } : item),
  );
  return isOne && shown.length === 1 ? shown[0] : calicoList(kind, shown);
}

/** Calico has no racks: a node there has its rack's AS number. */
function asOfRack(fabric: Fabric, name: string): { readonly asNumber?: Json } {
  const asNumber = asNumberOf(fabric, fabric.nodes[name]);
  return asNumber.equals(fabric.asNumber) ? {} : { asNumber: asNumber.value };
}

/** Settings of what runs as Calico's default configuration, which includes the named communities. */
export function configurationInCalico(running: Delivery, isOne: boolean): object {
  const { communities } = canonicalFabric(running.release.fabric) as Record<string, Json>;
  return inCalico(running, 'config', [{ ...settingsOf(running), communities, name: 'default' }], isOne);
}

/** Objects of a kind in what runs, by name; nodes with their endpoints, which are not part of a release. */
export function itemsOf({ release, endpoints }: Delivery, kind: string): FabricObject[] {
  const objects = (canonicalFabric(release.fabric) as Record<string, Record<string, string | Record<string, Json>>>)[
    kind
  ];
  return Object.entries(objects)
    .sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
    .map(([name, item]) => ({
      name,
      ...(typeof item === 'string' ? { value: item } : item),
      ...(kind === 'nodes' && endpoints[name] && { endpoint: endpoints[name] }),
    }));
}

/** A table of objects of one kind. */
export function itemsTable(
  { release }: Delivery,
  kind: string,
  items: readonly FabricObject[],
  isWide: boolean,
  screen: Screen = PLAIN,
): Text {
  const columns = (COLUMNS[kind] ?? plainColumns(items)).filter((column) => isWide || !column.isWide);
  const rows = items.map((item) => [item.name, ...columns.map(({ of }) => of(item, release.fabric))]);
  return lines(table(['NAME', ...columns.map(({ heading }) => heading)], rows, screen), line``);
}

function plainColumns(items: readonly FabricObject[]): Column[] {
  const names = new Set(items.flatMap((item) => Object.keys(item).filter((key) => typeof item[key] !== 'object')));
  names.delete('name');
  return [...names].map((name) => field(name.toUpperCase(), name));
}
