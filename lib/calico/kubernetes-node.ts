import type { AddressFamily } from '../model/address';
import { isRecord } from './documents';
import { NO_TUNNEL, NO_WIREGUARD } from './kind/node';
import { labelsOf } from './labels';
import type { LeftOut } from './left-out';
import { networkOf } from './network';
import { type CalicoResource, resource, resourceLabel, type Spec } from './resource';
import { as, group, type Rows, taken, told, undecided, unrelated as unrelatedTo, untakenOf } from './row';

/** Prefix of Calico's annotations if Kubernetes is its datastore. */
const OWN = 'projectcalico.org/';

/** How Calico's annotations are imported, by name without the prefix. */
const ANNOTATIONS = {
  IPv4Address: as('Node bgp.ipv4Address'),
  IPv6Address: as('Node bgp.ipv6Address'),
  ASNumber: as('Node bgp.asNumber'),
  RouteReflectorClusterID: as('Node bgp.routeReflectorClusterID'),
  ...Object.fromEntries(
    [
      ...['IPv4IPIPTunnelAddr', 'IPv4VXLANTunnelAddr', 'IPv6VXLANTunnelAddr'],
      ...['VXLANTunnelMACAddr', 'VXLANTunnelMACAddrV6'],
    ].map((name) => [name, told(NO_TUNNEL)]),
  ),
  ...Object.fromEntries(
    [
      ...['IPv4WireguardInterfaceAddr', 'IPv6WireguardInterfaceAddr'],
      ...['WireguardPublicKey', 'WireguardPublicKeyV6'],
    ].map((name) => [name, undecided(NO_WIREGUARD)]),
  ),
  'kube-labels': unrelatedTo("Calico's copy of the labels"),
} satisfies Rows;

/** Fields of a Kubernetes `Node` that are read. */
export const KUBERNETES_NODE = {
  metadata: group({
    name: taken('its name'),
    labels: taken('`labels`'),
    annotations: group(Object.fromEntries(Object.entries(ANNOTATIONS).map(([name, row]) => [OWN + name, row]))),
  }),
  status: group({
    addresses: taken('`ipv4Address` and `ipv6Address`, of those of type `InternalIP`, if no annotation has an address'),
  }),
} satisfies Rows;

/** Annotations that hold fields of `bgp`. */
const BGP: Readonly<Record<string, string>> = {
  ipv4Address: 'IPv4Address',
  ipv6Address: 'IPv6Address',
  asNumber: 'ASNumber',
  routeReflectorClusterID: 'RouteReflectorClusterID',
};

/** Calico's annotations of a Kubernetes object. */
function annotationsOf(metadata: Spec): Spec {
  const all = isRecord(metadata.annotations) ? metadata.annotations : {};
  return Object.fromEntries(Object.entries(all).filter(([name]) => name.startsWith(OWN)));
}

/** A Kubernetes `Node` as seen by Calico, and what has no equivalent in a Calico `Node`. */
export interface KubernetesNode {
  readonly node: CalicoResource;
  readonly left: readonly LeftOut[];
  /** `Node metadata.annotations.…`. */
  readonly unrelated: readonly string[];
}

/** Reads Calico's annotations or, if they set no address, the internal addresses. */
export function nodeOfKubernetes(metadata: Spec, status: unknown): KubernetesNode {
  const annotations = annotationsOf(metadata);
  const said = Object.fromEntries(
    Object.entries(BGP).flatMap(([field, name]) => {
      const value = annotations[OWN + name];
      return value === undefined || value === null || value === '' ? [] : [[field, value]];
    }),
  );
  const isGuess = said.ipv4Address === undefined && said.ipv6Address === undefined;
  const bgp = { ...(isGuess && internalAddresses(status)), ...said };
  const spec = Object.keys(bgp).length > 0 ? { bgp } : {};
  const node = resource('Node', String(metadata.name ?? ''), spec, labelsOf(metadata.labels));
  const { told, unrelated } = untakenOf(KUBERNETES_NODE, { metadata: { annotations } });
  const left = told.map((it) => ({ ...it, path: `${resourceLabel(node)} ${it.path}` }));
  if (isGuess && Object.keys(bgp).length > 0)
    left.push({ path: `${resourceLabel(node)} status.addresses`, reason: GUESS });
  return { node, left, unrelated: unrelated.map((path) => `${node.kind} ${path}`) };
}

const GUESS =
  "it has no address in Calico's annotations, so that of type InternalIP is used: check that Calico's BGP uses the same";

const FIELDS: Record<AddressFamily, string> = { ipv4: 'ipv4Address', ipv6: 'ipv6Address' };

/** First internal address of each family. */
function internalAddresses(status: unknown): Spec {
  const addresses = isRecord(status) && Array.isArray(status.addresses) ? status.addresses.filter(isRecord) : [];
  const found = addresses.flatMap(({ type, address }) => {
    const network = type === 'InternalIP' ? networkOf(address) : undefined;
    return network ? [[FIELDS[network.address.family], `${network.address}/${network.length}`] as const] : [];
  });
  return Object.fromEntries(found.reverse()); // the first one wins
}
