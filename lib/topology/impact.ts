import { ADDRESS_FAMILIES, type AddressFamily, type IpAddress } from '../model/address';
import type { Fabric } from '../model/fabric';
import { changeOf, type SessionChange } from './change';
import { addressOf, asNumberOf, explicitSessionsOf, meshSession, nodesByAddress } from './derive';
import { type Session, sessionKey } from './session';

/** What a new release does to the sessions of the fabric. A session between two nodes counts once. */
export interface Impact {
  readonly counts: Readonly<Record<SessionChange, number>>;
  /** Sessions by what is done and why: `reset: AS number`. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Nodes that had a session and will have none. */
  readonly isolated: readonly string[];
  /** At most {@link EXAMPLES} of the changes, for a person to read. */
  readonly examples: readonly string[];
}

/** Most examples that an impact names. */
export const EXAMPLES = 20;

/**
 * The impact of going from one fabric to the next (`undefined`: from nothing, or to nothing). The mesh is counted by classes of
 * nodes, never enumerated: time and memory grow with nodes and peers, not with sessions.
 */
export function impactOf(before: Fabric | undefined, after: Fabric | undefined): Impact {
  const tally = new Tally();
  for (const family of ADDRESS_FAMILIES) countMesh(tally, before, after, family);
  const [old, now] = [explicitLinks(before), explicitLinks(after)];
  for (const key of new Set([...old.keys(), ...now.keys()]))
    countExplicit(tally, before, after, old.get(key), now.get(key));
  return { ...tally.result(), isolated: isolated(before, after) };
}

class Tally {
  private readonly counts: Record<SessionChange, number> = { added: 0, removed: 0, reset: 0, retuned: 0 };
  private readonly reasons: Record<string, number> = {};
  private readonly examples: string[] = [];

  add(change: SessionChange, reason: string, number: number): void {
    if (number === 0) return;
    this.counts[change] += number;
    const key = `${change}: ${reason}`,
      sum = (this.reasons[key] ?? 0) + number;
    if (sum === 0) delete this.reasons[key];
    else this.reasons[key] = sum;
  }

  example(text: string): void {
    if (this.examples.length < EXAMPLES) this.examples.push(text);
  }

  result(): Omit<Impact, 'isolated'> {
    return { counts: this.counts, reasons: this.reasons, examples: this.examples };
  }
}

interface Member {
  readonly name: string;
  readonly address: string;
  readonly as: number;
}

function members(fabric: Fabric | undefined, family: AddressFamily): Member[] {
  if (!fabric?.nodeToNodeMesh) return [];
  return Object.entries(fabric.nodes).flatMap(([name, node]) => {
    const address = addressOf(node, family)?.toString();
    return address ? [{ name, address, as: asNumberOf(fabric, node).value }] : [];
  });
}

const pairs = (n: number): number => (n * (n - 1)) / 2;

/** The mesh as if no peer were explicit: pairs of members that stay, come, go, or change AS number. */
function countMesh(tally: Tally, before: Fabric | undefined, after: Fabric | undefined, family: AddressFamily): void {
  const old = members(before, family),
    now = members(after, family);
  const oldAs = new Map(old.map(({ address, as }) => [address, as]));
  const isSamePort = before?.listenPort === after?.listenPort;
  const common = isSamePort ? now.filter(({ address }) => oldAs.has(address)) : [];
  const sameAs = common.filter(({ address, as }) => oldAs.get(address) === as);
  tally.add('added', MESH, pairs(now.length) - pairs(common.length));
  tally.add('removed', MESH, pairs(old.length) - pairs(common.length));
  tally.add('reset', 'AS number', pairs(common.length) - pairs(sameAs.length));
  if (before && after && before.holdTime !== after.holdTime) tally.add('reset', 'hold time', pairs(sameAs.length));
  const kept = new Set(common.map(({ address }) => address));
  meshExamples(tally, 'added', now, kept, family);
  meshExamples(tally, 'removed', old, kept, family);
}

const MESH = 'nodeToNodeMesh';

/** A few pairs of which one member is not kept; as soon as there are enough, no more are looked at. */
function meshExamples(
  tally: Tally,
  change: SessionChange,
  all: readonly Member[],
  kept: ReadonlySet<string>,
  family: AddressFamily,
): void {
  let named = 0;
  for (const member of all) {
    if (kept.has(member.address)) continue;
    for (const other of all) {
      if (other === member || (!kept.has(other.address) && other.address < member.address)) continue;
      tally.example(`${change}: ${member.name} - ${other.name} (${family}, ${MESH})`);
      if (++named >= EXAMPLES / 4) return;
    }
  }
}

/** The explicit sessions of a fabric, both ends of one together; an outside neighbour has one end here. */
function explicitLinks(fabric: Fabric | undefined): Map<string, Session[]> {
  const links = new Map<string, Session[]>();
  if (!fabric) return links;
  const owners = nodesByAddress(fabric);
  for (const name of Object.keys(fabric.nodes))
    for (const session of explicitSessionsOf(fabric, name, owners)) {
      const ends = [session.localAddress.toString(), session.remoteAddress.toString()];
      const key = `${ends.sort().join(' ')} ${session.port}`;
      links.set(key, [...(links.get(key) ?? []), session]);
    }
  return links;
}

/** One explicit link: what really becomes of it, less what the mesh would have counted for the same pair. */
function countExplicit(
  tally: Tally,
  before: Fabric | undefined,
  after: Fabric | undefined,
  old: Session[] = [],
  now: Session[] = [],
): void {
  const [any] = [...now, ...old];
  const { localAddress: one, remoteAddress: other, port } = any;
  const byMesh = changeOf(meshBetween(before, one, other, port), meshBetween(after, one, other, port));
  if (byMesh) tally.add(byMesh.change, byMesh.reason, -1);
  const changes = [
    [one, other],
    [other, one],
  ].flatMap(([local, remote]) => {
    const find = (links: readonly Session[], fabric: Fabric | undefined) =>
      links.find(({ key }) => key === sessionKey(local, remote, port)) ?? meshBetween(fabric, local, remote, port);
    return changeOf(find(old, before), find(now, after)) ?? [];
  });
  const worst = (['added', 'removed', 'reset', 'retuned'] as const).flatMap(
    (kind) => changes.find(({ change }) => change === kind) ?? [],
  )[0];
  if (!worst) return;
  tally.add(worst.change, worst.reason, 1);
  tally.example(`${worst.change}: ${any.localAddress} - ${any.remoteAddress} (${worst.reason})`);
}

/** The mesh session that two addresses would have without an explicit one, seen from the first. */
function meshBetween(
  fabric: Fabric | undefined,
  local: IpAddress,
  remote: IpAddress,
  port: number,
): Session | undefined {
  if (!fabric || port !== fabric.listenPort) return undefined;
  const owners = ownersOf(fabric),
    [name, other] = [owners.get(local.toString()), owners.get(remote.toString())];
  return name && other ? meshSession(fabric, name, other, local.family) : undefined;
}

const ownersOfFabric = new WeakMap<Fabric, ReadonlyMap<string, string>>();
function ownersOf(fabric: Fabric): ReadonlyMap<string, string> {
  const known = ownersOfFabric.get(fabric) ?? nodesByAddress(fabric);
  ownersOfFabric.set(fabric, known);
  return known;
}

function isolated(before: Fabric | undefined, after: Fabric | undefined): string[] {
  if (!before || !after) return [];
  const [had, has] = [connected(before), connected(after)];
  return Object.keys(after.nodes).filter((name) => had.has(name) && !has.has(name));
}

/** Nodes with at least one session. */
function connected(fabric: Fabric): Set<string> {
  const owners = ownersOf(fabric);
  const inMesh = ADDRESS_FAMILIES.map((family) => members(fabric, family)).filter((list) => list.length > 1);
  const explicit = Object.keys(fabric.nodes).filter((name) => explicitSessionsOf(fabric, name, owners).length > 0);
  return new Set([...inMesh.flat().map(({ name }) => name), ...explicit]);
}
