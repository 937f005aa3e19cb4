/** What a text is shown on. */
export interface Screen {
  /** Characters of a line; absent: as many as the text has, as for a pipe or a file. */
  readonly columns?: number;
  readonly hasColour: boolean;
}

/** A pipe or a file: lines as long as they are, no colour. */
export const PLAIN: Screen = { hasColour: false };

/** Fewer columns than these are not laid out for: the terminal breaks lines then. */
const NARROWEST = 40;

interface Stream {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/**
 * What a stream is shown on: colour and a width only where it is a terminal. FORCE_COLOR has the last word on colour,
 * as in Node.js (`0` and `false` take it away); then NO_COLOR, set to anything, and a terminal that is dumb take it
 * away.
 */
export function screenOf({ isTTY = false, columns = 0 }: Stream, env: NodeJS.ProcessEnv): Screen {
  const hasColour =
    env.FORCE_COLOR === undefined
      ? isTTY && !env.NO_COLOR && env.TERM !== 'dumb'
      : !['0', 'false'].includes(env.FORCE_COLOR);
  return { hasColour, ...(isTTY && columns > 0 && { columns: Math.max(columns, NARROWEST) }) };
}
