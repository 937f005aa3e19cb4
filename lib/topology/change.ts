import type { Session } from './session';

/** What a new release does to one session. `retuned`: without a reset, by re-evaluation and route refresh. */
export type SessionChange = 'added' | 'removed' | 'reset' | 'retuned';

/** A parameter of a session, what its change means, and the word for it. Kind, origin, who dials and the times of the next attempt are none. */
const PARAMETERS: readonly {
  readonly word: string;
  readonly change: 'reset' | 'retuned';
  readonly of: (session: Session) => string;
}[] = [
  { word: 'AS number', change: 'reset', of: (s) => `${s.localAs} ${s.remoteAs} ${s.nodeAs}` },
  { word: 'families', change: 'reset', of: (s) => [...s.families].sort().join(' ') },
  { word: 'hops', change: 'reset', of: (s) => String(s.multihop) },
  { word: 'hold time', change: 'reset', of: (s) => String(s.holdTime) },
  { word: 'TTL security', change: 'reset', of: (s) => String(s.ttlSecurity) },
  { word: 'role', change: 'reset', of: (s) => String(s.role) },
  { word: 'ADD-PATH', change: 'reset', of: (s) => String(s.addPath) },
  { word: 'extended next hop', change: 'reset', of: (s) => String(s.extendedNextHop ?? false) },
  { word: 'password', change: 'reset', of: (s) => String(s.password) },
  { word: 'admin-down', change: 'reset', of: (s) => String(s.adminDown !== undefined) },
  { word: 'route reflection', change: 'retuned', of: (s) => String(s.routeReflectorClient) },
  {
    word: 'prefix limit',
    change: 'retuned',
    of: (s) => `${s.maxPrefixes} ${s.maxPrefixesWarning} ${s.maxPrefixesRestart}`,
  },
  { word: 'local AS in paths', change: 'retuned', of: (s) => String(s.localAsPrepend) },
  { word: 'AS sets', change: 'retuned', of: (s) => String(s.rejectAsSets ?? false) },
  { word: 'own AS number in paths', change: 'retuned', of: (s) => String(s.allowOwnAs ?? 0) },
  { word: 'import policy', change: 'retuned', of: (s) => JSON.stringify(s.importPolicy) },
  { word: 'export policy', change: 'retuned', of: (s) => JSON.stringify(s.exportPolicy) },
  { word: 'next hop', change: 'retuned', of: (s) => s.nextHop },
];

/** How a session with one key goes from one release to the next; undefined where nothing of it changes. */
export function changeOf(
  before: Session | undefined,
  after: Session | undefined,
): { change: SessionChange; reason: string } | undefined {
  if (!before || !after) {
    const there = before ?? after;
    return there && { change: before ? 'removed' : 'added', reason: there.origin };
  }
  const differing = PARAMETERS.filter(({ of }) => of(before) !== of(after));
  const strictest = differing.find(({ change }) => change === 'reset') ?? differing[0];
  return strictest && { change: strictest.change, reason: strictest.word };
}
