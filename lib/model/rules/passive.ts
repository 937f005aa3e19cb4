import { ADDRESS_FAMILIES, type AddressFamily } from '../address';
import { Problem } from '../problem';
import { chooser, localChooser } from './labels';
import { ADDRESS_FIELDS, isPresent, type Owners, type Raw, rawAddress } from './raw';

/** A peer, and the nodes at both ends of its sessions. */
interface Sides {
  readonly name: string;
  readonly peer: Raw;
  readonly isGlobal: boolean;
  readonly hasAtHere: (name: string, node: Raw) => boolean;
  readonly hasAtThere: (name: string, node: Raw) => boolean;
  /** Undefined: both. */
  readonly family: AddressFamily | undefined;
}

/** Maximum number of pairs of peers that are checked. */
const MOST_PAIRS = 100;

/**
 * Two nodes that each wait for the other to connect never have a session. Peers that are administratively down are not
 * reported: existing releases have such peers.
 */
export function passiveProblems(peers: [string, Raw][], nodes: [string, Raw][], owners: Owners): Problem[] {
  const all = peers.flatMap((entry) => sidesOf(entry, owners) ?? []).sort(inOrder);
  const among = (isOne: Sides['hasAtHere']) => nodes.filter(([name, node]) => isOne(name, node));
  const waiting = all
    .filter(({ peer }) => isWaiting(peer))
    .map((sides) => ({ ...sides, sides, here: among(sides.hasAtHere), there: among(sides.hasAtThere) }));
  const found = new Map<string, Problem>();
  for (const one of waiting)
    for (const other of waiting) {
      const pair = found.has(one.name) ? undefined : waitingPair(one, other, all);
      if (!pair) continue;
      const also = one === other ? '' : `, as peers.${other.name} is passive, too`;
      const message = `nodes ${pair.join(' and ')} would each wait for the other to connect${also}`;
      found.set(one.name, Problem.of('both-passive', message, `peers.${one.name}.passive`));
    }
  return [...found.values()];
}

/** Of several peers for one session the first applies: peers of every node come first, then by name. */
const inOrder = (a: Sides, b: Sides): number => Number(b.isGlobal) - Number(a.isGlobal) || (a.name < b.name ? -1 : 1);

const isWaiting = ({ passive, adminDown, expect }: Raw): boolean =>
  passive === true && !isPresent(adminDown) && expect !== 'down';

/** Undefined if the other side is not a node, or not known. */
function sidesOf([name, peer]: [string, Raw], owners: Owners): Sides | undefined {
  const here = localChooser(peer);
  const address = rawAddress(peer.address);
  const [owner] = (address && owners.get(address.toString())) ?? [];
  const there = chooser(peer.peerSelector);
  // From another address of the node it is a different session.
  if (!here || isPresent(peer.localAddress) || (owner === undefined && !there)) return undefined;
  return {
    ...{ name, peer, family: address?.family },
    isGlobal: !isPresent(peer.node) && !isPresent(peer.nodeSelector),
    hasAtHere: here,
    hasAtThere: owner === undefined ? (_, node) => there!(node) === true : (node) => node === owner,
  };
}

interface Waiting extends Sides {
  readonly sides: Sides;
  readonly here: readonly [string, Raw][];
  readonly there: readonly [string, Raw][];
}

/**
 * Two nodes whose session comes from both of these peers, one at each end, and at neither end from one that takes
 * precedence.
 */
function waitingPair(one: Waiting, other: Waiting, all: readonly Sides[]): string[] | undefined {
  let left = MOST_PAIRS;
  for (const first of inBoth(one.here, other.there))
    for (const second of inBoth(one.there, other.here)) {
      if (first[0] === second[0]) continue;
      if (left-- === 0) return undefined;
      for (const family of ADDRESS_FAMILIES) {
        const isThere = [first, second].every(([, node]) => isPresent(node[ADDRESS_FIELDS[family]]));
        if (
          !isThere ||
          winner(all, first, second, family) !== one.sides ||
          winner(all, second, first, family) !== other.sides
        )
          continue;
        return [first[0], second[0]];
      }
    }
  return undefined;
}

function inBoth(one: readonly [string, Raw][], other: readonly [string, Raw][]): readonly [string, Raw][] {
  const [few, many] = one.length < other.length ? [one, other] : [other, one];
  if (few.length === 0) return few;
  const names = new Set(many.map(([name]) => name));
  return few.filter(([name]) => names.has(name));
}

const winner = (
  all: readonly Sides[],
  [name, node]: [string, Raw],
  [otherName, other]: [string, Raw],
  family: AddressFamily,
): Sides | undefined =>
  all.find(
    (each) => (each.family ?? family) === family && each.hasAtHere(name, node) && each.hasAtThere(otherName, other),
  );
