import { isWanted } from '../control/amiss';
import type { AgentStatus, SessionStatus } from '../control/status';
import type { Place } from '../report/picture/place';
import type { FleetSnapshot, KnownNode } from './fleet';
import { isNode, type PageFrame } from './frame';
import { CELLS, NODE_LOOKS, type NodeLook, SESSION_LOOKS, type SessionLook } from './looks';
import { nodeStateOf, shareUp, wordsOf } from './node-state';

/** Current appearance of an element of the picture. */
export interface Shown {
  /** CSS classes. */
  readonly css: string;
  /** Accessible name and state. */
  readonly label: string;
  /** Path of its icon. */
  readonly sign: string;
  /** Variable text within it. */
  readonly text?: string;
}

/** Sessions between two places, by state. */
interface Tally {
  up: number;
  down: number;
  off: number;
}

const keyOf = (a: number, b: number): string => (a < b ? `${a} ${b}` : `${b} ${a}`);

/** Every dynamic element of the frame, by ID. */
export function marksOf(frame: PageFrame, { nodes }: FleetSnapshot, now: number): ReadonlyMap<string, Shown> {
  const { layout, places } = frame;
  const known = new Map(nodes.map((node) => [node.name, node]));
  const tallies = talliesOf(frame, nodes);
  const chips = new Set(layout.chips.map(({ place }) => place.id));
  const marks = new Map<string, Shown>();
  const isSilent = (id: number): boolean => {
    const node = isNode(places[id]) ? known.get(places[id].name) : undefined;
    return isNode(places[id]) ? !node?.status || node.error !== undefined : true;
  };
  for (const place of places) {
    const cell = chips.has(place.id) ? undefined : layout.cell;
    const node: KnownNode = known.get(place.name) ?? {
      name: place.name,
      steps: [],
      error: 'its endpoint is not known',
    };
    marks.set(
      `p${place.id}`,
      isNode(place) ? nodeMark(place, node, now, cell) : neighbourMark(place, tallies.of(place.id), cell),
    );
  }
  for (const [i, { pairs, ends, isBundle }] of layout.lines.entries()) {
    const all = pairs.map(([a, b]) => tallies.between.get(keyOf(a, b)));
    const looks = pairs.map(([a, b], j) => lookOf(all[j], isSilent(a) && isSilent(b)));
    const look = gravest(looks);
    const tally = added(all);
    const { css, sign } = SESSION_LOOKS[look];
    const label = `${ends[0]} – ${ends[1]}: ${tallyWords(tally, look)}`;
    marks.set(`e${i}`, { css: `e ${css}${isBundle ? ' many' : ''}`, label, sign: '' });
    marks.set(`s${i}`, {
      ...{ css: `s ${css}`, label, sign },
      ...(isBundle && { text: `${tally.up}/${tally.up + tally.down + tally.off}` }),
    });
  }
  for (const [i, { place }] of layout.ports.entries()) {
    const tally = tallies.inside(place);
    const look = lookOf(tally, isSilent(place));
    const { css, sign } = SESSION_LOOKS[look];
    marks.set(`m${i}`, {
      css: `s port ${css}`,
      label: `with other nodes: ${tallyWords(tally, look)}`,
      sign: sign || 'M-2.5-1.2H2.5M-2.5 1.2H2.5',
    });
  }
  return marks;
}

function nodeMark(place: Place, node: KnownNode, now: number, cell: number | undefined): Shown {
  const state = nodeStateOf(node, now);
  const { look } = state;
  const share = node.status && node.error === undefined ? `${shareUp(node.status)} up` : '';
  const { address = '' } = place;
  return {
    css: `${cell === undefined ? 'n' : 'c'} ${NODE_LOOKS[look].css}`,
    label: `${place.name}, ${address}${share === '' ? '' : `, ${share}`}: ${wordsOf(state).join('; ')}`,
    sign: signOf(look, cell),
    ...(cell === undefined && { text: share === '' ? address : `${address} · ${share}` }),
  };
}

const signOf = (look: NodeLook, cell: number | undefined): string =>
  cell === undefined ? NODE_LOOKS[look].sign : CELLS[look](cell);

/** A neighbour has no agent: its state follows from its sessions. */
const NEIGHBOUR_LOOKS: Readonly<Record<SessionLook, NodeLook>> = {
  down: 'amiss',
  unknown: 'silent',
  absent: 'empty',
  off: 'drained',
  up: 'fine',
};

function neighbourMark({ name, detail }: Place, tally: Tally | undefined, cell: number | undefined): Shown {
  const look = lookOf(tally, false);
  const node = NEIGHBOUR_LOOKS[look];
  return {
    css: `${cell === undefined ? 'n' : 'c'} ${NODE_LOOKS[node].css}`,
    label: `${name}${detail === '' ? '' : `, ${detail}`}: ${tallyWords(tally, look)}`,
    sign: signOf(node, cell),
  };
}

/** Style of sessions. `isSilent`: no agent that could report them responds. */
function lookOf(tally: Tally | undefined, isSilent: boolean): SessionLook {
  if (!tally) return isSilent ? 'unknown' : 'absent';
  return tally.down > 0 ? 'down' : tally.up > 0 ? 'up' : 'off';
}

const ORDER = Object.keys(SESSION_LOOKS) as SessionLook[];
const gravest = (looks: readonly SessionLook[]): SessionLook => ORDER.find((one) => looks.includes(one)) ?? 'absent';

function tallyWords(tally: Tally | undefined, look: SessionLook): string {
  if (!tally || tally.up + tally.down + tally.off === 0) return SESSION_LOOKS[look].words;
  const { up, down, off } = tally;
  const all = up + down + off;
  const parts = [
    `${up} of ${all} ${all === 1 ? 'session' : 'sessions'} up`,
    down > 0 ? `${down} down` : '',
    off > 0 ? `${off} ${SESSION_LOOKS.off.words}` : '',
  ];
  return parts.filter((part) => part !== '').join(', ');
}

const added = (all: readonly (Tally | undefined)[]): Tally =>
  all.reduce<Tally>(
    (sum, one) => ({
      up: sum.up + (one?.up ?? 0),
      down: sum.down + (one?.down ?? 0),
      off: sum.off + (one?.off ?? 0),
    }),
    { up: 0, down: 0, off: 0 },
  );

/** All sessions reported by agents, each counted once even if both ends report it: it is up if both do. */
function talliesOf(frame: PageFrame, nodes: readonly KnownNode[]) {
  const between = new Map<string, Tally>();
  const perPlace = new Map<number, Tally>();
  const perMesh = new Map<number, Tally>();
  const isDrawn = frame.layout.lines.length + frame.layout.ports.length > 0;
  const told = new Map<
    string,
    { readonly a: number; readonly b: number; state: keyof Tally; readonly isInside: boolean }
  >();
  for (const { name, status, error } of nodes) {
    const a = frame.nodes.get(name);
    if (a === undefined || !status || error !== undefined) continue;
    for (const session of isDrawn ? status.sessions : outsideIn(status)) {
      const b = frame.placeOf(session);
      if (b === undefined || b === a) continue;
      const ends = [session.localAddress, session.remoteAddress].sort().join(' ');
      const key = `${keyOf(a, b)} ${session.remoteNode === undefined ? session.key : ends}`;
      const state = stateOf(session);
      const known = told.get(key);
      if (!known) told.set(key, { a, b, state, isInside: session.remoteNode !== undefined });
      else if (state === 'down' || (state === 'off' && known.state === 'up')) known.state = state;
    }
  }
  const tally = <K>(sums: Map<K, Tally>, key: K, state: keyof Tally) => {
    let one = sums.get(key);
    if (!one) {
      one = { up: 0, down: 0, off: 0 };
      sums.set(key, one);
    }
    one[state]++;
  };
  for (const { a, b, state, isInside } of told.values()) {
    tally(between, keyOf(a, b), state);
    for (const id of [a, b]) {
      tally(perPlace, id, state);
      if (isInside) tally(perMesh, id, state);
    }
  }
  return { between, of: (id: number) => perPlace.get(id), inside: (id: number) => perMesh.get(id) };
}

const outside = new WeakMap<AgentStatus, readonly SessionStatus[]>();

/** Outside sessions only, as for a large mesh. Cached per status; statuses are immutable. */
function outsideIn(status: AgentStatus): readonly SessionStatus[] {
  const known = outside.get(status) ?? status.sessions.filter(({ isInside }) => !isInside);
  outside.set(status, known);
  return known;
}

/** Up, down unexpectedly, or down as expected. */
const stateOf = (session: SessionStatus): keyof Tally =>
  session.state === 'Established' ? 'up' : isWanted(session) ? 'down' : 'off';
