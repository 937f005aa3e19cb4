import type { Ineligibility } from '../bgp/rib/adj-rib-in/ineligibility';
import type { SessionConfig } from '../bgp/session/config';
import type { PathAttributes } from '../bgp/wire/path-attributes';
import { IpAddress } from '../model/address';
import type { Fabric } from '../model/fabric';
import type { Node } from '../model/node';
import { Prefix } from '../model/prefix';
import { sure } from '../model/problem';
import type { KeptLocalAs } from '../node/local-as';
import { neighboursOf, sessionsOf } from '../topology/derive';
import { FabricSlices } from '../topology/fabric-slice';
import { endMeant } from '../topology/link-end';
import type { Wave } from '../topology/losses';
import { nodesByAddress } from '../topology/membership';
import { type OutsideRoutes, prefixesIn } from '../topology/outside-routes';
import { differenceOf } from './attribute-difference';
import { limitsIn, type ReachedLimit } from './limits';
import { isExternalSession } from './neighbour';
import { isOwn, type Kinds, kindsOf, type NodeKind, type PrefixKind } from './route-kinds';
import { type PrefixState, type RouteState, RouteStates } from './route-states';
import { names } from './words';

/**
 * Effects on routes, most severe first. `told in vain`: with the neighbour's own AS number in the path, so that it
 * rejects them; `taken otherwise` and `told otherwise`: with other attributes; `moved`: the best path is from another
 * neighbour.
 */
const EFFECTS = [
  'lost',
  'leaked',
  'told in vain',
  'rejected',
  'withdrawn',
  'taken otherwise',
  'told otherwise',
  'moved',
  'advertised',
  'accepted',
  'gained',
] as const;
export type RouteEffect = (typeof EFFECTS)[number];

/** Represents the workloads of some nodes. */
export interface MadeUpWorkloads {
  /** Its text among the prefixes. */
  readonly text: string;
  /** Text for the workloads of all nodes. */
  readonly label: string;
  readonly nodes: readonly string[];
  /** These are all nodes that have workloads. */
  readonly isAll: boolean;
}

/** Prefixes with the same effect on some nodes. */
export interface RouteChange {
  readonly effect: RouteEffect;
  /** Names of nodes. */
  readonly nodes: readonly string[];
  /**
   * The outside neighbour that they come from or go to, by its address at the first node. Unset: about a node's own
   * table.
   */
  readonly neighbour?: string;
  /** Display name of the neighbour, if it differs from the address. */
  readonly name?: string;
  /** The same is true on the other nodes for a different neighbour. */
  readonly isOneOfMany?: true;
  readonly prefixes: readonly string[];
  /** Outside neighbours whose unknown routes the prefixes represent. Unset: they are real prefixes. */
  readonly sentBy?: readonly string[];
  /** Those of the prefixes that represent unknown workloads. Unset: none. */
  readonly workloads?: readonly MadeUpWorkloads[];
  /** What differs, or why. */
  readonly detail?: string;
  /** The other outside neighbour that a leaked route comes from. */
  readonly from?: string;
  /** Only nodes that go out of service have a lost prefix. */
  readonly outOfService?: true;
  /** Only new nodes originate them. */
  readonly isOfNewNodes?: true;
  /** Nodes that advertise what these no longer do to the same neighbour. Unset: none. */
  readonly nowBy?: readonly string[];
  /** The neighbour had them from other nodes before. */
  readonly isKnownThere?: true;
}

/** Prefixes that nodes of a wave lose their last path to while another node still has one: its gate would fail. */
export interface RefusedWave {
  /** Counted from 1. */
  readonly wave: number;
  readonly prefixes: readonly string[];
  readonly nodes: readonly string[];
  /** Of outside neighbours, if any node did not reject what these send before. */
  readonly rejections: readonly Rejection[];
}

/** Nodes that reject what an outside neighbour sends. */
interface Rejection {
  readonly nodes: readonly string[];
  /** The neighbour. */
  readonly from: string;
  readonly why: Ineligibility;
}

/** What a change does to routes received from outside, and to routes advertised to outside neighbours. */
export interface RouteChanges {
  readonly changes: readonly RouteChange[];
  readonly refused: readonly RefusedWave[];
  readonly limits: readonly ReachedLimit[];
  /** Number of outside prefixes checked. */
  readonly prefixes: number;
  /** Prefixes that staying nodes originated and that no node originates any more. Unset: none. */
  readonly dropped?: readonly string[];
  /** Prefixes that staying nodes no longer originate while others still do. Unset: none. */
  readonly ceded?: readonly string[];
  /** Prefixes that existing nodes start to originate. Unset: none. */
  readonly originated?: readonly string[];
  /** Nodes may have no route from outside any more, depending on what neighbours send. */
  readonly mayTakeAll?: true;
  /** What was not checked or is not known, for users. */
  readonly gaps: readonly string[];
  /** Some of what is known was not checked. */
  readonly isPartial?: true;
}

/** Maximum number of waves checked one by one. */
const MOST_WAVES = 6;
/** With more representative nodes than this, each is checked in isolation: sessions between them would take minutes. */
const MOST_WHOLE = 400;

/**
 * Compares the converged network before a change, after each of its waves, and when it is final. Policies are evaluated
 * by the speaker's own code. Equivalent nodes and prefixes are checked once.
 */
export function routeChangesOf(
  before: Fabric,
  after: Fabric,
  outside: OutsideRoutes,
  waves: readonly Wave[] = [],
  localAs: KeptLocalAs = {},
  nameOf: (address: string) => string = (address) => address,
): RouteChanges {
  const steps = stepsOf(after, waves);
  const kinds = kindsOf(before, after, outside, steps, localAs);
  const gaps = [before, after].some(hasOutside) ? gapsOf(outside, kinds) : [];
  const limits = limitsIn(before, after, outside);
  const isSmall = kinds.nodes.reduce((sum, { stand }) => sum + stand.length, 0) <= MOST_WHOLE;
  const whole = isSmall
    ? routeStatesOf(new RouteStates(before, after, outside, kinds, steps, true, localAs), steps)
    : undefined;
  const found = whole ?? routeStatesOf(new RouteStates(before, after, outside, kinds, steps, false, localAs), steps);
  if (!whole)
    gaps.push(
      'nodes or routes differ in too many ways: each node was checked on its own, without what nodes advertise to each other',
    );
  const prefixes = kinds.prefixes.reduce((sum, { members, sent }) => sum + (sent.size > 0 ? members.length : 0), 0);
  const gap = 'routes do not converge';
  if (!found) return { changes: [], refused: [], limits, prefixes: 0, gaps: [...gaps, gap], isPartial: true };
  if (steps.length > MOST_WAVES) gaps.push(`only the first ${MOST_WAVES - 1} waves and the last one were checked`);
  const isNeighbour = neighboursIn([before, after]);
  const comparison = new RouteComparison(kinds, found, isNeighbour, nameOf, after);
  return {
    changes: comparison.changes(whole !== undefined),
    // Whether a prefix is lost depends on what nodes advertise to each other.
    refused: whole ? refusedWaves(kinds, steps, found, isNeighbour, nameOf) : [],
    ...{ limits, prefixes, gaps },
    ...originations(kinds),
    ...((!whole || kinds.left > 0 || steps.length > MOST_WAVES) && { isPartial: true }),
  };
}

/** What nodes start and stop originating; nodes that are added or leave are reported separately. */
function originations({ prefixes, begun, ceased }: Kinds): Pick<RouteChanges, 'dropped' | 'ceded' | 'originated'> {
  const among = (wanted: (prefix: PrefixKind, member: string) => boolean) =>
    prefixes.flatMap((kind) => kind.members.filter((member) => wanted(kind, member)));
  const dropped = among(({ origins: [, is] }, member) => ceased.has(member) && is.size === 0);
  const ceded = among(({ origins: [, is] }, member) => ceased.has(member) && is.size > 0);
  const originated = among((_, member) => begun.has(member));
  return {
    ...(dropped.length > 0 && { dropped }),
    ...(ceded.length > 0 && { ceded }),
    ...(originated.length > 0 && { originated }),
  };
}

/** Where in the kernel a node installs its routes, as text. */
export const kernelPlaceOf = (
  { kernelTable, kernelMetric }: Node,
  fabric: Pick<Fabric, 'kernelTable' | 'kernelMetric'>,
): string => `table ${kernelTable ?? fabric.kernelTable}, metric ${kernelMetric ?? fabric.kernelMetric}`;

/** Whether there may be sessions with outside neighbours. */
function hasOutside(fabric: Fabric): boolean {
  const nodes = nodesByAddress(fabric);
  return (
    Object.values(fabric.racks).some(({ topOfRack }) => topOfRack.length > 0) ||
    Object.values(fabric.peers).some(
      ({ address, prefix, interface: link, peerNode }) =>
        peerNode === undefined && (prefix || link !== undefined || (address && !nodes.has(address.toString()))),
    )
  );
}

/** Whether an address is that of an outside neighbour of a node, named or within a prefix. */
function neighboursIn(fabrics: readonly Fabric[]): (node: string, address: string) => boolean {
  const parts = fabrics.map((fabric) => FabricSlices.of(fabric));
  return (node, address) =>
    parts.some((one) => {
      if (!one.fabric.nodes[node]) return false;
      const part = one.of([node], ['outside']);
      const host = Prefix.host(sure(IpAddress.parseEnd(address)));
      return (
        endMeant(sessionsOf(part, node), address) !== undefined ||
        neighboursOf(part, node).some(({ range }) => range.contains(host))
      );
    });
}

/** The waves as deployed: nodes in none come last. */
function stepsOf(after: Fabric, waves: readonly Wave[]): Wave[] {
  const listed = new Set(waves.flat());
  const rest = Object.keys(after.nodes).filter((name) => !listed.has(name));
  return [...waves, rest].filter((wave) => wave.length > 0);
}

interface DeployRouteStates {
  readonly first: RouteState;
  /** Checked waves, by number. */
  readonly waves: ReadonlyMap<number, RouteState>;
  readonly final: RouteState;
}

function routeStatesOf(states: RouteStates, steps: readonly Wave[]): DeployRouteStates | undefined {
  const numbers = steps.map((_, i) => i + 1);
  const shown = numbers.length > MOST_WAVES ? [...numbers.slice(0, MOST_WAVES - 1), numbers.length] : numbers;
  const first = states.at('before');
  const final = first && states.at('final');
  if (!first || !final) return undefined;
  const waves = new Map<number, RouteState>();
  for (const wave of shown) {
    const state = states.at({ wave });
    if (!state) return undefined;
    waves.set(wave, state);
  }
  return { first, final, waves };
}

/** As the gates see it: each for the nodes of its wave, with what only the previous release has still present. */
function refusedWaves(
  kinds: Kinds,
  steps: readonly Wave[],
  { first, waves }: DeployRouteStates,
  isNeighbour: (node: string, address: string) => boolean,
  nameOf: (address: string) => string,
): RefusedWave[] {
  let former = first;
  return [...waves].flatMap(([wave, now]): RefusedWave[] => {
    const moving = new Set(steps[wave - 1]);
    const groups = new Map<string, RefusedWave & { readonly prefixes: string[] }>();
    for (const { prefix, members } of kinds.prefixes) {
      const holders = kinds.nodes.some(({ stand }) => stand.some((name) => now.at(name, prefix).best !== 'none'));
      const nodes = kinds.nodes.flatMap(({ stand, members: all }) => {
        const isLost = stand.some((name) => {
          const was = former.at(name, prefix);
          const is = now.at(name, prefix);
          return moving.has(name) && was.best === 'learned' && !is.stays && (is.isOffered || holders);
        });
        return isLost ? all : [];
      });
      if (nodes.length === 0) continue;
      const rejections = rejectionsOf({ prefix }, kinds, former, now, isNeighbour).map((one) => ({
        ...one,
        from: nameOf(one.from),
      }));
      const key = JSON.stringify([nodes, rejections]);
      const group = groups.get(key) ?? { wave, prefixes: [], nodes, rejections };
      groups.set(key, group);
      group.prefixes.push(...members);
    }
    former = now;
    return [...groups.values()];
  });
}

/** Paths to a prefix over sessions with outside neighbours that nodes reject in the second state, not in the first. */
function rejectionsOf(
  { prefix }: Pick<PrefixKind, 'prefix'>,
  { nodes }: Kinds,
  was: RouteState,
  is: RouteState,
  isNeighbour: (node: string, address: string) => boolean,
): Rejection[] {
  const found = new Map<string, Rejection & { readonly nodes: string[] }>();
  for (const { stand, members } of nodes) {
    const [name] = stand;
    const before = was.at(name, prefix).paths;
    for (const [from, { refused }] of is.at(name, prefix).paths) {
      if (refused === undefined || before.get(from)?.refused !== undefined) continue;
      const known = found.get(`${refused} ${from}`) ?? { nodes: [], from, why: refused };
      found.set(`${refused} ${from}`, known);
      known.nodes.push(...members.filter((one) => one === name || isNeighbour(one, from)));
    }
  }
  return [...found.values()];
}

function gapsOf(outside: OutsideRoutes, kinds: Kinds): string[] {
  const cut = Object.entries(outside.routes).flatMap(([name, sent]) => {
    const taken = prefixesIn(sent);
    if (taken >= sent.received) return [];
    const from = outside.sessions.find(({ routes }) => routes === name)?.remoteAddress ?? name;
    return [`only ${taken} of the ${sent.received} prefixes that ${from} sends were checked`];
  });
  const unknown = Object.entries(outside.unknown).map(
    ([why, nodes]) =>
      `routes from outside neighbours to ${nodes.slice(0, 5).join(', ')}${more(nodes.length - 5)}: ${why}`,
  );
  return [
    ...cut.slice(0, 5),
    ...(cut.length > 5 ? [`the same goes for ${cut.length - 5} more neighbours`] : []),
    ...unknown,
    ...(kinds.left > 0 ? [`${kinds.left} prefixes differ in too many ways and were left out`] : []),
  ];
}

const outOfService = (nodes: readonly string[]): string =>
  `${names(nodes)} ${nodes.length === 1 ? 'is' : 'are'} out of service`;

const more = (count: number): string => (count > 0 ? ` and ${count} others` : '');

interface Entry {
  readonly effect: RouteEffect;
  readonly neighbour?: string;
  readonly detail?: string;
  readonly from?: string | undefined;
  readonly isOut?: true;
  readonly isNew?: true;
  readonly nowBy?: readonly string[];
  readonly isKnownThere?: true;
  readonly kind: NodeKind;
}

/** Compares two deploy states. */
class RouteComparison {
  /** Prefixes by effect on a class of nodes. */
  private readonly found = new Map<string, { readonly entry: Entry; readonly prefixes: string[] }>();
  private readonly was: RouteState;
  private readonly is: RouteState;
  private readonly covers: Covers;

  constructor(
    private readonly kinds: Kinds,
    { first, final }: DeployRouteStates,
    /** Whether a node has an outside neighbour at an address. */
    private readonly hasNeighbour: (node: string, address: string) => boolean,
    /** Name of an outside neighbour in details. */
    private readonly nameOf: (address: string) => string,
    private readonly after: Fabric,
  ) {
    this.was = first;
    this.is = final;
    this.covers = new Covers(kinds.prefixes);
  }

  /** `whole`: includes advertisements between nodes, so that it is known which paths a node has. */
  changes(whole: boolean): RouteChange[] {
    for (const kind of this.kinds.nodes) {
      const stays = kind.stand.filter((name) => this.was.has(name) && this.is.has(name));
      for (const prefix of this.kinds.prefixes) {
        if (whole) this.reach(kind, stays, prefix);
        // What a node that goes out of service receives does not matter.
        if (stays.length > 0 && !this.after.nodes[stays[0]].drain) this.imports(kind, stays[0], prefix);
      }
      for (const prefix of this.kinds.prefixes) this.exports(kind, prefix);
    }
    return this.result();
  }

  private reach(kind: NodeKind, stays: readonly string[], prefix: PrefixKind): void {
    const best = (state: RouteState, name: string) => state.at(name, prefix.prefix).best;
    const turns = (from: PrefixState['best'], to: PrefixState['best']) =>
      stays.some((name) => best(this.was, name) === from && best(this.is, name) === to);
    const isLost = turns('learned', 'none');
    const [, origins] = prefix.origins;
    // A prefix that no node originates any more was removed on purpose, and receiving more of each other's prefixes is
    // not reported.
    if (isOwn(prefix)) {
      this.movesByLength(kind, stays, prefix);
      if (isLost ? origins.size === 0 : !turns('learned', 'learned') && !turns('learned', 'own')) return;
      if (!isLost) {
        // One node represents an equivalence class: in a large fabric, it is not known which of its nodes originate it.
        const at = this.kinds.nodes.indexOf(kind);
        const isOne = kind.members.length === 1 || this.kinds.areApart;
        if (isOne || !prefix.origins.some((from) => from.has(at))) this.moves(kind, stays[0], prefix);
        return;
      }
      const out = [...origins.keys()].map((at) => this.kinds.nodes[at].members);
      const isOut = out.flat().every((name) => this.after.nodes[name]?.drain) || undefined;
      this.add({ effect: 'lost', kind, ...(isOut && { detail: outOfService(out.flat()), isOut }) }, prefix);
    } else if (isLost) this.add({ effect: 'lost', kind }, prefix);
    else if (turns('none', 'learned')) this.add({ effect: 'gained', kind }, prefix);
    else if (stays.length > 0) this.moves(kind, stays[0], prefix);
  }

  private moves(kind: NodeKind, at: string, { prefix, ...rest }: PrefixKind): void {
    const [was, is] = [this.was, this.is].map((state) => state.at(at, prefix).via);
    const name = (via: string | undefined) => (via === undefined ? 'itself' : this.nameOf(via));
    if (was !== is)
      this.add({ effect: 'moved', kind, detail: `from ${name(was)} to ${name(is)}` }, { prefix, ...rest });
  }

  /**
   * Traffic to a prefix without a path follows a less specific route, so it moves when the prefix gains its first path
   * or loses its last one. Default routes are not considered.
   */
  private movesByLength(kind: NodeKind, [name]: readonly string[], prefix: PrefixKind): void {
    if (name === undefined) return;
    const own = [this.was, this.is].map((state) => state.at(name, prefix.prefix));
    const [isComing, isGoing] = [own[0].best === 'none', own[1].best === 'none'];
    if (isComing === isGoing) return;
    for (const [cover, members] of this.covers.of(prefix)) {
      const [was, is] = [
        isComing ? this.was.at(name, cover.prefix) : own[0],
        isGoing ? this.is.at(name, cover.prefix) : own[1],
      ];
      if (was.best === 'none' || is.best === 'none' || was.via === is.via) continue;
      const [from, to] = [was, is].map(({ via }) => (via === undefined ? 'itself' : this.nameOf(via)));
      const less = `which has the less specific ${cover.prefix}`;
      const detail = isComing ? `from ${from}, ${less}, to ${to}` : `from ${from} to ${to}, ${less}`;
      this.add({ effect: 'moved', kind, detail }, { ...prefix, members });
    }
  }

  /** Routes received over sessions that exist before and after. */
  private imports(kind: NodeKind, name: string, prefix: PrefixKind): void {
    const [was, is] = [this.was.at(name, prefix.prefix).paths, this.is.at(name, prefix.prefix).paths];
    for (const [neighbour, after] of is) {
      const before = was.get(neighbour);
      if (!before) continue;
      const entry = { kind, neighbour };
      if (before.refused === undefined && after.refused !== undefined)
        this.add({ ...entry, effect: 'rejected', detail: after.refused }, prefix);
      else if (before.refused !== undefined && after.refused === undefined)
        this.add({ ...entry, effect: 'accepted' }, prefix);
      else if (after.refused === undefined) {
        const detail = differenceOf(before.attributes, after.attributes);
        if (detail !== '') this.add({ ...entry, effect: 'taken otherwise', detail }, prefix);
      }
    }
  }

  /** Routes advertised to outside neighbours. */
  private exports(kind: NodeKind, prefix: PrefixKind): void {
    const [name] = kind.stand;
    const text = prefix.prefix.toString();
    const [was, is] = [this.was.toldBy(name), this.is.toldBy(name)];
    for (const neighbour of new Set([...was.keys(), ...is.keys()])) {
      const [before, after] = [was.get(neighbour)?.told.get(text), is.get(neighbour)?.told.get(text)];
      const entry = { kind, neighbour };
      const loops = (state: typeof is, route: PathAttributes) => isLooping(route, state.get(neighbour)!.session);
      if (before && !after) {
        const nowBy = isOneEverywhere(was.get(neighbour)!.session) ? this.tellers(this.is, neighbour, prefix) : [];
        const detail = nowBy.length > 0 && {
          detail: `${names(nowBy)} still ${nowBy.length === 1 ? 'does' : 'do'}`,
          nowBy,
        };
        this.add({ ...entry, effect: 'withdrawn', ...detail }, prefix);
      }
      // A route from the neighbour's own AS is rejected by it, whichever node advertises it.
      else if (before && after && loops(is, after) && !loops(was, before))
        this.add(
          { ...entry, effect: 'told in vain', detail: 'the path has its own AS number, so it rejects them' },
          prefix,
        );
      else if (before && after) {
        const detail = differenceOf(before, after);
        if (detail !== '') this.add({ ...entry, effect: 'told otherwise', detail }, prefix);
      } else if (after) {
        const from = this.isFromNode(name, prefix) ? undefined : this.comesFrom(prefix, neighbour);
        const isExternal = isExternalSession(is.get(neighbour)!.session);
        const isKnownThere =
          isOneEverywhere(is.get(neighbour)!.session) && this.tellers(this.was, neighbour, prefix).length > 0;
        const isLeak = isExternal && !isKnownThere && (from !== undefined || prefix.prefix.length === 0);
        this.add(
          isLeak
            ? {
                ...{ ...entry, effect: 'leaked', from },
                detail: from === undefined ? 'a default route' : `received from ${this.nameOf(from)}`,
              }
            : {
                ...{ ...entry, effect: 'advertised' },
                ...(this.isOfNewNodes(prefix) && { isNew: true }),
                ...(isKnownThere && { isKnownThere }),
              },
          prefix,
        );
      }
    }
  }

  /** Nodes that advertise a prefix to a neighbour. */
  private tellers(state: RouteState, neighbour: string, { prefix }: PrefixKind): string[] {
    const text = prefix.toString();
    return this.kinds.nodes.flatMap(({ stand: [name], members }) =>
      state.toldBy(name).get(neighbour)?.told.has(text) ? members : [],
    );
  }

  private isOfNewNodes({ origins: [was, is], sent }: PrefixKind): boolean {
    const isNew = (at: number) => !this.kinds.nodes[at].members.some((name) => this.was.has(name));
    return was.size === 0 && sent.size === 0 && is.size > 0 && [...is.keys()].every(isNew);
  }

  /** Whether the best path is a node's own, though neighbours may send the prefix, too. */
  private isFromNode(name: string, { prefix, origins }: PrefixKind): boolean {
    if (origins[1].size === 0) return false;
    const passed = new Set<string>();
    for (let at: string | undefined = name; at !== undefined && !passed.has(at); ) {
      passed.add(at);
      const { best, via }: PrefixState = this.is.at(at, prefix);
      if (best === 'own') return true;
      at = via;
    }
    return false;
  }

  /** Another outside neighbour that sends it. */
  private comesFrom({ sent }: PrefixKind, neighbour: string): string | undefined {
    for (const routes of sent.keys())
      for (const address of this.is.sendersOf(routes)) if (address !== neighbour) return address;
    return undefined;
  }

  /** Whether all nodes of a class have this neighbour. */
  private isShared(neighbour: string, { members }: NodeKind): boolean {
    const last = members[members.length - 1];
    return members.length === 1 || this.hasNeighbour(last, neighbour);
  }

  private add(entry: Entry, { members }: PrefixKind): void {
    const { effect, neighbour, detail, kind, isNew, isKnownThere } = entry;
    const key = JSON.stringify([effect, neighbour, detail, isNew, isKnownThere, kind.members[0]]);
    const known = this.found.get(key);
    if (known) known.prefixes.push(...members);
    else this.found.set(key, { entry, prefixes: [...members] });
  }

  /** Merges nodes with the same changes. */
  private result(): RouteChange[] {
    const all = new Map<string, RouteChange & { nodes: string[] }>();
    for (const { entry, prefixes } of this.found.values()) {
      const { effect, neighbour, detail, from, isOut, isNew, nowBy, isKnownThere, kind } = entry;
      const key = JSON.stringify([effect, neighbour, detail, isNew, isKnownThere, prefixes]);
      const known = all.get(key);
      if (known) known.nodes.push(...kind.members);
      else
        all.set(key, {
          ...{ effect, nodes: [...kind.members], prefixes },
          ...(neighbour !== undefined && { neighbour }),
          ...(neighbour !== undefined && !this.isShared(neighbour, kind) && { isOneOfMany: true }),
          ...(detail !== undefined && { detail }),
          ...(from !== undefined && { from }),
          ...(isOut && { outOfService: isOut }),
          ...(isNew && { isOfNewNodes: isNew }),
          ...(nowBy && { nowBy }),
          ...(isKnownThere && { isKnownThere }),
        });
    }
    return [...all.values()].sort((a, b) => EFFECTS.indexOf(a.effect) - EFFECTS.indexOf(b.effect));
  }
}

/** Maximum number of prefixes of one class that are checked for a covering prefix. */
const MOST_COVERED = 100;

/** Longest covering prefix of another, excluding default routes. */
class Covers {
  private readonly kinds = new Map<string, PrefixKind>();
  /** Longest first. */
  private readonly lengths: readonly number[];
  private readonly known = new Map<PrefixKind, ReadonlyMap<PrefixKind, string[]>>();

  constructor(kinds: readonly PrefixKind[]) {
    for (const kind of kinds) for (const member of kind.members) this.kinds.set(member, kind);
    const lengths = new Set([...this.kinds.keys()].map((text) => Number(text.slice(text.indexOf('/') + 1))));
    this.lengths = [...lengths].filter((length) => length > 0).sort((a, b) => b - a);
  }

  /** The members of a class that have a covering prefix, by the class of that. */
  of(kind: PrefixKind): ReadonlyMap<PrefixKind, string[]> {
    const known = this.known.get(kind);
    if (known) return known;
    const found = new Map<PrefixKind, string[]>();
    for (const member of kind.members.slice(0, MOST_COVERED)) {
      const cover = this.coverOf(sure(Prefix.parse(member)));
      if (cover) found.set(cover, [...(found.get(cover) ?? []), member]);
    }
    this.known.set(kind, found);
    return found;
  }

  private coverOf({ address, length }: Prefix): PrefixKind | undefined {
    for (const shorter of this.lengths) {
      if (shorter >= length) continue;
      const kind = this.kinds.get(Prefix.of(address, shorter).toString());
      if (kind) return kind;
    }
    return undefined;
  }
}

/** Whether all nodes with a session to this address have the same neighbour, and not one of their own. */
const isOneEverywhere = ({ template, unnumbered, remoteAddress }: SessionConfig): boolean =>
  !template && !unnumbered && !/^(fe[89ab].:|169\.254\.)/.test(remoteAddress.toString());

/** Whether an external neighbour finds its own AS number in the path (RFC 4271 section 9.1.2). */
const isLooping = ({ asPath = [] }: PathAttributes, session: SessionConfig): boolean =>
  isExternalSession(session) && asPath.some(({ members }) => members.includes(session.acceptable[0].remoteAs));
