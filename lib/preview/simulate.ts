import type { OriginAttributes } from '../bgp/rib/adj-rib-in/attribute-intern';
import type { BestRouteChange } from '../bgp/rib/rib';
import { type SessionConfig, samePair } from '../bgp/session/config';
import { ADDRESS_FAMILIES, type AddressFamily } from '../model/address';
import type { Fabric } from '../model/fabric';
import { Prefix } from '../model/prefix';
import { sure } from '../model/problem';
import type { Held, HeldFabric } from '../node/held';
import { type KeptLocalAs, localAsAfter } from '../node/local-as';
import { routingOf } from '../node/routing';
import { bgpFamily } from '../node/session-config';
import { runningSessions } from '../node/sessions';
import { sign } from '../node/signing';
import { addressOf } from '../topology/derive';
import type { Wave } from '../topology/losses';
import { NOTHING_HEARD } from '../topology/outside-routes';
import { namedRanges } from './made-up-prefixes';
import { otherEndOf } from './neighbour';
import { type NeighbourRoute, neighbourRoutes, policyOf } from './neighbour-routes';
import { neighbourNames, outsideEnds } from './outside-ends';
import { kindsOf } from './route-kinds';
import { Simulation } from './simulator';
import { benchmarkPrefix, type OriginatedPrefixes, StageOrigins } from './stage-origins';
import { routesOf } from './words';

/**
 * A prefix that a node hears of and at some moment does not. Times are milliseconds of the simulated network's clock
 * since the change began.
 */
export interface Outage {
  readonly node: string;
  readonly prefix: string;
  /** The node or the neighbour outside that originates it. */
  readonly origin: string;
  /** What a made-up prefix stands for: `workloads of node2`, `routes of router`; absent: the prefix is a real one. */
  readonly standsFor?: string;
  /** What was done when it went: `wave 1`, `finalise`. */
  readonly during: string;
  readonly from: number;
  /** When it came back; absent: it did not. */
  readonly to?: number;
  /**
   * What was done when it came back, where that is a later step than the one in which it went: it was gone until then,
   * however long that takes.
   */
  readonly until?: string;
}

/** What came of a change on the simulated network. */
export interface SimulatedChange {
  /** Prefixes that some node other than their origin heard of before. */
  readonly prefixes: number;
  /** How many of them are made up. */
  readonly madeUp: number;
  readonly gaps: readonly Outage[];
}

/**
 * Milliseconds until a network is quiet: longer than the wait of the side that does not dial, than a retry, and than
 * both together.
 */
const SETTLES = 60_000;
/** Between two steps of a deploy. */
const STEP = 30_000;
const LATENCY = 1;
/** Ranges of each family that rules name and within which neighbours have a made-up route. */
const MOST_RANGES = 3;

/**
 * Simulates a change on a network of speakers: the speakers that nodes run, each with the sessions that its agent would
 * derive, and one for each neighbour outside that takes and tells everything. Every node originates what `origins`
 * says, or a prefix of its own in each family. `isRanged`: where nothing is known, prefixes within ranges that rules
 * name are played, too. The time it takes grows with the square of the nodes of a mesh.
 */
export function simulate(
  before: Fabric,
  after: Fabric,
  waves: readonly Wave[] = [],
  origins: OriginatedPrefixes = {},
  outside = NOTHING_HEARD,
  localAs: KeptLocalAs = {},
  isRanged = false,
): SimulatedChange {
  const known = outside.sessions.length > 0 ? kindsOf(before, after, outside, waves, localAs).prefixes : [];
  const own = new StageOrigins(before, after, origins, outside, isRanged);
  const stage = new Stage(before, after, own, neighbourRoutes(outside, known), localAs, isRanged);
  stage.start();
  const listed = new Set(waves.flat());
  const rest = Object.keys(after.nodes).filter((name) => !listed.has(name));
  const all = [...waves, rest].filter((wave) => wave.length > 0);
  for (const [i, wave] of all.entries()) stage.move(wave, `wave ${i + 1}`);
  stage.finalise();
  return stage.result();
}

interface Watched {
  readonly origin: string;
  readonly standsFor?: string;
  readonly family: AddressFamily;
}

/** A neighbour outside that is known by another AS number after the change, and how it is configured then. */
interface Adapting {
  readonly address: string;
  /** Nodes that it has such sessions with. */
  readonly nodes: readonly string[];
  readonly routerId: number;
  readonly sessions: readonly SessionConfig[];
}

class Stage {
  private readonly network = new Simulation(
    () => LATENCY,
    (node, changes) => this.look(node, changes),
  );
  private readonly held = new Map<string, Held>();
  private readonly watched = new Map<string, Watched>();
  /** Node → prefixes that it has now. */
  private readonly has = new Map<string, Set<string>>();
  private readonly expected = new Map<string, ReadonlySet<string>>();
  private readonly open = new Map<string, Outage>();
  private readonly closed: Outage[] = [];
  private began = Number.POSITIVE_INFINITY;
  private during = '';
  private readonly adapting: Adapting[] = [];

  constructor(
    private readonly before: Fabric,
    private readonly after: Fabric,
    private readonly origins: StageOrigins,
    /** By the address of a neighbour outside, what it is known to send. */
    private readonly routes: ReadonlyMap<string, readonly NeighbourRoute[]>,
    private readonly localAs: KeptLocalAs,
    private readonly isRanged: boolean,
  ) {}

  /** The network as it was, quiet, with the new release staged everywhere. */
  start(): void {
    for (const [name] of Object.entries(this.before.nodes))
      this.begin(name, { active: this.former(name), staged: this.next(name) });
    this.neighbours();
    this.network.run(SETTLES);
    for (const [node, prefixes] of this.has) this.expected.set(node, new Set(prefixes));
    this.began = this.network.now;
  }

  /** A wave: its nodes run the new release and keep what only the former has. */
  move(wave: Wave, during: string): void {
    this.during = during;
    for (const name of wave) {
      const isNew = !this.before.nodes[name];
      const former = { ...this.former(name), phase: 'kept', behind: [] } as const;
      const held: Held = {
        active: this.next(name),
        ...(!isNew && { retiring: former }),
      };
      if (isNew) this.begin(name, held);
      else this.run(name, this.isGoing(name) ? { ...held, service: 'leaving' } : held);
    }
    this.network.run(STEP);
    const going = wave.filter((one) => this.isGoing(one));
    for (const name of going) {
      const { service: _, ...held } = this.held.get(name)!;
      this.run(name, held);
    }
    if (going.length > 0) this.network.run(STEP);
    this.adapt(wave);
  }

  /** Neighbours outside that must change as well do so while the wave waits at its gate, as the plan asks of them. */
  private adapt(wave: Wave): void {
    if (this.adapting.length === 0) return;
    for (const { address, nodes, routerId, sessions } of this.adapting)
      if (nodes.some((name) => wave.includes(name)))
        this.network.give(address, { kind: 'configure', routing: { routerId }, sessions });
    this.network.run(STEP);
  }

  /** The end of a deploy: former sessions drain and are closed, and nodes that are no more end. */
  finalise(): void {
    this.during = 'finalise';
    const staying = [...this.held.keys()].filter((name) => this.after.nodes[name]);
    for (const name of staying) {
      const draining = { ...this.former(name), phase: 'draining', behind: [] } as const;
      this.run(name, {
        active: this.next(name),
        ...(this.before.nodes[name] && { retiring: draining }),
      });
    }
    this.network.run(STEP);
    for (const name of staying) this.run(name, { active: this.next(name) });
    for (const name of this.held.keys()) if (!this.after.nodes[name]) this.network.give(name, { kind: 'stop' });
    this.network.run(SETTLES);
  }

  result(): SimulatedChange {
    const stays = ({ node, origin }: Outage) => this.isThere(node) && this.isThere(origin);
    const gaps = [...this.closed, ...this.open.values()].filter(stays).sort((a, b) => a.from - b.from);
    const foreign = [...this.expected].flatMap(([node, prefixes]) =>
      [...prefixes].filter((prefix) => this.watched.get(prefix)?.origin !== node),
    );
    const all = [...new Set(foreign)];
    return { prefixes: all.length, madeUp: all.filter((one) => this.watched.get(one)?.standsFor).length, gaps };
  }

  /** The change takes a node out of service: its neighbours are asked to route around it first (RFC 8326). */
  private isGoing(name: string): boolean {
    const [was, is] = [this.before, this.after].map(({ nodes }) => nodes[name]?.drain === true);
    return is && !was;
  }

  private former(name: string): HeldFabric {
    const kept = this.localAs[name];
    return { fabric: this.before, ...(kept && { localAs: kept }) };
  }

  /** The new release, with the AS numbers that neighbours outside still know a node by. */
  private next(name: string): HeldFabric {
    const fabric = this.after;
    return { fabric, localAs: localAsAfter(this.before.nodes[name] && this.former(name), fabric, name) };
  }

  /** Nodes that leave the fabric take their prefixes along: nobody lost them. */
  private isThere(name: string): boolean {
    return !this.before.nodes[name] || this.after.nodes[name] !== undefined;
  }

  private begin(name: string, held: Held): void {
    const node = (held.active?.fabric ?? this.after).nodes[name];
    const addresses = ADDRESS_FAMILIES.flatMap((family) => addressOf(node, family)?.toString() ?? []);
    this.network.add(name, addresses);
    this.run(name, held);
  }

  /** What the node originates by the release that it runs now. */
  private declare(name: string, fabric: Fabric): void {
    for (const { own, attributes } of this.origins.steps(name, fabric)) {
      const { prefix, standsFor, isWorkload } = own;
      if (attributes) this.originate(name, prefix, { attributes, ...(standsFor !== undefined && { standsFor }) });
      else {
        // What the fabric has nobody advertise any more nobody loses.
        if (!isWorkload) this.watched.delete(prefix.toString());
        this.network.give(name, { kind: 'withdraw', prefix });
      }
    }
  }

  private originate(
    name: string,
    prefix: Prefix,
    { attributes, ...rest }: { readonly attributes?: OriginAttributes; readonly standsFor?: string } = {},
  ): void {
    this.watched.set(prefix.toString(), { origin: name, family: prefix.family, ...rest });
    this.network.give(name, { kind: 'originate', prefix, ...(attributes && { attributes }) });
  }

  private run(name: string, held: Held): void {
    this.held.set(name, held);
    const { service = held.active!.fabric.nodes[name]?.drain ? 'none' : 'full' } = held;
    const { sessions: running } = sign(runningSessions({ ...held, service }, name), [], (reference) => ({
      name: reference,
    }));
    const sessions = running.map(({ config }) => config);
    this.network.give(name, {
      kind: 'configure',
      routing: routingOf(held.active!.fabric, name),
      sessions,
    });
    this.declare(name, held.active!.fabric);
  }

  /** One speaker for each address outside; it takes what either release says. */
  private neighbours(): void {
    const byAddress = new Map<string, Map<string, SessionConfig>>();
    const renumbered = new Map<string, string[]>();
    for (const fabric of [this.before, this.after])
      for (const name of Object.keys(fabric.nodes)) {
        const active = fabric === this.before ? this.former(name) : this.next(name);
        for (const running of runningSessions({ active }, name)) {
          if (running.session.isInside) continue;
          const address = running.session.remoteAddress.toString();
          const sessions = byAddress.get(address) ?? new Map<string, SessionConfig>();
          byAddress.set(address, sessions);
          const mirrored = otherEndOf(running.config, fabric.listenPort, OUTSIDE + byAddress.size);
          const known = sessions.get(mirrored.key);
          if (known && !samePair(known.acceptable[0], mirrored.acceptable[0]))
            renumbered.set(address, [...(renumbered.get(address) ?? []), name]);
          sessions.set(mirrored.key, {
            ...mirrored,
            acceptable: [...(known?.acceptable ?? []), ...mirrored.acceptable],
          });
        }
      }
    const nameOf = neighbourNames([this.before, this.after].flatMap((fabric) => outsideEnds(fabric)));
    const named = this.isRanged ? namedRanges(this.before, this.after, 'import', MOST_RANGES) : [];
    let ordinal = 0;
    for (const [address, sessions] of byAddress) {
      const routes = this.routes.get(address);
      const configs = [...sessions.values()].map((config) => withRoutes(config, routes ?? []));
      this.network.add(address, [address]);
      this.network.give(address, { kind: 'configure', routing: { routerId: configs[0].routerId }, sessions: configs });
      const nodes = renumbered.get(address);
      if (nodes)
        this.adapting.push({
          ...{ address, nodes, routerId: configs[0].routerId },
          sessions: configs.map((config) => ({ ...config, acceptable: config.acceptable.slice(-1) })),
        });
      ordinal++;
      for (const { prefix, attributes } of routes ?? []) this.originate(address, prefix, { attributes });
      if (routes) continue;
      const families = [...new Set(configs.flatMap((config) => config.families))];
      for (const family of families)
        this.originate(address, benchmarkPrefix(OUTSIDE + ordinal)(family === 'ipv4 unicast' ? 'ipv4' : 'ipv6'), {
          standsFor: routesOf(nameOf(address)),
        });
      for (const { prefix: text, text: range } of named) {
        const prefix = sure(Prefix.parse(text));
        if (families.includes(bgpFamily(prefix.family)))
          this.originate(address, prefix, { standsFor: `routes within ${range}` });
      }
    }
  }

  private look(node: string, changes: readonly BestRouteChange[]): void {
    const has = this.has.get(node) ?? new Set<string>();
    this.has.set(node, has);
    for (const { prefix, nextHops } of changes) {
      const text = prefix.toString();
      if (nextHops) has.add(text);
      else has.delete(text);
      this.note(node, text, nextHops !== null);
    }
  }

  private note(node: string, prefix: string, isThere: boolean): void {
    const watched = this.watched.get(prefix);
    if (!watched || !this.expected.get(node)?.has(prefix) || watched.origin === node) return;
    const key = `${node} ${prefix}`;
    const gap = this.open.get(key);
    const at = this.network.now - this.began;
    const { origin, standsFor } = watched;
    if (!isThere && !gap)
      this.open.set(key, {
        ...{ node, prefix, origin, ...(standsFor !== undefined && { standsFor }) },
        ...{ during: this.during, from: at },
      });
    if (!isThere || !gap) return;
    this.open.delete(key);
    const { during } = this;
    if (at > gap.from) this.closed.push({ ...gap, to: at, ...(during !== gap.during && { until: during }) });
  }
}

function withRoutes(config: SessionConfig, routes: readonly NeighbourRoute[]): SessionConfig {
  const [{ localAs, remoteAs }] = config.acceptable;
  return routes.length === 0 ? config : { ...config, exportPolicy: policyOf(routes, localAs !== remoteAs) };
}

/** Neighbours outside have probes of their own, where it is not known what they send. */
const OUTSIDE = 0x8000;
