import { FIRST_EDITION } from '../edition';
import { parseEndpoint } from '../endpoint';
import { martianProblem } from '../martian';
import { meantName } from '../nearest';
import { Prefix } from '../prefix';
import { Problem } from '../problem';
import { derivedRouterId, freeRouterId } from '../router-id';
import {
  ADDRESS_FIELDS,
  addressProblems,
  clusterIdProblems,
  isPresent,
  lacks,
  type Raw,
  rawAddress,
  rawList,
  record,
  repeated,
} from './raw';

/** Problems with the nodes of a fabric. */
export const nodeProblems = (nodes: [string, Raw][], fabric: Raw): Problem[] => [
  ...nodes.flatMap(([name, node]) => oneNode(`nodes.${name}`, node, fabric)),
  ...duplicateAddresses(nodes),
  ...duplicateEndpoints(nodes),
  ...duplicateRouterIds(nodes, fabric),
];

function oneNode(path: string, node: Raw, fabric: Raw): Problem[] {
  const { rack } = node;
  return [
    ...addressProblems(path, node, 'node'),
    ...(typeof rack === 'string' && lacks(fabric.racks, rack)
      ? [
          Problem.of(
            'unknown-rack',
            `there is no rack ${rack}${meantName(rack, Object.keys(record(fabric.racks)))}`,
            `${path}.rack`,
          ),
        ]
      : []),
    ...clusterIdProblems(`${path}.routeReflectorClusterId`, node.routeReflectorClusterId),
    ...routerIdProblems(path, node),
    ...endpointProblems(path, node),
    ...martians(path, node),
    ...duplicatePrefixes(path, node),
  ];
}

function endpointProblems(path: string, { endpoint }: Raw): Problem[] {
  const parsed = typeof endpoint === 'string' ? parseEndpoint(endpoint) : undefined;
  return parsed instanceof Problem ? [parsed.under(`${path}.endpoint`)] : [];
}

/** A prefix that every neighbour rejects must not be advertised. */
const martians = (path: string, node: Raw): Problem[] =>
  rawList(node.advertise).flatMap((item, i) => {
    const prefix = Prefix.parse(record(item).prefix);
    return (prefix instanceof Prefix && martianProblem(prefix, `${path}.advertise.${i}.prefix`)) || [];
  });

/** Two different advertisements of one prefix: it is not clear which applies. */
function duplicatePrefixes(path: string, node: Raw): Problem[] {
  const all = rawList(node.advertise).map((item, i) => ({ i, prefix: Prefix.parse(record(item).prefix) }));
  return repeated(all, ({ prefix }) => (prefix instanceof Prefix ? prefix.toString() : undefined)).map(
    ({ item, first }) =>
      Problem.of(
        'duplicate-prefix',
        `${item.prefix} is already listed as advertise.${first.i}`,
        `${path}.advertise.${item.i}.prefix`,
      ),
  );
}

function routerIdProblems(path: string, node: Raw): Problem[] {
  const id = rawAddress(node.routerId);
  if (!id || (id.family === 'ipv4' && !id.isUnspecified)) return [];
  return [Problem.of('router-id', `${id} is not a valid router ID`, `${path}.routerId`)];
}

function duplicateAddresses(nodes: [string, Raw][]): Problem[] {
  const all = nodes.flatMap(([name, node]) =>
    Object.values(ADDRESS_FIELDS).map((field) => ({ name, field, address: rawAddress(node[field]) })),
  );
  return repeated(all, ({ address }) => address?.toString()).map(({ item, first }) =>
    Problem.of(
      'duplicate-address',
      `${item.address} is also the address of node ${first.name}`,
      `nodes.${item.name}.${item.field}`,
    ),
  );
}

function duplicateEndpoints(nodes: [string, Raw][]): Problem[] {
  const all = nodes.map(([name, { endpoint }]) => ({ name, endpoint }));
  return repeated(all, ({ endpoint }) => (typeof endpoint === 'string' ? endpoint : undefined)).map(({ item, first }) =>
    Problem.of(
      'duplicate-endpoint',
      `${item.endpoint} is also the endpoint of node ${first.name}`,
      `nodes.${item.name}.endpoint`,
    ),
  );
}

/** The edition in the raw input; undefined if not known yet. */
const editionOf = ({ edition }: Raw): number | undefined =>
  typeof edition === 'symbol' ? undefined : typeof edition === 'number' ? edition : FIRST_EDITION;

/** The identifier of a node and what it is derived from; undefined if not known or invalid. */
function identifierOf(name: string, node: Raw, edition: number | undefined) {
  const from = isPresent(node.routerId) ? 'routerId' : isPresent(node.ipv4Address) ? 'ipv4Address' : 'name';
  const derived = edition === undefined ? undefined : derivedRouterId(edition, name);
  const id = from === 'name' ? derived : rawAddress(node[from]);
  return { name, from, id: id?.family === 'ipv4' ? id : undefined };
}

function duplicateRouterIds(nodes: [string, Raw][], fabric: Raw): Problem[] {
  const edition = editionOf(fabric);
  const ids = nodes.map(([name, node]) => identifierOf(name, node, edition));
  const taken = new Set(ids.flatMap(({ id }) => id?.toString() ?? []));
  return repeated(ids, ({ id }) => id?.toString())
    .filter(({ item, first }) => item.from !== 'ipv4Address' || first.from !== 'ipv4Address') // reported by a rule above
    .map(({ item, first }) => {
      const whose = `router ID ${item.id}${item.from === 'name' ? ', which is derived from its name,' : ''} is also that of node ${first.name}`;
      // A node that already runs with another identifier resets all its sessions when it changes.
      const what = `; set routerId: "${freeRouterId(item.id!, taken)}" on one of them, preferably on a new one`;
      const isNoChoice = item.from === 'name' || first.from === 'name';
      return Problem.of('duplicate-router-id', isNoChoice ? whose + what : whose, `nodes.${item.name}.routerId`);
    });
}
