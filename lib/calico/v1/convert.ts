import type { AddressFamily } from '../../model/address';
import { Prefix } from '../../model/prefix';
import { Problem } from '../../model/problem';
import { readAsNumber } from '../check';
import { isRecord } from '../documents';
import { usualBlockSize } from '../kind/ip-pool';
import { labelsOf } from '../labels';
import { isMasked, networkOf } from '../network';
import { resource, type Spec } from '../resource';
import { checkOf, type Rows, untakenOf } from '../row';
import { convertSetting } from './config';
import type { Converted } from './converted';
import { addressName, networkName, nodeName } from './names';
import { V1 } from './rows';

type Raw = Readonly<Record<string, unknown>>;
/** Converts a document of one kind. */
export type Conversion = (metadata: Raw, spec: Raw) => Converted | Problem[] | undefined;

/**
 * v1 kinds related to BGP, by name in lower case. Calico itself has no manifests for settings, which `calicoctl config`
 * sets and shows: here they are written as `config`, and `GlobalBGPConfig` is the kind in the Kubernetes datastore.
 */
const CONVERSIONS: Readonly<Record<string, Conversion>> = {
  bgppeer: bgpPeer,
  node,
  ippool: ipPool,
  config: ({ name, node: of }, { value }) => convertSetting(name, value, of),
  globalbgpconfig: (_, { name, value }) => convertSetting(name, value, undefined),
};

/** The conversion of a v1 kind; undefined if unrelated to BGP. A Kubernetes `Node` is `v1` too, but capitalised. */
export function conversionOf(kind: string, version: unknown): Conversion | undefined {
  const isInKubernetes = kind === 'GlobalBGPConfig' && version === 'crd.projectcalico.org/v1';
  if (kind === 'Node' || !(version === 'v1' || isInKubernetes)) return undefined;
  return Object.hasOwn(CONVERSIONS, kind.toLowerCase()) ? CONVERSIONS[kind.toLowerCase()] : undefined;
}

/**
 * Converts a v1 document to v3, named as by Calico's own upgrade, or returns what calicoctl or the upgrade would
 * reject. Undefined if unrelated to BGP.
 */
export function convert(document: Raw, conversion: Conversion): Converted | Problem[] | undefined {
  const [metadata, spec] = [document.metadata, document.spec].map((part) => (isRecord(part) ? part : {}));
  const rows = V1_ROWS.get(conversion) ?? {};
  const unknown = checkOf(rows, { open: true })(document);
  const converted = conversion(metadata, spec);
  const problems = [...unknown, ...(Array.isArray(converted) ? converted : [])];
  if (problems.length > 0) {
    const name = metadata.name ?? metadata.peerIP ?? metadata.cidr ?? '';
    return problems.map(({ code, message, path }) => Problem.of(code, message, `${document.kind}/${name} ${path}`));
  }
  if (converted === undefined || Array.isArray(converted)) return undefined;
  const { unrelated } = untakenOf(rows, { metadata, spec });
  return { ...converted, unrelated: unrelated.map((path) => `${document.kind} ${path}`) };
}

/** Field tables by kind; settings have only a name and a value. */
const V1_ROWS: ReadonlyMap<Conversion, Rows> = new Map<Conversion, Rows>([
  [bgpPeer, V1.bgpPeer],
  [node, V1.node],
  [ipPool, V1.ipPool],
]);

const refuse = (path: string, message: string): Problem[] => [Problem.of('calico-resource', message, path)];

/** The spec without values that are false or 0 in v1 and omitted in v3. */
const kept = (spec: Raw): Spec =>
  Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== undefined && value !== false && value !== 0));

function bgpPeer({ scope, node, peerIP }: Raw, spec: Raw): Converted | Problem[] {
  const address = typeof peerIP === 'string' && !peerIP.includes('/') ? networkOf(peerIP)?.address : undefined;
  const number = asNumber(spec);
  const problems = [
    ...(address ? [] : refuse('metadata.peerIP', `${JSON.stringify(peerIP) ?? 'nothing'} is not an address`)),
    ...(number instanceof Problem ? [number] : []),
    ...(scope === 'global' || scope === 'node' ? [] : refuse('metadata.scope', 'the scope is not global or node')),
    ...(scope === 'global' && isNamed(node) ? refuse('metadata.node', 'a global peer must not name a node') : []),
    ...(scope === 'node' && !isNamed(node) ? refuse('metadata.node', 'a peer of one node must name the node') : []),
  ];
  if (!address || problems.length > 0) return problems;
  const rest = kept({ peerIP: address.toString(), asNumber: number });
  if (scope === 'global') return { resource: resource('BGPPeer', addressName(address), rest), identity: `${address}` };
  const name = nodeName(String(node));
  return {
    resource: resource('BGPPeer', `${name}.${addressName(address)}`, { ...rest, node: name }),
    identity: `${node} ${address}`,
  };
}

const isNamed = (name: unknown): boolean => name !== undefined && name !== null && name !== '';

/** The AS number of a spec, if set. */
function asNumber({ asNumber: given }: Raw): number | undefined | Problem {
  if (given === undefined || given === null) return undefined;
  return (
    readAsNumber(given) ?? Problem.of('as-number', `${JSON.stringify(given)} is not a valid AS number`, 'spec.asNumber')
  );
}

function node({ name, labels }: Raw, { bgp, orchRefs }: Raw): Converted | Problem[] {
  if (!isNamed(name)) return refuse('metadata.name', 'the name is missing');
  const spec = isRecord(bgp) ? nodeBgp(bgp) : {};
  if (Array.isArray(spec)) return spec;
  const references = Array.isArray(orchRefs) ? { orchRefs } : {};
  const converted = resource('Node', nodeName(String(name)), { ...spec, ...references }, labelsOf(labels));
  return { resource: converted, identity: String(name) };
}

function nodeBgp(bgp: Raw): Spec | Problem[] {
  const number = asNumber(bgp);
  const addresses: Record<string, string> = {};
  const problems = number instanceof Problem ? [Problem.of(number.code, number.message, 'spec.bgp.asNumber')] : [];
  for (const [field, family] of ADDRESS_FIELDS) {
    const given = bgp[field];
    const found = networkOf(given);
    if (!isNamed(given)) continue;
    if (found?.address.family === family) addresses[field] = `${found.address}/${found.length}`;
    else
      problems.push(
        ...refuse(`spec.bgp.${field}`, `${JSON.stringify(given)} is not an ${family} address with a prefix length`),
      );
  }
  if (problems.length === 0 && Object.keys(addresses).length === 0)
    return refuse('spec.bgp', 'the node has no address');
  return problems.length > 0 ? problems : { bgp: kept({ asNumber: number, ...addresses }) };
}

const ADDRESS_FIELDS: readonly (readonly [string, AddressFamily])[] = [
  ['ipv4Address', 'ipv4'],
  ['ipv6Address', 'ipv6'],
];

function ipPool({ cidr }: Raw, spec: Raw): Converted | Problem[] {
  const found = networkOf(cidr);
  if (!found || !isMasked(found))
    return refuse(
      'metadata.cidr',
      `${JSON.stringify(cidr) ?? 'nothing'} is not a network, or has bits set beyond its length`,
    );
  const text = Prefix.of(found.address, found.length).toString();
  return {
    identity: text,
    resource: resource(
      'IPPool',
      networkName(text),
      kept({
        cidr: text,
        ipipMode: ipipMode(spec.ipip),
        natOutgoing: spec['nat-outgoing'] === true,
        disabled: spec.disabled === true,
        nodeSelector: 'all()',
        blockSize: usualBlockSize(text),
      }),
    ),
  };
}

function ipipMode(ipip: unknown): string {
  if (!isRecord(ipip) || ipip.enabled !== true) return 'Never';
  return String(ipip.mode ?? '').toLowerCase() === 'cross-subnet' ? 'CrossSubnet' : 'Always';
}
