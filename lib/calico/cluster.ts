import { ADDRESS_FAMILIES, type AddressFamily, type IpAddress } from '../model/address';
import { DEFAULT_AS_NUMBER } from '../model/defaults';
import { Problem } from '../model/problem';
import { Selector } from '../model/selector';
import { isSet, readAsNumber } from './check';
import { isRecord } from './documents';
import { secondsOf } from './duration';
import { networkOf } from './network';
import type { CalicoKind, CalicoResource, Spec } from './resource';

/** The BGP configuration of a Calico node. */
export interface CalicoNode {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly addresses: Readonly<Partial<Record<AddressFamily, IpAddress>>>;
  /** Its own, or else the cluster's. */
  readonly asNumber: number;
  /** Set if it is a route reflector. */
  readonly clusterId: string | undefined;
  /** Listen port from its own configuration, or else the default one; undefined if neither sets it. */
  readonly listenPort: number | undefined;
}

/** The combined configuration of a set of valid resources. */
export interface Cluster {
  readonly asNumber: number;
  readonly mesh: boolean;
  readonly meshPassword: boolean;
  readonly meshRestartSeconds: number | null;
  readonly nodes: ReadonlyMap<string, CalicoNode>;
  /** Specs of `BGPPeer`s by name: if two define the same session, the first applies. */
  readonly peers: readonly { readonly name: string; readonly spec: Spec }[];
  /** Address families that a filter has rules for. */
  readonly filters: ReadonlyMap<string, readonly AddressFamily[]>;
}

/** Combines valid resources to a cluster. */
export function clusterOf(resources: readonly CalicoResource[]): Cluster {
  const of = (kind: CalicoKind) => resources.filter((it) => it.kind === kind);
  const configurations = new Map(of('BGPConfiguration').map(({ metadata, spec }) => [metadata.name, spec]));
  const main = configurations.get('default') ?? {};
  const asNumber = readAsNumber(main.asNumber) || DEFAULT_AS_NUMBER;
  const portOf = (name: string) =>
    numberOf(configurations.get(`node.${name}`)?.listenPort) ?? numberOf(main.listenPort);
  return {
    asNumber,
    mesh: main.nodeToNodeMeshEnabled !== false,
    meshPassword: hasPassword(main.nodeMeshPassword),
    meshRestartSeconds: secondsOf(main.nodeMeshMaxRestartTime) ?? null,
    nodes: new Map(of('Node').map((it) => [it.metadata.name, nodeOf(it, asNumber, portOf(it.metadata.name))])),
    peers: of('BGPPeer')
      .map(({ metadata: { name }, spec }) => ({ name, spec }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    filters: new Map(of('BGPFilter').map(({ metadata, spec }) => [metadata.name, ruledFamilies(spec)])),
  };
}

/** The nodes that a selector matches. */
export function selectedNodes({ nodes }: Cluster, selector: unknown): CalicoNode[] {
  const parsed = Selector.parse(selector);
  return parsed instanceof Problem ? [] : [...nodes.values()].filter(({ labels }) => parsed.matches(labels));
}

/** Whether a `password` refers to a secret. */
export const hasPassword = (password: unknown): boolean => isRecord(password) && isRecord(password.secretKeyRef);

function nodeOf({ metadata, spec }: CalicoResource, asNumber: number, listenPort: number | undefined): CalicoNode {
  const bgp = isRecord(spec.bgp) ? spec.bgp : {};
  const [ipv4, ipv6] = [bgp.ipv4Address, bgp.ipv6Address].map((text) => networkOf(text)?.address);
  return {
    name: metadata.name,
    labels: metadata.labels ?? {},
    addresses: { ...(ipv4 && { ipv4 }), ...(ipv6 && { ipv6 }) },
    asNumber: readAsNumber(bgp.asNumber) || asNumber,
    clusterId: isSet(bgp.routeReflectorClusterID) ? String(bgp.routeReflectorClusterID) : undefined,
    listenPort,
  };
}

const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

const SUFFIX: Record<AddressFamily, string> = { ipv4: 'V4', ipv6: 'V6' };

const ruledFamilies = (spec: Spec): AddressFamily[] =>
  ADDRESS_FAMILIES.filter((family) =>
    ['import', 'export'].some((direction) => {
      const rules = spec[direction + SUFFIX[family]];
      return Array.isArray(rules) && rules.length > 0;
    }),
  );
