import { meantName } from '../nearest';
import { Problem } from '../problem';
import { bfdProblems, bothWait } from './bfd';
import { chooser } from './labels';
import { onLinkProblems } from './links';
import {
  ADDRESS_FIELDS,
  addressProblems,
  clusterIdProblems,
  entries,
  familyProblems,
  filterProblems,
  isPresent,
  lacks,
  type Owners,
  ownersOf,
  prependProblems,
  type Raw,
  rawAddress,
  rawList,
  record,
  repeated,
} from './raw';
import { timers } from './timers';

/** Problems with the racks of a fabric. */
export const rackProblems = (fabric: Raw): Problem[] => {
  const owners = ownersOf(entries(fabric.nodes));
  return entries(fabric.racks).flatMap(([name, rack]) => [
    ...topsTwice(`racks.${name}`, rack),
    ...rawList(rack.topOfRack).flatMap((item, i) => {
      if (typeof item === 'symbol') return []; // Not known yet.
      const path = `racks.${name}.topOfRack.${i}`;
      const top = record(item);
      return [
        ...(isPresent(top.interface)
          ? []
          : addressProblems(path, top, 'top-of-rack neighbour', 'link-local-neighbour')),
        ...onLinkProblems(path, top),
        ...filterProblems(path, top, fabric),
        ...prependProblems(path, top),
        ...familyProblems(path, top),
        ...topsInside(path, top, owners),
        ...bfdProblems(`${path}.bfd`, top.bfd, top, fabric),
        ...timers(
          { ...top, holdTime: top.holdTime ?? (top.keepaliveTime === undefined ? undefined : fabric.holdTime) },
          path,
        ),
      ];
    }),
  ]);
};

/** A node of the fabric as top of rack would have no session for the other end. */
const topsInside = (path: string, top: Raw, owners: Owners): Problem[] =>
  Object.values(ADDRESS_FIELDS).flatMap((field) => {
    const address = rawAddress(top[field]);
    const owner = address && owners.get(address.toString());
    return owner ? [Problem.of('rack-top', `${address} is node ${owner[0]} of this fabric`, `${path}.${field}`)] : [];
  });

/** Only one session per neighbour. */
const topsTwice = (path: string, rack: Raw): Problem[] =>
  repeated(
    rawList(rack.topOfRack).flatMap((item, i) =>
      [...Object.values(ADDRESS_FIELDS), 'interface'].map((field) => ({
        i,
        field,
        end: field === 'interface' ? linkOf(item) : rawAddress(record(item)[field])?.toString(),
        port: record(item).port,
      })),
    ),
    ({ end, port }) => (end === undefined ? undefined : `${end} ${String(port ?? 'default')}`),
  ).map(({ item, first }) =>
    Problem.of(
      'duplicate-peer',
      `topOfRack.${first.i} already defines a session ${item.field === 'interface' ? 'on' : 'with'} ${item.end}`,
      `${path}.topOfRack.${item.i}.${item.field}`,
    ),
  );

const linkOf = (item: unknown): string | undefined => {
  const { interface: link } = record(item);
  return typeof link === 'string' ? link : undefined;
};

/** Problems with the groups of route reflectors. */
export const reflectorProblems = (fabric: Raw): Problem[] => [...groupProblems(fabric), ...twoClusterIds(fabric)];

/** A reflector has one cluster ID (RFC 4456 section 7): of two, one would be ignored. */
function twoClusterIds(fabric: Raw): Problem[] {
  const groups = entries(fabric.routeReflectors).flatMap(([name, group]) => {
    const id = rawAddress(group.clusterId);
    const isChosen = chooser(group.reflectorSelector);
    const names = new Set(rawList(group.reflectors));
    return id
      ? [
          {
            path: `routeReflectors.${name}`,
            id,
            reflects: (node: string, it: Raw) => names.has(node) || isChosen?.(it) === true,
          },
        ]
      : [];
  });
  return entries(fabric.nodes).flatMap(([name, node]) => {
    const own = rawAddress(node.routeReflectorClusterId);
    const given = [
      ...(own ? [{ path: `nodes.${name}`, id: own }] : []),
      ...groups.filter(({ reflects }) => reflects(name, node)),
    ];
    const other = given.find(({ id }) => !id.equals(given[0].id));
    if (!other) return [];
    const message = `node ${name} has cluster ID ${other.id} here, but ${given[0].id} from ${given[0].path}`;
    return [Problem.of('cluster-ids', message, `${other.path}.clusterId`)];
  });
}

const groupProblems = (fabric: Raw): Problem[] =>
  entries(fabric.routeReflectors).flatMap(([name, group]) => {
    const path = `routeReflectors.${name}`;
    const isChosen = chooser(group.reflectorSelector);
    const nodes = entries(fabric.nodes);
    const areAllKnown = nodes.length === Object.keys(record(fabric.nodes)).length;
    return [
      ...(['reflectors', 'clients'] as const).flatMap((field) =>
        rawList(group[field]).flatMap((node, i) =>
          typeof node === 'string' && lacks(fabric.nodes, node)
            ? [
                Problem.of(
                  'unknown-node',
                  `there is no node ${node}${meantName(node, Object.keys(record(fabric.nodes)))}`,
                  `${path}.${field}.${i}`,
                ),
              ]
            : [],
        ),
      ),
      ...(rawList(group.reflectors).length === 0 && !isPresent(group.reflectors) && !isPresent(group.reflectorSelector)
        ? [Problem.of('reflectors', 'the group has no reflectors', path)]
        : []),
      // Its clients would leave the mesh all the same, and have no reflector.
      ...(isChosen &&
      rawList(group.reflectors).length === 0 &&
      nodes.length > 0 &&
      areAllKnown &&
      nodes.every(([, node]) => isChosen(node) === false)
        ? [Problem.of('reflectors', `no node matches ${group.reflectorSelector}`, `${path}.reflectorSelector`)]
        : []),
      ...rawList(group.clients).flatMap((node, i) =>
        typeof node === 'string' && rawList(group.reflectors).includes(node)
          ? [Problem.of('reflectors', `${node} cannot be its own client`, `${path}.clients.${i}`)]
          : [],
      ),
      ...clusterIdProblems(`${path}.clusterId`, group.clusterId),
      ...bfdProblems(`${path}.bfd`, group.bfd, {}, fabric),
      ...bothWait(`${path}.bfd`, group.bfd),
    ];
  });
