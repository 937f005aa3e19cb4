import * as z from 'zod';
import { Problem } from './problem';

/** Edition of a fabric, release or state that does not name one: the defaults from before editions existed. */
export const FIRST_EDITION = 1;

/** An edition and the defaults it changed. Values that a fabric sets explicitly are the same in every edition. */
interface Edition {
  readonly number: number;
  /** Sentences for users, without a full stop. */
  readonly changes: readonly string[];
}

/** The editions after the first, in order. A released edition never changes: a new default needs a new edition. */
export const EDITIONS: readonly Edition[] = [
  {
    number: 2,
    changes: [
      'nodes with neither an IPv4 address nor a router ID of their own get a router ID from 100.64.0.0/10 instead of 240.0.0.0/4, which some routers reject; this resets their sessions',
      'nodes advertise only routes originated in their own AS (an empty AS_PATH) to their top-of-rack neighbours, so that no node provides transit between two of them',
    ],
  },
];

/** The edition of a new fabric. */
export const NEWEST_EDITION: number = EDITIONS.at(-1)!.number;

/** An edition number that this version supports. */
export const editionLeaf = z
  .custom<number>(() => true)
  .transform((value, context): number => {
    if (Number.isInteger(value) && value >= FIRST_EDITION && value <= NEWEST_EDITION) return value;
    const problem =
      Number.isInteger(value) && value > NEWEST_EDITION
        ? Problem.of(
            'edition',
            `edition ${value} is newer than this version of peerform, which supports editions up to ${NEWEST_EDITION}`,
          )
        : Problem.of(
            'range',
            `${JSON.stringify(value)} is not a whole number from ${FIRST_EDITION} to ${NEWEST_EDITION}`,
          );
    context.issues.push({
      code: 'custom',
      input: value,
      message: problem.message,
      params: { problem: problem.code },
    });
    return z.NEVER;
  })
  .meta({ kind: 'number' });

/** What changes for a fabric when it moves from an edition to the newest. */
export const changesSince = (edition: number): readonly string[] =>
  EDITIONS.filter(({ number }) => number > edition).flatMap(({ changes }) => changes);
