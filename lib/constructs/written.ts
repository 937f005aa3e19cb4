import type { Construct } from 'constructs';

/** The maps of a fabric that constructs add to. */
export const ENTRY_KINDS = ['nodes', 'peers', 'racks', 'routeReflectors', 'filters'] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];

/** A construct that defines a fabric or part of it. */
export interface Written extends Construct {
  /** Name of the fabric or in the fabric, which is its identity. */
  readonly name: string;
  /** Source location in the program. */
  readonly place: string | undefined;
  /** The data it defines. */
  readonly spec: object;
}

export interface WrittenEntry extends Written {
  readonly kind: EntryKind;
}

export interface WrittenFabric extends Written {
  readonly edition: number | undefined;
  readonly formerNames: readonly string[];
  readonly nodes: readonly WrittenEntry[];
  /** The endpoint of a node, of its own or by the fleet; undefined if it has none. */
  endpointOf(name: string, spec: object): unknown;
}
