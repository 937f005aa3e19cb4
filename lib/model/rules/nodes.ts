import { parseEndpoint } from '../endpoint';
import { Prefix } from '../prefix';
import { Problem } from '../problem';
import { routerIdOf } from '../router-id';
import {
  ADDRESS_FIELDS,
  addressOf,
  addressProblems,
  clusterIdProblems,
  isSet,
  list,
  type Raw,
  record,
  repeated,
} from './raw';

/** What is wrong with the nodes of a fabric. */
export const nodeProblems = (nodes: [string, Raw][], fabric: Raw): Problem[] => [
  ...nodes.flatMap(([name, node]) => oneNode(`nodes.${name}`, node, fabric)),
  ...duplicateAddresses(nodes),
  ...duplicateEndpoints(nodes),
  ...duplicateRouterIds(nodes),
];

function oneNode(path: string, node: Raw, fabric: Raw): Problem[] {
  const { rack } = node;
  return [
    ...addressProblems(path, node, 'node'),
    ...(typeof rack === 'string' && !Object.hasOwn(record(fabric.racks), rack)
      ? [Problem.of('unknown-rack', `there is no rack ${rack}`, `${path}.rack`)]
      : []),
    ...clusterIdProblems(`${path}.routeReflectorClusterId`, node.routeReflectorClusterId),
    ...routerIdProblems(path, node),
    ...endpointProblems(path, node),
    ...duplicatePrefixes(path, node),
  ];
}

function endpointProblems(path: string, { endpoint }: Raw): Problem[] {
  const parsed = typeof endpoint === 'string' ? parseEndpoint(endpoint) : undefined;
  return parsed instanceof Problem ? [parsed.under(`${path}.endpoint`)] : [];
}

/** Two that say something else of one prefix: neither is the obvious one. */
function duplicatePrefixes(path: string, node: Raw): Problem[] {
  const all = list(node.advertise).map((item, i) => ({ i, prefix: Prefix.parse(record(item).prefix) }));
  return repeated(all, ({ prefix }) => (prefix instanceof Prefix ? prefix.toString() : undefined)).map(
    ({ item, first }) =>
      Problem.of(
        'duplicate-prefix',
        `${item.prefix} is also advertise.${first.i}`,
        `${path}.advertise.${item.i}.prefix`,
      ),
  );
}

function routerIdProblems(path: string, node: Raw): Problem[] {
  const id = addressOf(node.routerId);
  if (!id || (id.family === 'ipv4' && !id.isUnspecified)) return [];
  return [Problem.of('router-id', `${id} is no router id`, `${path}.routerId`)];
}

function duplicateAddresses(nodes: [string, Raw][]): Problem[] {
  const all = nodes.flatMap(([name, node]) =>
    Object.values(ADDRESS_FIELDS).map((field) => ({ name, field, address: addressOf(node[field]) })),
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

function duplicateRouterIds(nodes: [string, Raw][]): Problem[] {
  const ids = nodes.map(([name, node]) => ({
    name,
    isGiven: isSet(node.routerId),
    id: routerIdOf(name, addressOf(node.routerId), addressOf(node.ipv4Address)),
    isKnown: typeof (node.routerId ?? node.ipv4Address ?? '') === 'string',
  }));
  // Two nodes with one IPv4 address are told of by the rule above; only a router id of somebody's choosing or making is new here.
  return repeated(ids, ({ id, isKnown }) => (isKnown ? id.toString() : undefined))
    .filter(
      ({ item, first }) =>
        item.isGiven || first.isGiven || !addressOf(record(nodes.find(([n]) => n === item.name)?.[1]).ipv4Address),
    )
    .map(({ item, first }) =>
      Problem.of(
        'duplicate-router-id',
        `router id ${item.id} is also that of node ${first.name}`,
        `nodes.${item.name}.routerId`,
      ),
    );
}
