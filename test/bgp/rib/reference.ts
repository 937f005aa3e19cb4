import type { RibPeer } from '../../../lib/bgp/rib/peer';
import type { WireContext } from '../../../lib/bgp/wire/context';
import { type AsPathSegment, type PathAttributes, SEGMENT } from '../../../lib/bgp/wire/path-attributes';
import { IpAddress } from '../../../lib/model/address';
import { Community } from '../../../lib/model/community';
import type { Policy, RouteSettings } from '../../../lib/model/filter';
import { martianOf } from '../../../lib/model/martian';
import type { Prefix } from '../../../lib/model/prefix';
import { sure } from '../../../lib/model/problem';
import { changed, decided, decidedOfMartian, type PlainRoute } from '../policy/reference';

/** A path in the plain RIB. `peer` 0 is the node itself. */
interface Path {
  readonly peer: number;
  readonly attributes: PathAttributes;
  readonly interface?: string;
  stale: boolean;
}

interface Peer {
  config: RibPeer;
  context?: WireContext;
  routerId: number;
  readonly paths: Map<string, Path>;
}

/**
 * The RIB as one would write it down from the RFCs with no thought of speed: maps of objects, everything computed anew
 * when asked. What the fast one must agree with.
 */
export class ReferenceRib {
  readonly peers = new Map<number, Peer>();
  private readonly local = new Map<string, Path>();
  private readonly prefixes = new Map<string, Prefix>();
  private readonly unreachable = new Set<string>();
  private readonly metrics = new Map<string, number>();

  constructor(
    private readonly routerId: number,
    private readonly clusterId: number,
  ) {}

  announce(peer: number, prefix: Prefix, attributes: PathAttributes): void {
    this.prefixes.set(String(prefix), prefix);
    this.peers.get(peer)!.paths.set(String(prefix), { peer, attributes, stale: false });
  }

  withdraw(peer: number, prefix: Prefix): void {
    this.peers.get(peer)!.paths.delete(String(prefix));
  }

  originate(prefix: Prefix, attributes: PathAttributes, name?: string): void {
    this.prefixes.set(String(prefix), prefix);
    this.local.set(String(prefix), { peer: 0, attributes, stale: false, ...(name && { interface: name }) });
  }

  withdrawOrigin(prefix: Prefix): void {
    this.local.delete(String(prefix));
  }

  peerDown(id: number, retain: boolean): void {
    const peer = this.peers.get(id)!;
    peer.context = undefined;
    for (const [key, path] of peer.paths)
      if (!retain || path.stale) peer.paths.delete(key);
      else path.stale = true;
  }

  sweepStale(id: number): void {
    const { paths } = this.peers.get(id)!;
    for (const [key, path] of paths) if (path.stale) paths.delete(key);
  }

  setNextHop(address: IpAddress, reachable: boolean, metric: number): void {
    if (reachable) this.unreachable.delete(String(address));
    else this.unreachable.add(String(address));
    this.metrics.set(String(address), metric);
  }

  /** Prefix → best path, of all prefixes that have one. */
  best(): Map<string, Path> {
    const all = new Map<string, Path>();
    for (const [key, prefix] of this.prefixes) {
      const best = this.choose(prefix);
      if (best) all.set(key, best);
    }
    return all;
  }

  /** Prefix and attributes, as a peer that is up must know them: of the best path, or of all (RFC 7911). */
  advertised(id: number): [string, PathAttributes][] {
    const peer = this.peers.get(id)!;
    return [...this.prefixes].flatMap(([key, prefix]): [string, PathAttributes][] => {
      const all = peer.context!.addPathSend.has(prefix.family === 'ipv4' ? 'ipv4 unicast' : 'ipv6 unicast');
      const best = all ? undefined : this.choose(prefix);
      const own = this.local.get(key);
      const paths = all ? [...(own ? [own] : []), ...this.learned(prefix)] : best ? [best] : [];
      return paths.flatMap((path): [string, PathAttributes][] => {
        const sent = this.exported(path, prefix, peer, id);
        return sent ? [[key, sent]] : [];
      });
    });
  }

  /** The learned paths to a prefix that may be used, as the import policies change them. */
  private learned(prefix: Prefix): Path[] {
    return [...this.peers.values()]
      .map((peer) => peer.paths.get(String(prefix)))
      .filter((path) => path !== undefined)
      .map((path) => this.usable(path, prefix))
      .filter((path) => path !== undefined);
  }

  private choose(prefix: Prefix): Path | undefined {
    const own = this.local.get(String(prefix));
    if (own) return own;
    let left = this.learned(prefix);
    const keep = (value: (path: Path) => number) => {
      const lowest = Math.min(...left.map(value));
      left = left.filter((path) => value(path) === lowest);
    };
    keep(({ attributes }) => -(attributes.localPref ?? 100));
    keep(({ attributes }) => lengthOf(attributes.asPath ?? []));
    keep(({ attributes }) => attributes.origin!);
    const start = left;
    left = left.filter(
      (m) =>
        !start.some(
          (n) => firstAs(n.attributes) === firstAs(m.attributes) && (n.attributes.med ?? 0) < (m.attributes.med ?? 0),
        ),
    );
    keep(({ peer }) => (this.isExternal(peer) ? 0 : 1));
    keep(({ attributes }) => this.metrics.get(hopText(attributes)) ?? 0);
    keep(({ attributes, peer }) => attributes.originatorId ?? this.peers.get(peer)!.routerId);
    keep(({ attributes }) => (attributes.clusterList ?? []).length);
    return left.sort((a, b) => this.address(a).compare(this.address(b)) || a.peer - b.peer)[0];
  }

  private address = (path: Path) => this.peers.get(path.peer)!.config.address;

  private isExternal(peer: number): boolean {
    const { localAs, peerAs } = this.peers.get(peer)!.config;
    return localAs !== peerAs;
  }

  /** The path as the import policy changes it; undefined where it may not be used. */
  private usable(path: Path, prefix: Prefix): Path | undefined {
    const { peer, attributes } = path;
    const { config } = this.peers.get(peer)!;
    const external = this.isExternal(peer);
    const own = (attributes.asPath ?? [])
      .flatMap(({ members }) => members)
      .filter((as) => as === config.localAs || (external && as === config.nodeAs)).length;
    if (own > config.allowOwnAs) return undefined;
    if (config.refuseAsSets && attributes.asPath?.some(({ type }) => type === SEGMENT.set)) return undefined;
    if (attributes.originatorId === this.routerId) return undefined;
    if (attributes.clusterList?.includes(this.clusterId)) return undefined;
    const otc = attributes.onlyToCustomer;
    const role = external ? config.role : undefined;
    if (otc !== undefined && (role === 'provider' || role === 'routeServer')) return undefined;
    if (otc !== undefined && role === 'peer' && otc !== config.peerAs) return undefined;
    const route = { prefix, attributes, peerType: external ? 'ebgp' : 'ibgp', isWorkload: false } as const;
    const policy = martianOf(prefix)
      ? config.importPolicy && decidedOfMartian(config.importPolicy, route)
      : said(config, config.importPolicy, route);
    if (!policy) return undefined;
    const settings = config.gracefulShutdown && external ? leaving(policy, true) : policy;
    const isFromAbove = role === 'customer' || role === 'routeServerClient' || role === 'peer';
    const seen = external && shows(config, 'import') ? prepended(attributes.asPath ?? [], config.localAs) : undefined;
    const longer = seen ? { ...attributes, asPath: seen } : attributes;
    const marked = otc === undefined && isFromAbove ? { ...longer, onlyToCustomer: config.peerAs } : longer;
    const set = changed(marked, settings, external ? config.peerAs : undefined, prefix.family);
    const after = set.communities?.includes(0xffff0000) ? { ...set, localPref: 0 } : set;
    return this.unreachable.has(hopText(after)) ? undefined : { ...path, attributes: after };
  }

  private exported(path: Path, prefix: Prefix, to: Peer, id: number): PathAttributes | undefined {
    const { config } = to;
    const before = path.attributes;
    const external = this.isExternal(id);
    if (path.peer === id) return undefined;
    const communities = before.communities ?? [];
    if (communities.includes(0xffffff02)) return undefined;
    if (external && (communities.includes(0xffffff01) || communities.includes(0xffffff03))) return undefined;
    const internalSource = path.peer !== 0 && !this.isExternal(path.peer);
    const source = this.peers.get(path.peer);
    if (internalSource && !external && !source!.config.routeReflectorClient && !config.routeReflectorClient)
      return undefined;
    if (!to.context!.families.has(prefix.family === 'ipv4' ? 'ipv4 unicast' : 'ipv6 unicast')) return undefined;
    const role = external ? config.role : undefined;
    if (before.onlyToCustomer !== undefined && (role === 'customer' || role === 'routeServerClient' || role === 'peer'))
      return undefined;
    const policy = said(config, config.exportPolicy, {
      ...{ prefix, attributes: before, peerType: external ? 'ebgp' : 'ibgp', isWorkload: path.peer === 0 },
      ...(path.interface && { interface: path.interface }),
    });
    if (!policy) return undefined;
    const settings = config.gracefulShutdown ? leaving(policy, !external) : policy;
    const shown =
      external && shows(config, 'export')
        ? { ...before, asPath: prepended(before.asPath ?? [], config.nodeAs!) }
        : before;
    const attributes = changed(shown, settings, external ? config.localAs : undefined, prefix.family);
    const mode = settings.nextHop === 'self' ? 'self' : config.nextHop;
    const keeps = mode === 'keep' || (mode === 'auto' && !external);
    const self = external ? externalSelf(to, prefix.family) : config.localAddresses[prefix.family]?.bytes;
    const sent: Record<string, unknown> = { ...attributes };
    if (before.onlyToCustomer === undefined && (role === 'provider' || role === 'routeServer' || role === 'peer'))
      sent.onlyToCustomer = config.localAs;
    const isExtended = prefix.family === 'ipv4' && to.context!.extendedNextHop.has('ipv4 unicast');
    const given = settings.nextHop instanceof IpAddress ? settings.nextHop : undefined;
    if (given && (given.family === prefix.family || isExtended)) sent.nextHop = given.bytes;
    else sent.nextHop = keeps && path.peer !== 0 ? attributes.nextHop : self;
    if (!sent.nextHop) return undefined;
    if (external) {
      sent.asPath = prepended(attributes.asPath ?? [], config.localAs);
      for (const name of ['localPref', 'originatorId', 'clusterList']) delete sent[name];
      if (path.peer !== 0 && settings.med === undefined) delete sent.med;
    } else {
      sent.localPref = attributes.localPref ?? 100;
      if (internalSource) {
        sent.originatorId = attributes.originatorId ?? source!.routerId;
        sent.clusterList = [this.clusterId, ...(attributes.clusterList ?? [])];
      }
    }
    return sent as PathAttributes;
  }
}

/**
 * RFC 4271 section 5.1.3: the address of the session; of the other family what its link has, and what RFC 8950 makes of
 * it.
 */
function externalSelf({ config, context }: Peer, family: 'ipv4' | 'ipv6'): Uint8Array | undefined {
  if (config.localAddress.family === family) return config.localAddress.bytes;
  const hops = config.nextHops ?? config.localAddresses;
  if (hops[family]) return hops[family].bytes;
  const extended = family === 'ipv4' && context!.extendedNextHop.has('ipv4 unicast') && config.localAddress;
  return extended ? extended.bytes : undefined;
}

/** Whether a local AS and the node's own both stand in paths that go this way (RFC 7705). */
const shows = ({ localAs, nodeAs, localAsPrepend }: RibPeer, way: 'import' | 'export'): boolean =>
  nodeAs !== undefined && nodeAs !== localAs && (localAsPrepend === way || localAsPrepend === 'both');

/** Settings with what RFC 8326 wants of a session that is about to end. */
function leaving(settings: RouteSettings, lowers: boolean): RouteSettings {
  const mark = sure(Community.parse('65535:0'));
  return {
    ...settings,
    ...(settings.communities
      ? { communities: [...settings.communities, mark] }
      : { addCommunities: [...(settings.addCommunities ?? []), mark] }),
    ...(lowers && { localPreference: 0 }),
  };
}

/** Attributes as one text, for comparing. */
export function attributesText(attributes: PathAttributes): string {
  const { asPath = [], nextHop, communities = [], clusterList = [], ...rest } = attributes;
  return JSON.stringify([
    asPath.map(({ type, members }) => [type, ...members]),
    nextHop && [...nextHop],
    communities,
    clusterList,
    rest.origin,
    rest.med,
    rest.localPref,
    rest.originatorId,
    rest.onlyToCustomer,
    (rest.largeCommunities ?? []).map((community) => [...community]),
    (rest.extendedCommunities ?? []).map((community) => [...community]),
    (rest.unknown ?? []).map(({ type, value }) => [type, ...value]),
  ]);
}

function said(config: RibPeer, policy: Policy | undefined, route: PlainRoute): RouteSettings | undefined {
  if (policy) return decided(policy, route);
  return config.inside || config.localAs === config.peerAs ? {} : undefined;
}

function prepended(path: readonly AsPathSegment[], as: number): readonly AsPathSegment[] {
  const [first, ...rest] = path;
  return first?.type === SEGMENT.sequence && first.members.length < 255
    ? [{ type: SEGMENT.sequence, members: [as, ...first.members] }, ...rest]
    : [{ type: SEGMENT.sequence, members: [as] }, ...path];
}

const lengthOf = (path: readonly AsPathSegment[]) =>
  path.reduce((sum, { type, members }) => sum + (type === SEGMENT.set ? 1 : members.length), 0);

function firstAs({ asPath = [] }: PathAttributes): number {
  return asPath[0]?.type === SEGMENT.sequence ? asPath[0].members[0] : 0;
}

const hopText = ({ nextHop }: PathAttributes) => String(IpAddress.fromBytes(nextHop!));
