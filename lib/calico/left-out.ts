import { Problem } from '../model/problem';

/** Something that was not imported, and why; or something that must be provided. */
export interface LeftOut {
  /** `BGPPeer/rack1`, or one of its fields: `BGPPeer/rack1 spec.reachableBy`. */
  readonly path: string;
  readonly reason: string;
  /** Traffic depends on it: needs a decision before a deploy. */
  readonly mustDecide?: true;
}

/** The same for a field, by its path in the spec. */
export type LeftField = Omit<LeftOut, 'path'>;
export type LeftFields = Readonly<Record<string, LeftField>>;

/** Maximum number of resources listed by name for one reason. */
const NAMED = 3;

/** Groups identical entries of many resources: `Node/a, Node/b, Node/c and 97 more spec.bgp.ipv4IPIPTunnelAddr`. */
export function groupedByKind(left: readonly LeftOut[]): LeftOut[] {
  const groups = new Map<string, LeftOut[]>();
  for (const one of left) {
    const [resource, field = ''] = one.path.split(/ (.*)/);
    const key = [resource.replace(/\/.*/, ''), field, one.reason].join('\n');
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].map((same) => {
    const [{ path, reason, mustDecide }] = same;
    const [, field] = path.split(/ (.*)/);
    const names = [...new Set(same.map((one) => one.path.split(' ')[0]))];
    const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
    return {
      path: [names.slice(0, NAMED).join(', ') + more, ...(field ? [field] : [])].join(' '),
      reason,
      ...(mustDecide && { mustDecide }),
    };
  });
}

const NOTHING_THERE = 'it contains no resource of BGP: check the command that wrote it';

/** A file without resources, among others. */
export const leftOfBarren = (path: string): LeftOut => ({ path, reason: NOTHING_THERE, mustDecide: true });

/** A file without resources, and no others. */
export const nothingIn = (path: string): Problem => Problem.of('manifest', NOTHING_THERE, path);

/** Splits into what must be decided before a deploy, and the rest. */
export const byWeight = (left: readonly LeftOut[]): { readonly undecided: LeftOut[]; readonly rest: LeftOut[] } => ({
  undecided: left.filter(({ mustDecide }) => mustDecide),
  rest: left.filter(({ mustDecide }) => !mustDecide),
});
