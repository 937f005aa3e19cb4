import type { Fabric } from '../model/fabric';
import { isLike, isPattern, mayMeet } from '../model/interface-pattern';
import { named } from '../model/named';
import type { Peer } from '../model/peer';
import type { KeptLocalAs } from '../node/local-as';
import { linkEnds, linkOfEnd } from '../topology/link-end';
import { readSessionKey, sessionKey } from '../topology/session';

/** Two fabrics in which a session on a link has one name, whether the link is named or matches a pattern. */
interface OnCommonLinks {
  readonly before: Fabric;
  readonly after: Fabric;
  /** Patterns of whose links some may go or come, with the entries that have them. */
  readonly others: { readonly before: readonly WideEntry[]; readonly after: readonly WideEntry[] };
  /** The same local AS numbers that nodes keep, under the names of these fabrics. */
  readonly kept: (localAs: KeptLocalAs) => KeptLocalAs;
}

/** An entry whose pattern the other fabric has only in part. */
export interface WideEntry {
  readonly origin: string;
  readonly interface: string;
}

/** What an entry with a link, or each uplink of a rack, has of it. */
type Linked = Pick<Peer, 'interface'>;

/**
 * As agents put sessions on links (topology/link-end.ts), a link that an entry names is one that the pattern of the
 * other fabric matches: `eth*` before and `eth0` after, or the other way around, is one session on eth0 that goes on.
 * Whether there are other links is known to nodes only.
 */
export function onCommonLinks(before: Fabric, after: Fabric): OnCommonLinks {
  const known = KNOWN.get(before)?.get(after);
  if (known) return known;
  const found = narrowed(before, after);
  KNOWN.set(before, (KNOWN.get(before) ?? new WeakMap()).set(after, found));
  return found;
}

/** Several questions are asked of a change. */
const KNOWN = new WeakMap<Fabric, WeakMap<Fabric, OnCommonLinks>>();

function narrowed(before: Fabric, after: Fabric): OnCommonLinks {
  const [was, is] = [narrowedTo(before, after), narrowedTo(after, before)];
  return {
    ...{ before: was.fabric, after: is.fabric, others: { before: was.others, after: is.others } },
    kept: (localAs) => (was.links.length === 0 ? localAs : renamed(localAs, was.links)),
  };
}

/** A pattern, and the narrower name or pattern that takes its place. */
type Narrowing = readonly [wide: string, narrow: string];

interface Narrowed {
  readonly fabric: Fabric;
  readonly others: WideEntry[];
  readonly links: Narrowing[];
}

/** A fabric with entries of their own for the links that the other one has entries for. */
function narrowedTo(fabric: Fabric, other: Fabric): Narrowed {
  const [others, links]: [WideEntry[], Narrowing[]] = [[], []];
  const take = <Of extends Linked>(origin: string, entry: Of, own: readonly Linked[], theirs: readonly Linked[]) => {
    const all = split(entry, own, theirs);
    const wide = entry.interface!;
    for (const { interface: narrow } of all) if (narrow !== wide) links.push([wide, narrow!]);
    if (all.every((one) => one.interface !== wide)) others.push({ origin, interface: wide });
    return all;
  };
  const peers = Object.entries(fabric.peers).flatMap(([name, peer]) =>
    take(`peers.${name}`, peer, Object.values(fabric.peers), Object.values(other.peers)).map(
      (one, i) => [i === 0 ? name : `${name} (${one.interface})`, one] as const,
    ),
  );
  const racks = Object.entries(fabric.racks).map(([name, rack]) => {
    const theirs = other.racks[name]?.topOfRack ?? [];
    const topOfRack = rack.topOfRack.flatMap((top) => take(`racks.${name}`, top, rack.topOfRack, theirs));
    return [name, { ...rack, topOfRack }] as const;
  });
  return links.length === 0
    ? { fabric, others, links }
    : { fabric: { ...fabric, peers: named(peers), racks: named(racks) }, others, links };
}

/** An entry with a pattern as one entry for each that the other fabric has, and itself if the other has it or none. */
function split<Of extends Linked>(entry: Of, own: readonly Linked[], theirs: readonly Linked[]): Of[] {
  const { interface: wide } = entry;
  if (wide === undefined || !isPattern(wide)) return [entry];
  const narrow = theirs.flatMap((one) => {
    const { interface: link } = one;
    const isNew = link !== undefined && !own.some((each) => isOf(each, link, entry));
    return isNew && isLike(link, wide) && scopeOf(one) === scopeOf(entry) ? [{ ...entry, interface: link }] : [];
  });
  const isKept = narrow.length === 0 || theirs.some((one) => isOf(one, wide, entry));
  return isKept ? [entry, ...narrow] : narrow;
}

const isOf = (one: Linked, link: string, scoped: Linked): boolean =>
  one.interface === link && scopeOf(one) === scopeOf(scoped);

/** On which nodes an entry is, and at which port. */
function scopeOf(entry: Linked): string {
  const { node, nodeSelector, port, peerNode } = entry as Partial<Peer>;
  return `${node} ${nodeSelector} ${port} ${peerNode}`;
}

function renamed(localAs: KeptLocalAs, links: readonly Narrowing[]): KeptLocalAs {
  return Object.fromEntries(
    Object.entries(localAs).map(([node, kept]) => [
      node,
      Object.fromEntries(
        Object.entries(kept).flatMap(([key, as]) => {
          const { remote, port } = readSessionKey(key);
          const keys = links.flatMap(([wide, narrow]) => {
            const { local: own, remote: other } = linkEnds(node, narrow);
            return linkOfEnd(remote) === wide ? [sessionKey(own, other, Number(port))] : [];
          });
          return [key, ...keys].map((each) => [each, as] as const);
        }),
      ),
    ]),
  );
}

/** Whether two patterns may match the same interface, though neither is the other's in part. */
export const overlap = (one: string, other: string): boolean =>
  one !== other && isPattern(one) && isPattern(other) && mayMeet(one, other);
