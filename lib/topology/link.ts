import type { AddressFamily, IpAddress } from '../model/address';
import type { AsNumber } from '../model/as-number';
import type { Fabric } from '../model/fabric';
import type { Policy } from '../model/filter';
import type { Peer } from '../model/peer';
import { routerIdIn } from '../model/router-id';
import { bfdOf, fromOtherEnd } from './bfd';
import { addressOf, asNumberOf } from './membership';
import { type Role, type Session, type SessionKind, sessionKey } from './session';

/** Options that {@link sessionOf} copies to the session unchanged. */
const PASSED_ON = [
  'localAsPrepend',
  'password',
  'ttlSecurity',
  'role',
  'maxPrefixes',
  'maxPrefixesWarning',
  'maxPrefixesRestart',
  'maxRouteMemory',
  'allowOwnAs',
  'rejectAsSets',
  'addPath',
  'extendedNextHop',
  'adminDown',
] as const;

/** Options from which it derives something else. */
type DerivedFrom =
  | 'bfd'
  | 'connectRetryTime'
  | 'expect'
  | 'families'
  | 'filters'
  | 'holdTime'
  | 'keepaliveTime'
  | 'localAsNumber'
  | 'multihop'
  | 'nextHop'
  | 'passive'
  | 'restartTime';

/** Options of a session beyond its two ends, common to peers and top-of-rack neighbours. */
export type SessionOptions = Partial<Pick<Peer, DerivedFrom | (typeof PASSED_ON)[number]>>;

type Direction = 'import' | 'export';

/** The two ends of a session, seen from the local one. */
export interface Ends {
  readonly kind: SessionKind;
  readonly origin: string;
  /** Name of the local node. */
  readonly node: string;
  readonly local: IpAddress;
  readonly remote: IpAddress;
  readonly remoteNode?: string;
  readonly remoteAs: AsNumber;
  /** See {@link Session.anyExternal} and {@link Session.interface}. */
  readonly anyExternal?: true;
  readonly interface?: string;
  readonly port: number;
  readonly routeReflectorClient?: boolean;
}

/** A session of a node. `defaults`: policy for a direction without rules. */
export function sessionOf(
  fabric: Fabric,
  { kind, origin, node, local, remote, remoteNode, remoteAs, port, routeReflectorClient = false, ...over }: Ends,
  options: SessionOptions,
  defaults?: Readonly<Record<Direction, Policy>>,
): Session {
  const nodeAs = asNumberOf(fabric, fabric.nodes[node]);
  const localAs = options.localAsNumber ?? nodeAs;
  const isInside = remoteNode !== undefined;
  const isExternal = !localAs.equals(remoteAs);
  const otherwise = isInside || !isExternal ? 'accept' : 'reject'; // RFC 8212: no policy, no routes
  const policy = (direction: Direction): Policy => {
    const rules = (options.filters ?? []).flatMap((filter) => fabric.filters[filter][direction]);
    if (rules.length > 0) return { rules, otherwise: 'reject' };
    return defaults?.[direction] ?? { rules, otherwise };
  };
  return {
    key: sessionKey(local, remote, port),
    kind,
    origin,
    remoteNode,
    localAddress: local,
    remoteAddress: remote,
    port,
    localAs,
    remoteAs,
    ...(over.anyExternal && { anyExternal: true }),
    ...(over.interface !== undefined && { interface: over.interface }),
    routerId: routerIdIn(fabric, node),
    ...(localAs.equals(nodeAs) ? {} : { nodeAs }),
    families: options.families ?? [local.family],
    dial: options.passive ? 'never' : isInside ? whoDials(local, remote) : 'first',
    isInside,
    multihop: over.interface === undefined && ((options.multihop ?? false) || isInside || !isExternal),
    nextHop: options.nextHop ?? 'auto',
    routeReflectorClient: routeReflectorClient && !isExternal,
    ...restartTimeOf(fabric, kind, options),
    ...present(options, PASSED_ON),
    ...(options.bfd && {
      bfd: bfdOf(options.bfd, { ...options, kind, isInside, isExternal, isOnLink: over.interface !== undefined }),
    }),
    ...(options.expect === 'down' && { expectsDown: true }),
    ...timers(fabric, options),
    importPolicy: policy('import'),
    exportPolicy: policy('export'),
  };
}

function present<Name extends keyof SessionOptions>(
  options: SessionOptions,
  names: readonly Name[],
): Pick<SessionOptions, Name> {
  return Object.fromEntries(
    names.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]),
  ) as Pick<SessionOptions, Name>;
}

/** RFC 4724; undefined if graceful restart is off. */
function restartTimeOf(fabric: Fabric, kind: SessionKind, { restartTime }: SessionOptions): { restartTime?: number } {
  if (!fabric.gracefulRestart) return {};
  return { restartTime: restartTime ?? (kind === 'mesh' ? fabric.meshRestartTime : undefined) ?? fabric.restartTime };
}

/**
 * The ends of a session between two nodes in a family, seen from the first; undefined if either has no address of that
 * family.
 */
export function between(
  fabric: Fabric,
  family: AddressFamily,
  node: string,
  other: string,
): Omit<Ends, 'kind' | 'origin'> | undefined {
  const [from, to] = [fabric.nodes[node], fabric.nodes[other]];
  const [local, remote] = [from && addressOf(from, family), to && addressOf(to, family)];
  if (node === other || !local || !remote) return undefined;
  return { node, local, remote, remoteNode: other, remoteAs: asNumberOf(fabric, to), port: fabric.listenPort };
}

/**
 * Options that both ends must share, or that have a counterpart at the other end. Import options are local to each end.
 */
export function fromOtherSide(options: SessionOptions): SessionOptions {
  const { role, addPath, bfd } = options;
  return {
    ...present(options, [
      'password',
      'families',
      'ttlSecurity',
      'extendedNextHop',
      'holdTime',
      'keepaliveTime',
      'connectRetryTime',
      'restartTime',
      'adminDown',
      'expect',
    ]),
    ...(role && { role: COUNTERPART[role] }),
    ...(bfd && { bfd: fromOtherEnd(bfd) }),
    ...(addPath && { addPath: addPath === 'both' ? addPath : addPath === 'send' ? 'receive' : 'send' }),
  };
}

/** The role that corresponds to each (RFC 9234 section 4.2). */
export const COUNTERPART: Readonly<Record<Role, Role>> = {
  provider: 'customer',
  customer: 'provider',
  routeServer: 'routeServerClient',
  routeServerClient: 'routeServer',
  peer: 'peer',
};

/** The node with the greater address dials. Addresses are compared as strings, as in Calico. */
const whoDials = (local: IpAddress, remote: IpAddress): Session['dial'] =>
  local.toString() > remote.toString() ? 'first' : 'wait';

/**
 * Timers of the session, or else of the fabric. The keepalive time defaults to a third of the hold time (RFC 4271
 * section 10).
 */
function timers(
  fabric: Fabric,
  options: SessionOptions,
): Pick<Session, 'holdTime' | 'keepaliveTime' | 'connectRetryTime'> {
  const holdTime = options.holdTime ?? fabric.holdTime;
  const keepaliveTime = options.keepaliveTime ?? (options.holdTime === undefined ? fabric.keepaliveTime : undefined);
  return {
    holdTime,
    keepaliveTime: keepaliveTime ?? Math.floor(holdTime / 3),
    connectRetryTime: options.connectRetryTime ?? fabric.connectRetryTime,
  };
}
