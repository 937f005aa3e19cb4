import { bfdSchema } from '../model/bfd';
import type { Json } from '../model/canonical';
import { API_VERSION, type CalicoKind, OWN_ANNOTATION } from './resource';
import { filterShown } from './shown-filter';

type Item = Readonly<Record<string, Json>>;

/** An object of a fabric in the shape of Calico. */
interface Shown {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: CalicoKind;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Json;
    /** What Calico has no field for, each as JSON: `peerform/passive: "true"`. */
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: Item;
}

/** What a field is in Calico; undefined where Calico cannot say its value. */
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

/** The key of a secret that the import made a file of. */
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
  multihop: (_, { ttlSecurity }) => (ttlSecurity ? undefined : {}), // so is every session in Calico
  reachableBy: same('reachableBy'),
  bfd: (profile) => (isUsualBfd(profile) ? { failureDetectionMode: 'BFDIfDirectlyConnected' } : undefined),
  filters: same('filters'),
  reversePeering: (value, item) =>
    value === 'manual' ? word('reversePeering', { manual: 'Manual' })(value, item) : {},
};

/** Calico Enterprise says of BFD only that there is some; how is said elsewhere, and by each node. */
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

/** Whether a value says more than that there is nothing. */
const says = (value: Json): boolean =>
  value !== null && value !== '' && !(typeof value === 'object' && Object.keys(value).length === 0);

/** The fields of an object by a table; what the table or Calico cannot say becomes annotations. */
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

/** An object but for its name. */
interface Said {
  readonly spec: Item;
  readonly annotations: Readonly<Record<string, string>>;
  readonly labels?: Json;
}

/** The kinds of a fabric that Calico has, by what it calls them. */
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

/** Whether Calico has objects of this kind of a fabric's. */
export const isShown = (kind: string): boolean => Object.hasOwn(SHOWN, kind);

/** An object of a fabric, with all its defaults or without, in the shape of Calico. */
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

/** Several of them. */
export const calicoList = (kind: string, items: readonly Shown[]): object => ({
  apiVersion: API_VERSION,
  kind: `${SHOWN[kind][0]}List`,
  items,
});
