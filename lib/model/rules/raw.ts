import { ADDRESS_FAMILIES, type AddressFamily, IpAddress } from '../address';
import { meantName } from '../nearest';
import { Problem, type ProblemCode } from '../problem';

/** Part of a fabric as it was written, unchecked. */
export type Raw = Record<string, unknown>;

/** The field with a node's address, by family. */
export const ADDRESS_FIELDS: Record<AddressFamily, string> = { ipv4: 'ipv4Address', ipv6: 'ipv6Address' };

export function record(value: unknown): Raw {
  return typeof value === 'object' && value !== null ? (value as Raw) : {};
}

/** The entries of a map that are objects. */
export const entries = (value: unknown): [string, Raw][] =>
  Object.entries(record(value))
    .filter(([, inner]) => typeof inner === 'object' && inner !== null)
    .map(([name, inner]) => [name, record(inner)]);

export const rawList = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
export const isPresent = (value: unknown): boolean => value !== undefined && value !== null;

export const rawAddress = (value: unknown): IpAddress | undefined => {
  if (!isPresent(value)) return undefined; // Most fields of this kind are unset.
  const address = IpAddress.parse(value);
  return address instanceof IpAddress ? address : undefined;
};

/** Whether a map certainly has no entry with a name. A map that is not known yet (a symbol) may have any. */
export const lacks = (map: unknown, name: string): boolean =>
  typeof map !== 'symbol' && !Object.hasOwn(record(map), name);

/** Whether every address of every node is known. If not, any address may turn out to be a node's. */
export const areAddressesKnown = (nodes: unknown): boolean =>
  typeof nodes !== 'symbol' &&
  Object.values(record(nodes)).every(
    (node) =>
      typeof node !== 'symbol' &&
      Object.values(ADDRESS_FIELDS).every((field) => typeof record(node)[field] !== 'symbol'),
  );

/** Nodes by address. */
export type Owners = ReadonlyMap<string, [name: string, node: Raw]>;

/** Nodes by the canonical form of each address. */
export const ownersOf = (nodes: [string, Raw][]): Owners =>
  new Map(
    nodes.flatMap((entry) =>
      Object.values(ADDRESS_FIELDS).flatMap((field) => {
        const address = rawAddress(entry[1][field]);
        return address ? [[address.toString(), entry] as const] : [];
      }),
    ),
  );

/** Every item after the first with the same key. Items whose key is undefined are skipped. */
export function repeated<T>(items: readonly T[], key: (item: T) => string | undefined): { item: T; first: T }[] {
  const seen = new Map<string, T>();
  return items.flatMap((item) => {
    const k = key(item);
    if (k === undefined) return [];
    const first = seen.get(k);
    if (first === undefined) seen.set(k, item);
    return first === undefined ? [] : [{ item, first }];
  });
}

/**
 * An object needs at least one address, each of its field's family and usable by a host. `linkLocal`: what to report
 * of a link-local one.
 */
export function addressProblems(
  path: string,
  holder: Raw,
  what: string,
  linkLocal: ProblemCode = 'address',
): Problem[] {
  const given = ADDRESS_FAMILIES.filter((family) => isPresent(holder[ADDRESS_FIELDS[family]]));
  if (given.length === 0) return [Problem.of('node-address', `the ${what} has no address`, path)];
  return given.flatMap((family) => {
    const field = ADDRESS_FIELDS[family];
    const address = rawAddress(holder[field]);
    const at = `${path}.${field}`;
    if (!address) return [];
    if (address.family !== family) return [Problem.of('address-family', `${address} is not an ${family} address`, at)];
    return address.isHost
      ? []
      : [
          Problem.of(
            address.isLinkLocal ? linkLocal : 'address',
            `${address} is ${address.otherThanHost}, so it cannot be the address of a ${what}`,
            at,
          ),
        ];
  });
}

/** Filters that are named but not defined. Without them, the peer would accept everything. */
export const filterProblems = (path: string, holder: Raw, fabric: Raw): Problem[] =>
  rawList(holder.filters).flatMap((filter, i) =>
    typeof filter === 'string' && lacks(fabric.filters, filter)
      ? [
          Problem.of(
            'unknown-filter',
            `there is no filter ${filter}${meantName(filter, Object.keys(record(fabric.filters)))}`,
            `${path}.filters.${i}`,
          ),
        ]
      : [],
  );

/** A local AS equal to the node's AS has nothing to prepend. */
export const prependProblems = (path: string, { localAsPrepend, localAsNumber }: Raw): Problem[] =>
  isPresent(localAsPrepend) && !isPresent(localAsNumber)
    ? [Problem.of('lone-field', 'localAsPrepend needs a localAsNumber', `${path}.localAsPrepend`)]
    : [];

/** A family is listed once. */
export const familyProblems = (path: string, { families }: Raw): Problem[] =>
  repeated(rawList(families), (family) => (typeof family === 'string' ? family : undefined)).map(({ item }) =>
    Problem.of('peer-field', `${item} is listed twice`, `${path}.families`),
  );

/** RFC 4456 section 7: a cluster ID is a dotted quad. */
export function clusterIdProblems(path: string, value: unknown): Problem[] {
  const id = rawAddress(value);
  if (!id || (id.family === 'ipv4' && !id.isUnspecified)) return [];
  return [Problem.of('cluster-id', `${id} is not a valid cluster ID`, path)];
}
