import { type Bfd, REAL_TIME_BELOW } from '../../model/bfd';
import type { Fabric } from '../../model/fabric';
import { type FieldRow, openField } from './row';

/** That of a session without TTL security. */
const LEAST_TTL = 1;

/** What a change of each field of a profile does at either end of a session. */
const EFFECTS: Readonly<Record<keyof Bfd, (is: Bfd, was: Bfd) => string>> = {
  multihop: ({ multihop }) =>
    multihop === undefined
      ? 'if that is another port, both ends must run a new BFD session on it'
      : `both ends must run a new BFD session on UDP port ${multihop ? '4784, for several hops' : '3784, on the link'}; until it is up neither end watches the other`,
  minimumTtl: ({ minimumTtl = LEAST_TTL }, { minimumTtl: was = LEAST_TTL }) =>
    minimumTtl > was
      ? `this end drops packets that arrive with a TTL below ${minimumTtl}; if those of the other end do, BFD goes down after the detection time, and the session is closed`
      : 'this end accepts packets from further away; nothing changes at the other end',
  strict: ({ strict }) =>
    strict
      ? 'at this end, a session that is closed comes up again only when BFD is up; one that is up stays'
      : 'at this end, BGP no longer waits for BFD',
  passive: ({ passive }) =>
    passive
      ? 'this end sends nothing until the other does, whenever the BFD session begins anew; one that is up stays'
      : 'this end sends without waiting for the other',
  transmitInterval: (is, was) =>
    `this end sends every ${is.transmitInterval} ms, or less often if the other end demands that; the other end finds a failure ${when(is, was, 'transmitInterval')}, unless it accepts packets no more often than every ${slower(is, was, 'transmitInterval')} ms`,
  receiveInterval: (is, was) =>
    `the other end sends no more often than every ${is.receiveInterval} ms; this end finds a failure ${when(is, was, 'receiveInterval')}, unless the other end sends no more often than every ${slower(is, was, 'receiveInterval')} ms anyway`,
  detectMultiplier: ({ detectMultiplier }) =>
    `the other end takes this one for failed after ${detectMultiplier} missing packet${detectMultiplier === 1 ? '' : 's'}; nothing changes at this end`,
};

const when = (is: Bfd, was: Bfd, field: 'transmitInterval' | 'receiveInterval' | 'detectMultiplier'): string =>
  is[field] < was[field] ? 'sooner' : 'later';

/**
 * The interval of the other end from which on a change makes no difference: the longer of both ends' counts (RFC 5880
 * section 6.8.4).
 */
const slower = (is: Bfd, was: Bfd, field: 'transmitInterval' | 'receiveInterval'): number =>
  Math.max(is[field], was[field]);

const detection: (field: Parameters<typeof when>[2]) => (is: Bfd, was: Bfd) => string = (field) => (is, was) =>
  is[field] < was[field] ? 'lets BFD close sessions sooner' : 'lets BFD find failures later';

const interval: typeof detection = (field) => (is, was) =>
  `${detection(field)(is, was)} where the other end keeps pace`;

/** The change of each field in short. */
const CLAUSES: Readonly<Record<keyof Bfd, (is: Bfd, was: Bfd) => string>> = {
  multihop: () => 'moves BFD to another port, so that neither end watches the other until both have moved',
  minimumTtl: ({ minimumTtl = LEAST_TTL }, { minimumTtl: was = LEAST_TTL }) =>
    minimumTtl > was
      ? 'closes sessions if BFD packets arrive with too low a TTL'
      : 'accepts BFD packets from further away',
  strict: ({ strict }) =>
    strict ? 'lets sessions come up only when BFD is up' : 'lets sessions come up without waiting for BFD',
  passive: ({ passive }) =>
    passive ? 'leaves it to the other end to start BFD' : 'starts BFD without waiting for the other end',
  transmitInterval: interval('transmitInterval'),
  receiveInterval: interval('receiveInterval'),
  detectMultiplier: detection('detectMultiplier'),
};

const FIELDS = Object.keys(EFFECTS) as (keyof Bfd)[];

/** `minimumTtl 1 -> 254: this end drops …`, for each changed field; an unset one has the default of its session. */
const effectsOf = (was: Bfd, is: Bfd): string[] =>
  FIELDS.filter((field) => was[field] !== is[field]).map(
    (field) => `${field} ${was[field] ?? 'default'} -> ${is[field] ?? 'default'}: ${EFFECTS[field](is, was)}`,
  );

const fastest = ({ transmitInterval, receiveInterval }: Bfd): number => Math.min(transmitInterval, receiveInterval);

/** `isOutside`: whether the neighbour is not a node. Unset: both ends are nodes. */
export const bfdRow = <Of>(isOutside: (holder: Of, fabric: Fabric) => boolean = () => false): FieldRow<Bfd, Of> =>
  openField((was, is, { is: holder, after }) => {
    // Disabling BFD closes no session: nodes announce it to each other, and towards outside neighbours BFD runs until
    // they disable it too.
    if (!is) return undefined;
    const isTold = holder !== undefined && isOutside(holder, after);
    const clauses = was
      ? FIELDS.filter((field) => was[field] !== is[field]).map((field) => CLAUSES[field](is, was))
      : ['closes sessions as soon as BFD packets stop'];
    return {
      clause: [...new Set(clauses)].join(', and '),
      ask: [
        `the network between must carry BFD (UDP port 3784, over several hops 4784) without ${is.detectMultiplier === 1 ? 'the loss of a single packet' : `losing ${is.detectMultiplier} packets in a row`}${isTold ? ', and whoever runs the neighbour must enable it there' : ''}`,
        ...(fastest(is) < Math.min(REAL_TIME_BELOW, was ? fastest(was) : REAL_TIME_BELOW)
          ? [
              `below ${REAL_TIME_BELOW} ms, both ends must run BFD in real time: the log of peerform bfd says if it cannot`,
            ]
          : []),
        ...(was
          ? effectsOf(was, is)
          : is.strict
            ? ['a session that is closed comes up again only when BFD is up']
            : []),
      ].join('; '),
      mayLose: true,
    };
  });
