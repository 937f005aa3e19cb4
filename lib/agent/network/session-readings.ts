import type { Speaker } from '../../bgp/speaker';
import type { RunningSession } from '../../node/sessions';
import { isOfPattern } from '../../topology/link-end';
import type { Neighbours } from '../../topology/session';
import type { SessionReading } from '../observed/session-record';
import { templateKey } from './session-status';

/** Readings of every session, including those with unnamed neighbours and their templates. */
export function sessionReadings(
  speaker: Speaker,
  running: readonly RunningSession[],
  unnamed: readonly Neighbours[],
): SessionReading[] {
  const named = running.flatMap((one) => read(speaker, one.config.key, placeOf(one)));
  const patterns = patternsOf(running).map((range) => ({ ...range, isUp: false, changed: NOTHING }));
  if (unnamed.length === 0) return [...named, ...patterns];
  const ranges = rangesOf(unnamed);
  const entries = [...ranges].map(([key, range]): SessionReading => ({ key, range, isUp: false, changed: NOTHING }));
  const guests = speaker.configs().flatMap(({ key, template = '' }) => {
    const range = ranges.get(template);
    return range === undefined ? [] : read(speaker, key, { range, isGuest: true });
  });
  return [...named, ...patterns, ...entries, ...guests];
}

/** What a session is between or of. */
type Place = Pick<SessionReading, 'remoteNode' | 'range' | 'isGuest'>;

/** The node at the other end of a session, or the pattern that its link matches, as it were a prefix of neighbours. */
function placeOf({ session, pattern }: RunningSession): Place {
  if (pattern) return { range: String(pattern.remoteAddress), isGuest: true };
  if (isOfPattern(session)) return { range: String(session.remoteAddress) };
  return session.remoteNode === undefined ? {} : { remoteNode: session.remoteNode };
}

/** The patterns that have links. */
const patternsOf = (running: readonly RunningSession[]) =>
  [
    ...new Map(
      running.flatMap(({ pattern }) => (pattern ? [[pattern.key, String(pattern.remoteAddress)] as const] : [])),
    ),
  ].map(([key, range]) => ({ key, range }));

/** One of them, without the node at its other end, as it is read at each step of each attempt. */
export function sessionReading(
  speaker: Speaker,
  running: readonly RunningSession[],
  unnamed: readonly Neighbours[],
  key: string,
): SessionReading | undefined {
  const { template, unnumbered } = speaker.session(key)?.config ?? {};
  const one = unnumbered && running.find(({ config }) => config.key === key);
  if (template === undefined) return read(speaker, key, one ? placeOf(one) : {})[0];
  const range = rangesOf(unnamed).get(template);
  return read(speaker, key, { ...(range !== undefined && { range }), isGuest: true })[0];
}

const NOTHING = { reset: 0, retuned: 0, resetFor: '', retunedFor: '' };

const rangesOf = (unnamed: readonly Neighbours[]): Map<string, string> =>
  new Map(unnamed.map((each) => [templateKey(each), String(each.range)]));

function read(speaker: Speaker, key: string, { remoteNode, ...of }: Place): SessionReading[] {
  const session = speaker.session(key);
  if (!session) return [];
  const { standing, counts } = session;
  return [
    {
      ...{ key, ...of, isUp: standing.state === 'Established', changed: counts.changed },
      ...(remoteNode !== undefined && { remoteNode }),
    },
  ];
}
