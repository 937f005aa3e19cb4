import { bfdSchema } from '../model/bfd';
import type { Json } from '../model/canonical';
import { API_VERSION, type CalicoKind, OWN_ANNOTATION } from './resource';
import { filterShown } from './shown-filter';

type Item = Readonly<Record<string, Json>>;

/** An object of a fabric in Calico's form. */
interface Shown {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: CalicoKind;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Json;
    /** What Calico has no field for, as JSON: `peerform/passive: "true"`. */
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: Item;
}

/** Converts a value to a Calico field; undefined if not expressible. */
type Say = (value: Json, item: Item) => Item | undefined;

const same =
  (name: string): Say =>
  (value) => ({ [name]: value });
const seconds =
  (name: string): Say =>
  (value) => ({ [name]: `${value}s` });
const word =
  (name: string, words: Readonly<Record<string, string>>): Say =>
  (value) =>
    words[String(value)] === undefined ? undefined : { [name]: words[String(value)] };

/** The secret key that the import converted to a file. */
const password =
  (name: string): Say =>
  (value) => {
    const [, secret, key] = /^file:\/etc\/peerform\/secrets\/([^/]+)\.([^./]+)$/.exec(String(value)) ?? [];
    if (key === undefined) return undefined;
    return { [name]: { secretKeyRef: { name: decodeURIComponent(secret), key: decodeURIComponent(key) } } };
  };

const PEER: Readonly<Record<string, Say>> = {
  node: same('node'),
  nodeSelector: same('nodeSelector'),
  address: (address, { port }) => ({ peerIP: endpoint(String(address), port) }),
  port: (_, { address }) => (address === undefined || address === null ? undefined : {}),
  peerSelector: same('peerSelector'),
  asNumber: (value, { peerSelector }) => (peerSelector ? undefined : { asNumber: value }),
  localAsNumber: same('localASNumber'),
  nextHop: (value, item) => (value === 'auto' ? {} : word('nextHopMode', { self: 'Self', keep: 'Keep' })(value, item)),
  password: password('password'),
  restartTime: seconds('maxRestartTime'),
  keepaliveTime: seconds('keepaliveTime'),
  allowOwnAs: same('numAllowedLocalASNumbers'),
  ttlSecurity: same('ttlSecurity'),
  multihop: (_, { ttlSecurity }) => (ttlSecurity ? undefined : {}), // every session in Calico is
  reachableBy: same('reachableBy'),
  bfd: (profile) => (isUsualBfd(profile) ? { failureDetectionMode: 'BFDIfDirectlyConnected' } : undefined),
  filters: same('filters'),
  reversePeering: (value, item) =>
    value === 'manual' ? word('reversePeering', { manual: 'Manual' })(value, item) : {},
};

/** Calico Enterprise can only enable BFD; its parameters are set elsewhere, per node. */
function isUsualBfd(profile: Json): boolean {
  const { multihop, ...said } = profile as Item;
  const usual: Item = bfdSchema.parse({});
  return multihop !== true && Object.entries(said).every(([field, value]) => value === usual[field]);
}

const endpoint = (address: string, port: Json | undefined): string =>
  port === undefined || port === null || port === 179
    ? address
    : address.includes(':')
      ? `[${address}]:${port}`
      : `${address}:${port}`;

const withLength =
  (name: string, length: number): Say =>
  (address) => ({ [name]: `${address}/${length}` });

const NODE: Readonly<Record<string, Say>> = {
  ipv4Address: withLength('ipv4Address', 32),
  ipv6Address: withLength('ipv6Address', 128),
  asNumber: same('asNumber'),
  routeReflectorClusterId: same('routeReflectorClusterID'),
  workloadInterfaces: (value) => (String(value) === 'cali*' ? {} : undefined),
};

const CONFIGURATION: Readonly<Record<string, Say>> = {
  asNumber: same('asNumber'),
  nodeToNodeMesh: same('nodeToNodeMeshEnabled'),
  meshPassword: password('nodeMeshPassword'),
  meshRestartTime: (value, { nodeToNodeMesh }) =>
    nodeToNodeMesh === false ? undefined : { nodeMeshMaxRestartTime: `${value}s` },
  listenPort: same('listenPort'),
  bindMode: word('bindMode', { nodeAddress: 'NodeIP' }),
  communities: (value, { prefixAdvertisements }) =>
    Array.isArray(prefixAdvertisements) && prefixAdvertisements.length > 0
      ? { communities: Object.entries(value as Item).map(([name, text]) => ({ name, value: text })) }
      : undefined,
  prefixAdvertisements: (value) => ({
    prefixAdvertisements: (value as readonly { prefix: Json; communities: Json }[]).map(({ prefix, communities }) => ({
      cidr: prefix,
      communities,
    })),
  }),
  ignoredInterfaces: same('ignoredInterfaces'),
  logLevel: word('logSeverityScreen', { debug: 'Debug', info: 'Info', warn: 'Warning', error: 'Error' }),
};

/** Whether a value is not empty. */
const says = (value: Json): boolean =>
  value !== null && value !== '' && !(typeof value === 'object' && Object.keys(value).length === 0);

/** Converts the fields of an object by a table. What is not in the table or not expressible becomes annotations. */
function saidBy(table: Readonly<Record<string, Say>>, item: Item): { spec: Item; annotations: Record<string, string> } {
  const annotations: Record<string, string> = {};
  let spec: Item = {};
  for (const [name, value] of Object.entries(item)) {
    if (!says(value)) continue;
    const said = Object.hasOwn(table, name) ? table[name](value, item) : undefined;
    if (said) spec = { ...spec, ...said };
    else if (value !== false) annotations[`${OWN_ANNOTATION}${name}`] = JSON.stringify(value);
  }
  return { spec, annotations };
}

/** An object without its name. */
interface Said {
  readonly spec: Item;
  readonly annotations: Readonly<Record<string, string>>;
  readonly labels?: Json;
}

/** The kinds of objects that Calico has too, with its names for them. */
const SHOWN: Readonly<Record<string, readonly [kind: CalicoKind, say: (item: Item) => Said]>> = {
  peers: ['BGPPeer', (item) => saidBy(PEER, item)],
  filters: ['BGPFilter', filterShown],
  nodes: [
    'Node',
    ({ labels = null, ...item }) => {
      const { spec, annotations } = saidBy(NODE, item);
      const node: Item = says(spec) ? { bgp: spec } : {};
      return { spec: node, annotations, ...(says(labels) && { labels }) };
    },
  ],
  config: ['BGPConfiguration', (item) => saidBy(CONFIGURATION, item)],
};

/** Whether Calico has an equivalent of this kind. */
export const isShown = (kind: string): boolean => Object.hasOwn(SHOWN, kind);

/** An object of a fabric in Calico's form, with or without defaults. */
export function shownInCalico(kind: string, name: string, item: Item): Shown {
  const [calicoKind, say] = SHOWN[kind];
  const { spec, annotations, labels } = say(item);
  return {
    apiVersion: API_VERSION,
    kind: calicoKind,
    metadata: { name, ...(labels !== undefined && { labels }), ...(says(annotations) && { annotations }) },
    spec,
  };
}

/** A list of them. */
export const calicoList = (kind: string, items: readonly Shown[]): object => ({
  apiVersion: API_VERSION,
  kind: `${SHOWN[kind][0]}List`,
  items,
});
