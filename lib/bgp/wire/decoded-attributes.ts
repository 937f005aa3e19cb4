import { ATTRIBUTE, rowOf } from './attribute';
import { isHost } from './attribute/03-next-hop';
import { splitNextHop } from './attribute/14-mp-reach';
import { copy } from './attribute/octets';
import { attributeVerdict, decodeAttributeList, type Skipped } from './attribute-list';
import type { WireContext } from './context';
import { UPDATE_ERROR } from './notification-codes';
import { NO_OCTETS } from './octets';
import type { PathAttributes } from './path-attributes';
import { routeAttributes } from './route-attributes';
import type { UpdateSplit } from './split';
import { ACCEPT, stricter, type UpdateVerdict } from './verdict';

/**
 * Which of a message's routes: those of the NLRI field with NEXT_HOP, those of MP_REACH_NLRI with its own next hop, or
 * none (withdrawals only).
 */
export type RouteSource = 'nlri' | 'reach' | 'none';

/** The attributes of a message for its routes of one source. */
interface DecodedAttributes {
  /** By RFC 7606, before `weigh`. */
  readonly verdict: UpdateVerdict;
  /** Type codes of discarded attributes. */
  readonly discarded: readonly number[];
  readonly attributes: PathAttributes;
}

const NO_MULTIPROTOCOL: Skipped = new Set([ATTRIBUTE.mpReach, ATTRIBUTE.mpUnreach]);
// RFC 4760 section 3: the routes of MP_REACH_NLRI have a next hop there, and NEXT_HOP is ignored.
const NO_NEXT_HOP: Skipped = new Set([...NO_MULTIPROTOCOL, ATTRIBUTE.nextHop]);

/** The main source of a message's routes. */
export function sourceOf(split: UpdateSplit): RouteSource {
  if (split.reachFamily !== undefined && split.reachNlriEnd > split.reachNlriStart) return 'reach';
  return split.nlriEnd > split.nlriStart ? 'nlri' : 'none';
}

/**
 * The full decoder: reads and judges all attributes except MP_REACH_NLRI and MP_UNREACH_NLRI, which `splitUpdate` has
 * examined. The result depends only on the context and on the octets that {@link copyAttributes} returns for the same
 * source, so it need only run once for each distinct set.
 */
export function decodeAttributes(
  bytes: Uint8Array,
  split: UpdateSplit,
  context: WireContext,
  source: RouteSource = sourceOf(split),
): DecodedAttributes {
  const { attributesStart, attributesEnd } = split;
  const skipped = source === 'reach' ? NO_NEXT_HOP : NO_MULTIPROTOCOL;
  const list = decodeAttributeList(bytes, attributesStart, attributesEnd, context, skipped);
  const route = routeAttributes(list.attributes, context);
  const attributes = source === 'reach' ? { ...route, ...reachNextHop(bytes, split) } : route;
  const verdict = source === 'none' ? list.verdict : stricter(list.verdict, wanting(attributes, context));
  return { verdict, discarded: list.discarded, attributes };
}

/**
 * Copies the octets on which the result of {@link decodeAttributes} depends into `into`, starting at `at`, and returns
 * the end position: the key by which callers intern sets. For `reach` they begin with the length and the next hop of
 * MP_REACH_NLRI, otherwise with one octet for the source; all attributes follow except MP_REACH_NLRI and
 * MP_UNREACH_NLRI. `into` must have room for a message.
 */
export function copyAttributes(
  bytes: Uint8Array,
  split: UpdateSplit,
  source: RouteSource,
  into: Uint8Array,
  at = 0,
): number {
  let to = at;
  if (source === 'reach') to = copy(bytes, split.reachNextHopStart - 1, split.reachNextHopEnd, into, to);
  else into[to++] = source === 'nlri' ? 0 : 255;
  const { reachStart, reachEnd, unreachStart, unreachEnd } = split;
  const unreachFirst = unreachStart < reachStart;
  let from = split.attributesStart;
  // Both are skipped, in the order in which they occur. The offsets of one that is absent are 0, so it comes first.
  const [firstStart, firstEnd] = unreachFirst ? [unreachStart, unreachEnd] : [reachStart, reachEnd];
  const [secondStart, secondEnd] = unreachFirst ? [reachStart, reachEnd] : [unreachStart, unreachEnd];
  if (firstStart !== 0) {
    to = copy(bytes, from, firstStart, into, to);
    from = firstEnd;
  }
  if (secondStart !== 0) {
    to = copy(bytes, from, secondStart, into, to);
    from = secondEnd;
  }
  return copy(bytes, from, split.attributesEnd, into, to);
}

/**
 * RFC 7606 section 5.2: if a message has attributes but announces no routes, it is uncertain whether all routes were
 * recognised, so only a reset is possible.
 */
export function weigh(verdict: UpdateVerdict, split: UpdateSplit): UpdateVerdict {
  if (verdict.kind !== 'treat-as-withdraw' || split.announces || !split.hasAttributes) return verdict;
  const { reason, notification } = verdict;
  const fallback = { code: 3, subcode: UPDATE_ERROR.malformedAttributeList, data: NO_OCTETS };
  return { kind: 'session-reset', reason, notification: notification ?? fallback };
}

/** The next hop of the routes in MP_REACH_NLRI, if the session carries their family. */
export function reachNextHop(
  bytes: Uint8Array,
  split: UpdateSplit,
): Pick<PathAttributes, 'nextHop' | 'nextHopLinkLocal'> {
  if (split.reachFamily === undefined) return {};
  return splitNextHop(bytes.slice(split.reachNextHopStart, split.reachNextHopEnd), split.reachFamily);
}

/**
 * The error of routes without a mandatory attribute: RFC 7606 section 3 (d); for LOCAL_PREF from an internal neighbour,
 * RFC 4271 section 5.1.5. Or with a next hop that is not the address of a host: such a route must be ignored (RFC 4271
 * section 6.3), which treat-as-withdraw does.
 */
function wanting(route: PathAttributes, context: WireContext): UpdateVerdict {
  const missing =
    route.origin === undefined
      ? ATTRIBUTE.origin
      : route.asPath === undefined
        ? ATTRIBUTE.asPath
        : route.nextHop === undefined
          ? ATTRIBUTE.nextHop
          : route.localPref === undefined && context.session === 'ibgp'
            ? ATTRIBUTE.localPref
            : 0;
  if (missing !== 0) {
    const { name } = rowOf(missing)!;
    const data = Uint8Array.of(missing);
    return attributeVerdict('treat-as-withdraw', `${name} is missing`, UPDATE_ERROR.missingWellKnown, data);
  }
  if (isHost(route.nextHop!)) return ACCEPT;
  const { invalidNextHop } = UPDATE_ERROR;
  return attributeVerdict('treat-as-withdraw', 'the next hop is not a host address', invalidNextHop, route.nextHop!);
}
