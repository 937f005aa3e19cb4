import { Problem } from '../model/problem';
import { Selector } from '../model/selector';

/** Which of the remaining nodes a wave includes. If several fields are set, their choices are combined. */
export interface Choice {
  /** By name. */
  readonly nodes?: readonly string[];
  /** By label, in Calico's selector syntax: `zone == 'a'`. */
  readonly selector?: string;
  /** Percentage of all nodes of the fabric, 1 to 100, rounded up. */
  readonly percent?: number;
  /** One node of each rack. */
  readonly onePerRack?: boolean;
}

/** The properties of a node that a choice depends on. */
export interface Candidate {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly rack?: string;
}

/** The nodes of a wave, or why it has none. */
export type WaveNodes = { readonly nodes: readonly string[]; readonly problems: readonly string[] };

/** Chooses among the remaining nodes, which are sorted by name. */
export function choose(choice: Choice, left: readonly Candidate[], all: readonly Candidate[]): WaveNodes {
  const problems: string[] = [];
  const chosen = new Set<string>();
  for (const name of choice.nodes ?? []) {
    if (left.some((node) => node.name === name)) chosen.add(name);
    else
      problems.push(
        all.some((node) => node.name === name)
          ? `node ${name} is already in an earlier wave. Name each node once.`
          : `there is no node ${name}. Name nodes of the fabric.`,
      );
  }
  if (choice.selector !== undefined) {
    const selector = Selector.parse(choice.selector);
    if (selector instanceof Problem) problems.push(selector.toString());
    else for (const { name, labels } of left) if (selector.matches(labels)) chosen.add(name);
  }
  if (choice.percent !== undefined) {
    if (!(choice.percent > 0 && choice.percent <= 100))
      problems.push(`${choice.percent} is not a valid percentage. Write 1 to 100.`);
    const wanted = Math.ceil((all.length * choice.percent) / 100);
    for (const { name } of left) if (chosen.size < wanted) chosen.add(name);
  }
  if (choice.onePerRack)
    for (const rack of new Set(left.flatMap((node) => node.rack ?? []))) {
      const inRack = left.filter((node) => node.rack === rack);
      if (!inRack.some(({ name }) => chosen.has(name))) chosen.add(inRack[0].name);
    }
  if (problems.length === 0 && chosen.size === 0)
    problems.push('it selects no node. Change the selection, or remove the wave.');
  return { nodes: [...chosen].sort(), problems };
}
