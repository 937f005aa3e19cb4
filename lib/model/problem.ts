import { isMap } from './named';
import { printable } from './printable';

/**
 * A problem in user input. It is a value, not an exception, so that all problems of an input can be reported at once.
 * Pure code returns problems; only constructs (at synth) and the outermost layers throw.
 */
export class Problem {
  private constructor(
    /** Stable identifier, for programs and for the docs. */
    readonly code: ProblemCode,
    /** Dotted path in the input (`peers.rack1.asNumber`); empty for the input itself. */
    readonly path: string,
    /** What is wrong, with the offending value. */
    readonly message: string,
    /** How to fix it. */
    readonly remedy: string,
  ) {}

  static of(code: ProblemCode, message: string, path = ''): Problem {
    return new Problem(code, path, message, PROBLEMS[code]);
  }

  /** The same problem with `prefix` prepended to its path. */
  under(prefix: string): Problem {
    const path = [prefix, this.path].filter((part) => part !== '').join('.');
    return new Problem(this.code, path, this.message, this.remedy);
  }

  /** A single line, even if the input had several. */
  toString(): string {
    return printable(`${this.path === '' ? '' : `${writtenPath(this.path)}: `}${this.message}. ${this.remedy}`);
  }
}

/**
 * A path as it would be written in code, `peers.rack1.filters[0]`. A number after a map of named objects is a name, and
 * so is anything before a space.
 */
export function writtenPath(path: string): string {
  const at = path.lastIndexOf(' ') + 1;
  return path.slice(0, at) + written(path.slice(at));
}

const written = (path: string): string =>
  path
    .split('.')
    .map((step, i, steps) => {
      const isIndex = /^\d+$/.test(step) && i > 0 && !(i === 1 && isMap(steps[0]));
      return isIndex ? `[${step}]` : i === 0 ? step : `.${step}`;
    })
    .join('');

/** Every kind of problem and its remedy. The message says what and where; this table says how to fix it. */
export const PROBLEMS = {
  'as-number': 'Write an AS number from 1 to 4294967295, plain (67111) or dotted ("1.1575").',
  address: 'Write a single IPv4 or IPv6 address without a mask, such as 192.0.2.1 or 2001:db8::1.',
  'address-zone':
    "Write the address without % and what follows. For a neighbour that has only a link-local address, write the interface instead of the address, such as interface: 'eth1': the neighbour is found there.",
  'link-local-neighbour':
    "Write the interface instead of the address, such as interface: 'eth1': the neighbour is found there, whatever its link-local address is.",
  prefix: 'Write an address, a slash and a prefix length, such as 10.0.0.0/8 or 2001:db8::/32.',
  community:
    'Write a standard community such as 64512:100, a large one such as 64512:1:2, an extended one such as rt:64512:100, or a well-known name such as no-export.',
  pattern: 'Write a regular expression over AS numbers, such as ^64512_, _65001_ or (65001|65002)$.',
  secret:
    'Write file:/path for a file on the node, env:NAME for an environment variable of its agent, or secret:NAME for a secret delivered with the deploy.',
  protocol: 'Write a name that `ip route` shows, such as static or bird, or a number from 0 to 255 as a string.',
  label: 'Use only letters, digits, dots, dashes, underscores and slashes.',
  selector: "Write a selector such as rack == 'a' && has(role), or all().",
  'filter-rule': 'Remove the field, or move the rule to where it applies; docs/reference.md describes each field.',
  shape: 'docs/reference.md lists the values that each field takes.',
  'unknown-field': 'Remove it or correct its spelling; docs/reference.md lists all fields.',
  interface:
    'Write 1 to 15 letters, digits, dots, dashes and underscores, and * for any characters, such as eth0 or cali*.',
  'interface-name':
    'Write the name of an interface of the node: 1 to 15 letters, digits, dots, dashes and underscores, such as eth0; for several, * for any characters, such as eth*.',
  cable: 'Write the name of one interface at each end.',
  'interface-overlap': 'Use patterns that match different interfaces, or names.',
  'workload-link':
    'Write an interface that leads to a neighbour, or have workloadInterfaces of the node match only those of its workloads.',
  'loopback-link': 'Write the interface that leads to the neighbour, such as eth0.',
  'bfd-on-link': 'Remove multihop from bfd.',
  name: 'Use 1 to 63 letters, digits, dots, dashes or underscores, beginning and ending with a letter or digit.',
  range: 'Use a value within the range.',
  'node-address': 'Give it an ipv4Address or an ipv6Address (or both).',
  'duplicate-address': 'Give each node its own addresses.',
  'duplicate-endpoint': 'Give each node the endpoint of its own agent.',
  martian: 'Advertise a prefix that neighbours accept: they would reject this one.',
  'duplicate-prefix': 'List each prefix once, with all of its settings.',
  'duplicate-router-id': 'Give each node its own routerId.',
  'router-id': 'Write a router ID as a dotted quad other than 0.0.0.0, such as 10.0.0.1.',
  edition: 'Upgrade peerform here and on every node of the fabric before you choose this edition.',
  'duplicate-name': 'Give each a unique name.',
  'duplicate-peer': 'Keep only one peer for each remote address, and each interface, on a node.',
  'unknown-node': 'Name a node of this fabric, or add the node.',
  'unknown-rack': 'Name a rack of this fabric, or add the rack.',
  'unknown-community': 'Name a community of this fabric, or write its value, such as 64512:100.',
  'peer-remote': 'Give the peer exactly one of address, interface, peerSelector and prefix.',
  'peer-field': 'Remove one of the two; docs/reference.md describes each field.',
  'lone-field': 'Remove it, or add the field that it depends on; docs/reference.md describes each field.',
  'peer-local': 'Give the peer a node or a nodeSelector, not both.',
  'peer-needs-as-number': 'Write the AS number of the neighbour, or with an interface a peerType.',
  'ttl-on-link': 'Write 1, or remove it.',
  'peer-port': 'Remove the port, or write the port that the node listens on.',
  'both-passive':
    'Remove passive at one end, or choose selectors that separate the passive nodes from those that dial.',
  bfd: 'Use shorter intervals, a smaller detectMultiplier, or a longer hold time.',
  'bfd-ttl-on-link': 'Remove minimumTtl.',
  'bfd-ttl': 'Remove minimumTtl, or set multihop to true at both ends.',
  'bfd-ends': 'Give both peers the same bfd, or remove it from both.',
  'rack-top': 'Write a peer for a session with a node of the fabric; a top-of-rack neighbour is outside the fabric.',
  'local-address': 'Write an address that the node itself has, or remove it.',
  role: 'Remove it: roles are for neighbours in another AS (RFC 9234).',
  'mesh-field': 'Enable the mesh, or remove this field.',
  'cluster-id': 'Write a cluster ID as a dotted quad other than 0.0.0.0, such as 10.0.0.1.',
  'cluster-ids': 'Give a reflector a single cluster ID, in one place.',
  reflectors: 'Name nodes of this fabric, or use a selector that matches the labels of some.',
  'unknown-filter': 'Name a filter of this fabric, or add the filter.',
  'address-family': 'Use addresses of the same family.',
  'peer-is-self': 'Exclude this node from the nodes that the peer applies to.',
  'peer-as-number':
    'If the neighbour is outside the fabric, correct its address; if it is that node, write the AS number of the node.',
  'no-common-family':
    "Give the node an address of the peer's family, or exclude it from the nodes that the peer applies to.",
  timers: 'Use a hold time of 0, or of 3 seconds or more, and a keepalive interval of no more than a third of it.',
  'schema-version': 'Run the same version of peerform on the nodes and where you deploy from.',
  digest: 'The release was damaged or edited by hand: deploy again.',
  recording: 'Pass a file written by peerform agent --record of the same version.',
  manifest: 'Pass Calico v1 or v3 resources as YAML or JSON.',
  'unknown-calico-field':
    'Correct the name as in the Calico reference. If it is a field of a newer Calico or of Calico Enterprise, remove it from the file: the rest can be imported without it.',
  'calico-resource': 'Correct the resource as described in the Calico reference; calicoctl would reject it too.',
  member: 'Write the host and port of a member of etcd, such as e1.example.net:2379, 10.0.0.1:2379 or [fd00::1]:2379.',
  endpoint:
    'Write an endpoint as unix:///run/peerform/agent.sock, ssh://user@host or etcd://host:2379,host2:2379/fabric/node.',
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

/** Thrown where invalid input cannot be handled further (synth, start of the agent). */
export class InvalidInput extends Error {
  override readonly name = 'InvalidInput';
  constructor(
    readonly problems: readonly Problem[],
    what = 'invalid input',
  ) {
    super(
      `${printable(what)}: ${problems.length === 1 ? 'one problem' : `${problems.length} problems`}\n${problems.map((p) => `  ${p}`).join('\n')}`,
    );
  }
}

/** Unwraps a value whose literal is in the code, so that a problem would be a bug. Throws {@link InvalidInput}. */
export function sure<T>(value: T | Problem): T {
  if (value instanceof Problem) throw new InvalidInput([value]);
  return value;
}
