import { shortfallsOf } from '../../control/shortfall';
import type { AgentStatus, SessionStatus } from '../../control/status';
import { familyOfText } from '../../model/address';
import { OUTSIDE } from '../../topology/reach';
import type { Finding } from './causes';
import { unusedFindings } from './route-codes';
import { isLooped, type RouteEvidence, type Told } from './route-evidence';
import { sessionFindings, sessionLabel } from './session-causes';
import { isSent, type Stop, stopsAt } from './stops';
import { carries, farEnd, StateWays } from './ways';

/** Maximum number of sessions of other nodes listed; there may be thousands. */
const MOST = 20;

/**
 * No path arrived at the node: first what stops the whole family, then each place where the route stops between the
 * nodes that have it and this one, then what might bring it from outside. If the fabric has the prefix, unknowns come
 * first.
 */
export function absenceFindings(evidence: RouteEvidence): Finding[] {
  const { prefix, status, routes, holders, unused, told, claims } = evidence;
  const ways = evidence.ways ?? new StateWays(evidence);
  const family = familyOfText(evidence.prefix);
  const sessions = status.sessions.filter((one) => !one.isRetiring && carries(one, family));
  const stopsOf = told.map((one) => ({ node: one.node, stops: stopsAt(one, evidence) }));
  const stops = stopsOf.flatMap((one) => one.stops);
  const strongStops = strong(stops);
  const silent = silentOf(evidence, ways);
  const origins = originFindings(evidence);
  const isHeld = holders.length > 0;
  const isKnown = isHeld || claims.length > 0;
  const isHere = routes.some((one) => !one.isBest && one.prefix === prefix && !(isLooped(one) && isKnown));
  const leadsBeyond = !isHeld || told.some((one) => farEnd(one.session) === OUTSIDE);
  const isBeyond = !isHeld || told.some((one) => isSent(one) && farEnd(one.session) === OUTSIDE);
  // A path has arrived and is not used. That it looped is the reason only if no other node has one. Other paths that
  // might have arrived matter only if they are known.
  if (isHere) return distinct(strongStops);
  const mayBring = ({ remoteNode }: SessionStatus) =>
    remoteNode === undefined ? leadsBeyond : holders.includes(remoteNode);
  const found = distinct([
    ...lackingFindings(
      status.sessions.filter((one) => !one.isRetiring && mayBring(one)),
      evidence,
    ),
    ...familyFindings(evidence),
    ...(isHeld ? [] : origins),
    ...silent.between,
    ...(isHeld || unused.length > 0 || claims.length > 0 || routes.some((one) => one.prefix === prefix)
      ? []
      : [absent(evidence, silent.rest.length)]),
    ...strongStops,
    ...sessions
      .filter((one) => one.state !== 'Established' && mayBring(one))
      .flatMap((one) => sessionFindings(status, one).slice(0, 1)),
    ...unused.flatMap(({ node, route }) =>
      ways.from(node) === undefined || isLooped(route) ? [] : unusedFindings(node, [route]),
    ),
    ...(isBeyond ? downBeyond(evidence, ways) : []),
  ]);
  const last = distinct([
    ...(found.length > 0 ? [] : stops.map(({ finding }) => finding)),
    ...(found.length > 0 ? [] : unused.flatMap(({ node, route }) => unusedFindings(node, [route]))),
    ...(isHeld ? origins : []),
    ...trialsAt(new Set(stopsOf.flatMap((one) => (one.stops.length > 0 ? one.node : []))), evidence),
    ...(found.length > 0 || stops.length > 0 ? [] : holders.slice(0, MOST).map((node) => notPassedOn(node, evidence))),
    ...(status.sessions.length > 0 || routes.length > 0 ? [] : [noSession(status)]),
    ...silent.rest,
    ...told.flatMap(({ node, routes }) => (routes ? [] : [olderAgent(node)])),
    ...(isBeyond && (isHeld || claims.length === 0) && strongStops.length === 0
      ? notSent(
          sessions.filter((one) => !lacks(one, evidence) && !routes.some(({ from }) => from === one.remoteAddress)),
          status.node,
        )
      : []),
  ]);
  return distinct([...found, ...last]);
}

/** If a route stops on a node that has a release on trial, the release may be the cause. */
function trialsAt(stopping: ReadonlySet<string>, { others }: RouteEvidence): Finding[] {
  return others.flatMap(({ node, status }): Finding[] =>
    stopping.has(node) && status && status.transaction.returnsInMs !== null
      ? [{ cause: 'gate', where: node, text: 'a release is on trial on this node' }]
      : [],
  );
}

const strong = (stops: readonly Stop[]): Finding[] => stops.flatMap(({ finding, isRule }) => (isRule ? [] : [finding]));

/** A cause that applies to a whole node is found once per neighbour. */
const distinct = (all: readonly Finding[]): Finding[] => [
  ...new Map(all.map((one) => [`${one.cause} ${one.where} ${one.text}`, one])).values(),
];

/** What an established session does without of the family of the prefix, for display. */
const lacks = ({ state, notCarried = [], noExtendedNextHop = [] }: SessionStatus, { prefix }: RouteEvidence) => {
  if (state !== 'Established') return undefined;
  const isIt = (family: string) => family === familyOfText(prefix);
  return shortfallsOf({ notCarried: notCarried.filter(isIt), noExtendedNextHop: noExtendedNextHop.filter(isIt) })[0];
};

/** Neighbours that are up, and with which the family was not negotiated. */
const lackingFindings = (sessions: readonly SessionStatus[], evidence: RouteEvidence): Finding[] =>
  sessions.flatMap((one): Finding[] => {
    const text = lacks(one, evidence);
    const where = `${evidence.status.node}: ${sessionLabel(one)}`;
    return text === undefined ? [] : [{ cause: 'not-negotiated', where, text }];
  });

/** Nothing of the family arrives at the node. */
function familyFindings({ prefix, status }: RouteEvidence): Finding[] {
  const family = familyOfText(prefix);
  const all = status.sessions.filter(({ isRetiring }) => !isRetiring);
  if (all.length === 0 || all.some((one) => carries(one, family))) return [];
  const text = `no session of this node carries ${family}: it has no ${family} address, or no neighbour has one`;
  return [{ cause: 'no-family', where: status.node, text }];
}

function absent({ prefix, others }: RouteEvidence, silent: number): Finding {
  const known = `no node that responds has a path to ${prefix}, and no entry of the fabric advertises it`;
  const unknown =
    silent > 0 ? `; ${silent} of ${others.length + 1} nodes ${silent === 1 ? 'gives' : 'give'} no status` : '';
  return { cause: 'no-route', where: 'all nodes', text: known + unknown };
}

/** Nodes that should advertise it according to the fabric and are not known to have it. */
function originFindings({ prefix, status, others, holders, claims }: RouteEvidence): Finding[] {
  return claims.flatMap((claim): Finding[] => {
    const { node } = claim;
    const other = others.find((one) => one.node === node);
    const says = `the fabric has it advertise ${claim.prefix}${claim.prefix === prefix ? '' : `, which contains ${prefix}`}`;
    if (holders.includes(node)) return [];
    if (other && !other.status) return [{ cause: 'no-answer', where: node, text: `${says}; ${other.error}` }];
    if (claim.prefix !== prefix || (!other && node !== status.node)) return [];
    const { active, returned } = (other?.status ?? status).transaction;
    const does = returned ? `was rolled back: ${returned.reason}` : active ? 'does not' : 'runs no release';
    return [{ cause: 'not-originated', where: node, text: `${says}; it ${does}` }];
  });
}

/**
 * Nodes that do not respond: those on the way that it should have come over, and the others. Those of {@link
 * originFindings} are in neither.
 */
function silentOf(
  { status, others, holders, told, claims }: RouteEvidence,
  ways: StateWays,
): { readonly between: Finding[]; readonly rest: Finding[] } {
  const next = new Set(told.map(({ session }) => farEnd(session)));
  const lost = new Set(status.sessions.flatMap((one) => (one.state === 'Established' ? [] : (one.remoteNode ?? []))));
  const silent = others.filter((one) => !one.status && !claims.some(({ node }) => node === one.node));
  const isBetween = (node: string) =>
    next.has(node) || (lost.has(node) && holders.length === 0 && ways.from(node) !== undefined);
  const said = (isOf: boolean): Finding[] =>
    silent.flatMap(({ node, error = '' }) =>
      isBetween(node) === isOf ? [{ cause: 'no-answer', where: node, text: error }] : [],
    );
  return { between: said(true), rest: said(false) };
}

/**
 * Outside sessions of other nodes that are down and might have brought the route, which would then have propagated
 * here; nearest first.
 */
function downBeyond({ prefix, others }: RouteEvidence, ways: StateWays): Finding[] {
  const family = familyOfText(prefix);
  return others
    .flatMap(({ node, status }) => {
      const hops = ways.from(node);
      return status && hops !== undefined ? [{ status, hops }] : [];
    })
    .sort((a, b) => a.hops - b.hops)
    .flatMap(({ status }) =>
      status.sessions
        .filter((one) => !one.isRetiring && !one.isInside && one.state !== 'Established' && carries(one, family))
        .flatMap((one) => sessionFindings(status, one).slice(0, 1)),
    )
    .slice(0, MOST);
}

/** The nodes that have the route pass it on, as far as known. */
function notPassedOn(node: string, { status, told }: RouteEvidence): Finding {
  const to = told.flatMap((one: Told) => (one.node === node && isSent(one) ? [one.session.remoteAddress] : []));
  const text =
    to.length === 0
      ? `it has the route, and no session by which it could come to ${status.node}`
      : `it advertises the route to ${[...new Set(to)].slice(0, 4).join(', ')}; it does not come from there to ${status.node}`;
  return { cause: 'not-passed-on', where: node, text };
}

const noSession = ({ node }: AgentStatus): Finding => ({
  cause: 'no-session',
  where: node,
  text: 'this node has no session at all',
});

const olderAgent = (node: string): Finding => ({
  cause: 'older-agent',
  where: node,
  text: 'it does not report what it advertises',
});

const notSent = (sessions: readonly SessionStatus[], node: string): Finding[] =>
  sessions
    .filter((one) => !one.isInside && one.state === 'Established')
    .map((one) => ({
      cause: 'not-sent',
      where: `${node}: ${one.remoteAddress} (${one.origin})`,
      text: 'the session is up, and the neighbour has sent no such route',
    }));
