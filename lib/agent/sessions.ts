import type { RoutingOptions } from '../bgp/effects';
import type { AsPair, SessionConfig } from '../bgp/session/config';
import type { SessionTemplate } from '../bgp/session/template';
import type { Family } from '../bgp/wire/family';
import type { AddressFamily, IpAddress } from '../model/address';
import type { Fabric } from '../model/fabric';
import { routerIdOf } from '../model/router-id';
import { neighboursOf, sessionsOf } from '../topology/derive';
import { clusterIdOf } from '../topology/membership';
import type { Session } from '../topology/session';

/** The fabrics that an agent holds at once. */
export interface Held {
  readonly active?: Fabric;
  readonly staged?: Fabric;
  readonly retiring?: Fabric;
}

/** A session as it runs: what the speaker needs, and what it was derived from. */
export interface RunningSession {
  readonly config: SessionConfig;
  readonly session: Session;
}

/** Most prefixes that a neighbour may send unless the fabric says otherwise. */
const MAX_PREFIXES = 2_000_000;

/**
 * The sessions that a node runs: those of the active release, and, until final, those that only the retiring one has. A session
 * may come up with the AS numbers of the active, the staged or the retiring release, in this order, so that both ends of one can
 * move at different moments (ARCHITECTURE section 5).
 */
export function runningSessions(held: Held, node: string): RunningSession[] {
  const [active, staged, retiring] = [held.active, held.staged, held.retiring].map(
    (fabric) => new Map(fabric ? sessionsOf(fabric, node).map((session) => [session.key, session]) : []),
  );
  const pairs = (key: string): AsPair[] => {
    const all = [active, staged, retiring].flatMap((sessions) => {
      const session = sessions.get(key);
      return session ? [{ localAs: session.localAs.value, remoteAs: session.remoteAs.value }] : [];
    });
    return all.filter(
      (pair, i) => all.findIndex((p) => p.localAs === pair.localAs && p.remoteAs === pair.remoteAs) === i,
    );
  };
  const run = (fabric: Fabric, session: Session, isRetiring: boolean) => ({
    session,
    config: configOf(fabric, node, session, pairs(session.key), isRetiring),
  });
  return [
    ...[...active.values()].map((session) => run(held.active!, session, false)),
    ...[...retiring.values()]
      .filter(({ key }) => !active.has(key))
      .map((session) => run(held.retiring!, session, true)),
  ];
}

/** The neighbours that the active release lets come from prefixes. Those of a retiring one stay as long as their sessions do. */
export const runningTemplates = ({ active }: Held, node: string): SessionTemplate[] =>
  active
    ? neighboursOf(active, node).map(({ range, limit, session }) => {
        const pair = { localAs: session.localAs.value, remoteAs: session.remoteAs.value };
        const { remoteAddress: _, dial: __, ...config } = configOf(active, node, session, [pair], false);
        return { ...config, key: `${config.localAddress} ${range} ${config.port}`, range, limit };
      })
    : [];

export const bgpFamily = (family: AddressFamily): Family => (family === 'ipv4' ? 'ipv4 unicast' : 'ipv6 unicast');

function configOf(
  fabric: Fabric,
  name: string,
  session: Session,
  acceptable: AsPair[],
  isRetiring: boolean,
): SessionConfig {
  const node = fabric.nodes[name];
  return {
    key: session.key,
    name: session.remoteNode ?? session.origin.replace(/^(peers|racks)\./, ''),
    reason: session.origin,
    localAddress: session.localAddress,
    remoteAddress: session.remoteAddress,
    port: session.port,
    acceptable,
    routerId: routerIdNumber(fabric, name),
    families: session.families.map(bgpFamily),
    dial: session.dial,
    holdTime: session.holdTime,
    keepaliveTime: session.keepaliveTime,
    connectRetryTime: session.connectRetryTime,
    multihop: session.multihop,
    ...(session.restartTime !== undefined && { gracefulRestartTime: session.restartTime }),
    retiring: isRetiring,
    inside: session.isInside,
    importPolicy: session.importPolicy,
    exportPolicy: session.exportPolicy,
    nextHop: session.nextHop,
    routeReflectorClient: session.routeReflectorClient,
    allowOwnAs: session.allowOwnAs ?? 0,
    maxPrefixes: session.maxPrefixes ?? MAX_PREFIXES,
    ...(session.maxPrefixesWarning !== undefined && { maxPrefixWarning: session.maxPrefixesWarning }),
    ...(session.maxPrefixesRestart !== undefined && { maxPrefixRestart: session.maxPrefixesRestart }),
    ...(session.rejectAsSets && { refuseAsSets: true }),
    ...(session.nodeAs && { nodeAs: session.nodeAs.value }),
    ...(session.adminDown !== undefined && { adminDown: session.adminDown }),
    ...(session.password && { authentication: session.password.toString() }),
    ...(session.ttlSecurity !== undefined && { gtsmHops: session.ttlSecurity }),
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
