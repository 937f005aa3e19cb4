import type { OriginAttributes } from '../bgp/rib/adj-rib-in/attribute-intern';
import { Rib, type RouteEntry } from '../bgp/rib/rib';
import { ribPeerOf } from '../bgp/rib-peer';
import type { SessionConfig } from '../bgp/session/config';
import { buildOpen, negotiate } from '../bgp/session/negotiation';
import type { WireContext } from '../bgp/wire/context';
import { BGP_HEADER_LENGTH, MESSAGE } from '../bgp/wire/message';
import { isNotification } from '../bgp/wire/notification';
import type { PathAttributes } from '../bgp/wire/path-attributes';
import { decodeUpdate, encodeAttributes, UpdateWriter } from '../bgp/wire/update';
import type { Prefix } from '../model/prefix';
import type { Held } from '../node/held';
import { routingOf } from '../node/routing';
import { otherEndOf } from './neighbour';

/** A route from outside, before any policy. */
export interface ComingRoute {
  readonly prefix: Prefix;
  readonly attributes: PathAttributes;
  /** 4 or 16 octets. */
  readonly nextHop: Uint8Array;
}

/** A node, and what its agent holds. */
export interface RestingNode {
  readonly name: string;
  readonly held: Held;
  readonly sessions: readonly SessionConfig[];
  readonly originates: readonly { readonly prefix: Prefix; readonly attributes: OriginAttributes }[];
  /** What an outside neighbour sends over a session, and its BGP identifier; undefined if unknown. */
  readonly comesOver: (
    session: SessionConfig,
  ) => { readonly routes: readonly ComingRoute[]; readonly routerId: number } | undefined;
}

/** An established session. */
interface Link {
  readonly config: SessionConfig;
  readonly id: number;
  readonly context: WireContext;
  /** The other end if it is a node, otherwise what was advertised to the neighbour, by prefix. */
  other?: { readonly node: Vertex; readonly id: number };
  readonly told: Map<string, PathAttributes>;
}

interface Vertex {
  readonly name: string;
  readonly rib: Rib;
  readonly links: Map<string, Link>;
}

/** Maximum octets of updates exchanged before giving up: some seconds of work. */
const MOST_OCTETS = 24_000_000;
/** Maximum number of session ends between nodes: more would take as long. */
const MOST_ENDS = 25_000;
/** Maximum octets that a speaker sends at once. */
const OUTPUT = 65_536;

/**
 * The converged routing tables of speakers with these sessions: what they selected and advertised, without connections
 * and time. Each is the same table that a speaker uses, fed with messages encoded by the other end's. An outside
 * neighbour sends what it is known to send, whatever it receives.
 */
export class RestingNetwork {
  private readonly vertices = new Map<string, Vertex>();
  private octets = 0;
  /** Whether it converged within the bounds. */
  readonly isSettled: boolean;

  constructor(
    private readonly nodes: readonly RestingNode[],
    private readonly mostOctets = MOST_OCTETS,
  ) {
    for (const { name, held } of nodes)
      this.vertices.set(name, {
        name,
        rib: new Rib(ribOptions(held, name)),
        links: new Map(),
      });
    const isSmall = nodes.reduce((sum, { sessions }) => sum + insideOf(sessions), 0) <= MOST_ENDS;
    if (isSmall) {
      this.connect();
      for (const node of nodes) this.feed(node);
    }
    this.isSettled = isSmall && this.settle();
  }

  /** A prefix on a node with all its paths; undefined if it has none. */
  route(node: string, prefix: Prefix): RouteEntry | undefined {
    const vertex = this.vertices.get(node);
    if (!vertex) return undefined;
    for (const entry of vertex.rib.view.routes({ prefix })) return entry;
    return undefined;
  }

  /** The established sessions of a node, by the peer index in paths. */
  sessionsOf(node: string): ReadonlyMap<number, SessionConfig> {
    const links = [...(this.vertices.get(node)?.links.values() ?? [])];
    return new Map(links.map(({ id, config }) => [id, config]));
  }

  /** The established sessions of a node with outside neighbours, and what was advertised to them, by prefix. */
  outsideOf(node: string): readonly Pick<Link, 'config' | 'told' | 'id'>[] {
    return [...(this.vertices.get(node)?.links.values() ?? [])].filter(({ other }) => !other);
  }

  private connect(): void {
    const ends = new Map<string, { readonly vertex: Vertex; readonly config: SessionConfig }[]>();
    for (const { name, sessions } of this.nodes)
      for (const config of sessions)
        if (config.inside) push(ends, endKey(config), { vertex: this.vertices.get(name)!, config });
    for (const node of this.nodes) {
      const vertex = this.vertices.get(node.name)!;
      for (const config of node.sessions) {
        if (!canRun(config)) continue;
        if (!config.inside) this.outside(node, vertex, config);
        else
          for (const other of ends.get(endKey(config, true)) ?? [])
            if (vertex.name < other.vertex.name) this.inside({ vertex, config }, other);
      }
    }
  }

  private inside(
    a: { readonly vertex: Vertex; readonly config: SessionConfig },
    b: { readonly vertex: Vertex; readonly config: SessionConfig },
  ): void {
    if (a.vertex.links.has(a.config.key) || b.vertex.links.has(b.config.key) || !canRun(b.config)) return;
    if (a.config.authentication !== b.config.authentication) return; // keys differ
    if ((a.config.gtsmHops === undefined) !== (b.config.gtsmHops === undefined)) return;
    if (a.config.dial === 'never' && b.config.dial === 'never') return; // each waits for the other
    const pair = a.config.acceptable.find(({ localAs, remoteAs }) =>
      b.config.acceptable.some((its) => its.localAs === remoteAs && its.remoteAs === localAs),
    );
    if (!pair) return;
    const mirrored = { localAs: pair.remoteAs, remoteAs: pair.localAs };
    const one = negotiate(a.config, pair, buildOpen(b.config, mirrored));
    const other = negotiate(b.config, mirrored, buildOpen(a.config, pair));
    if (isNotification(one) || isNotification(other)) return;
    const links = [
      linkOf(a.vertex, a.config, one.context, one.peerRouterId),
      linkOf(b.vertex, b.config, other.context, other.peerRouterId),
    ];
    links[0].other = { node: b.vertex, id: links[1].id };
    links[1].other = { node: a.vertex, id: links[0].id };
  }

  private outside(node: RestingNode, vertex: Vertex, config: SessionConfig): void {
    const routerId = node.comesOver(config)?.routerId || UNKNOWN_ID;
    const other = otherEndOf(config, config.port, routerId === config.routerId ? UNKNOWN_ID : routerId);
    const agreed = negotiate(config, config.acceptable[0], buildOpen(other, other.acceptable[0]));
    if (!isNotification(agreed)) linkOf(vertex, config, agreed.context, agreed.peerRouterId);
  }

  private feed({ name, originates, comesOver }: RestingNode): void {
    const { rib, links } = this.vertices.get(name)!;
    for (const { prefix, attributes } of originates) rib.originate(prefix, attributes);
    for (const { config, id, context, other } of links.values()) {
      const coming = other ? undefined : comesOver(config);
      if (coming)
        for (const bytes of messagesOf(coming.routes, context))
          each(bytes, (start, end) => rib.update(id, bytes, start, end));
    }
  }

  /** Exchanges updates until no speaker has anything to send. */
  private settle(): boolean {
    const due = new Set(this.vertices.values());
    for (const vertex of due) {
      due.delete(vertex);
      for (const link of vertex.links.values())
        for (
          let bytes = vertex.rib.takeOutput(link.id, OUTPUT);
          bytes;
          bytes = vertex.rib.takeOutput(link.id, OUTPUT)
        ) {
          this.octets += bytes.length;
          if (this.octets > this.mostOctets) return false;
          if (link.other) {
            this.deliver(bytes, link.other);
            due.add(link.other.node);
          } else note(bytes, link);
        }
    }
    return true;
  }

  private deliver(bytes: Uint8Array, { node, id }: { readonly node: Vertex; readonly id: number }): void {
    each(bytes, (start, end) => node.rib.update(id, bytes, start, end));
  }
}

/** Placeholder for an unknown BGP identifier. */
const UNKNOWN_ID = 0xfffffffe;

const insideOf = (sessions: readonly SessionConfig[]): number => sessions.filter(({ inside }) => inside).length;

const canRun = ({ adminDown, blocked }: SessionConfig): boolean => adminDown === undefined && blocked === undefined;

const endKey = ({ localAddress, remoteAddress }: SessionConfig, reversed = false): string =>
  reversed ? `${remoteAddress} ${localAddress}` : `${localAddress} ${remoteAddress}`;

function ribOptions({ active }: Held, name: string) {
  const { routerId, clusterId, multipath } = routingOf(active!.fabric, name);
  return { routerId, ...(clusterId !== undefined && { clusterId }), ...(multipath !== undefined && { multipath }) };
}

function linkOf({ rib, links }: Vertex, config: SessionConfig, context: WireContext, peerRouterId: number): Link {
  const id = rib.addPeer(ribPeerOf(config, context.localAs, context.peerAs, false));
  const link: Link = { config, id, context, told: new Map() };
  rib.peerUp(id, { ...context, peerRouterId });
  links.set(config.key, link);
  return link;
}

/** UPDATE messages with these routes, as encoded by the neighbour. */
function* messagesOf(routes: readonly ComingRoute[], context: WireContext): Generator<Uint8Array> {
  const theirs = mirrored(context);
  const writer = new UpdateWriter(theirs);
  for (const { prefix, attributes, nextHop } of routes) {
    const family = prefix.family === 'ipv4' ? 'ipv4 unicast' : 'ipv6 unicast';
    const route = { ...attributes, nextHop };
    if (!context.families.has(family)) continue;
    if (!writer.announce(family, encodeAttributes(route, theirs, family), nextHop)) continue;
    if (writer.addBytes(prefix.address.bytes, prefix.length)) continue;
    yield writer.take();
    writer.addBytes(prefix.address.bytes, prefix.length);
  }
  if (writer.length > 0) yield writer.take();
}

/** The same session from the neighbour's end. */
const mirrored = (context: WireContext): WireContext => ({
  ...context,
  localAs: context.peerAs,
  peerAs: context.localAs,
  addPathReceive: context.addPathSend,
  addPathSend: context.addPathReceive,
});

/** Calls `visit` with the body of each UPDATE message in a stream of octets. */
function each(bytes: Uint8Array, visit: (start: number, end: number) => void): void {
  for (let at = 0; at < bytes.length; ) {
    const length = (bytes[at + 16] << 8) | bytes[at + 17];
    if (bytes[at + 18] === MESSAGE.update) visit(at + BGP_HEADER_LENGTH, at + length);
    at += length;
  }
}

/** Records what is advertised to an outside neighbour. */
function note(bytes: Uint8Array, { context, told }: Link): void {
  const theirs = mirrored(context);
  each(bytes, (start, end) => {
    const { withdrawn, announced, attributes } = decodeUpdate(bytes, start, end, theirs);
    for (const { prefix } of withdrawn) told.delete(prefix.toString());
    for (const { prefix, nextHop } of announced)
      told.set(prefix.toString(), { ...attributes, ...(nextHop && { nextHop }) });
  });
}

function push<T>(map: Map<string, T[]>, key: string, item: T): void {
  const items = map.get(key);
  if (items) items.push(item);
  else map.set(key, [item]);
}
