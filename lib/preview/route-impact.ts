import type { Fabric } from '../model/fabric';
import type { KeptLocalAs } from '../node/local-as';
import { neighboursOf } from '../topology/derive';
import { FabricSlices } from '../topology/fabric-slice';
import type { Wave } from '../topology/losses';
import { NOTHING_HEARD, type OutsideRoutes } from '../topology/outside-routes';
import { onCommonLinks } from './common-links';
import { type Drains, drainsOf } from './drains';
import { findingsOf } from './fields/fabric';
import { describeQuestion, type OpenQuestion, questionsIn } from './fields/row';
import type { ChangedSessions } from './impact';
import { keptAsQuestions } from './kept-as';
import { newNeighbours } from './new-neighbours';
import { type OtherSide, otherSidesOf } from './other-side';
import { outsideEnds } from './outside-ends';
import { kernelPlaceOf, type RouteChanges, routeChangesOf } from './route-changes';
import { describeLimit, describeRoutes } from './route-words';
import { type ShutNeighbour, shutNeighbours } from './shut-neighbours';
import { standInsFor } from './stand-ins';
import { sessionName, type Withdrawal, withdrawalsOf } from './withdrawals';
import { names } from './words';
import { workloadGaps } from './workload-routes';

/** What a change does to routes and nodes in service, and what it requires of others. */
export interface RouteImpact {
  readonly routes: RouteChanges;
  /** Outside neighbours whose routes are all rejected from now on. */
  readonly shut: readonly ShutNeighbour[];
  readonly drains: Drains;
  readonly others: readonly OtherSide[];
  /** Nodes whose routes move in the kernel, by the new location. Unset: none. */
  readonly kernel?: Readonly<Record<string, readonly string[]>>;
  /** The change affects policies, and not all routes that they may apply to are known. */
  readonly isUnsure?: true | undefined;
  /** What the outcome depends on that the fabrics do not show. Unset: nothing. */
  readonly questions?: readonly OpenQuestion[];
  /** Outside neighbours that drop routes while their sessions are reset. Unset: none. */
  readonly withdrawals?: readonly Withdrawal[];
}

/**
 * Undefined if there is no effect. `outside`: `unknown` to represent what each neighbour sends by a synthetic route.
 * `sessions`: those that change; `present`: the running part of the previous fabric.
 */
export function routeImpactOf(
  before: Fabric | undefined,
  after: Fabric,
  outside: OutsideRoutes | 'unknown',
  waves: readonly Wave[],
  sessions: readonly ChangedSessions[],
  localAs?: KeptLocalAs,
  present = before,
): RouteImpact | undefined {
  if (!before || !present) return undefined;
  const findings = findingsOf(before, after, Object.keys(localAs ?? {}).length > 0);
  if (sessions.length + findings.length === 0) return undefined;
  const isOutside = (name: string) => !before.nodes[name] && !after.nodes[name];
  // A new session does not affect existing neighbours, unless it replaces another.
  const mayConcernOthers = sessions.some(({ change, to }) => change !== 'added' && to.some(isOutside));
  const links = onCommonLinks(before, after);
  const standIns = outside === 'unknown' ? standInsFor(links.before, links.after) : undefined;
  const heard = outside === 'unknown' ? NOTHING_HEARD : outside;
  // What is known is known by link.
  const [was, is, kept] = standIns
    ? [present === before ? links.before : present, links.after, localAs && links.kept(localAs)]
    : [present, after, localAs];
  const found = routeChangesOf(was, is, standIns?.outside ?? heard, waves, kept, standIns?.nameOf);
  const isSteered = findings.some(({ kind }) => kind === 'by routes');
  const drains = drainsOf(before, after);
  const asksOwn = !standIns && (isSteered || drains.out.length > 0);
  const routes = asksOwn ? { ...found, gaps: [...found.gaps, ...workloadGaps(before, after, heard)] } : found;
  const areKnown = standIns === undefined && routes.gaps.length === 0;
  const questions = [
    ...questionsIn(findings, areKnown),
    ...newNeighbours(before, after, sessions),
    ...(outside === 'unknown' && !localAs ? keptAsQuestions(before, after) : []),
  ];
  const kernel = movedInKernel(before, after);
  const withdrawals = withdrawalsOf(sessions, heard, (name) => !isOutside(name), shutIn([before, after], sessions));
  // A synthetic prefix of one neighbour may stand for the same routes as that of another: it is not known here which
  // routes only one neighbour sends.
  const isLeft =
    standIns !== undefined && sessions.some(({ change, to }) => change === 'removed' && to.some(isOutside));
  const isUnsure = isLeft || (isSteered && !areKnown);
  return {
    routes: standIns ? standIns.named(routes, isSteered) : routes,
    shut: shutNeighbours(before, after, sessions),
    drains,
    ...(Object.keys(kernel).length > 0 && { kernel }),
    others: mayConcernOthers ? otherSidesOf(before, after, localAs) : [],
    ...(isUnsure && { isUnsure }),
    ...(questions.length > 0 && { questions }),
    ...(withdrawals.length > 0 && { withdrawals }),
  };
}

/**
 * Outside sessions that are administratively down before or after the change, so that no neighbour retains routes over
 * the reset.
 */
const shutIn = (fabrics: readonly Fabric[], sessions: readonly ChangedSessions[]): ReadonlySet<string> => {
  const nodes = new Set(sessions.flatMap(({ change, from }) => (change === 'reset' ? from : [])));
  return new Set(
    fabrics.flatMap((fabric) => {
      const named = outsideEnds(fabric, nodes).map(
        ({ node, session }) => [node, session.remoteAddress, session] as const,
      );
      const unnamed = [...nodes].flatMap((node) =>
        neighboursOf(FabricSlices.of(fabric).of([node], ['outside']), node).map(
          ({ range, session }) => [node, range, session] as const,
        ),
      );
      return [...named, ...unnamed].flatMap(([node, to, { adminDown }]) =>
        adminDown === undefined ? [] : sessionName(node, to.toString()),
      );
    }),
  );
};

/** Nodes whose routes move to another place in the kernel. */
function movedInKernel(before: Fabric, after: Fabric): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const [name, node] of Object.entries(after.nodes)) {
    const was = before.nodes[name];
    const place = kernelPlaceOf(node, after);
    if (was && kernelPlaceOf(was, before) !== place) found[place] = [...(found[place] ?? []), name];
  }
  return found;
}

/** Whether more may be lost than was found, because not everything that matters is known or was checked. */
export const isLossOpen = ({ isUnsure, questions = [], routes }: RouteImpact): boolean =>
  isUnsure === true || routes.isPartial === true || questions.some(({ mayLose }) => mayLose);

/** All of it, a line for each finding, most severe first. */
export const describeRouteImpact = ({ routes, drains, kernel = {}, questions = [] }: RouteImpact): string[] => [
  ...routes.limits.map((limit) => `limit: ${describeLimit(limit)}`),
  ...Object.entries(kernel).map(([place, nodes]) => `kernel routes moved: to ${place} at ${names(nodes)}`),
  ...(routes.dropped ? [`no longer originated: ${names(routes.dropped)}`] : []),
  ...(routes.ceded ? [`left to other nodes: ${names(routes.ceded)}`] : []),
  ...(routes.originated ? [`originated: ${names(routes.originated)}`] : []),
  ...(drains.out.length > 0 ? [`out of service: ${names(drains.out)}`] : []),
  ...(drains.back.length > 0 ? [`back in service: ${names(drains.back)}`] : []),
  ...routes.changes.map(describeRoutes),
  ...questions.map(describeQuestion),
];
