import { type Ineligibility, isIneligibility } from '../bgp/rib/adj-rib-in/ineligibility';
import type { PathReason, RouteEntry } from '../bgp/rib/rib';
import type { SessionConfig } from '../bgp/session/config';
import { sessionFrom, templateFor } from '../bgp/session/template';
import type { PathAttributes } from '../bgp/wire/path-attributes';
import { IpAddress } from '../model/address';
import type { Fabric } from '../model/fabric';
import type { Prefix } from '../model/prefix';
import { sure } from '../model/problem';
import type { Held } from '../node/held';
import { type KeptLocalAs, localAsAfter } from '../node/local-as';
import { onLinks } from '../node/on-links';
import { runningSessions, runningTemplates } from '../node/sessions';
import { FabricSlices } from '../topology/fabric-slice';
import { linkOfEnd } from '../topology/link-end';
import type { OutsideRoutes, OutsideSession } from '../topology/outside-routes';
import { underOtherAs } from './changed-as';
import { type ComingRoute, RestingNetwork, type RestingNode } from './resting-network';
import type { Kinds } from './route-kinds';
import { sentRoute } from './sent-route';

/** A path over a session with an outside neighbour. */
interface OutsidePath {
  readonly attributes: PathAttributes;
  /** Why it is not usable. Unset: it is. */
  readonly refused?: Ineligibility;
}

/** A prefix on a node. */
export interface PrefixState {
  /** Whether the best path is the node's own or learned, or there is none. */
  readonly best: 'own' | 'learned' | 'none';
  /** Where the best path is learned from: a node by name, or the address of an outside neighbour. */
  readonly via?: string;
  /** There is a path, usable or not. */
  readonly isOffered: boolean;
  /** There is a usable path that does not come over a session which the deploy closes, or from a node that leaves. */
  readonly stays: boolean;
  /** By the neighbour's address. */
  readonly paths: ReadonlyMap<string, OutsidePath>;
}

/** An outside neighbour of a node, and what is advertised to it. */
interface Told {
  readonly session: SessionConfig;
  readonly told: ReadonlyMap<string, PathAttributes>;
}

const NOBODY: ReadonlySet<string> = new Set();
const NOBODY_TOLD: ReadonlyMap<string, Told> = new Map();
const NOWHERE: PrefixState = { best: 'none', isOffered: false, stays: false, paths: new Map() };

/**
 * The converged network of representative nodes in one deploy state: what its tables contain for these prefixes. The
 * tables themselves are released.
 */
export class RouteState {
  private readonly standings = new Map<string, ReadonlyMap<string, PrefixState>>();
  private readonly told = new Map<string, ReadonlyMap<string, Told>>();

  constructor(
    network: RestingNetwork,
    names: readonly string[],
    prefixes: readonly Prefix[],
    /** Nodes that the new release has. */
    private readonly staying: ReadonlySet<string>,
    private readonly senders: ReadonlyMap<string, ReadonlySet<string>>,
  ) {
    for (const name of names) {
      const sessions = network.sessionsOf(name);
      const standings = new Map<string, PrefixState>();
      for (const prefix of prefixes) {
        const route = network.route(name, prefix);
        if (route) standings.set(prefix.toString(), this.standing(route, sessions));
      }
      this.standings.set(name, standings);
      this.told.set(
        name,
        new Map(
          network.outsideOf(name).map(({ config, told }) => [String(config.remoteAddress), { session: config, told }]),
        ),
      );
    }
  }

  /** Addresses of the outside neighbours that send these. */
  sendersOf(routes: string): ReadonlySet<string> {
    return this.senders.get(routes) ?? NOBODY;
  }

  has(node: string): boolean {
    return this.standings.has(node);
  }

  at(node: string, prefix: Prefix): PrefixState {
    return this.standings.get(node)?.get(prefix.toString()) ?? NOWHERE;
  }

  toldBy(node: string): ReadonlyMap<string, Told> {
    return this.told.get(node) ?? NOBODY_TOLD;
  }

  private standing(route: RouteEntry, sessions: ReadonlyMap<number, SessionConfig>): PrefixState {
    const paths = new Map<string, OutsidePath>();
    let [isOffered, stays] = [false, false];
    for (const { peer, attributes, reason } of route.paths) {
      const session = sessions.get(peer);
      const refused = refusalOf(reason);
      if (!session) {
        isOffered = stays = true; // its own
        continue;
      }
      isOffered = true;
      if (refused === undefined && !(session.retiring && session.inside && this.staying.has(session.name)))
        stays = true;
      if (!session.inside)
        paths.set(session.remoteAddress.toString(), { attributes, ...(refused !== undefined && { refused }) });
    }
    const best = route.best < 0 ? 'none' : route.paths[route.best].peer === 0 ? 'own' : 'learned';
    const of = best === 'learned' ? sessions.get(route.paths[route.best].peer) : undefined;
    const via = of && (of.inside ? of.name : of.remoteAddress.toString());
    return { best, ...(via !== undefined && { via }), isOffered, stays, paths };
  }
}

const refusalOf = (reason: PathReason | undefined): Ineligibility | undefined =>
  reason !== undefined && isIneligibility(reason) ? reason : undefined;

/**
 * Deploy state: before the change, after a wave (counted from 1) with what only the previous release has still present,
 * or final.
 */
type When = 'before' | 'final' | { readonly wave: number };

/** Builds the network of representative nodes in each deploy state. */
export class RouteStates {
  private readonly names: readonly string[];
  private readonly old: Fabric;
  private readonly now: Fabric;
  private readonly waveOf: ReadonlyMap<string, number>;
  private readonly sessions = new Map<string, Map<string, OutsideSession>>();
  private readonly byAddress = new Map<string, OutsideSession>();
  private readonly senders = new Map<string, Set<string>>();
  private readonly former = new Map<string, ReadonlyMap<string, SessionConfig>>();
  private readonly coming = new Map<string, readonly ComingRoute[]>();

  constructor(
    before: Fabric,
    after: Fabric,
    outside: OutsideRoutes,
    private readonly kinds: Kinds,
    waves: readonly (readonly string[])[],
    /** Sessions between nodes are included; otherwise each node is checked in isolation. */
    private readonly isWhole: boolean,
    /** See {@link impactOf}. */
    private readonly localAs: KeptLocalAs = {},
  ) {
    this.names = kinds.nodes.flatMap(({ stand }) => stand);
    [this.old, this.now] = [before, after].map((fabric) =>
      FabricSlices.of(fabric).of(this.names, ['outside', 'named', 'selected']),
    );
    this.waveOf = new Map(waves.flatMap((wave, i) => wave.map((name) => [name, i + 1] as const)));
    for (const session of outside.sessions) {
      const own = this.sessions.get(session.node) ?? new Map<string, OutsideSession>();
      this.sessions.set(session.node, own.set(session.remoteAddress, session));
      this.senders.set(
        session.routes,
        (this.senders.get(session.routes) ?? new Set<string>()).add(session.remoteAddress),
      );
      if (!this.byAddress.has(session.remoteAddress)) this.byAddress.set(session.remoteAddress, session);
    }
  }

  /** Undefined if it takes too long, or does not converge. */
  at(when: When): RouteState | undefined {
    const nodes = this.names.flatMap((name) => this.nodeAt(when, name) ?? []);
    const network = new RestingNetwork(nodes);
    if (!network.isSettled) return undefined;
    return new RouteState(
      network,
      nodes.map(({ name }) => name),
      this.kinds.prefixes.map(({ prefix }) => prefix),
      new Set(Object.keys(this.now.nodes)),
      this.senders,
    );
  }

  private nodeAt(when: When, name: string): RestingNode | undefined {
    const held = this.heldAt(when, name);
    const fabric = held?.active?.fabric;
    if (!held || !fabric) return undefined;
    const sessions = this.running(held, name);
    const known = new Set(sessions.map(({ remoteAddress }) => remoteAddress.toString()));
    const came = [...(this.sessions.get(name)?.values() ?? [])].flatMap(({ localAddress, remoteAddress }) => {
      if (known.has(remoteAddress)) return [];
      const [local, remote] = [localAddress, remoteAddress].map((text) => sure(IpAddress.parseEnd(text)));
      const template = templateFor(runningTemplates(held, name), local, remote);
      return template ? [sessionFrom(template, remote)] : [];
    });
    return {
      name,
      held,
      sessions: [...sessions, ...came].filter(({ inside }) => this.isWhole || !inside),
      originates: this.originatedBy(name, fabric === this.old ? 0 : 1),
      comesOver: (session) => this.comesOver(name, session),
    };
  }

  /** Those of patterns are on the links over which routes come. */
  private running(held: Held, name: string): readonly SessionConfig[] {
    const links = [...(this.sessions.get(name)?.keys() ?? [])].flatMap((end) => linkOfEnd(end) ?? []);
    return onLinks(runningSessions(held, name), links).map(({ config }) => config);
  }

  private heldAt(when: When, name: string): Held | undefined {
    const [was, is] = [this.old.nodes[name], this.now.nodes[name]];
    const kept = this.localAs[name];
    const former = { fabric: this.old, ...(kept && { localAs: kept }) };
    const next = { fabric: this.now, localAs: localAsAfter(was && former, this.now, name) };
    const isMoved =
      when === 'final' || (when !== 'before' && (this.waveOf.get(name) ?? Number.POSITIVE_INFINITY) <= when.wave);
    if (!isMoved || (!is && when !== 'final'))
      return was && { active: former, ...(is && when !== 'before' && { staged: next }), ...(was.drain && OUT) };
    if (!is) return undefined;
    if (when === 'final') return { active: next, ...(is.drain && OUT) };
    return {
      active: next,
      ...(was && { retiring: { ...former, phase: 'kept', behind: [] } }),
      ...(is.drain && (was?.drain ? OUT : { service: 'leaving' })),
    };
  }

  /** The first of a class represents all that originate. */
  private originatedBy(name: string, when: 0 | 1): RestingNode['originates'] {
    const at = this.kinds.nodes.findIndex(({ stand }) => stand[0] === name);
    return this.kinds.prefixes.flatMap(({ prefix, origins }) => {
      const attributes = origins[when].get(at);
      return attributes ? [{ prefix, attributes }] : [];
    });
  }

  private comesOver(name: string, session: SessionConfig): ReturnType<RestingNode['comesOver']> {
    const address = session.remoteAddress.toString();
    const own = this.sessions.get(name)?.get(address);
    const former = this.formerSessions(name).get(session.key);
    // Over a new session, the neighbour sends what others receive from it; a session that is not up brings nothing.
    const found = own ?? (former ? undefined : this.byAddress.get(address));
    if (!found) return undefined;
    const routes = this.routesOf(found.routes);
    return {
      routes: former
        ? routes.map((route) => ({ ...route, attributes: underOtherAs(route.attributes, former, session) }))
        : routes,
      routerId: found.routerId,
    };
  }

  private formerSessions(name: string): ReadonlyMap<string, SessionConfig> {
    const kept = this.localAs[name];
    const known =
      this.former.get(name) ??
      new Map(
        this.old.nodes[name]
          ? this.running({ active: { fabric: this.old, ...(kept && { localAs: kept }) } }, name).map((config) => [
              config.key,
              config,
            ])
          : [],
      );
    this.former.set(name, known);
    return known;
  }

  private routesOf(name: string): readonly ComingRoute[] {
    const known = this.coming.get(name);
    if (known) return known;
    const routes = this.kinds.prefixes.flatMap(({ prefix, sent }): ComingRoute[] => {
      const set = sent.get(name);
      if (!set) return [];
      const { bytes } = sure(IpAddress.parse(set.nextHop));
      return [{ prefix, attributes: sentRoute(set).attributes, nextHop: bytes }];
    });
    this.coming.set(name, routes);
    return routes;
  }
}

const OUT = { service: 'none' } as const;
