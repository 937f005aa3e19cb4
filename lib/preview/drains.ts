import type { Fabric } from '../model/fabric';

/** Nodes that a change takes out of service, and those that it brings back. */
export interface Drains {
  readonly out: readonly string[];
  readonly back: readonly string[];
}

export function drainsOf(before: Fabric, after: Fabric): Drains {
  const changed = Object.entries(after.nodes).filter(
    ([name, { drain }]) => (drain === true) !== (before.nodes[name]?.drain === true),
  );
  const names = (isOut: boolean) => changed.flatMap(([name, { drain }]) => ((drain === true) === isOut ? [name] : []));
  return { out: names(true), back: names(false) };
}
