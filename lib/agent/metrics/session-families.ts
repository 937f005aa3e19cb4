// With a thousand neighbours this writes some twenty thousand samples per scrape: labels of a session are formatted
// once, and nothing is cached.
import type { SessionCounts } from '../../bgp/session/status';
import { isWanted } from '../../control/amiss';
import type { BfdSessionStatus, BfdState } from '../../control/bfd-status';
import type { SessionStatus } from '../../control/status';
import { originName } from '../../topology/origin';
import { and, labels, type MetricFamily, type Sample } from './exposition';

/** A session with its counters; none if it was only just created. */
interface CountedSession {
  readonly status: SessionStatus;
  readonly counts: SessionCounts | undefined;
  /** Packets of its BFD session, if there is one. */
  readonly bfd?: Readonly<Record<'sent' | 'received', number>> | undefined;
}

type Row = readonly [
  name: string,
  type: MetricFamily['type'],
  help: string,
  /** Further labels and a value each. */
  samples: (session: CountedSession) => readonly Sample[],
];

/** The values of bgpPeerState in RFC 4273; 0, which it lacks, is a session kept down by adminDown. */
const STATES: Readonly<Record<SessionStatus['state'], number>> = {
  Idle: 1,
  Connect: 2,
  Active: 3,
  OpenSent: 4,
  OpenConfirm: 5,
  Established: 6,
};

const BFD_STATES: Readonly<Record<BfdState, number>> = { AdminDown: 0, Down: 1, Init: 2, Up: 3 };

/**
 * Names of the error codes of NOTIFICATION (RFC 4271 section 4.5, RFC 7313, RFC 9687) by number; unknown ones share a
 * name.
 */
const ERRORS = [
  'unknown',
  'message_header',
  'open',
  'update',
  'hold_timer',
  'fsm',
  'cease',
  'route_refresh',
  'send_hold_timer',
];

const DIRECTION = { received: labels({ direction: 'received' }), sent: labels({ direction: 'sent' }) } as const;
const FAMILY = { ipv4: labels({ family: 'ipv4' }), ipv6: labels({ family: 'ipv6' }) } as const;

const notified = (direction: keyof typeof DIRECTION) =>
  ERRORS.map((error) => and(DIRECTION[direction], labels({ error })));
const NOTIFIED = { received: notified('received'), sent: notified('sent') };

const one =
  (value: (status: SessionStatus) => number): Row[3] =>
  ({ status }) => [['', value(status)]];

const routes =
  (field: 'received' | 'accepted' | 'advertised'): Row[3] =>
  ({ status }) =>
    (['ipv4', 'ipv6'] as const).flatMap((family): Sample[] => {
      const counted = status.routes[family]?.[field];
      return counted === undefined ? [] : [[FAMILY[family], counted]];
    });

const both =
  (received: 'messagesIn' | 'updatesIn', sent: 'messagesOut' | 'updatesOut'): Row[3] =>
  ({ counts }) =>
    counts
      ? [
          [DIRECTION.received, counts.counters[received]],
          [DIRECTION.sent, counts.counters[sent]],
        ]
      : [];

/** Of a session's BFD session, if there is one and the value is known. */
const bfd =
  (value: (bfd: BfdSessionStatus) => number | undefined): Row[3] =>
  ({ status }) => {
    const number = status.bfd && value(status.bfd);
    return number === undefined ? [] : [['', number]];
  };

const ROWS: readonly Row[] = [
  [
    'session_info',
    'gauge',
    'AS numbers of a session, the part of the fabric that it comes from, and the kind of that part; always 1.',
    ({ status: { localAs, remoteAs, origin, kind, isInside } }) => [
      [labels({ local_as: localAs, remote_as: remoteAs, origin, kind, inside: String(isInside) }), 1],
    ],
  ],
  [
    'session_state',
    'gauge',
    'State of a session: 1 Idle, 2 Connect, 3 Active, 4 OpenSent, 5 OpenConfirm, 6 Established (as in RFC 4273); 0: adminDown keeps it down.',
    one(({ state, isAdminDown }) => (isAdminDown && state === 'Idle' ? 0 : STATES[state])),
  ],
  ['session_up', 'gauge', '1 while it is Established.', one(({ state }) => (state === 'Established' ? 1 : 0))],
  [
    'session_wanted',
    'gauge',
    '1 if the release expects it to be up: it is not meant to be down, is not being removed, and its neighbour is not dynamic.',
    one((status) => (isWanted(status) ? 1 : 0)),
  ],
  [
    'session_state_timestamp_seconds',
    'gauge',
    'When it entered its state, in Unix time.',
    one(({ since }) => Date.parse(since) / 1000),
  ],
  ['session_routes_received', 'gauge', 'Routes received from the neighbour.', routes('received')],
  ['session_routes_accepted', 'gauge', 'Of those, the ones accepted by import policy.', routes('accepted')],
  ['session_routes_advertised', 'gauge', 'Routes advertised to the neighbour.', routes('advertised')],
  ['session_route_memory_bytes', 'gauge', 'Memory used by its routes.', one(({ routeMemory = 0 }) => routeMemory)],
  [
    'session_flaps_total',
    'counter',
    'How often it left Established.',
    ({ status, counts }) => (counts ? [['', counts.established - (status.state === 'Established' ? 1 : 0)]] : []),
  ],
  [
    'session_notifications_total',
    'counter',
    'NOTIFICATION messages by direction and error; those that never occurred are omitted.',
    ({ counts }) =>
      (['received', 'sent'] as const).flatMap((direction) =>
        (counts?.notifications[direction] ?? []).flatMap((number, code): Sample[] =>
          number > 0 ? [[NOTIFIED[direction][code], number]] : [],
        ),
      ),
  ],
  ['session_updates_total', 'counter', 'UPDATE messages by direction.', both('updatesIn', 'updatesOut')],
  ['session_messages_total', 'counter', 'BGP messages by direction.', both('messagesIn', 'messagesOut')],
  [
    'session_malformed_updates_total',
    'counter',
    'Malformed UPDATE messages that did not close the session, by their treatment (RFC 7606).',
    ({ counts }) =>
      counts
        ? [
            [labels({ treatment: 'withdraw' }), counts.counters.treatedAsWithdraw],
            [labels({ treatment: 'discard' }), counts.counters.attributesDiscarded],
          ]
        : [],
  ],
  [
    'bfd_session_state',
    'gauge',
    'State of the BFD session with the neighbour: 0 AdminDown, 1 Down, 2 Init, 3 Up (as in RFC 5880); missing without BFD.',
    bfd(({ state }) => (state === undefined ? undefined : BFD_STATES[state])),
  ],
  [
    'bfd_session_detection_time_seconds',
    'gauge',
    'Silence after which BFD declares the neighbour down, in seconds.',
    bfd(({ detectionTime }) => (detectionTime === undefined ? undefined : detectionTime / 1000)),
  ],
  [
    'bfd_session_downs_total',
    'counter',
    'How often the BFD session failed since it was added or the machine booted: went from Up to Down, and not because the neighbour ended it on purpose (AdminDown).',
    bfd(({ downs }) => downs),
  ],
  [
    'bfd_session_packets_total',
    'counter',
    'BFD packets by direction since the BFD process started; updated every 5 s.',
    ({ bfd: packets }) =>
      packets
        ? [
            [DIRECTION.received, packets.received],
            [DIRECTION.sent, packets.sent],
          ]
        : [],
  ],
];

/**
 * The sessions with separate metrics if there are more than the maximum: outside neighbours first, unnamed ones last.
 */
export function sampledSessions(sessions: readonly SessionStatus[], most: number): readonly SessionStatus[] {
  if (sessions.length <= most) return sessions;
  const rank = ({ isInside, isUnnamed }: SessionStatus) => (isUnnamed ? 2 : isInside ? 1 : 0);
  return [...sessions].sort((a, b) => rank(a) - rank(b)).slice(0, most);
}

/** The metrics of each of these sessions. */
export function sessionFamilies(sessions: readonly CountedSession[]): MetricFamily[] {
  const named = sessions.map((session) => [labelsOf(session.status), session] as const);
  return ROWS.map(([name, type, help, samples]) => {
    const all: Sample[] = [];
    for (const [whose, session] of named)
      for (const [more, value] of samples(session)) all.push([more === '' ? whose : `${whose},${more}`, value]);
    return { name, type, help, samples: all };
  });
}

/** The neighbour of a session; addresses and port identify it. */
const labelsOf = ({ localAddress, remoteAddress, port, remoteNode, origin }: SessionStatus): string =>
  labels({
    local_address: localAddress,
    remote_address: remoteAddress,
    port,
    name: remoteNode ?? originName(origin),
  });
