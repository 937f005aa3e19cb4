import { surveyOutside } from '../../control/outside-survey';
import { packJson, unpackJson } from '../../control/packed';
import { inheritingNothing } from '../../model/named';
import { NOTHING_HEARD, type OutsideRoutes } from '../../topology/outside-routes';
import type { Fleet } from '../fleet';
import type { Survey } from '../survey';

/**
 * What a refresh read of the outside, packed as a string in private state: the plan must be reproducible at apply, in
 * another process, so it must not use anything newer. Undefined if there is nothing.
 */
function packOutside(heard: OutsideRoutes): string | undefined {
  const isNothing = [heard.sessions, Object.keys(heard.unknown), Object.keys(heard.workloads ?? {})].every(
    ({ length }) => length === 0,
  );
  return isNothing ? undefined : packJson(heard);
}

/** Unpacks the output of {@link packOutside}. The format of another version counts as nothing known. */
export function unpackOutside(packed: unknown): OutsideRoutes {
  const heard = typeof packed === 'string' ? (unpackJson(packed) as Partial<OutsideRoutes> | undefined) : undefined;
  if (!Array.isArray(heard?.sessions)) return NOTHING_HEARD;
  return { ...NOTHING_HEARD, ...heard, ...(heard.workloads && { workloads: inheritingNothing(heard.workloads) }) };
}

/** What nodes receive from outside, as of a refresh; previous values for unreachable nodes. */
export async function hearOutside(fleet: Fleet, survey: Survey, packed: unknown): Promise<string | undefined> {
  const before = unpackOutside(packed);
  const heard = await surveyOutside(survey.statuses, (node, name) => fleet.sent(node, name), fleet.nodes, before);
  return packOutside(heard);
}
