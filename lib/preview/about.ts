import { ADDRESS_FAMILIES } from '../model/address';
import type { Fabric } from '../model/fabric';
import { addressOf, nodesByAddress } from '../topology/derive';
import { type Losses, NOTHING_LOST } from '../topology/losses';
import { OUTSIDE } from '../topology/reach';
import type { OpenQuestion } from './fields/row';
import type { ChangedSessions, Impact } from './impact';
import type { RouteChange, RouteEffect } from './route-changes';
import { isLossOpen, type RouteImpact } from './route-impact';
import { effectCounts, effectOf, SESSION_EFFECTS, type SessionEffect } from './session-effects';
import { withdrawalClause } from './withdrawals';
import { byNumber, counted, firstLines, losersOf, names, ofNodes, routesOf } from './words';

/** What the sentence about a change is derived from. */
interface Findings {
  readonly counts: Impact['counts'];
  /** The sessions that change. */
  readonly sessions: readonly Pick<ChangedSessions, 'change' | 'reason' | 'otherwise' | 'number'>[];
  readonly losses: Pick<Losses, 'paths' | 'isolated' | 'prefixes'>;
  /** Whether paths were checked. */
  readonly isLooked: boolean;
  /** Whether nodes may be cut off. */
  readonly isAllowed: boolean;
  /** What happens to routes from and to the outside. */
  readonly routes?: RouteImpact;
  /** Nodes that the fabric no longer has. */
  readonly leaving?: readonly string[];
  /** Nodes that it no longer has, and the new ones that have their addresses. */
  readonly replaced?: readonly (readonly [former: string, node: string])[];
  /** It has no nodes from now on. */
  readonly isEmpty?: boolean;
  /**
   * Only the operators of outside neighbours know whether nodes keep their paths to each other: {@link
   * isThroughOthers}.
   */
  readonly isOthers?: boolean;
}

/** Maximum number of reasons and names in the sentence. */
const MOST = 3;
const MOST_QUESTIONS = 4;
/** Maximum number of clauses for one effect on neighbours. */
const MOST_GROUPS = 2;

const NEEDED = ', which needs allow_disruption';
const ALLOWED = ', as allow_disruption allows';

/** Whether a change removes the last path of nodes or prefixes: it then requires `allow_disruption`. */
export const isDisruptive = ({ losses, routes }: Pick<Findings, 'losses' | 'routes'>): boolean =>
  losses.paths.some(({ kind, isLast }) => kind === 'lost' && isLast) ||
  [losses.isolated, losses.prefixes, routes?.routes.refused ?? []].some(({ length }) => length > 0);

/**
 * The sentence about going from one fabric to the next (`undefined`: from nothing). `lost`: permanent losses;
 * undefined: not checked.
 */
export const aboutStep = (
  before: Fabric | undefined,
  after: Fabric,
  lost: Losses | undefined,
  found: Pick<Findings, 'counts' | 'sessions' | 'isAllowed' | 'routes'>,
): string => {
  const replaced = before ? replacedIn(before, after) : [];
  const gone = new Set(replaced.map(([former]) => former));
  return aboutChange({
    ...found,
    losses: lost ?? NOTHING_LOST,
    isLooked: !before || lost !== undefined,
    isEmpty: Object.keys(after.nodes).length === 0,
    isOthers: isThroughOthers(after, found.routes),
    leaving: Object.keys(before?.nodes ?? {}).filter((node) => !Object.hasOwn(after.nodes, node) && !gone.has(node)),
    replaced,
  });
};

/** A node that is renamed is another one at the same addresses. */
function replacedIn(before: Fabric, after: Fabric): (readonly [former: string, node: string])[] {
  const owners = nodesByAddress(after);
  return Object.entries(before.nodes).flatMap(([former, node]) => {
    if (Object.hasOwn(after.nodes, former)) return [];
    const taken = ADDRESS_FAMILIES.flatMap((family) => addressOf(node, family) ?? []).map((at) =>
      owners.get(String(at)),
    );
    const [by] = taken;
    const isOne = by !== undefined && !Object.hasOwn(before.nodes, by) && taken.every((name) => name === by);
    return isOne ? [[former, by] as const] : [];
  });
}

/** A change in one sentence that a reviewer can act on: the most severe effect first, then what happens to sessions. */
export function aboutChange({
  counts,
  sessions,
  losses,
  isLooked,
  isAllowed,
  routes,
  leaving = [],
  replaced = [],
  isEmpty = false,
  isOthers = false,
}: Findings): string {
  const lost = losses.paths.filter(({ kind }) => kind === 'lost');
  const cut = losersOf(
    lost.filter(({ isLast }) => isLast),
    losses.isolated,
  );
  const partly = losersOf(
    lost.filter(({ isLast }) => !isLast),
    [],
  );
  const consent = isAllowed ? ALLOWED : NEEDED;
  const isOutsideOnly = losses.isolated.length === 0 && lost.every(({ isLast, to }) => !isLast || to === OUTSIDE);
  const clauses = [
    ...leaks(routes),
    cut.length > 0 ? `cuts off ${names(cut, MOST)}${isOutsideOnly ? ' from the outside' : ''}${consent}` : undefined,
    withoutPath(losses.prefixes, cut.length === 0 ? routes : undefined, consent),
    // Another fabric may take them, but not at the same moment.
    leaving.length > 0
      ? `removes ${names(leaving, MOST)} from the fabric, which ends all paths ${isEmpty ? 'of the fabric' : `between ${leaving.length === 1 ? 'it' : 'them'} and the other nodes`}`
      : undefined,
    replaced.length > 0
      ? `replaces ${names(
          replaced.map(([former, node]) => `${former} with ${node}`),
          MOST,
        )} at the same ${replaced.length === 1 ? 'address' : 'addresses'}, where the agent must run under the new name`
      : undefined,
    partly.length > 0 ? `takes paths in one address family from ${names(partly, MOST)}` : undefined,
    ...routeClauses(routes && without(routes, losses.prefixes), cut, partly),
    sessionClause(counts, sessions),
    withdrawalClause(routes?.withdrawals ?? [], true, MOST),
    withdrawalClause(routes?.withdrawals ?? [], false, MOST),
  ].filter((clause) => clause !== undefined);
  clauses.push(...questionClauses(routes?.questions ?? []));
  if (routes?.isUnsure) clauses.push('what is changed may affect routes that are not known here');
  if (routes?.routes.isPartial) clauses.push('not all routes could be checked');
  if (!isLooked) clauses.push('loss of paths was not checked');
  else if (lost.length === 0 && losses.prefixes.length === 0 && !isEmpty) {
    const nothing = nothingLost(routes, leaving.length + replaced.length === 0, isOthers);
    if (nothing !== undefined) clauses.push(nothing);
  }
  return `${capital(clauses.join('; '))}.`;
}

/** Advertised prefixes that nodes no longer receive, and those that a gate would find missing. */
function withoutPath(lost: Losses['prefixes'], found: Findings['routes'], consent: string): string | undefined {
  const refused = found ? without(found, lost).routes.refused : [];
  const all = [
    ...(lost.length > 0
      ? [
          names(
            lost.map(({ prefix }) => prefix),
            MOST,
          ),
        ]
      : []),
    ...(refused.length > 0 ? [prefixesOf(refused)] : []),
  ];
  return all.length > 0 ? `takes away the last path to ${all.join(' and ')}${consent}` : undefined;
}

function prefixesOf(all: readonly Pick<RouteChange, 'prefixes' | 'sentBy' | 'workloads'>[]): string {
  const distinct = (found: readonly string[]) => names([...new Set(found)], MOST);
  if (all.every(({ sentBy }) => sentBy)) return routesOf(distinct(all.flatMap(({ sentBy = [] }) => sentBy)));
  const rest = all.flatMap(({ prefixes, workloads = [] }) =>
    prefixes.filter((prefix) => !workloads.some(({ text }) => text === prefix)),
  );
  const whose = new Map<string, { readonly nodes: Set<string>; isAll: boolean }>();
  for (const { label, nodes, isAll } of all.flatMap(({ workloads = [] }) => workloads)) {
    const known = whose.get(label) ?? { nodes: new Set<string>(), isAll: false };
    for (const node of nodes) known.nodes.add(node);
    known.isAll ||= isAll;
    whose.set(label, known);
  }
  return distinct([
    ...rest,
    ...[...whose].map(([label, { nodes, isAll }]) => (isAll ? label : ofNodes(label, [...nodes].sort(byNumber), MOST))),
  ]);
}

/** Route leaks between outside neighbours come first, because they harm others. */
const leaks = (found: Findings['routes']): string[] =>
  byNeighbours(found?.routes.changes.filter(({ effect }) => effect === 'leaked') ?? []).map(
    (leaked) => `leaks ${prefixesOf(leaked)}${ends(leaked)}`,
  );

/** What is done to neighbours, those that get the same in one clause. */
const toEach = (
  all: readonly RouteChange[],
  verb: string,
  how: (group: readonly RouteChange[]) => string = () => '',
): string[] =>
  byNeighbours(all).map((group) => `${verb} ${prefixesOf(group)} to ${names(neighboursIn(group), MOST)}${how(group)}`);

/** Changes in groups of neighbours with the same prefixes; all in one if there were too many groups. */
function byNeighbours(all: readonly RouteChange[]): (readonly RouteChange[])[] {
  const each = new Map<string, RouteChange[]>();
  for (const change of all) {
    const name = change.name ?? change.neighbour ?? '';
    each.set(name, [...(each.get(name) ?? []), change]);
  }
  const groups = new Map<string, RouteChange[]>();
  for (const changes of each.values()) {
    const prefixes = [...new Set(changes.flatMap((change) => change.prefixes))].sort().join();
    groups.set(prefixes, [...(groups.get(prefixes) ?? []), ...changes]);
  }
  return groups.size > MOST_GROUPS ? [all] : [...groups.values()];
}

/** Leaves out prefixes that are already reported to lose their last path. */
function without(found: RouteImpact, said: Losses['prefixes']): RouteImpact {
  const isSaid = new Set(said.map(({ prefix }) => prefix));
  const isLeft = ({ prefixes }: Pick<RouteChange, 'prefixes'>) => !prefixes.every((prefix) => isSaid.has(prefix));
  const { routes } = found;
  const changes = routes.changes.filter((change) => change.effect !== 'lost' || isLeft(change));
  return { ...found, routes: { ...routes, changes, refused: routes.refused.filter(isLeft) } };
}

/** What happens to routes, as far as a reviewer must know. */
function routeClauses(
  found: Findings['routes'],
  cut: readonly string[],
  partly: readonly string[],
): (string | undefined)[] {
  if (!found) return [];
  const { routes, drains, others, shut, kernel = {}, questions = [] } = found;
  const { dropped = [], ceded = [], originated = [] } = routes;
  const of = (...effects: readonly RouteEffect[]) => routes.changes.filter(({ effect }) => effects.includes(effect));
  const isShut = new Set(shut.map(({ name }) => name));
  const lost = of('lost').filter(({ sentBy }) => !sentBy?.every((name) => isShut.has(name)));
  // Routes that only a drained node has are reported for that node, and losses of nodes that are cut off for those.
  const lostElse = lost.filter(({ outOfService, nodes, prefixes, workloads }) => {
    const isSaid = workloads?.length === prefixes.length ? [...cut, ...partly] : cut;
    return !outOfService && !nodes.every((name) => isSaid.includes(name));
  });
  const { limits } = routes;
  const isRefused = routes.refused.length > 0 && cut.length === 0;
  const vain = of('told in vain');
  const told = of('told otherwise').length > 0;
  const takesOver = of('moved').some(({ prefixes }) => prefixes.some((prefix) => originated.includes(prefix)));
  const taken = of('accepted', 'rejected', 'taken otherwise').length > 0;
  const withdrawn = of('withdrawn');
  const elsewhere = withdrawn.filter(({ nowBy }) => nowBy);
  return [
    shut.length > 0
      ? `rejects all routes of ${names(
          shut.map(({ name }) => name),
          MOST,
        )}`
      : undefined,
    !isRefused && lostElse.length > 0
      ? `takes ${prefixesOf(lostElse)} from ${names([...new Set(lostElse.flatMap(({ nodes }) => nodes))].sort(byNumber), MOST)}${routes.mayTakeAll ? ', which may leave them without any route from outside' : ''}${questions.some(({ mayBring }) => mayBring) ? ', unless a new neighbour sends them' : ''}`
      : undefined,
    limits.length > 0
      ? `closes sessions with ${names(
          limits.map(({ neighbour }) => neighbour),
          MOST,
        )} for exceeding a limit, so that its gate would fail`
      : undefined,
    drains.out.length > 0 ? outOfService(drains.out, lost) : undefined,
    drains.back.length > 0 ? `brings ${names(drains.back, MOST)} back into service` : undefined,
    othersClause(
      'requires',
      others.filter(({ isPossible }) => !isPossible),
    ),
    othersClause(
      'may require',
      others.filter(({ isPossible }) => isPossible),
    ),
    ...Object.entries(kernel).map(([place, nodes]) => `moves the kernel routes of ${names(nodes, MOST)} to ${place}`),
    dropped.length > 0 ? `no longer originates ${names(dropped, MOST)}` : undefined,
    ceded.length > 0
      ? `leaves ${names(ceded, MOST)} to other nodes that originate ${ceded.length === 1 ? 'it' : 'them'}`
      : undefined,
    originated.length > 0
      ? `originates ${names(originated, MOST)}${takesOver ? ', to which traffic moves' : ''}`
      : undefined,
    vain.length > 0
      ? `advertises ${prefixesOf(vain)} to ${names(neighboursIn(vain), MOST)} in vain, as its own AS number is in the path`
      : undefined,
    ...toEach(elsewhere, 'advertises', (all) => {
      const [now, former] = [all.flatMap(({ nowBy = [] }) => nowBy), all.flatMap(({ nodes }) => nodes)].map((nodes) =>
        names([...new Set(nodes)].sort(byNumber), MOST),
      );
      return ` by ${now} instead of ${former}`;
    }),
    ...toEach(
      withdrawn.filter(({ nowBy }) => !nowBy),
      'no longer advertises',
    ),
    ...toEach(
      of('advertised').filter(({ isKnownThere }) => !isKnownThere),
      'advertises',
    ),
    told || taken
      ? `changes routes ${[told && 'advertised to', taken && 'accepted from'].filter(Boolean).join(' and ')} outside neighbours`
      : undefined,
  ];
}

const othersClause = (verb: string, others: RouteImpact['others']): string | undefined =>
  others.length > 0
    ? `${verb} ${names([...new Set(others.map(({ neighbour }) => neighbour))], MOST)} to be changed as well`
    : undefined;

/** Open questions, each with the fields that raise it. */
const questionClauses = (all: readonly OpenQuestion[]): string[] =>
  firstLines(
    all.map(({ clause, paths }) => `${clause} (${names(paths, MOST)})`),
    MOST_QUESTIONS,
  );

/**
 * Routes that only a drained node has are lost to all others meanwhile. Whether there are any is known only if routes
 * are.
 */
function outOfService(nodes: readonly string[], lost: readonly RouteChange[]): string {
  const own = lost.filter((change) => change.outOfService);
  const isOne = nodes.length === 1;
  const what = own.length > 0 ? prefixesOf(own) : `the routes that only ${isOne ? 'it has' : 'they have'}`;
  return `takes ${names(nodes, MOST)} out of service, and with ${isOne ? 'it' : 'them'} ${what}`;
}

const neighboursIn = (all: readonly RouteChange[]): string[] => [
  ...new Set(all.flatMap(({ name, neighbour }) => name ?? neighbour ?? [])),
];

/**
 * Sources and receivers of leaked routes. A default route counts as leaked wherever it comes from, and synthetic
 * prefixes describe themselves.
 */
function ends(leaked: readonly RouteChange[]): string {
  const [from, to] = [
    leaked.map((change) => (change.sentBy ? undefined : change.from)),
    leaked.map(({ name, neighbour }) => name ?? neighbour),
  ].map((all) => names([...new Set(all.filter((name) => name !== undefined))], MOST));
  return `${from && ` from ${from}`}${to && ` to ${to}`}`;
}

/** Effects on what outside neighbours pass on: only their operators know the consequences. */
const PASSED_ON: ReadonlySet<RouteEffect> = new Set(['withdrawn', 'told otherwise', 'told in vain']);

/**
 * Whether nodes that reach each other only through outside neighbours may lose paths by what these are advertised.
 * Racks are joined by their top-of-rack switches, and nodes without sessions to each other by their neighbours.
 */
const isThroughOthers = ({ racks, nodeToNodeMesh, routeReflectors }: Fabric, found: Findings['routes']): boolean =>
  (found?.routes.changes ?? []).some(({ effect }) => PASSED_ON.has(effect)) &&
  (Object.values(racks).filter(({ topOfRack }) => topOfRack.length > 0).length > 1 ||
    (!nodeToNodeMesh && Object.keys(routeReflectors).length === 0));

/**
 * Which paths nodes are known to keep if no loss was found: all; only those to each other; or those to each other as
 * far as is known here, because something that matters is not known.
 */
export type KeptPaths = 'all' | 'among nodes' | 'as far as known';

export const keptPathsOf = (after: Fabric, found: Findings['routes']): KeptPaths =>
  keptPaths(found, isThroughOthers(after, found));

function keptPaths(found: Findings['routes'], isOthers: boolean): KeptPaths {
  if (!found) return 'all';
  if (isLossOpen(found) || isOthers) return 'as far as known';
  const { refused, changes, limits, dropped = [] } = found.routes;
  const isDraining = found.drains.out.length > 0;
  const isLost =
    found.withdrawals !== undefined ||
    [limits, refused, dropped].some(({ length }) => length > 0) ||
    changes.some(
      ({ effect, outOfService, nowBy }) =>
        (effect === 'lost' && !outOfService) || (effect === 'withdrawn' && !nowBy && isDraining),
    );
  return isLost ? 'among nodes' : 'all';
}

/**
 * Says that nothing is lost. It says nothing about outside prefixes if nothing is known about them, and is left out if
 * neighbours lose their path into the fabric. `isAll`: all nodes stay.
 */
function nothingLost(found: Findings['routes'], isAll: boolean, isOthers: boolean): string | undefined {
  const isDraining = found !== undefined && found.drains.out.length > 0;
  const nothing = isAll
    ? `no ${isDraining ? 'other ' : ''}node loses a path`
    : 'no remaining node loses a path to another one';
  if (!found) return nothing;
  // The sentence already says which routes nodes lose. That they keep their paths to others would not reassure anyone.
  if (
    found.routes.changes.some(
      ({ effect, neighbour, sentBy, outOfService }) => effect === 'lost' && !neighbour && !sentBy && !outOfService,
    )
  )
    return undefined;
  if (isOthers)
    return 'whether nodes keep their paths to each other through outside neighbours is to be checked with their operators';
  const kept = keptPaths(found, isOthers);
  if (kept === 'all') return found.routes.prefixes === 0 ? nothing : `${nothing}, or a prefix received from outside`;
  const isKept = `${isAll ? (isDraining ? 'the other nodes' : 'nodes') : 'the remaining nodes'} keep their paths to each other`;
  return kept === 'among nodes' ? isKept : `${isKept}, as far as is known here`;
}

/** Actions on sessions. */
const DONE: Readonly<Record<SessionEffect, readonly [verb: string, how: string]>> = {
  reset: ['resets', ''],
  mayReset: ['may reset', ''],
  shut: ['shuts down', ''],
  removed: ['removes', ''],
  mayRemove: ['may remove', ''],
  enabled: ['enables', ''],
  added: ['adds', ''],
  mayAdd: ['may add', ''],
  retuned: ['changes', ' without a reset'],
};

function sessionClause(counts: Findings['counts'], sessions: Findings['sessions']): string {
  const numbers = effectCounts(counts, sessions);
  const all = SESSION_EFFECTS.flatMap((effect): string[] => {
    const [number, [verb, how]] = [numbers[effect], DONE[effect]];
    if (number === 0) return [];
    const text = `${verb} ${counted(number, 'session')}${how}`;
    if (effect === 'shut' || effect === 'enabled') return [text];
    return [`${text} (${names(reasonsIn(sessions.filter((group) => effectOf(group) === effect)), MOST)})`];
  });
  return all.length === 0 ? 'changes no session' : all.join(', ');
}

/** Without those that another contains: `import policy` beside `import policy, export policy`. */
function reasonsIn(sessions: Findings['sessions']): string[] {
  const all = [...new Set(sessions.map(({ reason }) => reason))];
  const parts = new Map(all.map((reason) => [reason, reason.split(', ')]));
  return all.filter(
    (reason) =>
      !all.some((other) => other !== reason && parts.get(reason)!.every((part) => parts.get(other)!.includes(part))),
  );
}

const capital = (text: string): string => text[0].toUpperCase() + text.slice(1);
