import {
  CAPABILITY,
  type Capability,
  capabilitiesOf,
  capabilityOf,
  encodeCapability,
  type GracefulRestart,
  type Multiprotocol,
  ROLE,
} from '../wire/capability';
import type { WireContext } from '../wire/context';
import { type Family, familyOf, numbersOf } from '../wire/family';
import { notification } from '../wire/notification';
import { ERROR, OPEN_ERROR } from '../wire/notification-codes';
import type { Open } from '../wire/open';
import type { NotificationContent } from '../wire/verdict';
import { type AsPair, permits, type RoleName, type SessionConfig } from './config';
import { familiesOf, type OneSided, oneSidedOf } from './one-sided';

/** The parameters negotiated in both OPENs; fixed until the connection ends. */
export interface Negotiated {
  readonly pair: AsPair;
  readonly context: WireContext;
  /** The BGP identifier in our OPEN. */
  readonly localId: number;
  readonly peerRouterId: number;
  /** Seconds; 0: neither keepalives nor a hold timer. */
  readonly holdTime: number;
  readonly keepaliveTime: number;
  readonly routeRefresh: boolean;
  readonly enhancedRefresh: boolean;
  /** The neighbour's graceful restart capability, if both announced it. */
  readonly gracefulRestart?: PeerRestart;
  readonly peerRole?: number;
  readonly oneSided: OneSided;
}

/** RFC 4724 section 3, as announced by the neighbour, limited to families in use here. */
interface PeerRestart {
  readonly restarted: boolean;
  /** Both ends retain routes over a NOTIFICATION (RFC 8538). */
  readonly notification: boolean;
  /** Seconds. */
  readonly restartTime: number;
  readonly families: ReadonlySet<Family>;
  /** Families whose forwarding state the neighbour preserved. */
  readonly forwarding: ReadonlySet<Family>;
}

const IPV6_NEXT_HOP = 2; // AFI

/** The state of our forwarding since the session was last up (RFC 4724 section 3). */
interface Forwarding {
  /** We are coming up after a restart. */
  readonly restarting: boolean;
  /** Routes advertised to the neighbour are still forwarded. */
  readonly preserved: boolean;
}

/** The BGP identifier that a configuration uses with a pair. */
export const localIdOf = ({ routerId }: SessionConfig, pair: AsPair | undefined): number => pair?.localId ?? routerId;

/** Our OPEN for this pair. */
export function buildOpen(
  config: SessionConfig,
  pair: AsPair,
  { restarting, preserved }: Forwarding = { restarting: false, preserved: false },
): Open {
  const capabilities: Capability[] = config.families.map((family) => multiprotocolOf(family));
  capabilities.push({ code: CAPABILITY.routeRefresh });
  if (config.extendedNextHop)
    capabilities.push({
      code: CAPABILITY.extendedNextHop,
      entries: config.families
        .filter((family) => numbersOf(family).address === 'ipv4')
        .map((family) => ({ ...plain(family), nextHopAfi: IPV6_NEXT_HOP })),
    });
  capabilities.push({ code: CAPABILITY.extendedMessage });
  if (config.role && pair.localAs !== pair.remoteAs)
    capabilities.push({ code: CAPABILITY.role, role: ROLE[config.role] });
  if (config.gracefulRestartTime !== undefined)
    capabilities.push({
      code: CAPABILITY.gracefulRestart,
      restarted: restarting,
      notification: true,
      restartTime: config.gracefulRestartTime,
      families: config.families.map((family) => ({ ...plain(family), forwarding: preserved })),
    });
  capabilities.push({ code: CAPABILITY.fourOctetAs, as: pair.localAs });
  const { receive = [], send = [] } = config.addPath ?? {};
  if (receive.length + send.length > 0)
    capabilities.push({
      code: CAPABILITY.addPath,
      families: config.families
        .filter((family) => receive.includes(family) || send.includes(family))
        .map((family) => ({ ...plain(family), receive: receive.includes(family), send: send.includes(family) })),
    });
  capabilities.push({ code: CAPABILITY.enhancedRouteRefresh });
  return { version: 4, as: pair.localAs, holdTime: config.holdTime, routerId: localIdOf(config, pair), capabilities };
}

/**
 * The pair to continue with after the neighbour's OPEN with `peerAs` and `peerId`: of several the one with its
 * identifier. `sent` is the pair of our own OPEN, if already sent: our AS number and identifier are then fixed.
 * Undefined if none is acceptable (Bad Peer AS).
 */
export function pairFor(
  acceptable: readonly AsPair[],
  peerAs: number,
  sent?: AsPair,
  peerId?: number,
): AsPair | undefined {
  const isOurs = ({ localAs, localId }: AsPair) => !sent || (localAs === sent.localAs && localId === sent.localId);
  const possible = [...(sent ? [sent] : []), ...acceptable.filter(isOurs)].flatMap((pair) => {
    const { anyExternal, ...rest } = pair;
    const known = { ...rest, remoteAs: peerAs };
    return permits(pair, known) ? [anyExternal ? known : pair] : [];
  });
  return possible.find(({ remoteId }) => remoteId !== undefined && remoteId === peerId) ?? possible[0];
}

/**
 * What our configuration and the neighbour's OPEN agree on, or the NOTIFICATION that refuses it (RFC 4271 section 6.2).
 * `localId`: the identifier already sent. Version, AS 0, hold time 1 and 2 and optional parameters were checked when
 * the OPEN was decoded.
 */
export function negotiate(
  config: SessionConfig,
  pair: AsPair | undefined,
  open: Open,
  localId: number = localIdOf(config, pair),
): Negotiated | NotificationContent {
  if (!pair) return notification(ERROR.open, OPEN_ERROR.badPeerAs);
  const internal = pair.localAs === pair.remoteAs;
  // RFC 6286 section 2.1: identifiers are unique within an AS; between ASs they need not be.
  if (open.routerId === 0 || (internal && open.routerId === localId))
    return notification(ERROR.open, OPEN_ERROR.badIdentifier);
  if (open.holdTime === 1 || open.holdTime === 2) return notification(ERROR.open, OPEN_ERROR.unacceptableHoldTime);
  const roleProblem = internal ? undefined : checkRole(config, open);
  if (roleProblem) return roleProblem;
  const families = commonFamilies(config, open);
  const common = new Set(families);
  const extendedNextHop = new Set(
    config.extendedNextHop ? families.filter((family) => takesIpv6NextHop(open, family)) : [],
  );
  // RFC 5492 section 5
  if (families.length === 0) return notification(ERROR.open, OPEN_ERROR.unsupportedCapability, wanted(config.families));
  const holdTime = config.holdTime === 0 || open.holdTime === 0 ? 0 : Math.min(config.holdTime, open.holdTime);
  const has = (code: Parameters<typeof capabilityOf>[1]) => capabilityOf(open.capabilities, code) !== undefined;
  const gracefulRestart = peerRestart(config, open, families);
  const peerRole = capabilityOf(open.capabilities, CAPABILITY.role)?.role;
  return {
    pair,
    localId,
    peerRouterId: open.routerId,
    holdTime,
    keepaliveTime: Math.min(config.keepaliveTime, holdTime / 3),
    routeRefresh: has(CAPABILITY.routeRefresh),
    enhancedRefresh: has(CAPABILITY.enhancedRouteRefresh),
    ...(gracefulRestart && { gracefulRestart }),
    ...(peerRole !== undefined && { peerRole }),
    context: {
      session: internal ? 'ibgp' : 'ebgp',
      as4: has(CAPABILITY.fourOctetAs),
      ...addPathOf(config, open, families),
      extendedMessage: has(CAPABILITY.extendedMessage),
      localAs: pair.localAs,
      peerAs: pair.remoteAs,
      families: common,
      extendedNextHop,
    },
    oneSided: oneSidedOf(config, open, common, extendedNextHop),
  };
}

/** Whether two agreements are equal in everything that a configuration can change. */
export function sameAgreement(a: Negotiated, b: Negotiated): boolean {
  const text = ({ holdTime, context }: Negotiated) =>
    JSON.stringify([
      holdTime,
      ...[context.families, context.addPathReceive, context.addPathSend, context.extendedNextHop].map((set) =>
        [...set].sort(),
      ),
    ]);
  return text(a) === text(b);
}

/**
 * The neighbour's graceful restart capability, whether or not we announced it: of several the last counts (RFC 4724
 * section 3).
 */
export const restartOf = (open: Open): GracefulRestart | undefined =>
  capabilitiesOf(open.capabilities, CAPABILITY.gracefulRestart).at(-1);

/** The neighbour's restart parameters, if both OPENs contain graceful restart. */
function peerRestart(config: SessionConfig, open: Open, families: readonly Family[]): PeerRestart | undefined {
  const theirs = restartOf(open);
  if (!theirs || config.gracefulRestartTime === undefined) return undefined;
  const kept = (wants: (entry: GracefulRestart['families'][number]) => boolean) =>
    new Set(
      theirs.families
        .filter(wants)
        .flatMap(({ afi, safi }) => families.filter((family) => family === familyOf(afi, safi))),
    );
  return {
    restarted: theirs.restarted,
    notification: theirs.notification,
    restartTime: theirs.restartTime,
    families: kept(() => true),
    forwarding: kept(({ forwarding }) => forwarding),
  };
}

/** Families announced by both, in our order. */
function commonFamilies(config: SessionConfig, open: Open): Family[] {
  const theirs = familiesOf(open);
  return config.families.filter((family) => theirs.includes(family));
}

/** RFC 7911 section 4: a direction is used if one side sends and the other receives. */
function addPathOf(config: SessionConfig, open: Open, families: readonly Family[]) {
  const theirs = capabilitiesOf(open.capabilities, CAPABILITY.addPath).at(-1)?.families ?? [];
  const find = (family: Family) => theirs.find(({ afi, safi }) => familyOf(afi, safi) === family);
  const ours = config.addPath ?? { receive: [], send: [] };
  return {
    addPathReceive: new Set(families.filter((family) => ours.receive.includes(family) && find(family)?.send)),
    addPathSend: new Set(families.filter((family) => ours.send.includes(family) && find(family)?.receive)),
  };
}

const takesIpv6NextHop = (open: Open, family: Family): boolean =>
  capabilitiesOf(open.capabilities, CAPABILITY.extendedNextHop).some(({ entries }) =>
    entries.some(({ afi, safi, nextHopAfi }) => nextHopAfi === IPV6_NEXT_HOP && familyOf(afi, safi) === family),
  );

/** RFC 9234 section 4.2, table 2: the role that corresponds to each. */
const COUNTERPART: Readonly<Record<RoleName, RoleName>> = {
  provider: 'customer',
  customer: 'provider',
  routeServer: 'routeServerClient',
  routeServerClient: 'routeServer',
  peer: 'peer',
};

function checkRole({ role, strictRole }: SessionConfig, open: Open): NotificationContent | undefined {
  if (!role) return undefined;
  const theirs = capabilitiesOf(open.capabilities, CAPABILITY.role);
  const fits =
    theirs.length === 0 ? !strictRole : theirs.every((capability) => capability.role === ROLE[COUNTERPART[role]]);
  return fits ? undefined : notification(ERROR.open, OPEN_ERROR.roleMismatch);
}

/** The missing capabilities, as encoded in an OPEN. */
function wanted(families: readonly Family[]): Uint8Array {
  return Uint8Array.from(
    families.flatMap((family) => {
      const value = encodeCapability(multiprotocolOf(family));
      return [CAPABILITY.multiprotocol, value.length, ...value];
    }),
  );
}

const plain = (family: Family) => ({ afi: numbersOf(family).afi, safi: numbersOf(family).safi });
const multiprotocolOf = (family: Family): Multiprotocol => ({ code: CAPABILITY.multiprotocol, ...plain(family) });
