/*
 * Agents of 0.1 report only in prose which error is the cause, what it is, and what keeps a session down. Those of 0.2
 * send codes. Remove this file and its test in 0.3, which no longer deploys to agents of 0.1.
 */
import { codeNames, subcodeNames } from '../../bgp/wire/notification-codes';
import type { RouteStatus, SessionError, SessionStatus } from '../../control/status';

/** What is known about an error. */
export type KnownError = Pick<SessionError, 'text'> & Partial<SessionError>;

const REASONS: readonly (readonly [NonNullable<SessionError['reason']>, RegExp])[] = [
  ['ttl', /too low a TTL/],
  ['signature', /\bsigned (with another key|packets)\b|unsigned packets/],
  ['own-address', /this machine (has|does not have)|another machine on the link/],
  ['refused', /refused the connection/],
  ['unreachable', /is not reachable|no route to the neighbour/],
  ['silence', /does not respond/],
];

/** What an error of a kind means whatever its text. */
const OF_KIND: Readonly<Record<string, SessionError['reason']>> = {
  ours: 'own-address',
  key: 'signature',
  silence: 'silence',
};

const DOWN: readonly (readonly [NonNullable<SessionStatus['downBy']>, RegExp])[] = [
  ['admin-down', /administratively/],
  ['secret', /secret/],
  ['prefix-limit', /^more than .* (prefixes|MB)/],
];

const first = <T>(rows: readonly (readonly [T, RegExp])[], text: string): T | undefined =>
  rows.find(([, pattern]) => pattern.test(text))?.[0];

/** The cause in the last error, and what the network has reported since. */
export function errorsInWords({ lastError, errors = [] }: SessionStatus): {
  readonly cause?: KnownError;
  readonly since?: KnownError;
} {
  if (!lastError) return {};
  const [cause, since] = lastError.text.split('; now: ').map((text): KnownError => {
    const bare = text.replace(/^(sent|received|local): /, '');
    const error: KnownError = errors.find((one) => one.text === bare) ?? { text, ...codesIn(bare) };
    const reason = error.code === undefined ? (first(REASONS, bare) ?? OF_KIND[error.kind ?? '']) : undefined;
    return { ...error, ...(reason && { reason }) };
  });
  return { cause, since };
}

/** What keeps a session down. */
export const downByWords = ({ down, isAdminDown }: SessionStatus): SessionStatus['downBy'] =>
  isAdminDown ? 'admin-down' : first(DOWN, down ?? '');

/** Whether a path looped through this AS. */
export const isLoopedInWords = ({ reason = '' }: RouteStatus): boolean =>
  reason.includes('AS number of this node is in AS_PATH');

/** The codes of a NOTIFICATION, from their names. */
function codesIn(text: string): Pick<KnownError, 'code' | 'subcode'> {
  const code = Object.keys(codeNames)
    .map(Number)
    .find((number) => text.startsWith(codeNames[number]));
  if (code === undefined) return {};
  const rest = text.slice(codeNames[code].length + 2);
  const names = subcodeNames[code] ?? {};
  const subcode = Object.keys(names)
    .map(Number)
    .find((number) => rest.startsWith(names[number]));
  return { code, subcode: subcode ?? 0 };
}
