import { isPattern, mayMeet } from '../interface-pattern';
import { Problem, type ProblemCode } from '../problem';
import { localChooser } from './labels';
import { entries, isPresent, type Raw, rawList, record } from './raw';

/** A name or pattern of interfaces at which nodes have neighbours, and where it is written. */
interface Uplink {
  readonly path: string;
  /** Name of the object, for messages. */
  readonly name: string;
  readonly link: string;
  readonly port: string;
}

/**
 * Problems with the interfaces of sessions without addresses: which of two patterns applies to a link must not depend
 * on their order, and no workload may become a neighbour because its interface matches.
 */
export function linkProblems(nodes: [string, Raw][], fabric: Raw): Problem[] {
  const uplinksAt = uplinksIn(fabric);
  const found = new Map<string, Problem>();
  const note = (uplink: Uplink, message: string) =>
    found.set(uplink.path, found.get(uplink.path) ?? Problem.of('interface-overlap', message, uplink.path));
  for (const [name, node] of nodes) {
    const uplinks = uplinksAt(name, node);
    for (const [i, one] of uplinks.entries()) {
      const other = uplinks.slice(0, i).find((before) => areUnclear(before, one));
      if (other)
        note(one, `on node ${name}, ${one.link} and ${other.link} of ${other.name} can match the same interface`);
      const workloads =
        isPattern(one.link) &&
        rawList(node.workloadInterfaces).find((pattern) => typeof pattern === 'string' && mayMeet(pattern, one.link));
      if (workloads)
        note(
          one,
          `on node ${name}, ${one.link} can match an interface of a workload (workloadInterfaces: ${workloads})`,
        );
    }
  }
  return [...found.values()];
}

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
    if (isPresent(peer.node)) ofNode.set(String(peer.node), [...(ofNode.get(String(peer.node)) ?? []), uplink]);
    else chosen.push({ uplink, isAt });
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

const uplinkOf = (path: string, name: string, { interface: link, port }: Raw): Uplink | undefined =>
  typeof link === 'string' ? { path: `${path}.interface`, name, link, port: String(port ?? 'default') } : undefined;

/** Fields that a neighbour at the other end of a link cannot have. */
const APART = ['localAddress', 'extendedNextHop', 'ipv4Address', 'ipv6Address'];

/** Problems with the fields beside `interface` of a peer or a top-of-rack neighbour. */
export function onLinkProblems(path: string, holder: Raw): Problem[] {
  const problem = (code: ProblemCode, message: string, field: string) => Problem.of(code, message, `${path}.${field}`);
  const { interface: link, asNumber, peerType, multihop, ttlSecurity } = holder;
  const isBoth = isPresent(asNumber) && isPresent(peerType);
  const both = isBoth ? [problem('peer-field', 'asNumber cannot be combined with peerType', 'asNumber')] : [];
  if (!isPresent(link))
    return [
      ...both,
      ...(isPresent(peerType) ? [problem('lone-field', 'peerType needs an interface', 'peerType')] : []),
    ];
  const apart = [...APART.filter((field) => isPresent(holder[field])), ...(multihop === true ? ['multihop'] : [])];
  return [
    ...both,
    ...apart.map((field) => problem('peer-field', `${field} cannot be combined with interface`, field)),
    ...(typeof ttlSecurity === 'number' && ttlSecurity > 1
      ? [problem('ttl-on-link', `a neighbour on a link is 1 hop away, not ${ttlSecurity}`, 'ttlSecurity')]
      : []),
  ];
}
