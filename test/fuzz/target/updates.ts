import { decodeAttributeList, encodeAttributeList } from '../../../lib/bgp/wire/attribute-list';
import type { WireContext } from '../../../lib/bgp/wire/context';
import {
  copyAttributes,
  type DecodedUpdate,
  decodeAttributeBlock,
  decodeAttributes,
  decodeUpdate,
  encodeUpdate,
  splitUpdate,
  UpdateSplit,
  weigh,
} from '../../../lib/bgp/wire/update';
import type { UpdateVerdict } from '../../../lib/bgp/wire/verdict';
import { contextOf } from '../contexts';
import { digest, mix } from '../digest';
import { mutateAttributes, readAttributes } from '../mutation/attributes';
import { concat, mutateOctets, mutateOften } from '../mutation/octets';
import { mutateUpdate } from '../mutation/update';
import { closeness, decodeInPlace, hold, same } from '../oracle';
import { CHECKED, CHOSEN, updates } from '../seeds';
import { bucket, type Note, reasonNumber, type Target } from '../target';
import { checkNotification } from './messages';

const KINDS: Record<UpdateVerdict['kind'], number> = {
  accept: 0,
  'attribute-discard': 1,
  'treat-as-withdraw': 2,
  'session-reset': 3,
};

function noteVerdict(verdict: UpdateVerdict, context: WireContext, note: Note): void {
  note(mix(KINDS[verdict.kind], verdict.kind === 'accept' ? 0 : reasonNumber(verdict.reason)));
  if (verdict.kind === 'session-reset') checkNotification(verdict.notification, note);
  note(
    mix(
      KINDS[verdict.kind] + 10,
      (context.session === 'ibgp' ? 1 : 0) + (context.as4 ? 2 : 0) + context.addPathReceive.size * 4,
    ),
  );
}

export function noteContents(
  { parts, discarded, opaque, endOfRib, withdrawn, announced }: DecodedUpdate,
  note: Note,
): void {
  let before = 0;
  for (const { row, flags } of parts.attributes) {
    note(mix(1000 + row.type, flags));
    note(mix(2000 + row.type, before)); // which attribute behind which
    before = row.type;
  }
  for (const type of discarded) note(3000 + type);
  note(mix(4000 + bucket(withdrawn.length), bucket(announced.length)));
  for (const { afi, safi } of opaque) note(mix(5000, afi < 3 ? 4 * afi + Math.min(safi, 3) : 99));
  if (endOfRib) note(6000 + endOfRib.length);
}

/** The first octet says which session; the rest is what is decoded. */
const withContext =
  (mutate: Target['mutate']): Target['mutate'] =>
  (input, other, dice) => {
    const first = dice.once(12) ? dice.below(128) : (input[0] ?? 0);
    return concat(
      [first],
      mutateOften(input.subarray(1), dice, (bytes) => mutate(bytes, other.subarray(1), dice)),
    );
  };

const attribute: Target = {
  name: 'attribute',
  about: 'one path attribute (or a few) in each kind of session, read and judged one by one',
  share: 20,
  seeds: () => [
    ...CHOSEN.flatMap(({ bits, context }) =>
      updates(context)
        .slice(0, 4)
        .flatMap((body) => readAttributes(body.subarray(4)).list.map((one) => attributeOctets(bits, one))),
    ),
    ...CHECKED.map((octets) => concat([0], octets)),
  ],
  mutate: withContext((bytes, other, dice) =>
    dice.once(3) ? mutateOctets(bytes, other, dice, 2048) : mutateAttributes(bytes, other, dice),
  ),
  run(input, note) {
    const context = contextOf(input[0]);
    const list = decodeInPlace(input.subarray(1), (bytes, start, end) =>
      decodeAttributeList(bytes, start, end, context),
    );
    noteVerdict(list.verdict, context, note);
    for (const { row, flags } of list.attributes) note(mix(row.type, flags));
    const octets = encodeAttributeList(list.attributes, context);
    const again = decodeAttributeList(octets, 0, octets.length, context);
    same(list.attributes, again.attributes, 'attributes written and read');
    hold(again.verdict.kind === 'accept', 'attributes that were accepted are not when they are written and read');
    same(octets, encodeAttributeList(again.attributes, context), 'attributes written again');
  },
};

function attributeOctets(
  bits: number,
  { flags, type, value }: { flags: number; type: number; value: Uint8Array },
): Uint8Array {
  return value.length > 255 || (flags & 16) !== 0
    ? concat([bits, flags | 16, type, value.length >>> 8, value.length & 255], value)
    : concat([bits, flags, type, value.length], value);
}

const block: Target = {
  name: 'attribute-block',
  about: 'a whole block of path attributes without routes of its own',
  share: 8,
  seeds: () => CHOSEN.flatMap(({ bits, context }) => updates(context).map((body) => concat([bits], body.subarray(4)))),
  mutate: withContext(mutateAttributes),
  run(input, note) {
    const context = contextOf(input[0]);
    const update = decodeInPlace(input.subarray(1), (bytes, start, end) =>
      decodeAttributeBlock(bytes.slice(start, end), context),
    );
    noteVerdict(update.verdict, context, note);
    noteContents(update, note);
    if (update.verdict.kind === 'session-reset') return;
    const octets = encodeAttributeList(update.parts.attributes, context);
    const again = decodeAttributeBlock(octets, context);
    same(update.parts, again.parts, 'a block written and read');
    if (update.verdict.kind === 'accept') same(update, again, 'an accepted block written and read');
  },
};

const KEYS = [new Uint8Array(70_000), new Uint8Array(70_000)];

/**
 * RIBs keep attributes by the octets that `copyAttributes` gives: with the same ones in another message they must mean
 * the same.
 */
function checkInterning(body: Uint8Array, context: WireContext): void {
  const split = new UpdateSplit();
  if (splitUpdate(body, 0, body.length, context, split).kind !== 'accept') return;
  for (const source of ['nlri', 'reach', 'none'] as const) {
    if (source === 'reach' && split.reachFamily === undefined) continue;
    const decoded = decodeAttributes(body, split, context, source);
    const end = copyAttributes(body, split, source, KEYS[0]);
    const key = KEYS[0].slice(0, end);
    // The same attributes behind a withdrawal and before other routes.
    const moved = concat(
      [0, 0],
      body.subarray(split.withdrawnEnd),
      context.addPathReceive.has('ipv4 unicast') ? [0, 0, 0, 9] : [],
      [8, 44],
    );
    const other = new UpdateSplit();
    if (splitUpdate(moved, 0, moved.length, context, other).kind !== 'accept') continue;
    same(key, KEYS[1].slice(0, copyAttributes(moved, other, source, KEYS[1])), 'the key of the same attributes');
    same(decoded, decodeAttributes(moved, other, context, source), 'attributes with the same key');
  }
}

let turn = 0;

const update: Target = {
  name: 'update',
  about: 'the body of an UPDATE in each kind of session: split, attributes, routes; written and read again',
  share: 14,
  seeds: () => CHOSEN.flatMap(({ bits, context }) => updates(context).map((body) => concat([bits], body))),
  mutate: withContext(mutateUpdate),
  run(input, note) {
    const context = contextOf(input[0]);
    const body = input.subarray(1);
    const found = decodeInPlace(body, (bytes, start, end) => decodeUpdate(bytes, start, end, context));
    noteVerdict(found.verdict, context, note);
    noteContents(found, note);
    if (++turn % 4 === 0 || closeness.always) checkInterning(body, context);
    const split = new UpdateSplit();
    const first = splitUpdate(body, 0, body.length, context, split);
    if (first.kind === 'session-reset') {
      same(found.verdict, first, 'the verdict of splitUpdate');
      return;
    }
    same(weigh(found.verdict, split), found.verdict, 'a verdict weighed twice');
    if (found.verdict.kind === 'session-reset') return;
    const message = encodeUpdate(found.parts, context);
    const again = decodeUpdate(message, 19, message.length, context);
    same(found.parts, again.parts, 'an UPDATE written and read');
    if (found.verdict.kind === 'accept') same(found, again, 'an accepted UPDATE written and read');
    if (digest(message) % 4 === 0) same(message, encodeUpdate(again.parts, context), 'an UPDATE written again');
    for (const { prefix } of found.announced)
      hold(prefix.length <= 8 * prefix.address.bytes.length, 'a prefix is too long');
  },
};

export const UPDATE_TARGETS: readonly Target[] = [attribute, block, update];
