import type { Construct } from 'constructs';

/** The maps of a fabric that constructs add to. */
export const ENTRY_KINDS = ['nodes', 'peers', 'racks', 'routeReflectors', 'filters'] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];

/** A construct by which a program writes a part of a fabric, or the whole. */
export interface Written extends Construct {
  /** Name in the fabric or of it, which is its identity. */
  readonly name: string;
  /** Where the program writes it. */
  readonly place: string | undefined;
  /** What it writes. */
  readonly spec: object;
}

export interface WrittenEntry extends Written {
  readonly kind: EntryKind;
}

export interface WrittenFabric extends Written {
  readonly edition: number | undefined;
  readonly formerNames: readonly string[];
  readonly nodes: readonly WrittenEntry[];
}
