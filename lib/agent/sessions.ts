import type { RoutingOptions } from '../bgp/effects';
import { type AsPair, type SessionConfig, samePair } from '../bgp/session/config';
import type { SessionTemplate } from '../bgp/session/template';
import type { Family } from '../bgp/wire/family';
import type { Retiring, Running } from '../control/transaction';
import { ADDRESS_FAMILIES, type AddressFamily, type IpAddress } from '../model/address';
import type { Fabric } from '../model/fabric';
import type { FilterRule } from '../model/filter';
import { routerIdOf } from '../model/router-id';
import { asNumberOf, neighboursOf } from '../topology/derive';
import { clusterIdOf } from '../topology/membership';
import type { Session } from '../topology/session';
import { localAsAfter, sessionsWith } from './local-as';

export { localAsAfter };

/** A fabric that an agent holds, with the local AS numbers that some of its sessions keep. */
export interface HeldFabric {
  readonly fabric: Fabric;
  readonly localAs?: Running['localAs'];
  /** The activation that it came with, and its secrets. */
  readonly activation?: number;
}

/** How far a node is out of service: not, with its neighbours asked to go round it (RFC 8326), or with nothing told to them any more. */
export type Service = 'full' | 'leaving' | 'none';

/** What an agent holds at once, and how far it is. */
export interface Held {
  readonly active?: HeldFabric;
  readonly staged?: HeldFabric;
  readonly retiring?: HeldFabric & Pick<Retiring, 'phase' | 'behind'>;
  /** What is gone back to unless the active one is confirmed. */
  readonly confirmed?: HeldFabric;
  /** Absent: full. */
  readonly service?: Service;
}

/** A session as it runs: what the speaker needs, and what it was derived from. */
export interface RunningSession {
  readonly config: SessionConfig;
  readonly session: Session;
}

/** One before its secrets are looked up. */
export interface UnsignedSession extends RunningSession {
  /** The keys that it may be signed with, the one that it should have first. */
  readonly passwords: readonly Password[];
}

/** The key of a session in one activation: a reference, or that there is none. */
export interface Password {
  readonly reference: string | undefined;
  readonly activation: number | undefined;
}

/** Most prefixes that a neighbour may send unless the fabric says otherwise. */
const MAX_PREFIXES = 2_000_000;

/**
 * The sessions that a node runs: those of the active release, and, until final, those that only the retiring one has. A session
 * may come up with the AS numbers of the active, the staged or the retiring release, in this order, so that both ends of one can
 * move at different moments (ARCHITECTURE section 5).
 */
export function runningSessions(held: Held, node: string): UnsignedSession[] {
  const [active, staged, retiring, confirmed] = [held.active, held.staged, held.retiring, held.confirmed].map(
    (one) => new Map(one ? sessionsWith(one.fabric, node, one.localAs).map((session) => [session.key, session]) : []),
  );
  /** The same session in the former release, while that is not over for it. */
  const formerOf = (key: string): Session | undefined => {
    const former = retiring.get(key);
    return former && !isOver(former, held.retiring!) ? former : undefined;
  };
  /** The same session in each of the releases that are not over for it. */
  const versions = (key: string): Session[] =>
    [active.get(key), staged.get(key), formerOf(key)].filter((one) => one !== undefined);
  /** The keys that a session with a node of the fabric may have, as its ends move at different moments; a neighbour outside knows one. */
  const passwordsOf = (session: Session, of: HeldFabric): Password[] => {
    const inOthers: [Session | undefined, HeldFabric | undefined][] = [
      [active.get(session.key), held.active],
      [staged.get(session.key), held.staged],
      [formerOf(session.key), held.retiring],
      [confirmed.get(session.key), held.confirmed],
    ];
    return [[session, of] as const, ...(session.isInside ? inOthers : [])].flatMap(([one, { activation } = {}]) =>
      one ? [{ reference: one.password?.toString(), activation }] : [],
    );
  };
  const now = [...active.values()].map((session): UnsignedSession => {
    const config = configOf(held.active!.fabric, node, moving(session, versions(session.key)));
    // A client hears of the others by its own sessions with them only when these are up.
    const routeReflectorClient = config.routeReflectorClient || formerOf(session.key)?.routeReflectorClient === true;
    return {
      session,
      config: inService({ ...config, routeReflectorClient }, held.service),
      passwords: passwordsOf(session, held.active!),
    };
  });
  const former = [...retiring.values()].flatMap((session): UnsignedSession[] => {
    const { phase, behind, fabric } = held.retiring!,
      isStaying = behind.includes(session.remoteNode ?? '');
    if (active.has(session.key) || (phase === 'closed' && !isStaying)) return [];
    const config = { ...configOf(fabric, node, moving(session, [session, ...versions(session.key)])), retiring: true };
    return [
      {
        session,
        config: inService(phase === 'kept' || isStaying ? config : emptying(config), held.service),
        passwords: passwordsOf(session, held.retiring!),
      },
    ];
  });
  return [...now, ...former];
}

const isOver = ({ remoteNode = '' }: Session, { phase, behind }: Pick<Retiring, 'phase' | 'behind'>): boolean =>
  phase !== 'kept' && !behind.includes(remoteNode);

/** A session while its releases may differ: the AS numbers it may come up with, and what it offers. */
interface Moving {
  readonly session: Session;
  readonly acceptable: readonly AsPair[];
  readonly yields: boolean;
}

/**
 * Of two nodes of the fabric the one that dials resets the session where parameters change. The other offers the most of all releases meanwhile, so
 * that what the first says decides, whichever of them comes first.
 */
function moving(session: Session, versions: readonly Session[]): Moving {
  const pairs = versions.map(({ localAs, remoteAs }) => ({ localAs: localAs.value, remoteAs: remoteAs.value }));
  const acceptable = pairs.filter((pair, i) => pairs.findIndex((other) => samePair(pair, other)) === i);
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

/** RFC 8326 section 4: what is told over it, and what is heard, is the last choice. */
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

/** Of a node that is out of service neighbours learn nothing; it still learns from them, so that it can be reached for its maintenance. */
function inService(config: SessionConfig, service: Service = 'full'): SessionConfig {
  if (service === 'full') return config;
  if (service === 'leaving') return { ...config, gracefulShutdown: true };
  return { ...config, gracefulShutdown: true, exportPolicy: { rules: [], otherwise: 'reject' } };
}

/** The neighbours that the active release lets come from prefixes. Those of a retiring one stay as long as their sessions do. */
export const runningTemplates = ({ active, service }: Held, node: string): SessionTemplate[] =>
  active
    ? neighboursOf(active.fabric, node).map(({ range, limit, session }) => {
        const all = configOf(active.fabric, node, moving(session, [session]));
        const { remoteAddress: _, dial: __, ...config } = inService(all, service);
        return { ...config, key: `${config.localAddress} ${range} ${config.port}`, range, limit };
      })
    : [];

export const bgpFamily = (family: AddressFamily): Family => (family === 'ipv4' ? 'ipv4 unicast' : 'ipv6 unicast');

function configOf(fabric: Fabric, name: string, { session, acceptable, yields }: Moving): SessionConfig {
  const node = fabric.nodes[name],
    nodeAs = asNumberOf(fabric, node);
  return {
    key: session.key,
    name: session.remoteNode ?? session.origin.replace(/^(peers|racks)\./, ''),
    reason: session.origin,
    localAddress: session.localAddress,
    remoteAddress: session.remoteAddress,
    port: session.port,
    listenPort: fabric.listenPort,
    acceptable,
    routerId: routerIdNumber(fabric, name),
    families: session.families.map(bgpFamily),
    dial: session.dial,
    holdTime: session.holdTime,
    keepaliveTime: session.keepaliveTime,
    connectRetryTime: session.connectRetryTime,
    multihop: session.multihop,
    ...(session.restartTime !== undefined && { gracefulRestartTime: session.restartTime }),
    ...(yields && { yields }),
    inside: session.isInside,
    importPolicy: session.importPolicy,
    exportPolicy: session.exportPolicy,
    nextHop: session.nextHop,
    routeReflectorClient: session.routeReflectorClient,
    allowOwnAs: session.allowOwnAs ?? 0,
    maxPrefixes: session.maxPrefixes ?? MAX_PREFIXES,
    ...(session.maxPrefixesWarning !== undefined && { maxPrefixWarning: session.maxPrefixesWarning }),
    ...(session.maxPrefixesRestart !== undefined && { maxPrefixRestart: session.maxPrefixesRestart }),
    ...(session.localAsPrepend && { localAsPrepend: session.localAsPrepend }),
    ...(session.rejectAsSets && { refuseAsSets: true }),
    ...(session.adminDown !== undefined && { adminDown: session.adminDown }),
    ...(session.password && { authentication: session.password.toString() }),
    ...(session.ttlSecurity !== undefined && { gtsmHops: session.ttlSecurity }),
    ...(!nodeAs.equals(session.localAs) && { nodeAs: nodeAs.value }),
    ...(session.role && { role: session.role }),
    ...(session.addPath && { addPath: addPathOf(session) }),
    ...(session.extendedNextHop !== undefined && { extendedNextHop: session.extendedNextHop }),
    localAddresses: { ipv4: node.ipv4Address, ipv6: node.ipv6Address },
  };
}

function addPathOf({ addPath, families }: Session): NonNullable<SessionConfig['addPath']> {
  const all = families.map(bgpFamily);
  return { receive: addPath === 'send' ? [] : all, send: addPath === 'receive' ? [] : all };
}

/** The BGP identifier of a node as 32 bits. */
export function routerIdNumber(fabric: Fabric, name: string): number {
  const node = fabric.nodes[name];
  return numberOf(routerIdOf(name, node.routerId, node.ipv4Address));
}

/** What the speaker of a node goes by, beside its sessions. */
export function routingOf(fabric: Fabric, name: string): RoutingOptions {
  const cluster = clusterIdOf(fabric, name);
  return {
    routerId: routerIdNumber(fabric, name),
    ...(cluster && { clusterId: numberOf(cluster) }),
    ...(fabric.multipath !== undefined && { multipath: fabric.multipath }),
  };
}

const numberOf = ({ bytes }: IpAddress): number => new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
