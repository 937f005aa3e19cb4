import { type AsPair, type BfdOptions, keysOf, permits, type SessionConfig } from './config';

/**
 * The cost of a change to a running session. `none`: it applies from the next attempt on, or is only displayed;
 * `re-evaluate`: routes from or to the neighbour are evaluated again; `retune`: applied in place; `reset`: the session
 * is closed and re-established.
 */
export type Cost = 'none' | 'retune' | 're-evaluate' | 'reset';

/** Cheapest first. */
const COSTS: readonly Cost[] = ['none', 'retune', 're-evaluate', 'reset'];

interface Column {
  readonly cost: Cost;
  /** The field as named by the plan: "reset: hold time". */
  readonly words: string;
  /** The same if it depends on the change. */
  readonly wordsOf?: (before: SessionConfig, after: SessionConfig) => string;
  /** Determined by both OPENs; see {@link SessionConfig.yields}. */
  readonly isNegotiated?: true;
  /**
   * After a reset because of it the neighbour's routes may be invalid; after any other they are retained, even if AS
   * numbers change.
   */
  readonly forgets?: true;
  /** Changing it lets a session closed for exceeding a limit try again. */
  readonly isLimit?: true;
  /** The value to compare, if that is not just the field's. */
  readonly of?: (config: SessionConfig) => unknown;
}

const sorted = (all: readonly string[] | undefined) => all && [...all].sort();

/** The words for a session that is shut down, and for one that is enabled. */
export const ADMIN_DOWN = { set: 'admin-down', removed: 'no longer admin-down' } as const;

/**
 * The effect of a change of each field on a running session: the only definition. The speaker executes it, and the plan
 * reads it (node/change.ts). Several fields with the same cost are named in the order of the table.
 */
export const COLUMNS: Readonly<Record<keyof SessionConfig, Column>> = {
  adminDown: {
    cost: 'reset',
    words: ADMIN_DOWN.set,
    wordsOf: (_before, { adminDown }) => (adminDown === undefined ? ADMIN_DOWN.removed : ADMIN_DOWN.set),
    of: ({ adminDown }) => adminDown !== undefined,
  },
  blocked: { cost: 'reset', words: 'missing secret', of: ({ blocked }) => blocked !== undefined },
  unnumbered: { cost: 'reset', words: 'interface', forgets: true },
  awaitsNeighbour: {
    cost: 'reset',
    words: 'neighbour lost',
    of: ({ awaitsNeighbour }) => awaitsNeighbour !== undefined,
  },
  key: { cost: 'reset', words: 'addresses', forgets: true },
  localAddress: { cost: 'reset', words: 'local address', forgets: true },
  remoteAddress: { cost: 'reset', words: 'remote address', forgets: true },
  port: { cost: 'reset', words: 'port', forgets: true },
  interface: { cost: 'reset', words: 'interface', forgets: true },
  acceptable: { cost: 'reset', words: 'AS number' }, // which end resets: see `pairCost`
  routerId: { cost: 'reset', words: 'BGP identifier' }, // the same
  families: { cost: 'reset', words: 'families', isNegotiated: true, of: ({ families }) => sorted(families) },
  multihop: { cost: 'reset', words: 'hops' },
  holdTime: { cost: 'reset', words: 'hold time', isNegotiated: true },
  gtsmHops: { cost: 'reset', words: 'TTL security' },
  role: { cost: 'reset', words: 'role', forgets: true },
  addPath: {
    cost: 'reset',
    words: 'ADD-PATH',
    isNegotiated: true,
    of: ({ addPath }) => [sorted(addPath?.receive), sorted(addPath?.send)],
  },
  extendedNextHop: {
    cost: 'reset',
    words: 'extended next hop',
    isNegotiated: true,
    of: ({ extendedNextHop = false }) => extendedNextHop,
  },
  authentication: { cost: 'reset', words: 'password' }, // which end resets: see `keyCost`
  routeReflectorClient: { cost: 're-evaluate', words: 'route reflection' },
  maxPrefixes: { cost: 'retune', words: 'prefix limit', isLimit: true },
  maxPrefixWarning: { cost: 'retune', words: 'prefix limit' },
  maxPrefixRestart: { cost: 'retune', words: 'prefix limit', isLimit: true },
  maxRouteMemory: { cost: 'retune', words: 'memory limit', isLimit: true },
  nodeAs: { cost: 're-evaluate', words: 'AS number of the node' },
  localAsPrepend: { cost: 're-evaluate', words: 'local AS in paths' },
  refuseAsSets: { cost: 're-evaluate', words: 'AS sets', of: ({ refuseAsSets = false }) => refuseAsSets },
  allowOwnAs: { cost: 're-evaluate', words: 'allowed own AS' },
  importPolicy: { cost: 're-evaluate', words: 'import policy' },
  exportPolicy: { cost: 're-evaluate', words: 'export policy' },
  nextHop: { cost: 're-evaluate', words: 'next hop' },
  gracefulShutdown: { cost: 're-evaluate', words: 'graceful shutdown' },
  inside: { cost: 're-evaluate', words: 'inside the fabric' },
  localAddresses: { cost: 're-evaluate', words: "the node's addresses", of: ownAddresses },
  bfd: { cost: 'retune', words: 'BFD', wordsOf: bfdWords },
  template: { cost: 'retune', words: 'prefix of neighbours' },
  name: { cost: 'none', words: 'name' },
  reason: { cost: 'none', words: 'reason' },
  listenPort: { cost: 'none', words: 'listen port' },
  dial: { cost: 'none', words: 'who connects' },
  keepaliveTime: { cost: 'none', words: 'keepalive time' },
  connectRetryTime: { cost: 'none', words: 'connect retry time' },
  gracefulRestartTime: { cost: 'none', words: 'restart time' },
  strictRole: { cost: 'none', words: 'strict role' },
  otherAuthentications: { cost: 'reset', words: 'password' }, // the same
  retiring: { cost: 'none', words: 'retiring' },
  leavesMore: { cost: 'none', words: 'what else changes' },
  yields: { cost: 'none', words: 'which end resets' }, // applied when it ends, see Session.configure
};

/** In the order of the table. */
const FIELDS = Object.keys(COLUMNS) as (keyof SessionConfig)[];

/** Our addresses that routes of the session can have as next hop. */
function ownAddresses({ families, extendedNextHop, localAddresses: { ipv4, ipv6 } }: SessionConfig): unknown {
  const isOf = (family: 'ipv4' | 'ipv6') => families.some((each) => each.startsWith(family));
  return [isOf('ipv4') ? ipv4 : null, isOf('ipv6') || extendedNextHop ? ipv6 : null];
}

/**
 * A change of BFD never resets the session from our end. If BFD is removed, a node of the fabric is notified
 * (AdminDown), and with an outside neighbour the BFD session continues until the neighbour ends it.
 */
function bfdWords({ bfd: was }: SessionConfig, { bfd: is }: SessionConfig): string {
  if (was && is) return `BFD ${bfdDifferences(was, is)}`;
  if (is) return `BFD added with ${bfdText(is)}`;
  return 'BFD removed';
}

/** `detectMultiplier 3 -> 5, minimumTtl 1 -> 254`. */
const bfdDifferences = (was: BfdOptions, is: BfdOptions): string =>
  BFD_FIELDS.filter((field) => was[field] !== is[field])
    .map((field) => `${field} ${was[field]} -> ${is[field]}`)
    .join(', ');

/** In the order in which a plan names them: first those that may close a session. */
const BFD_FIELDS = Object.keys({
  ...{ multihop: true, minimumTtl: true, strict: true, passive: true },
  ...{ transmitInterval: true, receiveInterval: true, detectMultiplier: true },
} satisfies Record<keyof BfdOptions, true>) as (keyof BfdOptions)[];

/** `3 x 300 ms`: number of packets and their interval, both ours and the neighbour's if they differ. */
export function bfdText({ transmitInterval: sends, receiveInterval: takes, detectMultiplier, strict }: BfdOptions) {
  const intervals = sends === takes ? `${sends} ms` : `${sends} ms out and ${takes} ms in`;
  return `${detectMultiplier} x ${intervals}${strict ? ' and strict' : ''}`;
}

/** Fields that differ in meaning, in the order of the table; values are compared by content, not by identity. */
export const changedFields = (before: SessionConfig, after: SessionConfig): (keyof SessionConfig)[] =>
  FIELDS.filter((field) => {
    const { of } = COLUMNS[field];
    const was = of ? of(before) : before[field];
    const is = of ? of(after) : after[field];
    if (was === is) return false;
    return typeof was !== 'object' || typeof is !== 'object' || JSON.stringify(was) !== JSON.stringify(is);
  });

/** Parameters of an established session. */
export interface Current extends AsPair {
  /** Name of the secret that it is signed with; null: none. Default: the configured one. */
  readonly key?: string | null;
}

/** The cost of a change, and the fields with the highest cost. */
interface Change {
  readonly cost: Cost;
  readonly fields: readonly (keyof SessionConfig)[];
  /** The words of the most costly fields, separated by commas; empty if none changed. */
  readonly words: string;
}

/**
 * The cost of changing from `before` to `after` for a session with the parameters `current` (absent: not established),
 * and why. A session that is kept down before and after is never reset.
 */
export function changeOf(before: SessionConfig, after: SessionConfig, current?: Current): Change {
  const fields = changedFields(before, after);
  const isDown = downReason(before) !== undefined && downReason(after) !== undefined;
  const costOf = (field: keyof SessionConfig): Cost => {
    const { cost, isNegotiated } = COLUMNS[field];
    if (cost !== 'reset') return cost;
    if (field === 'acceptable') return pairCost(before, after, current);
    if (field === 'routerId') return pairCost(before, after, current) === 'reset' ? 'reset' : 'none';
    // If this end stops yielding, the comparison is with what was agreed, not with what was offered meanwhile.
    if (isDown || (isNegotiated && (after.yields || before.yields))) return 'none';
    return field === 'authentication' || field === 'otherAuthentications' ? keyCost(before, after, current) : cost;
  };
  const costs = fields.map(costOf);
  const cost = COSTS.findLast((each) => costs.includes(each)) ?? 'none';
  // Whatever else changes, a session that is shut down is down, and one that is enabled starts anew.
  const decisive = fields.includes('adminDown')
    ? (['adminDown'] as const)
    : fields.filter((_, i) => costs[i] === cost || (isInPlace(costs[i]) && isInPlace(cost)));
  return { cost, fields, words: wordList(decisive.map((field) => wordsOf(field, before, after))) };
}

const isInPlace = (cost: Cost): boolean => cost === 'retune' || cost === 're-evaluate';

/** Without duplicates. */
export const wordList = (all: readonly string[]): string => [...new Set(all)].join(', ');

const wordsOf = (field: keyof SessionConfig, before: SessionConfig, after: SessionConfig): string =>
  COLUMNS[field].wordsOf?.(before, after) ?? COLUMNS[field].words;

/**
 * A current pair that is no longer acceptable requires a reset, and so does a new first pair if this end is the one
 * that {@link moves}; other changes of the list only affect what is expected of the neighbour, and cost nothing. The
 * BGP identifier is part of a pair: it migrates as the AS number does.
 */
function pairCost(before: SessionConfig, after: SessionConfig, current: AsPair | undefined): Cost {
  if (!current) return 're-evaluate';
  const running = { ...current, localId: current.localId ?? before.routerId };
  if (!isAcceptable(after, running)) return 'reset';
  const [wanted, wantedBefore] = [after, before].map(({ acceptable: [first], routerId }) => ({
    ...first,
    localId: first.localId ?? routerId,
  }));
  if (JSON.stringify(wanted) === JSON.stringify(wantedBefore)) return 'none';
  if (moves(wanted, running, after.dial)) return 'reset';
  return after.inside ? 're-evaluate' : 'none'; // of nodes that migrate, see `migrationAs` in ../rib-peer.ts
}

/** Whether a session may run with a pair; the neighbour's identifier is not checked. */
export const isAcceptable = ({ acceptable, routerId }: SessionConfig, pair: AsPair): boolean =>
  acceptable.some((one) => {
    const { localId = routerId } = one;
    return permits(one, pair) && localId === (pair.localId ?? localId);
  });

/**
 * Which end resets the session, so that it is reset once: the one whose own AS number or identifier changes, as the
 * other accepts what the OPEN contains; if both change, the one that dials.
 */
function moves(wanted: AsPair, current: AsPair, dial: SessionConfig['dial']): boolean {
  const isOwn = wanted.localAs !== current.localAs || wanted.localId !== current.localId;
  const isKnown = wanted.remoteId !== undefined && current.remoteId !== undefined;
  const keepsAs = permits({ ...wanted, localAs: current.localAs }, current);
  const isOthers = !keepsAs || (isKnown && wanted.remoteId !== current.remoteId);
  return isOwn && (!isOthers || dial === 'first');
}

/**
 * A key that is no longer permitted requires a reset, and so does a new first one at the end that does not dial first:
 * that one listens with a single key, so the other, which dials with all in turn, cannot switch before it.
 */
function keyCost(before: SessionConfig, after: SessionConfig, current: Current | undefined): Cost {
  const { key = before.authentication ?? null } = current ?? {};
  const [wanted, ...others] = keysOf(after);
  if (key === wanted) return 'none';
  const isNew = wanted !== (before.authentication ?? null);
  return !others.includes(key) || (isNew && after.dial !== 'first') ? 'reset' : 'none';
}

/** Why a configuration keeps its session down, if it does. */
export const downReason = ({ adminDown, blocked, awaitsNeighbour }: SessionConfig): string | undefined =>
  adminDown ?? blocked ?? awaitsNeighbour;
