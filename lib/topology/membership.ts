import { ADDRESS_FAMILIES, type AddressFamily, type IpAddress } from '../model/address';
import type { AsNumber } from '../model/as-number';
import type { Fabric } from '../model/fabric';
import type { Node } from '../model/node';
import type { RouteReflectors } from '../model/route-reflectors';
import { routerIdIn } from '../model/router-id';

/** The AS number of a node: its own, its rack's, or the fabric's. */
export const asNumberOf = (fabric: Fabric, node: Node): AsNumber =>
  node.asNumber ?? rackOf(fabric, node)?.asNumber ?? fabric.asNumber;

/** The rack of a node. */
export const rackOf = (fabric: Fabric, { rack }: Node) => (rack === undefined ? undefined : fabric.racks[rack]);

/** The address of a node in a family. */
export const addressOf = (node: Node, family: AddressFamily): IpAddress | undefined =>
  family === 'ipv4' ? node.ipv4Address : node.ipv6Address;

const owners = new WeakMap<Fabric, ReadonlyMap<string, string>>();

/** Nodes by address. Cached per fabric; fabrics are immutable. */
export function nodesByAddress(fabric: Fabric): ReadonlyMap<string, string> {
  const known = owners.get(fabric);
  if (known) return known;
  const found = new Map(
    Object.entries(fabric.nodes).flatMap(([name, node]) =>
      ADDRESS_FAMILIES.flatMap((family) => {
        const address = addressOf(node, family);
        return address ? [[address.toString(), name] as const] : [];
      }),
    ),
  );
  owners.set(fabric, found);
  return found;
}

const sets = new WeakMap<readonly string[], ReadonlySet<string>>();

/** A list of names as a set, cached: a group may name thousands. */
function setOf(names: readonly string[]): ReadonlySet<string> {
  const known = sets.get(names) ?? new Set(names);
  sets.set(names, known);
  return known;
}

/** Whether a node is a reflector of a group. */
export const isReflectorIn = (group: RouteReflectors, name: string, { labels }: Node): boolean =>
  setOf(group.reflectors).has(name) || group.reflectorSelector?.matches(labels) === true;

/**
 * Whether a node is a client of a group. A group without `clients` and `clientSelector` has all nodes that are not
 * reflectors of any group.
 */
export function isClientIn(fabric: Fabric, group: RouteReflectors, name: string, node: Node): boolean {
  if (isReflectorIn(group, name, node)) return false;
  if (setOf(group.clients).has(name) || group.clientSelector?.matches(node.labels) === true) return true;
  return (
    group.clients.length === 0 && !group.clientSelector && groupsOf(fabric, name, node, isReflectorIn).length === 0
  );
}

/** Names of the groups in which a node has a given part. */
function groupsOf(
  fabric: Fabric,
  name: string,
  node: Node,
  isIn: (group: RouteReflectors, name: string, node: Node) => boolean,
): string[] {
  return Object.entries(fabric.routeReflectors).flatMap(([group, it]) => (isIn(it, name, node) ? [group] : []));
}

/** Names of the groups in which a node is a reflector. */
export const reflectsIn = (fabric: Fabric, name: string): string[] =>
  groupsOf(fabric, name, fabric.nodes[name], isReflectorIn);

/** Names of the groups in which a node is a client. */
export const clientIn = (fabric: Fabric, name: string): string[] =>
  groupsOf(fabric, name, fabric.nodes[name], (group) => isClientIn(fabric, group, name, fabric.nodes[name]));

/** A reflector that is not a client: these peer with each other (RFC 4456 section 6). */
export const isTopReflector = (fabric: Fabric, name: string): boolean =>
  reflectsIn(fabric, name).length > 0 && clientIn(fabric, name).length === 0;

/** The cluster ID of a reflector (RFC 4456 section 7); undefined for other nodes. */
export function clusterIdOf(fabric: Fabric, name: string): IpAddress | undefined {
  const node = fabric.nodes[name];
  if (!node) return undefined;
  if (node.routeReflectorClusterId) return node.routeReflectorClusterId;
  const groups = reflectsIn(fabric, name);
  if (groups.length === 0) return undefined;
  const given = groups.flatMap((group) => fabric.routeReflectors[group].clusterId ?? [])[0];
  return given ?? routerIdIn(fabric, name);
}

/**
 * The mesh that a node is in: all nodes of a mesh peer with each other. Undefined if none: Calico's route reflectors
 * and clients of reflectors are excluded. Nodes of a rack with top-of-rack neighbours form their own mesh.
 */
export function meshOf(fabric: Fabric, name: string): string | undefined {
  const node = fabric.nodes[name];
  if (!fabric.nodeToNodeMesh || !node || node.routeReflectorClusterId || clientIn(fabric, name).length > 0)
    return undefined;
  const rack = rackOf(fabric, node);
  return rack && rack.topOfRack.length > 0 ? `racks.${node.rack}` : '';
}
