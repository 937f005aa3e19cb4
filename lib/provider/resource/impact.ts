import type { Fabric } from '../../model/fabric';
import { aboutStep, isDisruptive } from '../../preview/about';
import { impactOf, type KeptLocalAs, MAX_EXAMPLES } from '../../preview/impact';
import { routeImpactOf } from '../../preview/route-impact';
import { takenIdsOf } from '../../preview/taken-ids';
import { describePartitions, describePaths, describePrefixes, losersOf, names } from '../../preview/words';
import { type Losses, type LostPaths, lossesOf, NOTHING_LOST, pairsOf, type Wave } from '../../topology/losses';
import type { OutsideRoutes } from '../../topology/outside-routes';
import { partitionsIn } from '../../topology/partition';
import { without } from '../../topology/without';
import { type Diagnostic, error, warning } from '../diagnostic';
import { computed } from '../schema';
import { type AttributeSchema, isValues, type Values, type ValueType } from '../value';
import { routeDiagnostics, routeValues } from './route-impact';

/** What a change does to the network, as a Terraform value. */
export const IMPACT: ValueType = {
  object: computed({
    about: ['string', 'The change in one sentence, most severe effects first; empty if nothing is planned.'],
    disruptive: ['bool', 'Whether it takes the last path from nodes or to prefixes, which needs `allow_disruption`.'],
    added: ['number', 'Number of new sessions.'],
    removed: ['number', 'Number of removed sessions.'],
    reset: ['number', 'Number of sessions that are reset, or may be because a secret is delivered again.'],
    retuned: ['number', 'Number of sessions that change without going down.'],
    reasons: [{ map: 'number' }, 'The same, by reason.'],
    lost: ['number', 'Number of pairs of nodes, or of a node and the outside, that lose their path.'],
    leaving: ['number', 'Number of pairs of nodes whose path will lead through outside neighbours.'],
    isolated: [{ list: 'string' }, 'Nodes that lose their last path.'],
    prefixes: [
      { list: 'string' },
      `Prefixes that nodes advertise and that others no longer receive; up to ${MAX_EXAMPLES}.`,
    ],
    routes: [
      { list: 'string' },
      `Effect on routes received from and advertised to outside neighbours, as of the last refresh; up to ${MAX_EXAMPLES} lines.`,
    ],
    other_side: [{ list: 'string' }, 'Changes that must be made on outside neighbours as well.'],
    examples: [{ list: 'string' }, `Up to ${MAX_EXAMPLES} of the changes.`],
  }),
};

/**
 * The impact while no change is planned. Set by refresh, so that a plan shows only its own change and not the previous
 * deploy's.
 */
export const NO_IMPACT: Values = {
  ...{ about: '', disruptive: false, added: 0, removed: 0, reset: 0, retuned: 0, reasons: {}, lost: 0, leaving: 0 },
  ...{ isolated: [], prefixes: [], routes: [], other_side: [], examples: [] },
};

/**
 * The impact of what already runs when it is sent to agents again: to those that are behind, or to all because of an
 * endpoint or secret.
 */
export const deployedAgain = (behind: readonly string[]): Values => ({
  ...NO_IMPACT,
  about: `Changes nothing in the fabric; deploys it again${behind.length > 0 ? ` to ${names(behind)}` : ''}.`,
});

export interface ImpactReport {
  readonly impact: Values;
  readonly diagnostics: readonly Diagnostic[];
}

/** Settings of the change itself; not part of the release. */
export const CHANGE = {
  allow_disruption: {
    type: 'bool',
    set: 'optional',
    description: 'Allows this change to take the last path from nodes; otherwise such a change is an error at plan.',
  },
  waves: {
    type: { list: { list: 'string' } },
    set: 'optional',
    description:
      'Names of the nodes of each `peerform_wave`, in order: the plan then shows what is lost between waves. Default: a single wave of all nodes.',
  },
} as const satisfies Record<string, AttributeSchema>;

/**
 * The impact of going from one fabric to the next (`undefined`: from nothing), with diagnostics. `idle`: previous nodes
 * whose agents have no session up; they have no paths that a wave could remove. Permanent losses still count them,
 * since they are expected back.
 */
export function impactOfChange(
  before: Fabric | undefined,
  after: Fabric,
  config: Values,
  outside: OutsideRoutes,
  localAs?: KeptLocalAs,
  idle: readonly string[] = [],
): ImpactReport {
  const { counts, reasons, examples, sessions } = impactOf(before, after, localAs);
  const present = before && without(before, idle);
  const routes = routeImpactOf(before, after, outside, configuredWaves(config), sessions, localAs, present);
  const found = before && lossesOf(before, after, configuredWaves(config));
  const between = present === before ? found : present && lossesOf(present, after, configuredWaves(config));
  const losses = found?.final ?? NOTHING_LOST;
  const isAllowed = config.allow_disruption === true;
  const sum = (wanted: LostPaths['kind']) =>
    losses.paths.filter(({ kind }) => kind === wanted).reduce((all, paths) => all + pairsOf(paths), 0);
  const impact: Values = {
    about: aboutStep(before, after, found?.final, { counts, sessions, isAllowed, routes }),
    disruptive: isDisruptive({ losses, routes }),
    ...counts,
    reasons: { ...reasons },
    lost: sum('lost'),
    leaving: sum('leaving'),
    isolated: [...losses.isolated],
    prefixes: losses.prefixes.slice(0, MAX_EXAMPLES).map(({ prefix }) => prefix),
    ...routeValues(routes),
    examples: [...examples],
  };
  const more = [...newNodePartitions(before, after), ...idsTaken(before, after)];
  if (before && !found)
    return { impact, diagnostics: [notLooked(), ...routeDiagnostics(routes, isAllowed, false), ...more] };
  const during = between?.waves.flatMap((wave) => badOrder(wave.wave, wave)) ?? [];
  const isCut = losses.isolated.length > 0 || losses.prefixes.length > 0 || sum('lost') > 0;
  return {
    impact,
    diagnostics: [
      ...disruptions(losses, isAllowed),
      ...routeDiagnostics(routes, isAllowed, isCut),
      ...[...during, ...more],
    ],
  };
}

/** Routes from reflectors are not received over the other session meanwhile. */
function idsTaken(before: Fabric | undefined, after: Fabric): Diagnostic[] {
  const taken = before ? takenIdsOf(before, after) : [];
  if (taken.length === 0) return [];
  return [
    warning(
      `Nodes take BGP identifiers that other nodes use: ${names(taken.map(({ node }) => node))}`,
      `Until both have changed, each mistakes the other's routes for its own when they arrive from a reflector. Use identifiers that no node has, in one deploy or two:${indented(taken.map(({ node, id, from }) => `${node} takes ${id} of ${from}`))}`,
      ['nodes'],
    ),
  ];
}

/** New nodes lose nothing, so the checks above do not cover one that never has a path. */
function newNodePartitions(before: Fabric | undefined, after: Fabric): Diagnostic[] {
  const partitions = partitionsIn(before, after);
  if (partitions === undefined)
    return [
      warning(
        'Paths of new nodes to every other node were not checked',
        'The nodes differ in too many ways (AS numbers, individual peers). Once they are running, check with peerform status and peerform routes.',
      ),
    ];
  if (partitions.length === 0) return [];
  return [
    warning(
      `Some nodes have no path to each other: ${names([...new Set(partitions.flatMap(({ from, to }) => [...from, ...to]))])}`,
      `No session within the fabric, or through outside neighbours, gives them each other's routes. Add one (a peer, route reflectors, the mesh) if they need to reach each other. Without a path:${indented(describePartitions(partitions))}`,
      ['nodes'],
    ),
  ];
}

/** Names in `waves` that are not nodes, and nodes in more than one wave. */
export function waveProblems(config: Values): Diagnostic[] {
  const { nodes } = config;
  const seen = new Set<string>();
  if (!isValues(nodes)) return [];
  return configuredWaves(config).flatMap((wave, i) =>
    wave.flatMap((name): Diagnostic[] => {
      const at = ['waves', i];
      if (!Object.hasOwn(nodes, name))
        return [error(`waves: there is no node ${name}`, 'Name nodes of this resource.', at)];
      if (seen.has(name)) return [error(`waves: node ${name} is in more than one`, 'Name each node once.', at)];
      seen.add(name);
      return [];
    }),
  );
}

/** The configured waves. */
export function configuredWaves({ waves }: Values): Wave[] {
  if (!Array.isArray(waves)) return [];
  return waves.map((wave) => (Array.isArray(wave) ? wave.filter((name) => typeof name === 'string') : []));
}

const indented = (lines: readonly string[]): string => lines.map((line) => `\n  ${line}`).join('');
const listing = (paths: readonly LostPaths[]): string => indented(describePaths(paths));

/**
 * A node that loses its last path requires allow_disruption; one that still has a path in the other address family gets
 * a warning.
 */
function disruptions({ paths, isolated, prefixes }: Losses, isAllowed: boolean): Diagnostic[] {
  const lost = paths.filter(({ kind }) => kind === 'lost');
  const [cut, partly] = [lost.filter(({ isLast }) => isLast), lost.filter(({ isLast }) => !isLast)];
  const found: Diagnostic[] = [];
  if (cut.length > 0) {
    const what = `This change cuts off ${names(losersOf(cut, isolated))}`;
    const allowed = `This is allowed by allow_disruption. Lost paths:${listing(cut)}`;
    const refused = `Nothing was changed. Keep a session that provides a path (a peer, a reflector, the mesh), or set allow_disruption = true (allowDisruption in constructs) if this is intended. Paths that would be lost:${listing(cut)}`;
    found.push(isAllowed ? warning(what, allowed, ['allow_disruption']) : error(what, refused));
  }
  if (partly.length > 0) {
    const families = [...new Set(partly.map(({ family }) => family))].join(' and ');
    found.push(
      warning(
        `This change takes paths of ${families} from ${names(losersOf(partly, []))}`,
        `They keep their paths in the other address family. A wave that loses prefixes this way is rolled back, unless allow_disruption = true is set (allowDisruption in constructs). Lost paths:${listing(partly)}`,
      ),
    );
  }
  if (prefixes.length > 0) {
    const what = `This change takes away the last path to ${names(prefixes.map(({ prefix }) => prefix))}`;
    const list = indented(describePrefixes(prefixes));
    const refused = `Nothing was changed. Keep a session and filters that let it through, or set allow_disruption = true (allowDisruption in constructs) if this is intended. Prefixes that would be lost:${list}`;
    found.push(
      isAllowed
        ? warning(what, `This is allowed by allow_disruption. Lost prefixes:${list}`, ['allow_disruption'])
        : error(what, refused),
    );
  }
  return found;
}

function badOrder(wave: number, { paths, isolated, prefixes }: Losses): Diagnostic[] {
  const lost = paths.filter(({ kind }) => kind === 'lost');
  if (lost.length === 0 && prefixes.length === 0) return [];
  const nodes = [...new Set([...losersOf(lost, isolated), ...prefixes.flatMap(({ at }) => at)])];
  return [
    warning(
      `Paths of ${names(nodes)} are missing after wave ${wave}, until a later wave`,
      `Put the nodes into one wave, or deploy the others first. Paths missing in the meantime:${listing(lost)}${indented(describePrefixes(prefixes))}`,
      ['waves'],
    ),
  ];
}

const notLooked = (): Diagnostic =>
  warning(
    'Loss of last paths was not checked',
    'The nodes differ in too many ways (AS numbers, individual peers). The effect on sessions is complete.',
  );
