import { MessageFramer } from '../../../lib/bgp/session/message-framer';
import { decodeCapability, encodeCapability, isRaw } from '../../../lib/bgp/wire/capability';
import { type Frame, frame } from '../../../lib/bgp/wire/message';
import {
  decodeNotification,
  describeNotification,
  encodeNotification,
  isNotification,
  shutdownCommunication,
  unwrapHardReset,
} from '../../../lib/bgp/wire/notification';
import { decodeOpen, encodeOpen } from '../../../lib/bgp/wire/open';
import { decodeRouteRefresh, encodeRouteRefreshOf } from '../../../lib/bgp/wire/route-refresh';
import { decodeUtf8, encodeUtf8 } from '../../../lib/bgp/wire/utf8';
import type { NotificationContent } from '../../../lib/bgp/wire/verdict';
import { digest, mix } from '../digest';
import { concat, mutateOctets, mutateOften } from '../mutation/octets';
import { mutateOpen } from '../mutation/open';
import { mutateStream } from '../mutation/stream';
import { decodeInPlace, hold, same } from '../oracle';
import { bodyOf, KEEPALIVE, NOTIFICATIONS, openMessages, REFRESHES } from '../seeds';
import { bucket, type Note, reasonNumber, type Target } from '../target';

/** A NOTIFICATION that we would send must be one that can be sent, and one that we can read. */
export function checkNotification(content: NotificationContent, note: Note): void {
  const message = encodeNotification(content, 4096);
  hold(frame(message, 0, message.length, 65535).kind === 'message', 'a NOTIFICATION of ours is no message');
  hold(message.length <= 4096, `a NOTIFICATION of ours has ${message.length} octets`);
  const whole = decodeNotification(bodyOf(encodeNotification(content)));
  same(content, whole, 'a NOTIFICATION of ours');
  note(mix(content.code, content.subcode));
}

type Found = Exclude<Frame, { kind: 'incomplete' }>;

/** What a stream gives when its octets come in chunks that end at these places. */
function cut(octets: Uint8Array, ends: readonly number[], most: number): number[] {
  const stream = new MessageFramer();
  const found: number[] = [];
  let at = 0;
  let ended = false;
  for (const end of [...ends, octets.length]) {
    if (ended) break;
    stream.push(
      octets.slice(at, end),
      () => most,
      (bytes: Uint8Array, message: Found) => {
        if (message.kind === 'error') ended = true;
        found.push(
          message.kind === 'error'
            ? digest(message.notification)
            : digest(bytes.slice(message.start, message.end), message.type),
        );
        return true;
      },
    );
    at = end;
  }
  return found;
}

const frames: Target = {
  name: 'frame',
  about: 'a stream of messages: `frame` at every place, and `Stream` in chunks cut anywhere',
  share: 14,
  seeds: () => [
    concat(openMessages()[0], KEEPALIVE),
    concat(KEEPALIVE, NOTIFICATIONS[4]),
    concat(...REFRESHES),
    concat(KEEPALIVE, concat([...new Uint8Array(16).fill(255), 0, 23, 2], [0, 0, 0, 0])),
  ],
  mutate: (input, other, dice) => mutateOften(input, dice, (bytes) => mutateStream(bytes, other, dice)),
  run(input, note) {
    for (const most of [4096, 65535]) {
      const found = decodeInPlace(input, (bytes, start, end) => {
        const result = frame(bytes, start, end, most);
        return result.kind === 'message' ? { ...result, start: result.start - start, end: result.end - start } : result;
      });
      if (found.kind === 'error') checkNotification(found.notification, note);
      else if (found.kind === 'message') note(mix(found.type, bucket(found.end)));
      if (found.kind === 'message')
        hold(found.start === 19 && found.end <= input.length, 'a message exceeds its buffer');
    }
    const step = 1 + Math.max(digest(input) & 31, input.length >> 6);
    const ends = Array.from({ length: Math.floor(input.length / step) }, (_, i) => (i + 1) * step);
    const [whole, pieces] = [cut(input, [], 4096), cut(input, ends, 4096)];
    hold(String(whole) === String(pieces), `in chunks of ${step} octets other messages are found`);
    note(bucket(whole.length));
  },
};

const opens: Target = {
  name: 'open',
  about: 'the body of an OPEN with its parameters and capabilities',
  share: 16,
  seeds: () => openMessages().map(bodyOf),
  mutate: (input, other, dice) => mutateOften(input, dice, (bytes) => mutateOpen(bytes, other, dice)),
  run(input, note) {
    const open = decodeInPlace(input, (bytes, start, end) => decodeOpen(bytes.subarray(start, end)));
    if (isNotification(open)) return checkNotification(open, note);
    for (const capability of open.capabilities)
      note(mix(capability.code, isRaw(capability) ? 1 : digest(capability) & 15));
    note(mix(77, bucket(open.parameters?.length ?? 0)));
    const message = encodeOpen(open);
    hold(frame(message, 0, message.length, 4096).kind === 'message', 'an OPEN that was read can not be written');
    const again = decodeOpen(bodyOf(message));
    same(open, again, 'an OPEN written and read');
    same(message, encodeOpen(again as typeof open), 'an OPEN written again');
  },
};

const capabilities: Target = {
  name: 'capability',
  about: 'the value of a capability of any code',
  share: 10,
  seeds: () =>
    [
      ...[
        [1, 0, 1, 0, 1],
        [2],
        [5, 0, 1, 0, 1, 0, 2],
        [6],
        [9, 3],
        [64, 0xc0, 120, 0, 1, 1, 0x80],
        [65, 0, 0, 0xfd, 0xe9],
      ],
      ...[[69, 0, 1, 1, 3, 0, 2, 1, 2], [70], [128, 1, 2]],
    ].map((octets) => Uint8Array.from(octets)),
  mutate: (input, other, dice) => mutateOften(input, dice, (bytes) => mutateOctets(bytes, other, dice, 256)),
  run(input, note) {
    const code = input[0] ?? 0;
    const value = input.subarray(1);
    const capability = decodeInPlace(value, (bytes, start, end) => decodeCapability(code, bytes.subarray(start, end)));
    note(mix(code, capability ? bucket(value.length) : 99));
    if (!capability) return;
    const octets = encodeCapability(capability);
    hold(octets.length === value.length, `a capability of ${value.length} octets is written with ${octets.length}`);
    same(capability, decodeCapability(code, octets), 'a capability written and read');
  },
};

const notifications: Target = {
  name: 'notification',
  about: 'the body of a NOTIFICATION, its text and what a Hard Reset wraps; octets as UTF-8',
  share: 8,
  seeds: () => NOTIFICATIONS.map(bodyOf),
  mutate: (input, other, dice) => mutateOften(input, dice, (bytes) => mutateOctets(bytes, other, dice, 65_516)),
  run(input, note) {
    const content = decodeInPlace(input, (bytes, start, end) => decodeNotification(bytes.subarray(start, end)));
    if (input.length >= 2) same(bodyOf(encodeNotification(content)), input, 'a NOTIFICATION written again');
    const text = describeNotification(content);
    note(reasonNumber(text.replace(/".*"/s, '"…"')));
    hold(text.length < 60 * (input.length + 4), `${input.length} octets are described in ${text.length} characters`);
    const said = shutdownCommunication(unwrapHardReset(content));
    const { data } = unwrapHardReset(content);
    if (said !== undefined) {
      note(bucket(said.length));
      hold(data[0] < data.length, 'a text is longer than the octets it is in');
    }
    const decoded = decodeUtf8(input);
    // where several marks stand for one error
    if (decoded !== new TextDecoder('utf-8', { ignoreBOM: true }).decode(input)) note(mix(5, 5));
    const encoded = encodeUtf8(decoded, 3 * input.length);
    hold(decodeUtf8(encoded) === decoded, 'text in UTF-8 comes back different');
    hold(encodeUtf8(decoded, 100).length <= 100, 'text is longer than its limit');
  },
};

const refreshes: Target = {
  name: 'route-refresh',
  about: 'the body of a ROUTE-REFRESH',
  share: 6,
  seeds: () => REFRESHES.map(bodyOf),
  mutate: (input, other, dice) => mutateOften(input, dice, (bytes) => mutateOctets(bytes, other, dice, 256)),
  run(input, note) {
    const refresh = decodeInPlace(input, (bytes, start, end) => decodeRouteRefresh(bytes.subarray(start, end)));
    if (isNotification(refresh)) return checkNotification(refresh, note);
    note(mix(refresh.family ? refresh.afi : 0, refresh.subtype));
    const body = bodyOf(encodeRouteRefreshOf(refresh));
    same(refresh, decodeRouteRefresh(body), 'a ROUTE-REFRESH written and read');
    same(body, input, 'a ROUTE-REFRESH written again');
  },
};

export const MESSAGE_TARGETS: readonly Target[] = [frames, opens, capabilities, notifications, refreshes];
