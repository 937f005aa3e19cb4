import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { surveyOutside } from '../../control/outside-survey';
import { NOTHING_HEARD, type OutsideRoutes } from '../../topology/outside-routes';
import type { Fleet, Survey } from '../fleet';

/**
 * What a refresh heard of the outside, packed as text and kept beside the state: a plan must say the same again when it is applied, by another process, so that it
 * may go by nothing that is fresher. Undefined: there is nothing outside.
 */
function packOutside(heard: OutsideRoutes): string | undefined {
  const isNothing = heard.sessions.length === 0 && Object.keys(heard.unknown).length === 0;
  return isNothing ? undefined : deflateRawSync(JSON.stringify(heard)).toString('base64');
}

/** Reads what {@link packOutside} wrote; of what another version wrote nothing is known. */
export function unpackOutside(packed: unknown): OutsideRoutes {
  if (typeof packed !== 'string') return NOTHING_HEARD;
  try {
    const heard = JSON.parse(inflateRawSync(Buffer.from(packed, 'base64')).toString('utf8')) as OutsideRoutes;
    return Array.isArray(heard.sessions) ? { ...NOTHING_HEARD, ...heard } : NOTHING_HEARD;
  } catch {
    return NOTHING_HEARD;
  }
}

/** What nodes hear of the outside, by a refresh; of those that are away what was known. */
export async function hearOutside(fleet: Fleet, survey: Survey, packed: unknown): Promise<string | undefined> {
  const before = unpackOutside(packed),
    heard = await surveyOutside(survey.statuses, (node, name) => fleet.sent(node, name), fleet.nodes, before);
  return packOutside(heard);
}
