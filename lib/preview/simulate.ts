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
import { addressOf, explicitSessionsOf } from '../topology/derive';
import type { Wave } from '../topology/losses';
import { NOTHING_HEARD } from '../topology/outside-routes';
import { onCommonLinks } from './common-links';
import { MadeUp, namedRanges } from './made-up-prefixes';
import { otherEndOf } from './neighbour';
import { type NeighbourRoute, neighbourRoutes, policyOf } from './neighbour-routes';
import { neighbourNames, outsideEnds } from './outside-ends';
import { kindsOf } from './route-kinds';
import { Simulation } from './simulator';
import { type OriginatedPrefixes, StageOrigins } from './stage-origins';
import { routesOf } from './words';

/**
 * A prefix that a node has received and temporarily or permanently loses. Times are milliseconds of the simulation's
 * clock since the start of the change.
 */
export interface Outage {
  readonly node: string;
  readonly prefix: string;
  /** The node or outside neighbour that originates it. */
  readonly origin: string;
  /** What a synthetic prefix represents: `workloads of node2`, `routes of router`. Unset: the prefix is real. */
  readonly standsFor?: string;
  /** Step in which it was lost: `wave 1`, `finalise`. */
  readonly during: string;
  readonly from: number;
  /** When it came back. Unset: it did not. */
  readonly to?: number;
  /**
   * Step in which it came back, if later than the one in which it was lost: it is gone until then, however long that
   * takes.
   */
  readonly until?: string;
}

/** Result of the simulation. */
export interface SimulatedChange {
  /** Prefixes that some node other than their origin had before. */
  readonly prefixes: number;
  /** Number of synthetic ones. */
  readonly madeUp: number;
  readonly gaps: readonly Outage[];
}

/**
 * Milliseconds until a network has settled: longer than the delay of the side that does not dial, a retry, and both
 * together.
 */
const SETTLES = 60_000;
/** Milliseconds between two steps of a deploy. */
const STEP = 30_000;
const LATENCY = 1;
/** Maximum number of named ranges of each family in which neighbours get a synthetic route. */
const MOST_RANGES = 3;

/**
 * Simulates a change on a network of speakers: those of the nodes, with the sessions that their agents would derive,
 * and one for each outside neighbour that accepts and advertises everything. Nodes originate the prefixes in `origins`,
 * or a synthetic one in each family. `isRanged`: where routes are unknown, also simulates prefixes within ranges that
 * rules name. Time grows with the square of the nodes of a mesh.
 */
export function simulate(
  was: Fabric,
  is: Fabric,
  waves: readonly Wave[] = [],
  origins: OriginatedPrefixes = {},
  outside = NOTHING_HEARD,
  keptLocalAs: KeptLocalAs = {},
  isRanged = false,
): SimulatedChange {
  const { before, after, kept } = onCommonLinks(was, is);
  const localAs = kept(keptLocalAs);
  const known = outside.sessions.length > 0 ? kindsOf(before, after, outside, waves, localAs).prefixes : [];
  const own = new StageOrigins(before, after, origins, outside, isRanged);
  const ends = [before, after].flatMap((fabric) => outsideEnds(fabric));
  const addresses = new Set(ends.map(({ session }) => session.remoteAddress.toString()));
  const stage = new Stage(before, after, own, neighbourRoutes(outside, known, addresses), localAs, isRanged);
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

/** An outside neighbour that has another AS number after the change, and its configuration then. */
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
  /** Its current prefixes, by node. */
  private readonly has = new Map<string, Set<string>>();
  /** Nodes that originate a prefix now; where no node does so any more, it does not count as lost. */
  private readonly holders = new Map<string, Set<string>>();
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
    /** What outside neighbours are known to send, by address. */
    private readonly routes: ReadonlyMap<string, readonly NeighbourRoute[]>,
    private readonly localAs: KeptLocalAs,
    private readonly isRanged: boolean,
  ) {}

  /** Starts the previous network and lets it settle, with the new release staged everywhere. */
  start(): void {
    for (const [name] of Object.entries(this.before.nodes))
      this.begin(name, { active: this.former(name), staged: this.next(name) });
    this.neighbours();
    this.network.run(SETTLES);
    for (const [node, prefixes] of this.has) this.expected.set(node, new Set(prefixes));
    this.began = this.network.now;
  }

  /** A wave: its nodes run the new release and keep what only the previous one has. */
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

  /**
   * Outside neighbours that must change their configuration do so while the wave waits at its gate, as the plan
   * requires.
   */
  private adapt(wave: Wave): void {
    if (this.adapting.length === 0) return;
    for (const { address, nodes, routerId, sessions } of this.adapting)
      if (nodes.some((name) => wave.includes(name)))
        this.network.give(address, { kind: 'configure', routing: { routerId }, sessions });
    this.network.run(STEP);
  }

  /** End of a deploy: retired sessions drain and are closed, and removed nodes stop. */
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
    const open = [...this.open.values()].filter(({ prefix }) => this.isOriginated(prefix));
    const gaps = [...this.closed, ...open].filter(stays).sort((a, b) => a.from - b.from);
    const foreign = [...this.expected].flatMap(([node, prefixes]) =>
      [...prefixes].filter((prefix) => this.watched.get(prefix)?.origin !== node),
    );
    const all = [...new Set(foreign)];
    return { prefixes: all.length, madeUp: all.filter((one) => this.watched.get(one)?.standsFor).length, gaps };
  }

  /** Whether the change takes a node out of service: its neighbours are first asked to route around it (RFC 8326). */
  private isGoing(name: string): boolean {
    const [was, is] = [this.before, this.after].map(({ nodes }) => nodes[name]?.drain === true);
    return is && !was;
  }

  private former(name: string): HeldFabric {
    const kept = this.localAs[name];
    return { fabric: this.before, ...(kept && { localAs: kept }) };
  }

  /** The new release, with the local AS numbers that outside neighbours still know a node by. */
  private next(name: string): HeldFabric {
    const fabric = this.after;
    return { fabric, localAs: localAsAfter(this.before.nodes[name] && this.former(name), fabric, name) };
  }

  /** Prefixes of nodes that leave the fabric do not count as lost. */
  private isThere(name: string): boolean {
    return !this.before.nodes[name] || this.after.nodes[name] !== undefined;
  }

  private begin(name: string, held: Held): void {
    const node = (held.active?.fabric ?? this.after).nodes[name];
    const addresses = ADDRESS_FAMILIES.flatMap((family) => addressOf(node, family)?.toString() ?? []);
    this.network.add(name, [...addresses, ...this.cabled(name)]);
    this.run(name, held);
  }

  /** Its ends of links without addresses to other nodes. */
  private cabled(name: string): string[] {
    return [this.before, this.after].flatMap((fabric) =>
      fabric.nodes[name]
        ? explicitSessionsOf(fabric, name).flatMap(({ isInside, interface: link, localAddress }) =>
            isInside && link !== undefined ? String(localAddress) : [],
          )
        : [],
    );
  }

  /** What the node originates under the release that it now runs. */
  private declare(name: string, fabric: Fabric): void {
    for (const { own, attributes } of this.origins.steps(name, fabric)) {
      const { prefix, standsFor } = own;
      if (attributes) this.originate(name, prefix, { attributes, ...(standsFor !== undefined && { standsFor }) });
      else {
        this.holders.get(prefix.toString())?.delete(name);
        this.network.give(name, { kind: 'withdraw', prefix });
      }
    }
  }

  private originate(
    name: string,
    prefix: Prefix,
    { attributes, ...rest }: { readonly attributes?: OriginAttributes; readonly standsFor?: string } = {},
  ): void {
    const text = prefix.toString();
    this.holders.set(text, (this.holders.get(text) ?? new Set<string>()).add(name));
    this.watched.set(text, { origin: name, family: prefix.family, ...rest });
    this.network.give(name, { kind: 'originate', prefix, ...(attributes && { attributes }) });
  }

  private isOriginated(prefix: string): boolean {
    return (this.holders.get(prefix)?.size ?? 0) > 0;
  }

  private run(name: string, held: Held): void {
    this.held.set(name, held);
    const { service = held.active!.fabric.nodes[name]?.drain ? 'none' : 'full' } = held;
    const { sessions: running } = sign(runningSessions({ ...held, service }, name), [], (reference) => ({
      name: reference,
    }));
    // Synthetic routes show where routes go, not how many there are.
    const sessions = running.map(({ config }) => (this.isRanged ? { ...config, maxPrefixes: undefined } : config));
    this.network.give(name, {
      kind: 'configure',
      routing: routingOf(held.active!.fabric, name),
      sessions,
    });
    this.declare(name, held.active!.fabric);
  }

  /** One speaker for each outside address; it accepts what either release uses. */
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
            families: [...new Set([...(known?.families ?? []), ...mirrored.families])],
            acceptable: [...(known?.acceptable ?? []), ...mirrored.acceptable],
          });
        }
      }
    const nameOf = neighbourNames([this.before, this.after].flatMap((fabric) => outsideEnds(fabric)));
    const named = this.isRanged ? namedRanges(this.before, this.after, 'import', MOST_RANGES) : [];
    const prefixes = new MadeUp([this.before, this.after]);
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
        this.originate(address, sure(Prefix.parse(prefixes.next(family === 'ipv4 unicast' ? 'ipv4' : 'ipv6'))), {
          standsFor: routesOf(nameOf(address)),
        });
      for (const { prefix: shared, text: range, several } of named) {
        const own = several(byAddress.size + 1)?.[ordinal];
        const prefix = sure(Prefix.parse(own ?? shared));
        const standsFor = own === undefined ? `routes within ${range}` : `${routesOf(nameOf(address))} within ${range}`;
        if (families.includes(bgpFamily(prefix.family))) this.originate(address, prefix, { standsFor });
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
    if (!watched || !this.isOriginated(prefix) || !this.expected.get(node)?.has(prefix)) return;
    if (this.holders.get(prefix)!.has(node)) return;
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

/** Offset of the BGP identifiers of outside neighbours, which are unknown. */
const OUTSIDE = 0x8000;
