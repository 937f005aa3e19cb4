import type { Speaker } from '../../bgp/speaker';
import type { RunningSession } from '../../node/sessions';
import type { Neighbours } from '../../topology/session';
import type { SessionReading } from '../observed/session-record';
import { templateKey } from './session-status';

/** Readings of every session, including those with unnamed neighbours and their templates. */
export function sessionReadings(
  speaker: Speaker,
  running: readonly RunningSession[],
  unnamed: readonly Neighbours[],
): SessionReading[] {
  const named = running.flatMap(({ config: { key }, session: { remoteNode } }) => read(speaker, key, { remoteNode }));
  if (unnamed.length === 0) return named;
  const ranges = rangesOf(unnamed);
  const entries = [...ranges].map(([key, range]): SessionReading => ({ key, range, isUp: false, changed: NOTHING }));
  const guests = speaker.configs().flatMap(({ key, template = '' }) => {
    const range = ranges.get(template);
    return range === undefined ? [] : read(speaker, key, { range, isGuest: true });
  });
  return [...named, ...entries, ...guests];
}

/** One of them, without the node at its other end, as it is read at each step of each attempt. */
export function sessionReading(
  speaker: Speaker,
  unnamed: readonly Neighbours[],
  key: string,
): SessionReading | undefined {
  const { template } = speaker.session(key)?.config ?? {};
  if (template === undefined) return read(speaker, key, {})[0];
  const range = rangesOf(unnamed).get(template);
  return read(speaker, key, { ...(range !== undefined && { range }), isGuest: true })[0];
}

const NOTHING = { reset: 0, retuned: 0, resetFor: '', retunedFor: '' };

const rangesOf = (unnamed: readonly Neighbours[]): Map<string, string> =>
  new Map(unnamed.map((each) => [templateKey(each), String(each.range)]));

function read(
  speaker: Speaker,
  key: string,
  { remoteNode, ...of }: { readonly remoteNode?: string; readonly range?: string; readonly isGuest?: true },
): SessionReading[] {
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
