import type { Fabric } from '../../model/fabric';
import { describeApart, describePaths, describePrefixes, losersOf, names } from '../../preview/words';
import { apartIn } from '../../topology/apart';
import { EXAMPLES, impactOf } from '../../topology/impact';
import { type Losses, type LostPaths, lossesOf, pairsOf, type Wave } from '../../topology/losses';
import { type Diagnostic, error, warning } from '../diagnostic';
import { computed } from '../schema';
import { type Attribute, isValues, type Values, type ValueType } from '../value';

/** What a change does to the network, as a value of Terraform. */
export const IMPACT: ValueType = {
  object: computed({
    added: ['number', 'Sessions that are new.'],
    removed: ['number', 'Sessions that are no more.'],
    reset: ['number', 'Sessions that go down and come up again.'],
    retuned: ['number', 'Sessions that change without going down.'],
    reasons: [{ map: 'number' }, 'The same by reason.'],
    lost: ['number', 'Pairs of nodes, or of a node and the outside, that have no path any more.'],
    leaving: ['number', 'Pairs of nodes whose path leads by way of neighbours outside from now on.'],
    isolated: [{ list: 'string' }, 'Nodes that lose their last path.'],
    prefixes: [{ list: 'string' }, `Prefixes that nodes advertise and others hear of no more; at most ${EXAMPLES}.`],
    examples: [{ list: 'string' }, `At most ${EXAMPLES} of the changes.`],
  }),
};

/** What a configuration says of the change itself; none of it is part of the release. */
export const CHANGE = {
  allow_disruption: {
    type: 'bool',
    set: 'optional',
    description: 'Whether nodes may lose their last path by this change; without it such a change is an error at plan.',
  },
  waves: {
    type: { list: { list: 'string' } },
    set: 'optional',
    description:
      'Names of the nodes of each `peerform_wave` in their order: the plan then tells what is lost between them. Absent: one wave of all.',
  },
} as const satisfies Record<string, Attribute>;

/** What going from one fabric to the next does (`undefined`: from nothing), and what is to be said of it. */
export function impactOfChange(
  before: Fabric | undefined,
  after: Fabric,
  config: Values,
): { readonly impact: Values; readonly diagnostics: readonly Diagnostic[] } {
  const { counts, reasons, examples } = impactOf(before, after);
  const found = before && lossesOf(before, after, wavesOf(config)),
    losses = found?.final ?? { paths: [], isolated: [], prefixes: [] };
  const sum = (wanted: LostPaths['kind']) =>
    losses.paths.filter(({ kind }) => kind === wanted).reduce((all, paths) => all + pairsOf(paths), 0);
  const impact: Values = {
    ...counts,
    reasons: { ...reasons },
    lost: sum('lost'),
    leaving: sum('leaving'),
    isolated: [...losses.isolated],
    prefixes: losses.prefixes.slice(0, EXAMPLES).map(({ prefix }) => prefix),
    examples: [...examples],
  };
  const apart = newNodesApart(before, after);
  if (before && !found) return { impact, diagnostics: [notLooked(), ...apart] };
  const during = found?.waves.flatMap((wave) => badOrder(wave.wave, wave)) ?? [];
  return { impact, diagnostics: [...disruptions(losses, config.allow_disruption === true), ...during, ...apart] };
}

/** Nodes that are new lose nothing, so that nothing above speaks of one that has no path to begin with. */
function newNodesApart(before: Fabric | undefined, after: Fabric): Diagnostic[] {
  const apart = apartIn(before, after);
  if (apart === undefined)
    return [
      warning(
        'It was not looked at whether new nodes have a path to every other',
        'The nodes are of too many kinds (AS numbers, peers of their own). Once they run, peerform status and routes show it.',
      ),
    ];
  if (apart.length === 0) return [];
  return [
    warning(
      `No path leads between some nodes: ${names([...new Set(apart.flatMap(({ from, to }) => [...from, ...to]))])}`,
      `No session within the fabric, and none by way of neighbours outside, lets them hear of one another. Write one (a peer, route reflectors, the mesh) if they are to reach one another. Without a path are:${indented(describeApart(apart))}`,
      ['nodes'],
    ),
  ];
}

/** Names in `waves` that are no nodes, and nodes that stand in more than one. */
export function waveProblems(config: Values): Diagnostic[] {
  const { nodes } = config,
    seen = new Set<string>();
  if (!isValues(nodes)) return [];
  return wavesOf(config).flatMap((wave, i) =>
    wave.flatMap((name): Diagnostic[] => {
      const at = ['waves', i];
      if (!Object.hasOwn(nodes, name))
        return [error(`waves: there is no node ${name}`, 'Name nodes of this resource.', at)];
      if (seen.has(name)) return [error(`waves: node ${name} stands in more than one`, 'Name each node once.', at)];
      seen.add(name);
      return [];
    }),
  );
}

function wavesOf({ waves }: Values): Wave[] {
  if (!Array.isArray(waves)) return [];
  return waves.map((wave) => (Array.isArray(wave) ? wave.filter((name) => typeof name === 'string') : []));
}

const indented = (lines: readonly string[]): string => lines.map((line) => `\n  ${line}`).join('');
const listing = (paths: readonly LostPaths[]): string => indented(describePaths(paths));

/** Whoever has no path at all any more needs leave for that; who still has one in the other address family is warned. */
function disruptions({ paths, isolated, prefixes }: Losses, isAllowed: boolean): Diagnostic[] {
  const lost = paths.filter(({ kind }) => kind === 'lost'),
    [cut, partly] = [lost.filter(({ isLast }) => isLast), lost.filter(({ isLast }) => !isLast)];
  const found: Diagnostic[] = [];
  if (cut.length > 0) {
    const what = `This change cuts off ${names(losersOf(cut, isolated))}`;
    const allowed = `It is allowed by allow_disruption. Paths that are lost:${listing(cut)}`;
    const refused = `Nothing was changed. Keep a session that leads there (a peer, a reflector, the mesh), or write allow_disruption = true if this is meant. Paths that would be lost:${listing(cut)}`;
    found.push(isAllowed ? warning(what, allowed, ['allow_disruption']) : error(what, refused));
  }
  if (partly.length > 0) {
    const families = [...new Set(partly.map(({ family }) => family))].join(' and ');
    found.push(
      warning(
        `This change takes paths of ${families} from ${names(losersOf(partly, []))}`,
        `They keep those of the other address family. A wave that loses prefixes by it goes back, unless allow_disruption = true says that this is meant. Paths that are lost:${listing(partly)}`,
      ),
    );
  }
  if (prefixes.length > 0) {
    const what = `This change takes the last path to ${names(prefixes.map(({ prefix }) => prefix))}`,
      list = indented(describePrefixes(prefixes));
    const refused = `Nothing was changed. Let a filter or a session through to it, or write allow_disruption = true if this is meant. Prefixes that would be lost:${list}`;
    found.push(
      isAllowed
        ? warning(what, `It is allowed by allow_disruption. Prefixes that are lost:${list}`, ['allow_disruption'])
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
      `After wave ${wave} paths are missing until a later one, of ${names(nodes)}`,
      `Put the nodes into one wave, or let the others go first. Paths that are missing meanwhile:${listing(lost)}${indented(describePrefixes(prefixes))}`,
      ['waves'],
    ),
  ];
}

const notLooked = (): Diagnostic =>
  warning(
    'It was not looked at whether nodes lose their last path',
    'The nodes are of too many kinds (AS numbers, peers of their own). What happens to sessions is told in full.',
  );
