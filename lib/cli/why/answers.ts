import { Refused } from '../../control/client';
import type { RouteStatus } from '../../control/status';

/** Routes of one agent that are looked at: of one prefix there are not many. */
const MOST = 1000;

/** The first routes of an answer. */
export async function listed(routes: AsyncIterable<RouteStatus>, most = MOST): Promise<RouteStatus[]> {
  const found: RouteStatus[] = [];
  for await (const route of routes) if (found.push(route) === most) break;
  return found;
}

/** What stands for the answer of an agent that does not know the question. */
export const ifUnknown =
  <T>(instead: T) =>
  (error: Error): T => {
    if (error instanceof Refused && error.code === 'unknown') return instead;
    throw error;
  };
