/** A cause that was found, as `peerform why` tells it. */
export interface CauseAnswer {
  readonly title: string;
  readonly where: string;
  readonly text: string;
  readonly fix: string;
  /** Nothing is wrong with it. */
  readonly isFine: boolean;
}

/** Why a node has a route or a session, or has it not. */
export interface Answers {
  readonly causes: readonly CauseAnswer[];
  /** What sessions said of themselves, the oldest first. */
  readonly errors: readonly { readonly at: string; readonly neighbour: string; readonly text: string }[];
}

/** Routes as `peerform routes` shows them. */
export interface RoutesAnswer {
  readonly headings: readonly string[];
  /** The cells under the headings, and the prefix that each row is of. */
  readonly rows: readonly { readonly prefix: string; readonly cells: readonly string[] }[];
  /** There are more. */
  readonly isCut: boolean;
}

/**
 * What the page asks beside what it follows: the commands of the same names answer it. Each throws an error in words
 * for people.
 */
export interface Source {
  readonly why: (node: string, about: string) => Promise<Answers>;
  /** `prefix`: a prefix or an address; absent: the first `most` routes of the node. */
  readonly routes: (node: string, prefix: string | undefined, most: number) => Promise<RoutesAnswer>;
}
