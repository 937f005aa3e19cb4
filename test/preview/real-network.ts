import fc from 'fast-check';
import { isIneligibility } from '../../lib/bgp/rib/adj-rib-in/ineligibility';
import type { ReceivedRoutes } from '../../lib/bgp/rib/adj-rib-in/received-routes';
import type { SessionConfig } from '../../lib/bgp/session/config';
import type { PathAttributes } from '../../lib/bgp/wire/path-attributes';
import type { Fabric } from '../../lib/model/fabric';
import { Prefix } from '../../lib/model/prefix';
import { sure } from '../../lib/model/problem';
import { readFabric } from '../../lib/model/read';
import type { Held } from '../../lib/node/held';
import { onLinks } from '../../lib/node/on-links';
import { originationOf, originationRules } from '../../lib/node/originations';
import { routingOf } from '../../lib/node/routing';
import { runningSessions } from '../../lib/node/sessions';
import { differenceOf } from '../../lib/preview/attribute-difference';
import { otherEndOf } from '../../lib/preview/neighbour';
import { Simulation } from '../../lib/preview/simulator';
import type { OutsideRoutes, OutsideSession, SentRoutes } from '../../lib/topology/outside-routes';
import { OWN_AS_ROUTES } from '../../lib/topology/racks';

const COMING = ['0.0.0.0/0', '203.0.113.0/24', '203.0.113.128/25', '198.51.100.0/24', '198.18.0.0/15'];
const OWN = ['10.1.0.0/16', '10.2.0.0/16', '10.2.7.0/24'];
export const EXITS = ['10.0.0.251', '10.0.0.252'];

const prefix = fc.constantFrom(...COMING, ...OWN, '0.0.0.0/0');
const setting = fc.record(
  {
    localPreference: fc.constantFrom(50, 100, 200),
    med: fc.constantFrom(0, 5),
    addCommunities: fc.constant(['64512:7']),
    prepend: fc.constantFrom(1, 2),
  },
  { requiredKeys: [] },
);
const rule = fc.oneof(
  fc.record({ prefix, le: fc.constant(32), action: fc.constantFrom('accept', 'reject') }),
  fc.record({ prefix, action: fc.constant('accept'), set: setting }),
  fc.record({ communities: fc.constant(['65000:1']), action: fc.constantFrom('accept', 'reject') }),
  fc.record({ prefix, communities: fc.constant(['65000:1']), le: fc.constant(32), action: fc.constant('reject') }),
  fc.record({ action: fc.constant('accept'), set: setting }),
);
const exportRule = fc.oneof(
  { weight: 4, arbitrary: rule },
  fc.record({ interface: fc.constantFrom('cali*', 'tap1'), action: fc.constantFrom('accept', 'reject') }),
  fc.record({
    source: fc.constantFrom('workload', 'bgp'),
    prefix,
    le: fc.constant(32),
    action: fc.constant('accept'),
  }),
);
const filter = fc.record({ import: fc.array(rule, { maxLength: 4 }), export: fc.array(exportRule, { maxLength: 4 }) });
/** What the kernel of each node has: whatever the fabric is, the same. */
export const workloads = fc.array(
  fc.uniqueArray(
    fc.tuple(
      fc.constantFrom('10.3.0.1/32', '10.3.0.2/32', '10.2.7.9/32', '10.2.0.0/16'),
      fc.constantFrom('cali1', 'tap1'),
    ),
    {
      maxLength: 3,
      selector: ([text]) => text,
    },
  ),
  { minLength: 4, maxLength: 4 },
);
export type Kernel = readonly (readonly (readonly [prefix: string, link: string])[])[];
/** Links without addresses of every node, and the neighbour outside at the end of each. */
const LINKS = ['eth0', 'eth1'];

/** Fabrics of nodes with neighbours outside at these addresses, or on these links. */
const specWith = (...places: readonly string[]) => {
  const session = fc.record({ address: fc.constantFrom(...places), filter: fc.constantFrom('a', 'b') });
  const isOnLinks = places.some((place) => place.startsWith('eth'));
  return fc
    .record({
      filters: fc.record({ a: filter, b: filter }),
      exits: fc.array(session, { minLength: 3, maxLength: 3 }),
      isCabled: isOnLinks ? fc.boolean() : fc.constant(false),
      has: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
      advertise: fc.array(fc.subarray(OWN), { minLength: 4, maxLength: 4 }),
      reflector: fc.boolean(),
      drained: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 4 })),
      suppress: fc.boolean(),
    })
    .map(({ filters, exits, has, advertise, reflector, drained, suppress, isCabled }) => ({
      name: 'lab',
      filters,
      nodes: Object.fromEntries(
        advertise.map((prefixes, i) => [
          `n${i + 1}`,
          {
            ipv4Address: `10.0.0.${i + 1}`,
            workloadInterfaces: ['cali*', 'tap*'],
            advertise: prefixes.map((one) => ({ prefix: one, ...(suppress && { moreSpecifics: 'suppress' }) })),
            ...(drained === i + 1 && { drain: true }),
          },
        ]),
      ),
      ...(reflector && { routeReflectors: { all: { reflectors: ['n4'] } } }),
      peers: {
        ...Object.fromEntries(
          exits.flatMap(({ address, filter: name }, i) =>
            has[i] ? [[`p${i}`, { node: `n${i + 1}`, ...neighbourAt(address), filters: [name] }]] : [],
          ),
        ),
        ...(isCabled && { cable: CABLE }),
      },
    }));
};
const CABLE = { node: 'n1', interface: 'swp1', peerNode: 'n2', peerInterface: 'swp1' };

const neighbourAt = (place: string) =>
  place.startsWith('eth')
    ? { interface: place, peerType: 'external' as const }
    : { address: place, asNumber: 65001 + EXITS.indexOf(place) };

export const spec = specWith(...EXITS);
/** Some of them on links without addresses: one, or those that a pattern matches; and two nodes are joined by one. */
export const specOnLinks = specWith(...EXITS, 'eth1', 'eth*');
/** What each neighbour outside originates. */
export const coming = fc.array(
  fc.array(fc.record({ prefix: fc.constantFrom(...COMING), med: fc.constantFrom(0, 9), isMarked: fc.boolean() }), {
    maxLength: 5,
  }),
  { minLength: 2, maxLength: 2 },
);
export type Coming = readonly (readonly { prefix: string; med: number; isMarked: boolean }[])[];

export function fabricOf(value: object): Fabric {
  const { fabric, problems } = readFabric(value);
  if (!fabric) throw new Error(problems.join('; '));
  return fabric;
}

/** Real speakers on a simulated network: all nodes, and one for each neighbour outside, at rest. */
export class RealNetwork {
  readonly network = new Simulation();
  private readonly sessions = new Map<string, SessionConfig[]>();

  constructor(
    private readonly fabric: Fabric,
    from: Coming,
    private readonly kernel: Kernel,
    heldBy: (node: string) => Held = (node) => ({ active: { fabric }, ...outOfService(fabric, node) }),
  ) {
    const outside = new Map<string, SessionConfig[]>(EXITS.map((address) => [address, []]));
    const at = new Map<string, string[]>(EXITS.map((address) => [address, []]));
    for (const name of Object.keys(fabric.nodes)) {
      const held = heldBy(name);
      const own = held.active!.fabric;
      const configs = onLinks(runningSessions(held, name), LINKS).map(({ config }) => config);
      this.sessions.set(name, configs);
      const ends = configs.flatMap(({ unnumbered, localAddress }) => (unnumbered ? String(localAddress) : []));
      this.network.add(name, [String(fabric.nodes[name].ipv4Address), ...ends]);
      this.network.give(name, { kind: 'configure', routing: routingOf(own, name), sessions: configs });
      const rules = originationRules(own, name);
      for (const { prefix: one } of own.nodes[name].advertise)
        this.network.give(name, { kind: 'originate', prefix: one, attributes: originationOf(rules, one) });
      for (const [text, link] of kernel[Object.keys(fabric.nodes).indexOf(name)] ?? []) {
        const one = sure(Prefix.parse(text));
        const attributes = originationOf(rules, one, { link });
        if (attributes) this.network.give(name, { kind: 'originate', prefix: one, attributes });
      }
      for (const config of configs)
        if (!config.inside) {
          const address = exitOf(config);
          at.get(address)!.push(config.remoteAddress.toString());
          outside
            .get(address)!
            .push({ ...otherEndOf(config, 179, EXITS.indexOf(address) + 1), exportPolicy: OWN_AS_ROUTES });
        }
    }
    for (const [i, address] of EXITS.entries()) {
      this.network.add(address, [address, ...at.get(address)!]);
      this.network.give(address, { kind: 'configure', routing: { routerId: i + 1 }, sessions: outside.get(address)! });
      for (const { prefix: text, med, isMarked } of from[i])
        this.network.give(address, {
          kind: 'originate',
          prefix: sure(Prefix.parse(text)),
          attributes: { med, ...(isMarked && { communities: [(65000 << 16) | 1] }) },
        });
    }
    this.network.run(120_000);
  }

  /** What the gate finds missing at a node since a moment before: by the code of agents and of the gate. */
  refusedAt(node: string, before: RealNetwork): string[] {
    const was = before.network.node(node).speaker.rib.reached();
    const { speaker } = this.network.node(node);
    const ending = this.sessions.get(node)!.filter(({ retiring, inside }) => retiring && inside);
    const lost = speaker.lostSince(
      was,
      ending.map(({ key }) => key),
      0,
      was.size,
    );
    return lost.flatMap(({ prefix: one, isOffered }) => (isOffered || this.isHeld(one) ? [String(one)] : []));
  }

  /** Why nodes do not use what neighbours outside tell them of a prefix, as `node neighbour why`. */
  rejections(text: string): string[] {
    return [...this.sessions].flatMap(([node, configs]) => {
      const { rib } = this.network.node(node).speaker;
      const paths = [...rib.routes({ prefix: sure(Prefix.parse(text)) })].flatMap((route) => route.paths);
      return paths.flatMap(({ peer, reason = '' }) => {
        const from = peer === 0 ? '' : String(rib.peer(peer)!.address);
        const isOutside = configs.some(({ inside, remoteAddress }) => !inside && String(remoteAddress) === from);
        return isOutside && isIneligibility(reason) ? [`${node} ${from} ${reason}`] : [];
      });
    });
  }

  private isHeld(one: Prefix): boolean {
    return Object.keys(this.fabric.nodes).some((node) => {
      for (const { best } of this.network.node(node).speaker.rib.routes({ prefix: one })) return best >= 0;
      return false;
    });
  }

  /** As the agents tell it. */
  heard(): OutsideRoutes {
    const routes: Record<string, SentRoutes> = {};
    const sessions: OutsideSession[] = [];
    for (const [node, configs] of this.sessions)
      for (const config of configs.filter(({ inside }) => !inside)) {
        const reading = this.network.node(node).speaker.receivedBy([config.key], { prefixes: 1000, octets: 100_000 });
        let step = reading.next();
        while (!step.done) step = reading.next();
        const received = step.value.get(config.key);
        if (!received) continue;
        const sent = sentOf(received);
        const name = JSON.stringify(sent);
        routes[name] = sent;
        sessions.push({
          ...{ node, localAddress: String(config.localAddress), remoteAddress: String(config.remoteAddress) },
          ...{ routerId: received.routerId, routes: name },
        });
      }
    const held = Object.keys(this.fabric.nodes).map(
      (name, i) => [name, { number: this.kernel[i]?.length ?? 0, routes: this.kernel[i] ?? [] }] as const,
    );
    return { routes, sessions, workloads: Object.fromEntries(held), unknown: {} };
  }

  /** Whom the best path is learned of, by address; undefined: there is no path. */
  via(node: string, text: string): string | undefined {
    const { rib } = this.network.node(node).speaker;
    for (const { best, paths } of rib.routes({ prefix: sure(Prefix.parse(text)) }))
      if (best >= 0) return paths[best].peer === 0 ? 'itself' : String(rib.peer(paths[best].peer)!.address);
    return undefined;
  }

  /** The same for traffic to a prefix: by the longest of these prefixes that has a path, but for a default route. */
  leads(node: string, text: string, known: readonly string[]): string | undefined {
    const own = sure(Prefix.parse(text));
    const covers = known.map((one) => sure(Prefix.parse(one))).filter((one) => one.length > 0 && one.contains(own));
    const vias = covers.sort((a, b) => b.length - a.length).map((one) => this.via(node, String(one)));
    return vias.find((via) => via !== undefined);
  }

  /** Prefixes that nodes originate. */
  originated(): Set<string> {
    const found = new Set<string>();
    for (const node of Object.keys(this.fabric.nodes))
      for (const { prefix: one, paths } of this.network.node(node).speaker.rib.routes())
        if (paths.some(({ peer }) => peer === 0)) found.add(String(one));
    return found;
  }

  /** `node neighbour prefix` → what the neighbour heard. */
  told(): Map<string, PathAttributes> {
    const found = new Map<string, PathAttributes>();
    for (const address of EXITS) {
      const { rib } = this.network.node(address).speaker;
      for (const { prefix: one, paths } of rib.routes())
        for (const { peer, attributes } of paths)
          if (peer !== 0) {
            const from = String(rib.peer(peer)!.address);
            const [node = /^[^/]*/.exec(from)![0]] =
              Object.entries(this.fabric.nodes).find(([, { ipv4Address }]) => String(ipv4Address) === from) ?? [];
            const over = from.includes('%') ? ' over a link' : '';
            found.set(`${node} ${address} ${one}${over}`, attributes);
          }
    }
    return found;
  }
}

/** The neighbour outside of a session. */
const exitOf = ({ interface: link, remoteAddress }: SessionConfig): string =>
  link === undefined ? remoteAddress.toString() : EXITS[LINKS.indexOf(link)];

/** A node that is to be out of service is. */
export const outOfService = ({ nodes }: Fabric, node: string) =>
  nodes[node].drain ? ({ service: 'none' } as const) : {};

/** What is heard before, and of sessions that come with the change what they will bring. */
export function both(was: OutsideRoutes, is: OutsideRoutes): OutsideRoutes {
  const keyOf = ({ node, remoteAddress }: OutsideSession) => `${node} ${remoteAddress}`;
  const known = new Set(was.sessions.map(keyOf));
  return {
    sessions: [...was.sessions, ...is.sessions.filter((session) => !known.has(keyOf(session)))],
    routes: { ...is.routes, ...was.routes },
    workloads: was.workloads,
    unknown: {},
  };
}

const sentOf = ({ received, sets }: ReceivedRoutes): SentRoutes => ({
  received,
  sets: sets.map(({ attributes, nextHop, prefixes }) => ({
    attributes: Buffer.from(attributes).toString('hex'),
    nextHop: nextHop.toString(),
    prefixes: prefixes.map(String).sort(),
  })),
});

/** What changed on the network of real speakers, as lines. */
export function observed(was: RealNetwork, is: RealNetwork, nodes: readonly string[]): string[] {
  const lines: string[] = [];
  const [had, own] = [was, is].map((network) => network.originated());
  for (const node of nodes)
    for (const text of [...new Set([...COMING, ...had, ...own])]) {
      const [before, after] = [was.via(node, text), is.via(node, text)];
      const isLearned = before !== undefined && before !== 'itself';
      if (had.has(text) || own.has(text)) {
        // What nobody originates any more was taken away on purpose.
        if (isLearned && after === undefined && own.has(text)) lines.push(`lost ${node} ${text}`);
        const [from, to] = [was, is].map((network) => network.leads(node, text, [...had, ...own, ...COMING]));
        if (from !== undefined && to !== undefined && from !== to) lines.push(`moved ${node} ${text}`);
      } else if ((before === undefined) !== (after === undefined))
        lines.push(`${before ? 'lost' : 'gained'} ${node} ${text}`);
      else if (before !== after) lines.push(`moved ${node} ${text}`);
    }
  const [before, after] = [was.told(), is.told()];
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const [old, now] = [before.get(key), after.get(key)];
    if (!old || !now) lines.push(`${old ? 'withdrawn' : 'advertised'} ${key}`);
    else if (differenceOf(old, now) !== '') lines.push(`told otherwise ${key} ${differenceOf(old, now)}`);
  }
  return lines.sort();
}
