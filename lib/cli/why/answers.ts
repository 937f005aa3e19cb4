import { Refused } from '../../control/client';
import type { RouteStatus } from '../../control/status';

/** Maximum number of routes checked per agent: a prefix has few. */
const MOST = 1000;

/** The first routes of a response. */
export async function listed(routes: AsyncIterable<RouteStatus>, most = MOST): Promise<RouteStatus[]> {
  const found: RouteStatus[] = [];
  for await (const route of routes) if (found.push(route) === most) break;
  return found;
}

/** Fallback result for an agent that does not support the query. */
export const ifUnknown =
  <T>(instead: T) =>
  (error: Error): T => {
    if (error instanceof Refused && error.code === 'unknown') return instead;
    throw error;
  };
