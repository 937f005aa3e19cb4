import type { WireContext } from '../../bgp/wire/context';
import { FAMILIES, type Family } from '../../bgp/wire/family';
import { KEEPALIVE } from '../../bgp/wire/keepalive';
import { BGP_HEADER_LENGTH, frame, MESSAGE } from '../../bgp/wire/message';
import {
  decodeNotification,
  describeNotification,
  encodeNotification,
  isNotification,
} from '../../bgp/wire/notification';
import { decodeOpen, encodeOpen } from '../../bgp/wire/open';
import { decodeRouteRefresh, encodeRouteRefreshOf } from '../../bgp/wire/route-refresh';
import { decodeAttributeBlock, decodeUpdate, encodeAttributeList, encodeUpdate } from '../../bgp/wire/update';
import type { NotificationContent } from '../../bgp/wire/verdict';
import { hexOf, octetsOf } from './hex';
import { lineError } from './lines';
import { openText, updateText } from './wire-text';

/** Input of `peerform debug decode`, see its help. Only `hex` is required. */
interface DecodeInput {
  readonly octets: Uint8Array;
  readonly what: 'message' | 'attributes';
  readonly context: WireContext;
}

const TYPE_NAMES: Readonly<Record<number, string>> = {
  [MESSAGE.open]: 'open',
  [MESSAGE.update]: 'update',
  [MESSAGE.notification]: 'notification',
  [MESSAGE.keepalive]: 'keepalive',
  [MESSAGE.routeRefresh]: 'route-refresh',
};

/**
 * Decodes, validates and re-encodes a BGP message or a block of path attributes: one JSON object in, one out. Never
 * throws.
 */
export function decodeLine(input: unknown): unknown {
  const read = readInput(input);
  if (typeof read === 'string') return lineError('input', read);
  return read.what === 'attributes' ? decodeAttributesText(read) : decodeMessageText(read);
}

function decodeAttributesText({ octets, context }: DecodeInput): unknown {
  const update = decodeAttributeBlock(octets, context);
  const again =
    update.verdict.kind === 'session-reset' ? undefined : encodeAttributeList(update.parts.attributes, context);
  return { type: 'update', ...updateText(update), ...(again && { reencoded: hexOf(again) }) };
}

function decodeMessageText({ octets, context }: DecodeInput): unknown {
  const named = octets.length >= BGP_HEADER_LENGTH ? TYPE_NAMES[octets[BGP_HEADER_LENGTH - 1]] : undefined;
  const type = named === undefined ? {} : { type: named };
  const found = frame(octets, 0, octets.length, context.extendedMessage ? 65535 : 4096);
  if (found.kind === 'error') return { ...type, ...refused(found.notification) };
  // A stream would wait for the rest; here the input must be exactly one message.
  if (found.kind === 'incomplete' || found.end !== octets.length)
    return { ...type, ...refused({ code: 1, subcode: 2, data: octets.slice(16, 18) }) };
  const body = octets.subarray(found.start, found.end);
  return { ...type, ...BODIES[found.type](body, context) };
}

const BODIES: Readonly<Record<number, (body: Uint8Array, context: WireContext) => object>> = {
  [MESSAGE.open](body) {
    const open = decodeOpen(body);
    if (isNotification(open)) return refused(open);
    return { verdict: 'accept', open: openText(open), reencoded: hexOf(encodeOpen(open)) };
  },
  [MESSAGE.update](body, context) {
    const update = decodeUpdate(body, 0, body.length, context);
    const again =
      update.verdict.kind === 'session-reset' ? {} : { reencoded: hexOf(encodeUpdate(update.parts, context)) };
    return { ...updateText(update), ...again };
  },
  [MESSAGE.notification](body) {
    const content = decodeNotification(body);
    return {
      ...{ verdict: 'accept', errorCode: content.code, errorSubcode: content.subcode, data: hexOf(content.data) },
      ...{ description: describeNotification(content), reencoded: hexOf(encodeNotification(content)) },
    };
  },
  [MESSAGE.keepalive]: () => ({ verdict: 'accept', reencoded: hexOf(KEEPALIVE) }),
  [MESSAGE.routeRefresh](body) {
    const refresh = decodeRouteRefresh(body);
    if (isNotification(refresh)) return refused(refresh);
    const { afi, safi, subtype } = refresh;
    return { verdict: 'accept', ...{ afi, safi, subtype }, reencoded: hexOf(encodeRouteRefreshOf(refresh)) };
  },
};

const refused = (content: NotificationContent): object => ({
  ...{ verdict: 'session-reset', reason: describeNotification(content), notification: [content.code, content.subcode] },
});

/** The input with defaults, or its problem. */
function readInput(input: unknown): DecodeInput | string {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return 'the line is not a JSON object';
  const given = input as Record<string, unknown>;
  const octets = octetsOf(given.hex);
  if (!octets) return 'hex must be an even number of hexadecimal digits';
  const { what = 'message', session = 'ebgp', families = FAMILIES.map(({ name }) => name) } = given;
  if (what !== 'message' && what !== 'attributes') return 'what must be "message" or "attributes"';
  if (session !== 'ebgp' && session !== 'ibgp') return 'session must be "ebgp" or "ibgp"';
  if (!Array.isArray(families)) return 'families must be a list';
  for (const name of ['as4', 'addPath', 'extendedMessage'])
    if (given[name] !== undefined && typeof given[name] !== 'boolean') return `${name} must be true or false`;
  const carried = new Set(FAMILIES.map(({ name }) => name).filter((name) => families.includes(name)));
  const paths: ReadonlySet<Family> = given.addPath === true ? carried : new Set();
  return {
    ...{ octets, what },
    context: {
      ...{ session, as4: given.as4 !== false, extendedMessage: given.extendedMessage === true },
      ...{ addPathReceive: paths, addPathSend: paths, families: carried, extendedNextHop: carried },
      ...{ localAs: Number(given.localAs ?? 0), peerAs: Number(given.peerAs ?? 0) },
    },
  };
}
