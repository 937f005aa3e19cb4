/**
 * A problem found in somebody's input: a value, not an exception, so that all problems of an input can be told at once.
 * Pure code returns problems; only constructs (at synth) and the outermost layers turn them into failures.
 */
export class Problem {
  private constructor(
    /** Stable identifier, for programs and for the docs. */
    readonly code: ProblemCode,
    /** Where in the input, as dotted path (`peers.rack1.asNumber`); empty for the input itself. */
    readonly path: string,
    /** What is wrong, with the offending value. */
    readonly message: string,
    /** How to mend it. */
    readonly remedy: string,
  ) {}

  static of(code: ProblemCode, message: string, path = ''): Problem {
    return new Problem(code, path, message, PROBLEMS[code]);
  }

  /** The same problem seen from further out: `prefix` is put before its path. */
  under(prefix: string): Problem {
    const path = [prefix, this.path].filter((part) => part !== '').join('.');
    return new Problem(this.code, path, this.message, this.remedy);
  }

  toString(): string {
    return `${this.path === '' ? '' : `${this.path}: `}${this.message}. ${this.remedy}`;
  }
}

/** Every kind of problem and what to do about it. Messages say what and where; this table says how to mend. */
export const PROBLEMS = {
  'as-number': 'Write an AS number from 1 to 4294967295, plain (67111) or dotted ("1.1575").',
  address: 'Write one IPv4 or IPv6 address without a mask, such as 192.0.2.1 or 2001:db8::1.',
  prefix: 'Write an address, a slash and a length, such as 10.0.0.0/8 or 2001:db8::/32.',
  community:
    'Write a standard one as 64512:100, a large one as 64512:1:2, an extended one as rt:64512:100, or a well-known name such as no-export.',
  pattern: 'Write a regular expression over AS numbers, such as ^64512_, _65001_ or (65001|65002)$.',
  secret:
    'Write file:/path for a file on the node, env:NAME for a variable of its agent, or secret:NAME for one that the deploy brings.',
  protocol: 'Write a name that `ip route` shows, such as static or bird, or a number from 0 to 255 as text.',
  label: 'Use letters, digits, dots, dashes, underscores and slashes.',
  selector: "Write a selector such as rack == 'a' && has(role), or all().",
  'filter-rule': 'Let a rule say only what it can do where it stands; docs/reference tells of each field.',
  shape: 'See docs/reference for what stands here.',
  'unknown-field': 'Remove it or correct its spelling; docs/reference lists the fields.',
  interface:
    'Write 1 to 15 letters, digits, dots, dashes and underscores, and * for any characters, such as eth0 or cali*.',
  name: 'Use 1 to 63 letters, digits, dots, dashes or underscores, beginning and ending with a letter or digit.',
  range: 'Use a value within the range.',
  'node-address': 'Give it an ipv4Address or an ipv6Address (or both).',
  'duplicate-address': 'Give each node addresses of its own.',
  'duplicate-endpoint': 'Give each node the endpoint of its own agent.',
  'duplicate-prefix': 'Advertise a prefix once, with all that is to be said of it.',
  'duplicate-router-id': 'Give each node a routerId of its own.',
  'router-id': 'Write a router id as a dotted quad other than 0.0.0.0, such as 10.0.0.1.',
  'duplicate-name': 'Give each a name of its own.',
  'duplicate-peer': 'Keep one peer for one remote address on one node.',
  'unknown-node': 'Name a node of this fabric, or add the node.',
  'unknown-rack': 'Name a rack of this fabric, or add the rack.',
  'unknown-community': 'Name a community of this fabric, or write its value, such as 64512:100.',
  'peer-remote': 'Give the peer an address, a peerSelector or a prefix: exactly one of them.',
  'peer-field': 'Remove one of the two; docs/reference tells of each field.',
  'lone-field': 'Leave it out, or write what it belongs to; docs/reference tells of each field.',
  'peer-local': 'Give the peer a node or a nodeSelector, not both.',
  'peer-needs-as-number': 'Write the AS number of the neighbour.',
  'peer-port': 'Leave the port out, or write the one that nodes listen on.',
  'both-passive': 'Let the selectors choose apart who waits and who dials, or leave passive out.',
  'rack-top': 'Write a peer towards a node of the fabric; what stands at the top of a rack is outside of it.',
  'local-address': 'Write an address that the node of the peer has itself, or leave it out.',
  role: 'Leave it out: roles are for neighbours of another AS number (RFC 9234).',
  'mesh-field': 'Switch the mesh on, or leave this out.',
  'cluster-id': 'Write a cluster id as a dotted quad other than 0.0.0.0, such as 10.0.0.1.',
  'cluster-ids': 'Give a reflector one cluster id, in one place.',
  reflectors: 'Name nodes of this fabric, or choose them by a selector that fits the labels of some.',
  'unknown-filter': 'Name a filter of this fabric, or add the filter.',
  'address-family': 'Use an address of the same family as the one it belongs to.',
  'peer-is-self': 'Let the peer apply to other nodes only.',
  'peer-as-number': 'Write the AS number that this node of the fabric has.',
  'no-common-family': 'Give the node an address of the family that the peer has, or let the peer apply to other nodes.',
  timers: 'Use a hold time of 0 or at least 3 seconds, and a keepalive time of at most a third of it.',
  'schema-version': 'Let agents and the tools that deploy to them have the same version of peerform.',
  digest: 'The document was damaged or changed by hand: deploy again.',
  recording: 'Give a file that peerform agent --record wrote, with a peerform of the same version.',
  manifest: 'Give Calico resources of v1 or v3 as YAML or JSON.',
  'calico-resource': 'Correct the resource as the reference of Calico describes it; calicoctl would refuse it too.',
  endpoint: 'Write an endpoint as unix:///run/peerform/agent.sock or ssh://user@host.',
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

/** An input that holds problems, thrown where nothing can go on without it (synth, the agent's start). */
export class InvalidInput extends Error {
  override readonly name = 'InvalidInput';
  constructor(
    readonly problems: readonly Problem[],
    what = 'invalid input',
  ) {
    super(
      `${what}: ${problems.length === 1 ? 'one problem' : `${problems.length} problems`}\n${problems.map((p) => `  ${p}`).join('\n')}`,
    );
  }
}

/** The value, where the code itself wrote the literal and a problem would be its own bug. Throws {@link InvalidInput}. */
export function sure<T>(value: T | Problem): T {
  if (value instanceof Problem) throw new InvalidInput([value]);
  return value;
}
