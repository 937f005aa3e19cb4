import type { AddressFamily } from '../../model/address';
import type { Fabric } from '../../model/fabric';
import { withSameSecrets } from '../../model/former-secrets';
import { Prefix } from '../../model/prefix';
import { sure } from '../../model/problem';
import { originationOf, originationRules } from '../../node/originations';
import { explicitSessionsOf } from '../../topology/derive';
import { FabricSlices } from '../../topology/fabric-slice';
import { type LostPaths, lossesOf, type Wave } from '../../topology/losses';
import type { OutsideRoutes } from '../../topology/outside-routes';
import { OUTSIDE } from '../../topology/reach';
import { drainsOf } from '../drains';
import { type Impact, impactOf, type KeptLocalAs } from '../impact';
import { newNeighbours } from '../new-neighbours';
import { type OutsideEnd, outsideEnds } from '../outside-ends';
import { SIMULATED_UNASKED } from '../preview';
import { type Outage, simulate } from '../simulate';
import type { OriginatedPrefixes } from '../stage-origins';
import { workloadsUnder } from '../workload-routes';

/** Format version of stored predictions; other versions are ignored. */
const PREDICTION_VERSION = 1;

/** A plan's prediction for a deploy, stored until the deploy is over. */
export interface Prediction {
  readonly version: number;
  readonly fabric: string;
  readonly about: string;
  /** The nodes of the deploy, and those that leave the fabric. */
  readonly nodes: readonly string[];
  readonly leaving: readonly string[];
  /** Nodes that did not run what the plan assumed: their sessions are not predicted. */
  readonly behind: readonly string[];
  readonly counts: Impact['counts'];
  readonly sessions: Impact['sessions'];
  /** Addresses of nodes that are outside neighbours before or after the change, with the node. */
  readonly places: Readonly<Record<string, string>>;
  /** Nodes that go out of service or come back: what is advertised over all of their sessions changes. */
  readonly drained: readonly string[];
  /** Sessions that need not be up, as a node and the address of its neighbour. */
  readonly mayBeDown: readonly (readonly [node: string, address: string])[];
  /** Prefixes that nodes stop originating, because their configuration changes or they leave. */
  readonly withdrawn: readonly string[];
  /** Leaving nodes whose originated prefixes are not known. */
  readonly untold: readonly string[];
  readonly losses: PredictedLosses;
}

/**
 * What nodes lose. `gaps`: simulated, each outage; `paths`: which nodes lose which, without duration, and prefixes over
 * any of these paths; `nothing`: not computed.
 */
type PredictedLosses =
  | { readonly by: 'simulation'; readonly gaps: readonly PredictedOutage[] }
  | { readonly by: 'paths'; readonly paths: readonly PredictedPaths[] }
  | { readonly by: 'nothing' };

export interface PredictedOutage extends Outage {
  /** It depends on whether a secret has a new value, or on what a new neighbour sends. Unset: on neither. */
  readonly isPossible?: true;
}

interface PredictedPaths extends Pick<LostPaths, 'from' | 'to'> {
  readonly family: AddressFamily;
}

/** Input of a prediction. */
interface Known {
  readonly waves?: readonly Wave[];
  readonly origins?: OriginatedPrefixes;
  readonly outside?: OutsideRoutes;
  readonly localAs?: KeptLocalAs;
  readonly behind?: readonly string[];
  /** What runs is deployed again, unchanged. */
  readonly isUnchanged?: boolean;
  /** The change in one sentence. */
  readonly about: string;
}

/** Predicts a change, to be compared with the deploy later. Pure: a plan always returns the same. */
export function predictionOf(before: Fabric | undefined, after: Fabric, known: Known): Prediction {
  const { counts, sessions } = impactOf(before, after, known.localAs);
  const origins = { ...originsIn(before, known.outside), ...known.origins };
  const leaving = Object.keys(before?.nodes ?? {}).filter((name) => !after.nodes[name]);
  const drains = before ? drainsOf(before, after) : { out: [], back: [] };
  const nodes = Object.keys(after.nodes);
  return {
    version: PREDICTION_VERSION,
    fabric: after.name,
    about: known.about,
    nodes,
    behind: known.behind ?? [],
    leaving,
    ...{ counts, sessions },
    places: before ? placesBetween(before, after) : {},
    drained: [...drains.out, ...drains.back],
    mayBeDown: [...outsideEnds(after), ...innerEnds(after)].flatMap(
      ({ node, session: { expectsDown, adminDown, remoteAddress } }) =>
        expectsDown || adminDown !== undefined ? [[node, String(remoteAddress)] as const] : [],
    ),
    withdrawn: before ? [...withdrawnBy(before, after, origins), ...deselected(before, after, known.outside)] : [],
    untold: leaving.filter((name) => !Object.hasOwn(origins, name)),
    losses: lossesBetween(before, after, nodes.length, { ...known, origins }, sessions),
  };
}

/** Parses the output of {@link predictionOf}; undefined for another version. */
export function readPrediction(said: unknown): Prediction | undefined {
  const prediction = said as Prediction | null | undefined;
  return prediction?.version === PREDICTION_VERSION && isWhole(prediction) ? prediction : undefined;
}

/** It comes from other machines and may be malformed. */
function isWhole({
  untold,
  nodes,
  leaving,
  behind,
  drained,
  withdrawn,
  mayBeDown,
  sessions,
  places,
  counts,
  losses,
}: Prediction): boolean {
  return (
    [nodes, leaving, untold, behind, drained, withdrawn].every(areTexts) &&
    Array.isArray(mayBeDown) &&
    mayBeDown.every(areTexts) &&
    areAll(
      sessions,
      ({ number, from, to, except }) =>
        isCount(number) && [from, to].every(areTexts) && Array.isArray(except) && except.every(areTexts),
    ) &&
    areTexts(Object.values(places ?? {})) &&
    [counts?.added, counts?.removed, counts?.reset, counts?.retuned].every(isCount) &&
    areLosses(losses ?? {})
  );
}

/** Required fields of each kind of predicted losses. */
function areLosses(losses: { readonly by?: unknown; readonly gaps?: unknown; readonly paths?: unknown }): boolean {
  if (losses.by === 'simulation')
    return areAll(losses.gaps, ({ node, prefix, origin }) => areTexts([node, prefix, origin]));
  if (losses.by === 'paths')
    return areAll(losses.paths, ({ from, to }) => areTexts(from) && (to === OUTSIDE || areTexts(to)));
  return losses.by === 'nothing';
}

const areTexts = (all: unknown): boolean => Array.isArray(all) && all.every((one) => typeof one === 'string');
const isCount = (number: unknown): boolean => Number.isSafeInteger(number) && (number as number) >= 0;

/** Whether a value is a list of objects that all satisfy a predicate. */
const areAll = (all: unknown, isRight: (one: Readonly<Record<string, unknown>>) => boolean): boolean =>
  Array.isArray(all) && all.every((one) => typeof one === 'object' && one !== null && isRight(one));

function lossesBetween(
  before: Fabric | undefined,
  after: Fabric,
  nodes: number,
  { waves, origins, outside, localAs, isUnchanged }: Known,
  sessions: Impact['sessions'],
): PredictedLosses {
  if (!before || isUnchanged) return { by: 'simulation', gaps: [] };
  if (nodes <= SIMULATED_UNASKED) {
    const gapsFrom = (from: Fabric) => simulate(from, after, waves, origins, outside, localAs).gaps;
    const same = withSameSecrets(before);
    const gaps = same === before ? gapsFrom(before) : either(gapsFrom(before), gapsFrom(same));
    const isReplaced = newNeighbours(before, after, sessions).length > 0;
    const mayCome = ({ origin }: Outage) => isReplaced && !before.nodes[origin] && !after.nodes[origin];
    return { by: 'simulation', gaps: gaps.map((gap) => (mayCome(gap) ? { ...gap, isPossible: true } : gap)) };
  }
  const found = lossesOf(before, after, waves);
  if (!found) return { by: 'nothing' };
  const lost = [found.final, ...found.waves].flatMap(({ paths }) => paths.filter(({ kind }) => kind === 'lost'));
  return { by: 'paths', paths: lost.map(({ from, to, family }) => ({ from, to, family })) };
}

/** The outages of two outcomes, of which either may come; those that only one has are possible. */
function either(one: readonly Outage[], other: readonly Outage[]): PredictedOutage[] {
  const [inOne, inOther] = [one, other].map((gaps) => new Set(gaps.map(outageKey)));
  const marked = (gaps: readonly Outage[], there: ReadonlySet<string>) =>
    gaps.map((gap): PredictedOutage => (there.has(outageKey(gap)) ? gap : { ...gap, isPossible: true }));
  return [...marked(one, inOther), ...marked(other, inOne)];
}

/** What is lost, and where. */
export const outageKey = ({ node, standsFor = '', prefix }: Outage): string => `${node} ${standsFor} ${prefix}`;

/** Sessions between nodes from peers, if any such peer need not be up. */
function innerEnds(fabric: Fabric): OutsideEnd[] {
  const isAny = Object.values(fabric.peers).some(
    ({ adminDown, expect }) => adminDown !== undefined || expect === 'down',
  );
  if (!isAny) return [];
  return Object.keys(fabric.nodes).flatMap((node) =>
    explicitSessionsOf(fabric, node).flatMap((session) => (session.isInside ? [{ node, session }] : [])),
  );
}

function placesBetween(before: Fabric, after: Fabric): Record<string, string> {
  const [was, is] = [before, after].map((fabric) => FabricSlices.of(fabric).owners);
  const named = [before, after].flatMap(({ peers }) => Object.values(peers).flatMap(({ address }) => address ?? []));
  return Object.fromEntries(
    named.map(String).flatMap((address) => {
      const [old, now] = [was.get(address), is.get(address)];
      return (old === undefined) === (now === undefined) ? [] : [[address, (now ?? old)!] as const];
    }),
  );
}

/**
 * Maximum number of prefixes of one node that are simulated; a node with more gets a synthetic one that stands for all.
 */
const MOST_ORIGINS = 50;

/** What nodes originate, for those where all of it is known: from their kernels, and from the fabric. */
function originsIn(before: Fabric | undefined, outside: OutsideRoutes | undefined): OriginatedPrefixes {
  return Object.fromEntries(
    Object.entries(before?.nodes ?? {}).flatMap(([name, { advertise }]) => {
      const { number, routes } = outside?.workloads?.[name] ?? { number: 1, routes: [] };
      if (number !== routes.length || number > MOST_ORIGINS) return [];
      const all = [...routes.map(([prefix]) => prefix), ...advertise.map(({ prefix }) => String(prefix))];
      return all.length === 0 ? [] : [[name, [...new Set(all)].map((prefix) => sure(Prefix.parse(prefix)))] as const];
    }),
  );
}

/** Workload routes of staying nodes that are no longer advertised because the fabric does not select them any more. */
function deselected(
  before: Fabric,
  after: Fabric,
  { workloads = {} }: Pick<OutsideRoutes, 'workloads'> = {},
): string[] {
  const [was, is] = [before, after].map(
    (fabric) =>
      new Set(
        Object.keys(workloads).flatMap((name) => {
          if (!fabric.nodes[name] || !after.nodes[name]) return [];
          const rules = originationRules(fabric, name);
          return workloadsUnder(fabric, name, workloads[name]).flatMap(({ prefix, ...workload }) =>
            originationOf(rules, prefix, workload) ? String(prefix) : [],
          );
        }),
      ),
  );
  return [...was].filter((prefix) => !is.has(prefix));
}

/**
 * What was originated and no longer is: configured prefixes that no node has any more, and those of nodes that leave.
 */
function withdrawnBy(before: Fabric, after: Fabric, origins: OriginatedPrefixes): string[] {
  const declared = ({ nodes }: Fabric) =>
    Object.values(nodes).flatMap(({ advertise }) => advertise.map(({ prefix }) => String(prefix)));
  const of = (isStaying: boolean) =>
    Object.entries(origins).flatMap(([name, own]) => (Boolean(after.nodes[name]) === isStaying ? own.map(String) : []));
  const kept = new Set(declared(after));
  const workloads = new Set(of(true).filter((prefix) => !declared(before).includes(prefix)));
  return [...new Set([...declared(before), ...of(false)])].filter(
    (prefix) => !kept.has(prefix) && !workloads.has(prefix),
  );
}
