import { isPattern, mayMeet } from '../interface-pattern';
import { meantName } from '../nearest';
import { Problem, type ProblemCode } from '../problem';
import { ON_LINK_TTL } from './bfd';
import { localChooser } from './labels';
import { entries, isPresent, lacks, type Raw, rawList, record } from './raw';

/** A name or pattern of interfaces at which nodes have neighbours, and where it is written. */
interface Uplink {
  readonly path: string;
  /** Name of the object, for messages. */
  readonly name: string;
  readonly link: string;
  readonly port: string;
  /** The other end of the cable that a peer says, if this is the end of the peer, or that of the other node. */
  readonly leadsTo?: string;
  readonly farEnd?: string;
}

/**
 * Problems with the interfaces of sessions without addresses: which of two patterns applies to a link must not depend
 * on their order, and no workload may become a neighbour because its interface matches.
 */
export function linkProblems(nodes: [string, Raw][], fabric: Raw): Problem[] {
  const uplinksAt = uplinksIn(fabric);
  const found = new Map<string, Problem>();
  const note = (code: ProblemCode, uplink: Uplink, message: string) =>
    found.set(uplink.path, found.get(uplink.path) ?? Problem.of(code, message, uplink.path));
  for (const [name, node] of nodes) {
    const uplinks = uplinksAt(name, node);
    for (const [i, one] of uplinks.entries()) {
      const other = uplinks.slice(0, i).find((before) => areUnclear(before, one));
      if (other)
        note(
          'interface-overlap',
          one,
          `on node ${name}, ${one.link} and ${other.link} of ${other.name} can match the same interface`,
        );
      const same = uplinks.find((each) => each !== one && isTwice(each, one));
      if (same) note('duplicate-peer', one, `${same.name} already defines a session on ${one.link} of node ${name}`);
      const workloads = rawList(node.workloadInterfaces).find(
        (pattern) => typeof pattern === 'string' && mayMeet(pattern, one.link),
      );
      const which = `${isPattern(one.link) ? 'can match' : 'is'} an interface of a workload (workloadInterfaces: ${workloads})`;
      if (workloads) note('workload-link', one, `on node ${name}, ${one.link} ${which}`);
    }
  }
  return [...found.values()];
}

/** The far end of a cable has a peer of its own there, which is not for the same cable. */
const isTwice = (each: Uplink, far: Uplink): boolean =>
  far.farEnd !== undefined && each.link === far.link && each.port === far.port && each.leadsTo !== far.farEnd;

/** A name takes precedence over a pattern; the same one twice is reported elsewhere. */
const areUnclear = (one: Uplink, other: Uplink): boolean =>
  one.port === other.port &&
  one.link !== other.link &&
  isPattern(one.link) &&
  isPattern(other.link) &&
  mayMeet(one.link, other.link);

/** The uplinks of a node. */
function uplinksIn(fabric: Raw): (name: string, node: Raw) => Uplink[] {
  const ofNode = new Map<string, Uplink[]>();
  const chosen: { readonly uplink: Uplink; readonly isAt: (name: string, node: Raw) => boolean }[] = [];
  for (const [name, peer] of entries(fabric.peers)) {
    const uplink = uplinkOf(`peers.${name}`, `peer ${name}`, peer);
    const isAt = localChooser(peer);
    if (!uplink || !isAt) continue;
    if (isPresent(peer.node)) append(ofNode, String(peer.node), uplink);
    else chosen.push({ uplink, isAt });
    const far = farEnd(name, peer);
    if (far) append(ofNode, far.node, far.uplink);
  }
  const ofRack = new Map(
    entries(fabric.racks).map(([name, { topOfRack }]) => [
      name,
      rawList(topOfRack).flatMap((top, i) => {
        const path = `racks.${name}.topOfRack.${i}`;
        return uplinkOf(path, path, record(top)) ?? [];
      }),
    ]),
  );
  return (name, node) => [
    ...chosen.flatMap(({ uplink, isAt }) => (isAt(name, node) ? [uplink] : [])),
    ...(ofNode.get(name) ?? []),
    ...(ofRack.get(String(node.rack)) ?? []),
  ];
}

function append(map: Map<string, Uplink[]>, key: string, uplink: Uplink): void {
  map.set(key, [...(map.get(key) ?? []), uplink]);
}

/** The end of a cable at the node that a peer names. */
function farEnd(name: string, peer: Raw): { readonly node: string; readonly uplink: Uplink } | undefined {
  const { node, peerNode, peerInterface: link, interface: other, reversePeering } = peer;
  if (typeof peerNode !== 'string' || typeof link !== 'string' || reversePeering === 'manual') return undefined;
  return {
    node: peerNode,
    uplink: {
      ...{ path: `peers.${name}.peerInterface`, name: `peer ${name}`, link, port: 'default' },
      farEnd: `${node}%${other}`,
    },
  };
}

const uplinkOf = (
  path: string,
  name: string,
  { interface: link, port, peerNode, peerInterface }: Raw,
): Uplink | undefined =>
  typeof link === 'string'
    ? {
        ...{ path: `${path}.interface`, name, link, port: String(port ?? 'default') },
        ...(isPresent(peerNode) && { leadsTo: `${peerNode}%${peerInterface}` }),
      }
    : undefined;

/** Fields that a peer over a cable between two nodes needs. */
const NEEDED: Readonly<Record<string, string>> = {
  ...{ node: 'a node', interface: 'an interface', peerInterface: 'a peerInterface' },
};
/** They follow from the nodes. */
const OF_NODES = ['asNumber', 'peerType', 'port', 'nodeSelector'];

/** Problems with a link without addresses between two nodes. */
export function cableProblems(path: string, peer: Raw, fabric: Raw): Problem[] {
  const problem = (code: ProblemCode, message: string, field: string) => Problem.of(code, message, `${path}.${field}`);
  const { node, peerNode, interface: link, peerInterface } = peer;
  if (!isPresent(peerNode))
    return isPresent(peerInterface) ? [problem('lone-field', 'peerInterface needs a peerNode', 'peerInterface')] : [];
  const missing = Object.keys(NEEDED).filter((field) => !isPresent(peer[field]));
  const patterns = [['interface', link] as const, ['peerInterface', peerInterface] as const].filter(
    ([, name]) => typeof name === 'string' && isPattern(name),
  );
  const names = Object.keys(record(fabric.nodes));
  return [
    ...missing.map((field) => problem('lone-field', `peerNode needs ${NEEDED[field]}`, 'peerNode')),
    ...OF_NODES.filter((field) => isPresent(peer[field])).map((field) =>
      problem('peer-field', `${field} cannot be combined with peerNode`, field),
    ),
    ...patterns.map(([field, name]) =>
      problem('cable', `${name} is a pattern, and a link ends at one interface`, field),
    ),
    ...(typeof peerNode === 'string' && lacks(fabric.nodes, peerNode)
      ? [problem('unknown-node', `there is no node ${peerNode}${meantName(peerNode, names)}`, 'peerNode')]
      : []),
    ...(typeof peerNode === 'string' && peerNode === node
      ? [problem('peer-is-self', `both ends of the link are node ${peerNode}`, 'peerNode')]
      : []),
  ];
}

/** What a neighbour at the other end of a link cannot have. */
interface LinkRule {
  /** Path of the field. */
  readonly at: string;
  readonly code: ProblemCode;
  /** What is wrong with the holder of the field, if anything is. */
  readonly wrong: (holder: Raw) => string | undefined;
}

const apart = (at: string, isMeant: (value: unknown) => boolean = isPresent): LinkRule => ({
  ...{ at, code: 'peer-field' },
  wrong: (holder) => (isMeant(holder[at]) ? `${at} cannot be combined with interface` : undefined),
});

const notLoopback = (at: string): LinkRule => ({
  ...{ at, code: 'loopback-link' },
  wrong: (holder) => (holder[at] === 'lo' ? 'lo is the loopback interface: nobody is at its other end' : undefined),
});

const ON_LINK: readonly LinkRule[] = [
  ...['localAddress', 'extendedNextHop', 'ipv4Address', 'ipv6Address'].map((field) => apart(field)),
  apart('multihop', (value) => value === true),
  ...['interface', 'peerInterface'].map(notLoopback),
  {
    ...{ at: 'bfd.multihop', code: 'bfd-on-link' },
    wrong: ({ bfd }) =>
      record(bfd).multihop === true
        ? 'BFD over several hops (multihop) cannot be combined with interface: the neighbour is on the link'
        : undefined,
  },
  {
    ...{ at: 'bfd.minimumTtl', code: 'bfd-ttl-on-link' },
    wrong: ({ bfd }) => {
      const { minimumTtl, multihop } = record(bfd);
      // With multihop set the problem is another one.
      const isIgnored = typeof minimumTtl === 'number' && minimumTtl !== ON_LINK_TTL && !isPresent(multihop);
      return isIgnored
        ? `a minimum TTL of ${minimumTtl} is for a neighbour several hops away: on the link it is always 255 (RFC 5881)`
        : undefined;
    },
  },
  {
    ...{ at: 'ttlSecurity', code: 'ttl-on-link' },
    wrong: ({ ttlSecurity: hops }) =>
      typeof hops === 'number' && hops > 1 ? `a neighbour on a link is 1 hop away, not ${hops}` : undefined,
  },
];

/** Problems with the fields beside `interface` of a peer or a top-of-rack neighbour. */
export function onLinkProblems(path: string, holder: Raw): Problem[] {
  const problem = (code: ProblemCode, message: string, field: string) => Problem.of(code, message, `${path}.${field}`);
  const { interface: link, asNumber, peerType } = holder;
  const isBoth = isPresent(asNumber) && isPresent(peerType);
  const both = isBoth ? [problem('peer-field', 'asNumber cannot be combined with peerType', 'asNumber')] : [];
  if (!isPresent(link))
    return [
      ...both,
      ...(isPresent(peerType) ? [problem('lone-field', 'peerType needs an interface', 'peerType')] : []),
    ];
  return [
    ...both,
    ...ON_LINK.flatMap(({ at, code, wrong }) => {
      const message = wrong(holder);
      return message === undefined ? [] : [problem(code, message, at)];
    }),
  ];
}
