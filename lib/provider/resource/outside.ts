import { surveyOutside } from '../../control/outside-survey';
import { packJson, unpackJson } from '../../control/packed';
import { inheritingNothing } from '../../model/named';
import { NOTHING_HEARD, type OutsideRoutes } from '../../topology/outside-routes';
import type { Fleet, Survey } from '../fleet';

/**
 * What a refresh read of the outside, packed as a string and kept beside the state: a plan must say the same again when
 * it is applied, by another process, so that it may go by nothing that is fresher. Undefined: there is nothing outside.
 */
function packOutside(heard: OutsideRoutes): string | undefined {
  const isNothing = [heard.sessions, Object.keys(heard.unknown), Object.keys(heard.workloads ?? {})].every(
    ({ length }) => length === 0,
  );
  return isNothing ? undefined : packJson(heard);
}

/** Reads what {@link packOutside} wrote; of what another version wrote nothing is known. */
export function unpackOutside(packed: unknown): OutsideRoutes {
  const heard = typeof packed === 'string' ? (unpackJson(packed) as Partial<OutsideRoutes> | undefined) : undefined;
  if (!Array.isArray(heard?.sessions)) return NOTHING_HEARD;
  return { ...NOTHING_HEARD, ...heard, ...(heard.workloads && { workloads: inheritingNothing(heard.workloads) }) };
}

/** What nodes receive from outside, by a refresh; for unreachable nodes what was known before. */
export async function hearOutside(fleet: Fleet, survey: Survey, packed: unknown): Promise<string | undefined> {
  const before = unpackOutside(packed);
  const heard = await surveyOutside(survey.statuses, (node, name) => fleet.sent(node, name), fleet.nodes, before);
  return packOutside(heard);
}
