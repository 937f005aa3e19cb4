import type { AddressFamily, IpAddress } from '../model/address';
import type { AsNumber } from '../model/as-number';
import type { Fabric } from '../model/fabric';
import type { Policy } from '../model/filter';
import type { Peer } from '../model/peer';
import { routerIdIn } from '../model/router-id';
import { bfdOf, fromOtherEnd } from './bfd';
import { addressOf, asNumberOf } from './membership';
import { type Role, type Session, type SessionKind, sessionKey } from './session';

/** What may be said of a session beyond its two ends: what peers and top-of-rack neighbours have in common. */
type SessionOptions = Partial<
  Pick<
    Peer,
    | 'adminDown'
    | 'addPath'
    | 'allowOwnAs'
    | 'bfd'
    | 'connectRetryTime'
    | 'expect'
    | 'extendedNextHop'
    | 'families'
    | 'filters'
    | 'holdTime'
    | 'keepaliveTime'
    | 'localAsNumber'
    | 'localAsPrepend'
    | 'maxPrefixes'
    | 'maxPrefixesRestart'
    | 'maxPrefixesWarning'
    | 'maxRouteMemory'
    | 'multihop'
    | 'nextHop'
    | 'passive'
    | 'password'
    | 'rejectAsSets'
    | 'restartTime'
    | 'role'
    | 'ttlSecurity'
  >
>;

type Direction = 'import' | 'export';

/** The two ends of a session, seen from one. */
export interface Ends {
  readonly kind: SessionKind;
  readonly origin: string;
  /** Name of the node whose session it is. */
  readonly node: string;
  readonly local: IpAddress;
  readonly remote: IpAddress;
  readonly remoteNode?: string;
  readonly remoteAs: AsNumber;
  readonly port: number;
  readonly routeReflectorClient?: boolean;
}

/** A session of a node. `defaults`: the policy of a direction without rules. */
export function sessionOf(
  fabric: Fabric,
  { kind, origin, node, local, remote, remoteNode, remoteAs, port, routeReflectorClient = false }: Ends,
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
    routerId: routerIdIn(fabric, node),
    ...(localAs.equals(nodeAs) ? {} : { nodeAs }),
    families: options.families ?? [local.family],
    dial: options.passive ? 'never' : isInside ? whoDials(local, remote) : 'first',
    isInside,
    multihop: (options.multihop ?? false) || isInside || !isExternal,
    nextHop: options.nextHop ?? 'auto',
    routeReflectorClient: routeReflectorClient && !isExternal,
    ...restartTimeOf(fabric, kind, options),
    ...present(options, PASSED_ON),
    ...(options.bfd && { bfd: bfdOf(options.bfd, { ...options, kind, isInside, isExternal }) }),
    ...(options.expect === 'down' && { expectsDown: true }),
    ...timers(fabric, options),
    importPolicy: policy('import'),
    exportPolicy: policy('export'),
  };
}

/** Options that are parameters of the session as they are. */
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

function present<Name extends keyof SessionOptions>(
  options: SessionOptions,
  names: readonly Name[],
): Pick<SessionOptions, Name> {
  return Object.fromEntries(
    names.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]),
  ) as Pick<SessionOptions, Name>;
}

/** RFC 4724; absent where the fabric does without. */
function restartTimeOf(fabric: Fabric, kind: SessionKind, { restartTime }: SessionOptions): { restartTime?: number } {
  if (!fabric.gracefulRestart) return {};
  return { restartTime: restartTime ?? (kind === 'mesh' ? fabric.meshRestartTime : undefined) ?? fabric.restartTime };
}

/** The ends of a session between two nodes in a family, seen from the first; undefined where they cannot have one. */
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
 * What both ends must have, or one end has where the other has its counterpart. What comes in is each end's own affair.
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

/** RFC 9234 section 4.2. */
const COUNTERPART: Readonly<Record<Role, Role>> = {
  provider: 'customer',
  customer: 'provider',
  routeServer: 'routeServerClient',
  routeServerClient: 'routeServer',
  peer: 'peer',
};

/** Of two nodes the one with the greater address dials; addresses compare as strings, as Calico compares them. */
const whoDials = (local: IpAddress, remote: IpAddress): Session['dial'] =>
  local.toString() > remote.toString() ? 'first' : 'wait';

/**
 * A session's own times, else the fabric's; a keepalive time that nobody gave is a third of the hold time (RFC 4271
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
