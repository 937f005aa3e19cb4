import { REJECT_ALL } from '../bgp/policy/policy';
import { type AsPair, permits, type SessionConfig, samePair } from '../bgp/session/config';
import type { SessionTemplate } from '../bgp/session/template';
import type { Retiring } from '../control/transaction';
import { ADDRESS_FAMILIES } from '../model/address';
import type { Fabric } from '../model/fabric';
import type { FilterRule, Policy } from '../model/filter';
import { neighboursOf } from '../topology/derive';
import type { Session } from '../topology/session';
import type { Held, HeldFabric, Service } from './held';
import { sessionsWith } from './local-as';
import { idNumber, routerIdNumber } from './routing';
import { configOf, type Moving } from './session-config';

/** A running session: its configuration, and what it was derived from. */
export interface RunningSession {
  readonly config: SessionConfig;
  readonly session: Session;
  /** The session of the fabric that it is one of: its interface matches the pattern of that. */
  readonly pattern?: Session;
}

/** A session before its secrets are looked up. */
export interface UnsignedSession extends RunningSession {
  /** The keys that it can be signed with, preferred first. */
  readonly passwords: readonly Password[];
}

/** The key of a session in one activation: a reference, or none. */
export interface Password {
  readonly reference: string | undefined;
  readonly activation: number | undefined;
}

/**
 * The sessions that a node runs: those of the active release and, until it is final, those that only the retiring one
 * has. A session can come up with the AS numbers of the active, staged or retiring release, in this order, so that the
 * two ends can change at different times; with an outside neighbour, last also with those that the session is up with.
 */
export const runningSessions = (held: Held, node: string): UnsignedSession[] => [...eachRunning(held, node)];

/** The same, lazily, so that a caller with thousands of sessions can yield in between. */
export function* eachRunning(held: Held, node: string): Generator<UnsignedSession> {
  const versions = new Versions(held, node);
  for (const session of versions.active.values()) yield activeSession(versions, session);
  yield* formerSessions(versions);
}

/** Those that only the retiring release has. */
export const retiringSessions = (held: Held, node: string): UnsignedSession[] =>
  held.retiring ? [...formerSessions(new Versions(held, node))] : [];

/** The sessions of a node in each of the releases that it holds. */
class Versions {
  readonly active: ReadonlyMap<string, Session>;
  readonly retiring: ReadonlyMap<string, Session>;
  private readonly staged: ReadonlyMap<string, Session>;
  private readonly confirmed: ReadonlyMap<string, Session>;

  constructor(
    readonly held: Held,
    readonly node: string,
  ) {
    const byKey = (one: HeldFabric | undefined) =>
      new Map(one ? sessionsWith(one.fabric, node, one.localAs).map((session) => [session.key, session]) : []);
    this.active = byKey(held.active);
    this.staged = byKey(held.staged);
    this.retiring = byKey(held.retiring);
    this.confirmed = byKey(held.confirmed);
  }

  /** The same session in the previous release, until the change is over for it. */
  formerOf(key: string): Session | undefined {
    const former = this.retiring.get(key);
    return former && !isOver(former, this.held.retiring!) ? former : undefined;
  }

  /** The session in each release that is still relevant for it. */
  of(key: string): Version[] {
    const { held } = this;
    const version = (session: Session | undefined, of: HeldFabric | undefined): Version[] =>
      session && of ? [{ session, fabric: of.fabric }] : [];
    return [
      ...version(this.active.get(key), held.active),
      ...version(this.staged.get(key), held.staged),
      ...version(this.formerOf(key), held.retiring),
    ];
  }

  /**
   * The keys that a session with a node of the fabric can have, as its ends change at different times. An outside
   * neighbour knows only one.
   */
  passwordsOf(session: Session, of: HeldFabric): Password[] {
    const { held } = this;
    const inOthers: [Session | undefined, HeldFabric | undefined][] = [
      [this.active.get(session.key), held.active],
      [this.staged.get(session.key), held.staged],
      [this.formerOf(session.key), held.retiring],
      [this.confirmed.get(session.key), held.confirmed],
    ];
    return [[session, of] as const, ...(session.isInside ? inOthers : [])].flatMap(([one, { activation } = {}]) =>
      one ? [{ reference: one.password?.toString(), activation }] : [],
    );
  }
}

function activeSession(versions: Versions, session: Session): UnsignedSession {
  const { held, node } = versions;
  const former = versions.formerOf(session.key);
  const leavesMore = former !== undefined && differsInMore(session, former);
  const up = session.isInside ? undefined : held.upBy?.[session.key];
  const config = configOf(held.active!.fabric, node, { ...moving(session, versions.of(session.key), up), leavesMore });
  // A client receives routes of the others over its own sessions with them only once these are up.
  const routeReflectorClient = config.routeReflectorClient || former?.routeReflectorClient === true;
  return {
    session,
    config: inService({ ...config, routeReflectorClient }, held.service),
    passwords: versions.passwordsOf(session, held.active!),
  };
}

function* formerSessions(versions: Versions): Generator<UnsignedSession> {
  const { held, node } = versions;
  for (const session of versions.retiring.values()) {
    const { phase, behind, fabric } = held.retiring!;
    const isStaying = behind.includes(session.remoteNode ?? '');
    if (versions.active.has(session.key) || (phase === 'closed' && !isStaying)) continue;
    const config = {
      ...configOf(fabric, node, moving(session, [{ session, fabric }, ...versions.of(session.key)])),
      retiring: true,
    };
    yield {
      session,
      config: inService(phase === 'kept' || isStaying ? config : emptying(config), held.service),
      passwords: versions.passwordsOf(session, held.retiring!),
    };
  }
}

const isOver = ({ remoteNode = '' }: Session, { phase, behind }: Pick<Retiring, 'phase' | 'behind'>): boolean =>
  phase !== 'kept' && !behind.includes(remoteNode);

/** Whether two versions of a session differ in parameters that reset it, other than AS numbers and identifiers. */
const differsInMore = (one: Session, other: Session): boolean => {
  const text = ({ families, holdTime, addPath, extendedNextHop, password, role, multihop, ttlSecurity }: Session) =>
    JSON.stringify([[...families].sort(), holdTime, addPath, extendedNextHop, password, role, multihop, ttlSecurity]);
  return text(one) !== text(other);
};

/** A session in one release. */
interface Version {
  readonly session: Session;
  readonly fabric: Fabric;
}

/**
 * The combinations a session can come up with, the preferred one first. BGP identifiers are included only if this
 * node's own changes: the other end's then shows which release it runs.
 */
function pairsOf(versions: readonly Version[], up: readonly AsPair[]): AsPair[] {
  const pairs = versions.map(({ session: { localAs, remoteAs, anyExternal, remoteNode, routerId }, fabric }) => ({
    localAs: localAs.value,
    remoteAs: remoteAs.value,
    ...(anyExternal && { anyExternal }),
    localId: idNumber(routerId),
    ...(remoteNode !== undefined && fabric.nodes[remoteNode] && { remoteId: routerIdNumber(fabric, remoteNode) }),
  }));
  const isRenamed = pairs.some(({ localId }) => localId !== pairs[0].localId);
  const wanted: AsPair[] = isRenamed
    ? pairs
    : pairs.map(({ localAs, remoteAs, anyExternal }) => ({ localAs, remoteAs, ...(anyExternal && { anyExternal }) }));
  const more = up.filter((pair) => !wanted.some((other) => samePair(pair, other) || permits(other, pair)));
  return [
    ...wanted.filter((pair, i) => wanted.findIndex((other) => JSON.stringify(pair) === JSON.stringify(other)) === i),
    ...more,
  ];
}

/**
 * Of two nodes, the one that dials resets the session when parameters change. Meanwhile the other offers the superset
 * of all releases, so that the first one's configuration decides, whichever is activated first.
 */
function moving(session: Session, all: readonly Version[], up?: AsPair): Moving {
  const acceptable = pairsOf(all, up ? [up] : []);
  const versions = all.map((version) => version.session);
  const yields = session.isInside && session.dial !== 'first' && versions.length > 1;
  if (!yields) return { session, acceptable, yields };
  const holdTimes = versions.map(({ holdTime }) => holdTime);
  return {
    session: {
      ...session,
      families: ADDRESS_FAMILIES.filter((family) => versions.some(({ families }) => families.includes(family))),
      holdTime: holdTimes.includes(0) ? session.holdTime : Math.max(...holdTimes),
      extendedNextHop:
        versions.find(({ extendedNextHop }) => extendedNextHop)?.extendedNextHop ?? session.extendedNextHop,
      addPath: versions.map(({ addPath }) => addPath).reduce(bothWays),
    },
    acceptable,
    yields,
  };
}

const bothWays = (one: Session['addPath'], other: Session['addPath']): Session['addPath'] =>
  one === undefined || other === undefined || one === other ? (one ?? other) : 'both';

/** RFC 8326 section 4: routes advertised over it and received from it are least preferred. */
function emptying(config: SessionConfig): SessionConfig {
  const { rules, otherwise } = config.importPolicy;
  const last = (rule: FilterRule): FilterRule =>
    rule.action === 'accept' ? { ...rule, set: { ...rule.set, localPreference: 0 } } : rule;
  const rest: FilterRule[] = otherwise === 'accept' ? [last({ action: 'accept' })] : [];
  return {
    ...config,
    gracefulShutdown: true,
    importPolicy: { rules: [...rules.map(last), ...rest], otherwise: 'reject' },
  };
}

/**
 * Export policy of a node that is out of service. Status recognises it by identity, to distinguish it from a session
 * without filters.
 */
export const OUT_OF_SERVICE: Policy = REJECT_ALL;

/**
 * A node that is out of service advertises nothing; it still accepts routes, so that it stays reachable for
 * maintenance.
 */
function inService(config: SessionConfig, service: Service = 'full'): SessionConfig {
  if (service === 'full') return config;
  if (service === 'leaving') return { ...config, gracefulShutdown: true };
  return { ...config, gracefulShutdown: true, exportPolicy: OUT_OF_SERVICE };
}

/**
 * Templates for dynamic neighbours of the active release. Those of a retiring release stay as long as their sessions.
 */
export const runningTemplates = ({ active, service }: Held, node: string): SessionTemplate[] =>
  active
    ? neighboursOf(active.fabric, node).map(({ range, limit, session }) => {
        const all = configOf(active.fabric, node, moving(session, [{ session, fabric: active.fabric }]));
        const { remoteAddress: _, dial: __, ...config } = inService(all, service);
        return { ...config, key: `${config.localAddress} ${range} ${config.port}`, range, limit };
      })
    : [];
