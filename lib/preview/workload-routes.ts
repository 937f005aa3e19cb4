import type { Fabric } from '../model/fabric';
import { isLike } from '../model/interface-pattern';
import type { Node } from '../model/node';
import { Prefix } from '../model/prefix';
import { Problem, sure } from '../model/problem';
import type { OutsideRoutes, WorkloadRoute, WorkloadRoutes } from '../topology/outside-routes';
import { names } from './words';

/** A workload route, and its interface if known. */
interface Workload {
  readonly prefix: Prefix;
  readonly link?: string;
}

/** A node's current workload routes that the selection of a fabric still includes. */
export function workloadsUnder(
  { nodes, ignoredInterfaces }: Fabric,
  node: string,
  { routes }: WorkloadRoutes = NO_WORKLOADS,
): Workload[] {
  const { workloadInterfaces, workloadPrefixes, workloadProtocols } = nodes[node];
  const isNamed = (link: string | undefined, patterns: readonly string[]) =>
    link !== undefined && patterns.some((pattern) => isLike(link, pattern));
  return routes.flatMap((route): Workload[] => {
    const [, link] = route;
    const prefix = prefixOf(route);
    if (prefix instanceof Problem || isNamed(link, ignoredInterfaces)) return [];
    // The protocol of the route is not known: if protocols are selected, it may be one of them.
    const isSelected =
      isNamed(link, workloadInterfaces) ||
      workloadProtocols.length > 0 ||
      workloadPrefixes.some((within) => within.contains(prefix));
    return isSelected ? [{ prefix, ...(link !== undefined && { link }) }] : [];
  });
}

/** Parsed once: all nodes may share a route. */
function prefixOf(route: WorkloadRoute): Prefix | Problem {
  const prefix = PARSED.get(route) ?? Prefix.parse(route[0]);
  PARSED.set(route, prefix);
  return prefix;
}

const PARSED = new WeakMap<WorkloadRoute, Prefix | Problem>();

/** Whether a node has no workload routes under a fabric, whatever is in its kernel. */
export const selectsNothing = ({ nodes }: Fabric, node: string): boolean =>
  [nodes[node].workloadInterfaces, nodes[node].workloadPrefixes, nodes[node].workloadProtocols].every(
    ({ length }) => length === 0,
  );

/** Whether a node selects a kernel route by its prefix, whatever its interface is. */
export function isSelectedByPrefix({ nodes }: Fabric, node: string, prefix: string): boolean {
  const { workloadPrefixes = [] } = nodes[node] ?? {};
  return workloadPrefixes.length > 0 && workloadPrefixes.some((within) => within.contains(sure(Prefix.parse(prefix))));
}

/** Nodes that select more kernel routes than before, so that their future workload routes are not known yet. */
const widened = (before: Fabric, after: Fabric): string[] =>
  Object.keys(after.nodes).filter((name) => {
    const [was, is] = [before, after].map(({ nodes }) => nodes[name] && new Set(selectionOf(nodes[name])));
    return was && is && ([...is].some((one) => !was.has(one)) || ignoresLess(before, after));
  });

const ignoresLess = (before: Fabric, after: Fabric): boolean =>
  before.ignoredInterfaces.some((one) => !after.ignoredInterfaces.includes(one));

/** What a node selects kernel routes by, as texts. */
const selectionOf = ({ workloadInterfaces, workloadPrefixes, workloadProtocols, workloadTables }: Node): string[] => [
  ...workloadInterfaces.map((pattern) => `interface ${pattern}`),
  ...workloadPrefixes.map((prefix) => `prefix ${prefix}`),
  ...workloadProtocols.map(({ number }) => `protocol ${number}`),
  ...workloadTables.map((table) => `table ${table}`),
];

/** Nodes whose workload routes are not fully known. */
export function workloadGaps(before: Fabric, after: Fabric, { workloads = {} }: OutsideRoutes): string[] {
  const asked = Object.keys(before.nodes).filter((name) => after.nodes[name] && !selectsNothing(before, name));
  const unknown = asked.filter((name) => !workloads[name]);
  const cut = asked.filter((name) => workloads[name] && workloads[name].routes.length < workloads[name].number);
  const wider = widened(before, after);
  return [
    ...(unknown.length > 0 ? [`the workload routes of ${names(unknown)} are not known`] : []),
    ...(cut.length > 0 ? [`only some of the workload routes of ${names(cut)} were checked`] : []),
    ...(wider.length > 0
      ? [`${names(wider)} will have other kernel routes as workload routes, which are not known yet`]
      : []),
  ];
}

const NO_WORKLOADS: WorkloadRoutes = { number: 0, routes: [] };
