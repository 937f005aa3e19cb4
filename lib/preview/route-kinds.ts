import type { OriginAttributes } from '../bgp/rib/adj-rib-in/attribute-intern';
import type { Fabric } from '../model/fabric';
import { Prefix } from '../model/prefix';
import { Problem } from '../model/problem';
import { routerIdIn } from '../model/router-id';
import type { KeptLocalAs, LocalAs } from '../node/local-as';
import { originationOf, originationRules } from '../node/originations';
import { sessionsOf } from '../topology/derive';
import { FabricSlices } from '../topology/fabric-slice';
import { isMeantBy } from '../topology/link-end';
import { pathClassIn, type Wave } from '../topology/losses';
import type { OutsideRoutes, SentSet } from '../topology/outside-routes';
import { readSessionKey } from '../topology/session';
import { RuleKeys } from './rule-key';
import { SetKeys } from './set-key';
import { workloadsUnder } from './workload-routes';

/** Nodes that are equivalent before and after, receive the same routes, and are in the same wave. */
export interface NodeKind {
  readonly members: readonly string[];
  /** At most two of them, which represent all: those with the lowest identifiers, which are the final tie-breaker. */
  readonly stand: readonly string[];
}

/** Equivalent prefixes: they match the same rules, and come from the same sources with the same attributes. */
export interface PrefixKind {
  /** Representative. */
  readonly prefix: Prefix;
  readonly members: readonly string[];
  /** Attributes of each set in which it is sent, by the set's name. */
  readonly sent: ReadonlyMap<string, SentSet>;
  /** Before and after: classes of nodes that originate it, by index, and with what. */
  readonly origins: readonly [ReadonlyMap<number, OriginAttributes>, ReadonlyMap<number, OriginAttributes>];
}

export interface Kinds {
  readonly nodes: readonly NodeKind[];
  /** All nodes of a class originate the same prefixes. */
  readonly areApart: boolean;
  readonly prefixes: readonly PrefixKind[];
  /** Prefixes that staying nodes start to originate, and those they stop originating, whether or not others do. */
  readonly begun: ReadonlySet<string>;
  readonly ceased: ReadonlySet<string>;
  /** Number of prefixes that are not checked because there are too many classes. */
  readonly left: number;
}

/** Maximum number of classes of prefixes that are checked. */
const MOST_KINDS = 1000;

/** Maximum number of nodes up to which those that originate different prefixes are checked separately. */
const MOST_APART = 32;

/** The equivalence classes of nodes and prefixes for a change. */
export function kindsOf(
  before: Fabric,
  after: Fabric,
  outside: OutsideRoutes,
  waves: readonly Wave[],
  localAs: KeptLocalAs = {},
): Kinds {
  const rules = new RuleKeys([before, after]);
  const asked = new Map<string, string>();
  const rulesOf = (text: string, prefix: Prefix) => {
    const key = asked.get(text) ?? rules.of(prefix);
    asked.set(text, key);
    return key;
  };
  const textOf = (attributes: OriginAttributes) => textIn(rules, attributes);
  const originated = [before, after].map((fabric) => originatedIn(fabric, outside, textOf));
  // Of equivalent nodes with prefixes of their own each loses and moves other prefixes, which a few representatives do
  // not show.
  const isSmall = new Set([...Object.keys(before.nodes), ...Object.keys(after.nodes)]).size <= MOST_APART;
  const originates = (name: string) => {
    const [was, is] = originated.map((all) => all.get(name) ?? NOTHING_ORIGINATED);
    const keysOf = (own: Originations, but: Originations = NOTHING_ORIGINATED) =>
      [
        ...new Set(
          [...own].flatMap(([at, { prefix, text }]) =>
            but.get(at)?.text === text ? [] : `${isSmall ? at : ''} ${rulesOf(at, prefix)} ${text}`,
          ),
        ),
      ].sort();
    // Of equivalent nodes that originate it before and after, one may start to originate more of it.
    return [keysOf(was), keysOf(is), keysOf(was, is), keysOf(is, was)];
  };
  const nodes = nodeKinds(before, after, outside, waves, originates, localAs);
  const found = new Map<string, { prefix: Prefix; sent: Map<string, SentSet>; origins: PrefixKind['origins'] }>();
  const at = (text: string, prefix: Prefix) => {
    const known = found.get(text) ?? { prefix, sent: new Map(), origins: [new Map(), new Map()] as const };
    found.set(text, known);
    return known;
  };
  for (const [name, { sets }] of Object.entries(outside.routes))
    for (const set of sets)
      for (const text of set.prefixes) {
        const prefix = Prefix.parse(text);
        if (!(prefix instanceof Problem)) at(prefix.toString(), prefix).sent.set(name, set);
      }
  const kindOfNode = new Map(nodes.flatMap(({ members }, i) => members.map((name) => [name, i] as const)));
  for (const [when, all] of originated.entries())
    for (const [name, own] of all)
      for (const [text, { prefix, attributes }] of own)
        (at(text, prefix).origins[when] as Map<number, OriginAttributes>).set(kindOfNode.get(name)!, attributes);
  const kinds = new Map<string, Found>();
  const sets = new SetKeys([before, after]);
  for (const [text, { prefix, sent, origins }] of found) {
    const isOneOf = sent.size + origins[0].size + origins[1].size > 1;
    const from = [...sent].map(([name, set]) => `${name} ${sets.of(set)[isOneOf ? 'beside' : 'alone']}`);
    const places = origins.map((all) => [...all].map(([kind, attributes]) => `${kind} ${textOf(attributes)}`).sort());
    const asks = rulesOf(text, prefix);
    const key = `${asks} | ${from.sort().join()} | ${places.join(' | ')}`;
    const known = kinds.get(key);
    if (known) known.members.push(text);
    else kinds.set(key, { prefix, sent, origins, asked: asks, members: [text] });
  }
  const all = inFairOrder([...kinds.values()]);
  const among = (one: Originated, but: Originated) =>
    new Set(
      [...one].flatMap(([name, own]) =>
        before.nodes[name] && after.nodes[name] ? [...own.keys()].filter((prefix) => !but.get(name)?.has(prefix)) : [],
      ),
    );
  return {
    nodes,
    areApart: isSmall,
    begun: among(originated[1], originated[0]),
    ceased: among(originated[0], originated[1]),
    prefixes: all.slice(0, MOST_KINDS),
    left: all.slice(MOST_KINDS).reduce((sum, { members }) => sum + members.length, 0),
  };
}

interface Found extends PrefixKind {
  /** The rules that match it. */
  readonly asked: string;
  readonly members: string[];
}

/**
 * The classes with most members first, but default routes and what nodes originate before all, and those that match the
 * same rules interleaved with others: a single prefix that a rule names comes before the thousands that no rule names.
 */
function inFairOrder(kinds: Found[]): PrefixKind[] {
  const heavier = (a: Found, b: Found): number =>
    Number(b.prefix.length === 0) - Number(a.prefix.length === 0) ||
    Number(isOwn(b)) - Number(isOwn(a)) ||
    b.members.length - a.members.length ||
    (a.members[0] < b.members[0] ? -1 : 1);
  const turns = new Map<string, number>();
  return kinds
    .sort(heavier)
    .map((kind) => {
      const turn = (turns.get(kind.asked) ?? 0) + 1;
      turns.set(kind.asked, turn);
      return { kind, turn };
    })
    .sort((a, b) => a.turn - b.turn)
    .map(({ kind }) => kind);
}

/** Whether nodes originate it. */
export const isOwn = ({ origins }: PrefixKind): boolean => origins.some(({ size }) => size > 0);

interface Origination {
  readonly prefix: Prefix;
  readonly attributes: OriginAttributes;
  /** Routes with equal texts are equivalent. */
  readonly text: string;
}

/** Of a node, by prefix. */
type Originations = ReadonlyMap<string, Origination>;
type Originated = ReadonlyMap<string, Originations>;
const NOTHING_ORIGINATED: Originations = new Map();

/** What each node originates, by prefix: what it advertises by configuration, and its workloads. */
function originatedIn(
  fabric: Fabric,
  { workloads }: OutsideRoutes,
  textOf: (attributes: OriginAttributes) => string,
): Originated {
  return new Map(
    Object.entries(fabric.nodes).flatMap(([name, { advertise }]) => {
      const held = workloadsUnder(fabric, name, workloads?.[name]);
      if (advertise.length + held.length === 0) return [];
      const rules = originationRules(fabric, name);
      const own = new Map<string, Origination>();
      for (const { prefix, ...workload } of [...advertise.map(({ prefix }) => ({ prefix })), ...held]) {
        const attributes = originationOf(rules, prefix, workload);
        if (attributes) own.set(prefix.toString(), { prefix, attributes, text: textOf(attributes) });
      }
      return [[name, own] as const];
    }),
  );
}

/** Attributes that can affect a route; of an interface, the rules that match on it. */
const textIn = (rules: RuleKeys, { interface: link, ...attributes }: OriginAttributes): string =>
  `${link === undefined ? '' : rules.ofLink(link)}${JSON.stringify(attributes, (_, value) => (value instanceof Uint8Array ? [...value] : value))}`;

function nodeKinds(
  before: Fabric,
  after: Fabric,
  outside: OutsideRoutes,
  waves: readonly Wave[],
  originates: (name: string) => unknown,
  localAs: KeptLocalAs,
): NodeKind[] {
  const classKeys = [before, after].map(pathClassIn);
  const hears = hearing([before, after], outside);
  const waveOf = new Map(waves.flatMap((wave, i) => wave.map((name) => [name, i] as const)));
  const kinds = new Map<string, string[]>();
  for (const name of new Set([...Object.keys(before.nodes), ...Object.keys(after.nodes)])) {
    const key = JSON.stringify([
      classKeys.map((keyOf) => keyOf(name)),
      [before, after].map((fabric) => fabric.nodes[name]?.drain ?? null),
      waveOf.get(name) ?? null,
      hears(name),
      originates(name),
      keptBy(localAs[name]),
    ]);
    const known = kinds.get(key);
    if (known) known.push(name);
    else kinds.set(key, [name]);
  }
  const idOf = (name: string) => String(routerIdIn(after.nodes[name] ? after : before, name).bytes.join('.'));
  const order = (name: string) =>
    idOf(name)
      .split('.')
      .map((octet) => octet.padStart(3, '0'))
      .join();
  return [...kinds.values()].map((members) => ({
    members,
    stand: lowest(members, order),
  }));
}

/** AS numbers that a node keeps, by the neighbour's end of a session. */
const keptBy = (kept: LocalAs = {}): string[] =>
  Object.entries(kept)
    .map(([key, as]) => {
      const { remote, port } = readSessionKey(key);
      return `${remote} ${port} ${as}`;
    })
    .sort();

/** The two with the lowest texts. */
function lowest(names: readonly string[], textOf: (name: string) => string): string[] {
  const found: { name: string; text: string }[] = [];
  for (const name of names) {
    found.push({ name, text: textOf(name) });
    found.sort((a, b) => (a.text < b.text ? -1 : 1));
    found.length = Math.min(found.length, 2);
  }
  return found.map(({ name }) => name);
}

/** What a node receives from outside, in the order of its sessions. */
function hearing(fabrics: readonly Fabric[], { sessions }: OutsideRoutes): (name: string) => unknown {
  const byNode = new Map<string, Map<string, string>>();
  for (const { node, remoteAddress, routes } of sessions)
    byNode.set(node, (byNode.get(node) ?? new Map<string, string>()).set(remoteAddress, routes));
  const parts = fabrics.map((fabric) => FabricSlices.of(fabric));
  return (name) => {
    const heard = byNode.get(name);
    if (!heard) return null;
    if (heard.size === 1) return [...heard.values()];
    return parts.map((one) =>
      one.fabric.nodes[name]
        ? sessionsOf(one.of([name], ['outside']), name).map(({ remoteAddress }) => {
            const end = remoteAddress.toString();
            return [...heard].flatMap(([from, routes]) => (isMeantBy(from, end) ? routes : [])).sort();
          })
        : null,
    );
  };
}
