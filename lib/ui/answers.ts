/** A cause, as found by `peerform why`. */
export interface CauseAnswer {
  readonly title: string;
  readonly where: string;
  readonly text: string;
  readonly fix: string;
  /** Not a fault. */
  readonly isFine: boolean;
}

/** Why a node has, or does not have, a route or session. */
export interface Answers {
  readonly causes: readonly CauseAnswer[];
  /** Errors of the sessions, oldest first. */
  readonly errors: readonly { readonly at: string; readonly neighbour: string; readonly text: string }[];
}

/** Routes, as shown by `peerform routes`. */
export interface RoutesAnswer {
  readonly headings: readonly string[];
  /** Cells by heading, and the prefix of each row. */
  readonly rows: readonly { readonly prefix: string; readonly cells: readonly string[] }[];
  /** There are more. */
  readonly isCut: boolean;
}

/** Queries of the page, answered like the commands of the same names. Each throws an error with a message for users. */
export interface Source {
  readonly why: (node: string, about: string) => Promise<Answers>;
  /** `prefix`: a prefix or address. Unset: the first `most` routes of the node. */
  readonly routes: (node: string, prefix: string | undefined, most: number) => Promise<RoutesAnswer>;
}
