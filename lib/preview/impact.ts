import { ADDRESS_FAMILIES, type AddressFamily, IpAddress } from '../model/address';
import type { Fabric } from '../model/fabric';
import { sure } from '../model/problem';
import { changeOfSession } from '../node/change';
import { endsOf, endsOver, type SessionEnd } from '../node/ends';
import type { KeptLocalAs } from '../node/local-as';
import { routingOf } from '../node/routing';
import { addressOf } from '../topology/derive';
import { equivalenceClassIn } from '../topology/equivalence-class';
import { FabricSlices, type PeerScope } from '../topology/fabric-slice';
import type { SessionChange } from '../topology/session-change';
import { cededLinks } from './ceded-links';
import { onCommonLinks, overlap, type WideEntry } from './common-links';
import { outsideEnds } from './outside-ends';

export type { KeptLocalAs } from '../node/local-as';

/** Sessions with the same change for the same reason. */
export interface ChangedSessions {
  readonly change: SessionChange;
  readonly reason: string;
  /** What happens to them instead if what the reason says is not so at a node. Unset: the change is certain. */
  readonly otherwise?: 'retuned' | 'nothing';
  readonly family: AddressFamily;
  /** Number of sessions. */
  readonly number: number;
  /** Names of nodes. */
  readonly from: readonly string[];
  /**
   * Names of nodes, or the address of one outside neighbour: each of `from` with each of these. Empty: each of `from`
   * with every other of them.
   */
  readonly to: readonly string[];
  /** Pairs of them that are not included. */
  readonly except: readonly (readonly [string, string])[];
}

/** What a new release does to the sessions of the fabric. A session between two nodes counts once. */
export interface Impact {
  /** Including changes that are not certain. */
  readonly counts: Readonly<Record<SessionChange, number>>;
  /** Number of sessions by change and reason: `reset: AS number`. */
  readonly reasons: Readonly<Record<string, number>>;
  /** All changes. */
  readonly sessions: readonly ChangedSessions[];
  /** At most {@link MAX_EXAMPLES} of the changes, for users. */
  readonly examples: readonly string[];
}

/** Maximum number of examples in total, and for one reason. */
export const MAX_EXAMPLES = 20;
const EXAMPLES_OF_ONE = 5;

/**
 * The impact of going from one fabric to the next (`undefined`: from or to nothing). Nodes that are equivalent before
 * and after form a class, and each pair of classes is evaluated on one pair of nodes, so that a mesh is never
 * enumerated. Time grows with nodes, peers that name an address, and pairs of classes. `localAs`: local AS numbers that
 * nodes keep towards outside neighbours from earlier changes.
 */
export function impactOf(before: Fabric | undefined, after: Fabric | undefined, localAs: KeptLocalAs = {}): Impact {
  const links = before && after && onCommonLinks(before, after);
  const [was, is, kept] = links ? [links.before, links.after, links.kept(localAs)] : [before, after, localAs];
  const comparison = new Comparison(was && FabricSlices.of(was), is && FabricSlices.of(is), kept);
  comparison.classes();
  comparison.named();
  comparison.cabled();
  comparison.outside();
  if (links) {
    comparison.otherLinks('removed', before, links.others.before);
    comparison.otherLinks('added', after, links.others.after);
    comparison.ceded(before, after);
  }
  return comparison.result();
}

/** An address of the fabric, and the nodes that have it before and after. */
interface Place {
  readonly address: string;
  readonly family: AddressFamily;
  readonly before?: string;
  readonly after?: string;
}

interface Group extends ChangedSessions {
  number: number;
  readonly from: string[];
  readonly to: string[];
  readonly except: [string, string][];
}

type What = Pick<ChangedSessions, 'change' | 'reason' | 'otherwise' | 'family'>;

const nameOf = ({ before, after }: Place): string => after ?? before!;
const pairs = (n: number): number => (n * (n - 1)) / 2;

class Comparison {
  private readonly groups = new Map<string, Group>();
  /** Sessions with outside neighbours, by key. */
  private readonly old: ReadonlyMap<string, OutsideEnd>;
  private readonly now: ReadonlyMap<string, OutsideEnd>;
  /** Every address of a node, with its class. */
  private readonly places = new Map<string, { readonly place: Place; readonly classKey: string }>();

  /** Addresses that peers name. */
  private readonly isNamed = new Set<string>();
  private readonly kinds = new Map<string, string>();
  private readonly changesOfKinds = new Map<string, { readonly alike: What[]; readonly really: What[] }>();

  constructor(
    private readonly before: FabricSlices | undefined,
    private readonly after: FabricSlices | undefined,
    localAs: KeptLocalAs,
  ) {
    [this.old, this.now] = outsideSessions(before, after, localAs);
    for (const [place, classKey] of this.equivalenceClasses()) this.places.set(place.address, { place, classKey });
    for (const parts of [before, after])
      for (const { address } of Object.values(parts?.fabric.peers ?? {}))
        if (address) this.isNamed.add(address.toString());
  }

  /** Sessions derived from properties of nodes: the mesh, and selectors. */
  classes(): void {
    const classes = new Map<string, Place[]>();
    for (const { place, classKey } of this.places.values()) append(classes, classKey, place);
    const all = [...classes];
    all.forEach(([one, members], i) => {
      for (const [other, theirs] of all.slice(i)) {
        const isSame = one === other;
        const partner = isSame ? members[1] : theirs[0];
        if (!partner || members[0].family !== theirs[0].family) continue;
        const number = isSame ? pairs(members.length) : members.length * theirs.length;
        for (const what of this.changes(members[0], partner, ['selected'])) {
          const group = this.group(what, `${one} ${other}`, number);
          group.from.push(...members.map(nameOf));
          if (!isSame) group.to.push(...theirs.map(nameOf));
        }
      }
    });
  }

  /**
   * Sessions of peers that name the address of a node, before or after. They replace what was counted for the same pair
   * above.
   */
  named(): void {
    const done = new Set<string>();
    for (const [one, two] of this.namedPairs()) {
      if (one === undefined || two === undefined || done.has(`${one} ${two}`)) continue;
      done.add(`${one} ${two}`).add(`${two} ${one}`);
      this.namedPair(one, two);
    }
  }

  /** Pairs of addresses, some of them twice. */
  private *namedPairs(): Generator<readonly [string | undefined, string | undefined]> {
    for (const parts of [this.before, this.after])
      for (const family of parts ? ADDRESS_FAMILIES : []) {
        const at = (node: string) => addressOf(parts!.fabric.nodes[node], family)?.toString();
        for (const [node, other] of parts!.namedPairs()) yield [at(node), at(other)];
      }
    for (const { name, to, end } of [...this.old.values(), ...this.now.values()]) {
      const { remoteAddress } = end.config;
      if (!this.places.has(to)) continue;
      // It may have lost its address, or left.
      const own = [this.after, this.before].flatMap((parts) => {
        const node = parts?.fabric.nodes[name];
        return (node && addressOf(node, remoteAddress.family)) ?? [];
      });
      yield [own[0]?.toString(), remoteAddress.toString()];
    }
  }

  private namedPair(one: string, two: string): void {
    const [a, b] = [this.places.get(one)!, this.places.get(two)!];
    const { alike, really } = this.namedChanges(a.place, b.place);
    for (const what of alike) {
      const keys = [`${a.classKey} ${b.classKey}`, `${b.classKey} ${a.classKey}`];
      const group = keys.flatMap((key) => this.groups.get(`${textOf(what)} ${key}`) ?? [])[0];
      group.number--;
      group.except.push([nameOf(a.place), nameOf(b.place)]);
    }
    for (const what of really) {
      const group = this.group(what, `at ${two}`, 1);
      group.from.push(nameOf(a.place));
      if (group.to.length === 0) group.to.push(nameOf(b.place));
    }
  }

  /**
   * What was counted for a pair, and what actually happens to it. Evaluated once for all nodes with the same peers at
   * an address, such as clients of a reflector.
   */
  private namedChanges(a: Place, b: Place): { readonly alike: What[]; readonly really: What[] } {
    const key = `${this.kindOf(a)} ${this.kindOf(b)}`;
    const known = this.changesOfKinds.get(key);
    if (known) return known;
    const found = {
      alike: this.changes(a, b, ['selected']),
      really: this.changes(a, b, ['named', 'selected', 'outside']),
    };
    this.changesOfKinds.set(key, found);
    return found;
  }

  /**
   * The equivalence class of a place combined with its peers that name the address of a node; a place that is named is
   * in a class of its own.
   */
  private kindOf(place: Place): string {
    const known = this.kinds.get(place.address);
    if (known !== undefined) return known;
    const own = [this.before?.peersOf(place.before ?? '', 'named'), this.after?.peersOf(place.after ?? '', 'named')];
    const comeIn = [
      this.before?.peersOf(place.before ?? '', 'outside'),
      this.after?.peersOf(place.after ?? '', 'outside'),
    ].map((peers) => peers?.filter(({ address }) => this.places.has(String(address))));
    const peers = [...own, ...comeIn].map((all) => all?.map((peer) => ({ ...peer, node: undefined })));
    const kind = JSON.stringify([
      this.places.get(place.address)?.classKey,
      peers,
      this.isNamed.has(place.address) ? place.address : '',
    ]);
    this.kinds.set(place.address, kind);
    return kind;
  }

  /** Sessions over links without addresses between two nodes. */
  cabled(): void {
    const pairs = new Map<string, readonly [string, string]>();
    for (const parts of [this.before, this.after])
      for (const { node, peerNode } of Object.values(parts?.fabric.peers ?? {}))
        if (node !== undefined && peerNode !== undefined) {
          const pair = [node, peerNode].sort() as [string, string];
          pairs.set(pair.join(' '), pair);
        }
    for (const pair of pairs.values()) {
      const [old, now] = [cablesBetween(this.before, pair), cablesBetween(this.after, pair)];
      for (const link of new Set([...old.keys(), ...now.keys()])) {
        const changed = changeOfSession(old.get(link) ?? NO_ENDS, now.get(link) ?? NO_ENDS);
        if (!changed) continue;
        const group = this.group({ ...changed, family: 'ipv6' }, `over ${link}`, 1);
        group.from.push(pair[0]);
        group.to.push(pair[1]);
      }
    }
  }

  /** Sessions with outside neighbours. */
  outside(): void {
    for (const key of new Set([...this.old.keys(), ...this.now.keys()])) {
      const [before, after] = [this.old.get(key), this.now.get(key)];
      const changed = changeOfSession(byKey(before?.end), byKey(after?.end));
      const { name, to, end } = (after ?? before)!;
      if (!changed || this.places.has(to)) continue;
      const what = before && after ? changed : this.perhaps(changed, name, end, before ? this.now : this.old);
      this.outsideGroup({ ...what, family: end.config.localAddress.family }, name, to);
    }
  }

  /** Sessions on links that a pattern matches and the entries that take its place, or had it, do not. */
  otherLinks(change: 'added' | 'removed', fabric: Fabric, others: readonly WideEntry[]): void {
    if (others.length === 0) return;
    for (const { node, session } of outsideEnds(fabric)) {
      const { interface: link, origin, remoteAddress } = session;
      if (!others.some((one) => one.origin === origin && one.interface === link)) continue;
      if (this.after?.fabric.nodes[node] === undefined || this.before?.fabric.nodes[node] === undefined) continue;
      const what = { change, reason: onOthers(origin, link!), otherwise: 'nothing' } as const;
      this.outsideGroup({ ...what, family: remoteAddress.family }, node, String(remoteAddress));
    }
  }

  /** Sessions of patterns on links that are cables from now on. */
  ceded(before: Fabric, after: Fabric): void {
    for (const { node, link, session } of cededLinks(before, after)) {
      const { origin, remoteAddress } = session;
      const what = { change: 'removed', reason: `${origin} if ${link} has a session`, otherwise: 'nothing' } as const;
      this.outsideGroup({ ...what, family: remoteAddress.family }, node, String(remoteAddress));
    }
  }

  /** Of two patterns that overlap, the sessions that are added or removed may have been there, or stay. */
  private perhaps(what: Omit<What, 'family'>, name: string, end: SessionEnd, others: ReadonlyMap<string, OutsideEnd>) {
    const { interface: link, port } = end.config;
    const isShared =
      link !== undefined &&
      [...others.values()].some(
        (one) => one.name === name && one.end.config.port === port && overlap(one.end.config.interface ?? '', link),
      );
    return isShared ? { ...what, reason: onOthers(what.reason, link), otherwise: 'nothing' as const } : what;
  }

  private outsideGroup(what: What, name: string, to: string): void {
    const group = this.group(what, `out ${to}`, 1);
    group.from.push(name);
    if (group.to.length === 0) group.to.push(to);
  }

  result(): Impact {
    const counts: Record<SessionChange, number> = { added: 0, removed: 0, reset: 0, retuned: 0 };
    const reasons: Record<string, number> = {};
    const examples = new Map<string, string[]>();
    const sessions = [...this.groups.values()].filter(({ number }) => number > 0);
    for (const group of sessions) {
      const reason = `${group.change}: ${group.reason}`;
      counts[group.change] += group.number;
      reasons[reason] = (reasons[reason] ?? 0) + group.number;
      for (const example of examplesOf(group, EXAMPLES_OF_ONE - (examples.get(reason)?.length ?? 0)))
        append(examples, reason, example);
    }
    return { counts, reasons, sessions, examples: [...examples.values()].flat().slice(0, MAX_EXAMPLES) };
  }

  private group(what: What, key: string, number: number): Group {
    const whole = `${textOf(what)} ${key}`;
    const known = this.groups.get(whole) ?? { ...what, number: 0, from: [], to: [], except: [] };
    known.number += number;
    this.groups.set(whole, known);
    return known;
  }

  /** What happens to the sessions between two places. */
  private changes(a: Place, b: Place, scopes: readonly PeerScope[]): What[] {
    const { family } = a;
    const old = linksBetween(this.before, [a.before, b.before], [a.address, b.address], family, scopes);
    const now = linksBetween(this.after, [a.after, b.after], [a.address, b.address], family, scopes);
    return [...new Set([...old.keys(), ...now.keys()])].flatMap((link): What[] => {
      const changed = changeOfSession(old.get(link) ?? NO_ENDS, now.get(link) ?? NO_ENDS);
      return changed ? [{ ...changed, family }] : [];
    });
  }

  /** Changes of a node's identity that affect all its sessions: addresses and identifiers are not part of a class. */
  private marksOf(before: string | undefined, after: string | undefined): string {
    if (before === undefined || after === undefined) return '';
    const [old, now] = [this.before!.fabric, this.after!.fabric];
    const [was, is] = [routingOf(old, before), routingOf(now, after)];
    const addresses = ADDRESS_FAMILIES.filter(
      (family) => String(addressOf(old.nodes[before], family)) !== String(addressOf(now.nodes[after], family)),
    );
    const differing = [
      before !== after && 'node',
      was.routerId !== is.routerId && 'id',
      was.clusterId !== is.clusterId && 'cluster',
      ...addresses,
    ];
    return differing.filter((each) => each !== false).join();
  }

  /** Each place with a key that is common to equivalent places. */
  private *equivalenceClasses(): Generator<[Place, string]> {
    const [old, now] = [this.before, this.after].map((parts) => parts && equivalenceClassIn(parts.fabric));
    const addresses = new Set([...(this.before?.owners.keys() ?? []), ...(this.after?.owners.keys() ?? [])]);
    for (const address of addresses) {
      const [before, after] = [this.before?.owners.get(address), this.after?.owners.get(address)];
      const texts = [before === undefined ? '' : old!(before), after === undefined ? '' : now!(after)];
      const { family } = sure(IpAddress.parse(address));
      yield [{ address, family, before, after }, `${family} ${texts.join(' ')} ${this.marksOf(before, after)}`];
    }
  }
}

/** Words for sessions on links that only one release's entry matches. */
const onOthers = (origin: string, pattern: string): string => `${origin} if other interfaces match ${pattern}`;

const textOf = ({ change, reason, family }: What): string => `${change} ${reason} ${family}`;

/**
 * The sessions of a family between two nodes (or their addresses), with both ends of each: by their two addresses, then
 * by the key of each end.
 */
function linksBetween(
  parts: FabricSlices | undefined,
  pair: readonly (string | undefined)[],
  addresses: readonly string[],
  family: AddressFamily,
  scopes: readonly PeerScope[],
): Map<string, Map<string, SessionEnd>> {
  const links = new Map<string, Map<string, SessionEnd>>();
  const names = pair.filter((name) => name !== undefined);
  if (!parts || names.length === 0) return links;
  const part = parts.of(names, scopes);
  for (const end of names.flatMap((name) => endsOf(part, name))) {
    const { inside, localAddress, remoteAddress, unnumbered } = end.config;
    if (end.range || unnumbered || localAddress.family !== family) continue;
    if (inside || addresses.includes(remoteAddress.toString())) note(links, end);
  }
  return links;
}

/** The sessions over links without addresses between two nodes. */
function cablesBetween(parts: FabricSlices | undefined, pair: readonly string[]): Map<string, Map<string, SessionEnd>> {
  const links = new Map<string, Map<string, SessionEnd>>();
  if (!parts) return links;
  const part = parts.of(pair, ['named']);
  for (const end of pair.flatMap((name) => endsOf(part, name)))
    if (end.config.inside && end.config.unnumbered) note(links, end);
  return links;
}

/** Adds an end to the session that it is one of. */
function note(links: Map<string, Map<string, SessionEnd>>, end: SessionEnd): void {
  const { localAddress, remoteAddress, port, key } = end.config;
  const link = `${[localAddress.toString(), remoteAddress.toString()].sort().join(' ')} ${port}`;
  links.set(link, (links.get(link) ?? new Map<string, SessionEnd>()).set(key, end));
}

const NO_ENDS: ReadonlyMap<string, SessionEnd> = new Map();
const byKey = (end: SessionEnd | undefined): ReadonlyMap<string, SessionEnd> =>
  end ? new Map([[end.config.key, end]]) : NO_ENDS;

interface OutsideEnd {
  readonly name: string;
  /** The neighbour's address, or the prefix of dynamic neighbours. */
  readonly to: string;
  readonly end: SessionEnd;
}

/** Before and after, by identity, taking into account local AS numbers that nodes keep towards outside neighbours. */
function outsideSessions(
  before: FabricSlices | undefined,
  after: FabricSlices | undefined,
  localAs: KeptLocalAs,
): Map<string, OutsideEnd>[] {
  const names = new Set([before, after].flatMap((parts) => Object.keys(parts?.fabric.nodes ?? {})));
  const all: OutsideEnd[][] = [[], []];
  for (const name of names) {
    const [was, is] = [before, after].map((parts) => parts?.of([name], ['outside']));
    const [old, now] = endsOver(was, is, name, localAs[name]);
    for (const [i, ends] of [old, now.map((end) => followed(end, old))].entries())
      for (const end of ends) all[i].push({ name, to: String(end.range ?? end.config.remoteAddress), end });
  }
  // Several nodes may share the source address of their sessions, and a node with another name may have taken over an
  // address.
  const byNode = ({ name, end }: OutsideEnd) => `${name} ${end.config.key}`;
  const [old, now] = all.map((sessions) => new Set(sessions.map(byNode)));
  return all.map(
    (sessions) =>
      new Map(
        sessions.map((session) => {
          const id = byNode(session);
          return [old.has(id) && now.has(id) ? id : session.end.config.key, session];
        }),
      ),
  );
}

/** If only the prefix of a template changes, neighbours of both prefixes keep their sessions. */
function followed(end: SessionEnd, former: readonly SessionEnd[]): SessionEnd {
  const { range, config } = end;
  if (!range || former.some((one) => one.config.key === config.key)) return end;
  const old = former.find(
    (one) =>
      (one.range?.contains(range) || (one.range && range.contains(one.range))) &&
      one.config.reason === config.reason &&
      one.config.localAddress.equals(config.localAddress),
  );
  if (!old) return end;
  const { key, remoteAddress } = old.config;
  return { ...end, config: { ...config, key, remoteAddress } };
}

/** The first few sessions of a group, as text. */
function examplesOf({ change, reason, family, from, to, except }: ChangedSessions, most: number): string[] {
  const found: string[] = [];
  const left = new Set(except.flatMap(([a, b]) => [`${a} - ${b}`, `${b} - ${a}`]));
  for (const [i, name] of from.entries())
    for (const other of to.length > 0 ? to : from.slice(i + 1, i + 2 + most + except.length)) {
      if (found.length >= most) return found;
      if (!left.has(`${name} - ${other}`)) found.push(`${change}: ${name} - ${other} (${family}, ${reason})`);
    }
  return found;
}

function append<T>(map: Map<string, T[]>, key: string, item: T): void {
  const items = map.get(key);
  if (items) items.push(item);
  else map.set(key, [item]);
}
