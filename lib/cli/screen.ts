/** Where text is shown. */
export interface Screen {
  /** Characters per line. Unset: unlimited, as for a pipe or file. */
  readonly columns?: number;
  readonly hasColour: boolean;
}

/** A pipe or file: unlimited width, no colour. */
export const PLAIN: Screen = { hasColour: false };

/** Minimum width for layout; on narrower terminals the terminal wraps. */
const NARROWEST = 40;

interface Stream {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/**
 * Properties of a stream: colour and width only on a terminal. FORCE_COLOR takes precedence for colour, as in Node.js
 * (`0` and `false` disable it); otherwise NO_COLOR with any value, or a dumb terminal, disables it.
 */
export function screenOf({ isTTY = false, columns = 0 }: Stream, env: NodeJS.ProcessEnv): Screen {
  const hasColour =
    env.FORCE_COLOR === undefined
      ? isTTY && !env.NO_COLOR && env.TERM !== 'dumb'
      : !['0', 'false'].includes(env.FORCE_COLOR);
  return { hasColour, ...(isTTY && columns > 0 && { columns: Math.max(columns, NARROWEST) }) };
}
