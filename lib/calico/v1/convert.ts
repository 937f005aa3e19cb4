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
/** How a kind is converted. */
export type Conversion = (metadata: Raw, spec: Raw) => Converted | Problem[] | undefined;

/**
 * The kinds of v1 that BGP is made of, by their names in lower case. Calico itself has no manifests of settings, which
 * `calicoctl config` sets and shows: `config` is what they are written as here, `GlobalBGPConfig` what the datastore of
 * Kubernetes holds.
 */
const CONVERSIONS: Readonly<Record<string, Conversion>> = {
  bgppeer: bgpPeer,
  node,
  ippool: ipPool,
  config: ({ name, node: of }, { value }) => convertSetting(name, value, of),
  globalbgpconfig: (_, { name, value }) => convertSetting(name, value, undefined),
};

/**
 * How a v1 kind is converted; undefined where it means nothing to BGP. A Kubernetes `Node` is of `v1` too, but begins
 * with a capital.
 */
export function conversionOf(kind: string, version: unknown): Conversion | undefined {
  const isInKubernetes = kind === 'GlobalBGPConfig' && version === 'crd.projectcalico.org/v1';
  if (kind === 'Node' || !(version === 'v1' || isInKubernetes)) return undefined;
  return Object.hasOwn(CONVERSIONS, kind.toLowerCase()) ? CONVERSIONS[kind.toLowerCase()] : undefined;
}

/**
 * The v3 form of a v1 document, named as Calico's own upgrade names it, or what calicoctl or the upgrade would refuse;
 * undefined where it means nothing to BGP.
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

/** The tables of the kinds that have one: settings have but a name and a value. */
const V1_ROWS: ReadonlyMap<Conversion, Rows> = new Map<Conversion, Rows>([
  [bgpPeer, V1.bgpPeer],
  [node, V1.node],
  [ipPool, V1.ipPool],
]);

const refuse = (path: string, message: string): Problem[] => [Problem.of('calico-resource', message, path)];

/** What is there of a spec: v3 leaves out what v1 has as false or 0. */
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

/** The AS number of a spec; undefined where there is none. */
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
