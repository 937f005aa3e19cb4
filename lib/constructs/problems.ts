import { TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { Problem } from '../model/problem';
import { readFabric, UNKNOWN } from '../model/read';
import { isComputed, known } from './computable';
import type { Fabric } from './fabric';
import type { Member } from './member';
import { Resource } from './resource';

/** Everything that is wrong with a fabric, a line for each problem, by the construct that it comes from. */
export function problemsByConstruct(
  fabric: Fabric,
  members: readonly Member[],
  unreachable: readonly string[] = [],
): ReadonlyMap<Construct, string[]> {
  const byConstruct = new Map<Construct, string[]>();
  const report = (construct: Construct, line: string) =>
    byConstruct.set(construct, [...(byConstruct.get(construct) ?? []), line]);
  const byPath = new Map(members.map((member) => [pathOf(member), member]));
  const problems = [...readFabric(known(fabric.spec)).problems, ...endpointProblems(members)];
  for (const problem of [...problems, ...unreachableProblems(members, unreachable)])
    report(owner(problem.path, byPath) ?? fabric, problem.toString());
  for (const named of [fabric, ...members])
    if (typeof named.name !== 'string' || isComputed(named.name))
      report(named, Problem.of('name', 'a name is an identity and must be known when the stack is written').toString());
  for (const member of members) {
    const namesake = byPath.get(pathOf(member));
    if (namesake !== member)
      report(member, `${pathOf(member)}: ${namesake?.node.path} has this name too. Give each a name of its own.`);
  }
  const twin = twinOf(fabric);
  if (twin) report(fabric, `name: ${twin.node.path} has this name too. Put one fabric of a name into a stack.`);
  return byConstruct;
}

const pathOf = ({ kind, name }: Member): string => `${kind}.${name}`;

/** Whose problem it is by its dotted path. Names may hold dots themselves: the longest that fits is meant. */
function owner(path: string, byPath: ReadonlyMap<string, Member>): Member | undefined {
  for (let end = path.length; end > 0; end = path.lastIndexOf('.', end - 1)) {
    const member = byPath.get(path.slice(0, end));
    if (member) return member;
  }
  return undefined;
}

function endpointProblems(members: readonly Member[]): Problem[] {
  return members
    .filter(({ kind, spec }) => kind === 'nodes' && (!('endpoint' in spec) || spec.endpoint === undefined))
    .map((node) => Problem.of('endpoint', 'the node has no endpoint', `${pathOf(node)}.endpoint`));
}

function unreachableProblems(members: readonly Member[], unreachable: readonly string[]): Problem[] {
  const names = known(unreachable);
  if (!Array.isArray(names)) return [];
  const nodes = new Set(members.filter(({ kind }) => kind === 'nodes').map(({ name }) => name));
  return [...names.entries()]
    .filter(([, name]) => name !== UNKNOWN && !nodes.has(name))
    .map(([i, name]) => Problem.of('unknown-node', `there is no node ${name}`, `unreachable.${i}`));
}

/** An earlier fabric of the stack that would have the same resources. */
function twinOf(fabric: Fabric): Construct | undefined {
  const all = TerraformStack.of(fabric)
    .node.findAll()
    .filter((construct): construct is Resource => construct instanceof Resource)
    .filter(({ terraformResourceType }) => terraformResourceType === 'peerform_fabric');
  const own = all.find(({ node }) => node.scope === fabric);
  const first = all.find(({ friendlyUniqueId }) => friendlyUniqueId === own?.friendlyUniqueId);
  return first !== own ? (first?.node.scope as Construct | undefined) : undefined;
}
