import { TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { parseEndpoint } from '../model/endpoint';
import { Problem } from '../model/problem';
import { readFabric, UNKNOWN } from '../model/read';
import { isComputed, known } from './computable';
import { FabricResource } from './resource';
import type { Written, WrittenEntry, WrittenFabric } from './written';

/** All problems of a fabric, one line each, grouped by the construct that causes them. */
export function problemsByConstruct(
  fabric: WrittenFabric,
  members: readonly WrittenEntry[],
  rivals: readonly WrittenFabric[],
  unreachable: readonly string[] = [],
): ReadonlyMap<Construct, string[]> {
  const byConstruct = new Map<Construct, string[]>();
  const report = (construct: Construct, line: string) => {
    const { place } = construct as Written;
    byConstruct.set(construct, [
      ...(byConstruct.get(construct) ?? []),
      place === undefined ? line : `${place}: ${line}`,
    ]);
  };
  const byPath = new Map(members.map((member) => [entryPath(member), member]));
  // If the edition is not set, only Terraform knows it, from the state.
  const spec = known({ ...fabric.spec, edition: fabric.edition ?? UNKNOWN });
  const problems = [...readFabric(spec).problems, ...endpointProblems(fabric, members)];
  for (const problem of [...problems, ...unreachableProblems(members, unreachable)])
    report(owner(problem.path, byPath) ?? fabric, problem.toString());
  for (const named of [fabric, ...members])
    if (typeof named.name !== 'string' || isComputed(named.name))
      report(named, Problem.of('name', 'a name is an identity and must be known at synth').toString());
  for (const member of members) {
    const namesake = byPath.get(entryPath(member));
    if (namesake !== member)
      report(member, `${entryPath(member)}: ${namesake?.node.path} has the same name. Give each a unique name.`);
  }
  for (const { node, message } of doubleClaims(fabric, rivals)) report(node, message);
  const twin = twinOf(fabric);
  if (twin) report(fabric, `name: ${twin.node.path} has the same name. Give each fabric of a stack a unique name.`);
  return byConstruct;
}

export const entryPath = ({ kind, name }: WrittenEntry): string => `${kind}.${name}`;

/** The construct that owns a dotted path. Names may contain dots: the longest match is chosen. */
export function owner(path: string, byPath: ReadonlyMap<string, WrittenEntry>): WrittenEntry | undefined {
  for (let end = path.length; end > 0; end = path.lastIndexOf('.', end - 1)) {
    const member = byPath.get(path.slice(0, end));
    if (member) return member;
  }
  return undefined;
}

function endpointProblems(fabric: WrittenFabric, members: readonly WrittenEntry[]): Problem[] {
  return members
    .filter(({ kind, name, spec }) => kind === 'nodes' && fabric.endpointOf(name, spec) === undefined)
    .map((node) => Problem.of('endpoint', 'the node has no endpoint', `${entryPath(node)}.endpoint`));
}

/**
 * Agents that another fabric of the app also uses. A Unix socket is relative to the machine that deploys: in two
 * stacks, which may be deployed from different machines, it may be two agents.
 */
function* doubleClaims(
  fabric: WrittenFabric,
  rivals: readonly WrittenFabric[],
): Iterable<{ node: WrittenEntry; message: string }> {
  const own = endpointsOf(fabric);
  const stack = TerraformStack.of(fabric);
  for (const rival of rivals) {
    const isOneStack = TerraformStack.of(rival) === stack;
    for (const [endpoint, { name }] of endpointsOf(rival)) {
      const node = own.get(endpoint);
      if (node && (isOneStack || !isOfThisMachine(endpoint)))
        yield {
          node,
          message: `${entryPath(node)}.endpoint: ${endpoint} is also node ${name} of fabric ${rival.name} (${rival.node.path}). An agent runs a single fabric: remove the node from one of them.`,
        };
    }
  }
}

function isOfThisMachine(text: string): boolean {
  const endpoint = parseEndpoint(text);
  return 'scheme' in endpoint && endpoint.scheme === 'unix';
}

const endpointsOf = (fabric: WrittenFabric): Map<string, WrittenEntry> =>
  new Map(
    fabric.nodes.flatMap((node): [string, WrittenEntry][] => {
      const endpoint = fabric.endpointOf(node.name, node.spec);
      return typeof endpoint === 'string' && !isComputed(endpoint) ? [[endpoint, node]] : [];
    }),
  );

/** Problems with the former names of a fabric. */
export function nameProblems(fabric: WrittenFabric, rivals: readonly WrittenFabric[]): string[] {
  const { name, formerNames } = fabric;
  const stack = TerraformStack.of(fabric);
  const all = [...formerNames, name];
  return formerNames.flatMap((former, i): string[] => {
    if (typeof former !== 'string' || isComputed(former))
      return ['formerNames: a name is an identity and must be known at synth. Write it as a literal.'];
    if (all.indexOf(former, i + 1) >= 0)
      return [
        `formerNames: ${former} occurs twice; the fabric is now called ${name}. Remove every name that is not a former name.`,
      ];
    const rival = rivals.find((it) => it.name === former && TerraformStack.of(it) === stack);
    return rival ? [`formerNames: ${former} is the name of ${rival.node.path}. Remove it, or rename the other.`] : [];
  });
}

function unreachableProblems(members: readonly WrittenEntry[], unreachable: readonly string[]): Problem[] {
  const names = known(unreachable);
  if (!Array.isArray(names)) return [];
  const nodes = new Set(members.filter(({ kind }) => kind === 'nodes').map(({ name }) => name));
  return [...names.entries()]
    .filter(([, name]) => name !== UNKNOWN && !nodes.has(name))
    .map(([i, name]) => Problem.of('unknown-node', `there is no node ${name}`, `unreachable.${i}`));
}

/** An earlier fabric of the stack whose resources would have the same names. */
function twinOf(fabric: WrittenFabric): Construct | undefined {
  const all = TerraformStack.of(fabric)
    .node.findAll()
    .filter((construct): construct is FabricResource => construct instanceof FabricResource)
    .filter(({ terraformResourceType }) => terraformResourceType === 'peerform_fabric');
  const own = all.find(({ node }) => node.scope === fabric);
  const first = all.find(({ friendlyUniqueId }) => friendlyUniqueId === own?.friendlyUniqueId);
  return first !== own ? (first?.node.scope as Construct | undefined) : undefined;
}
