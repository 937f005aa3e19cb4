import {
  ATTRIBUTE,
  ATTRIBUTE_FLAG,
  type Attribute,
  type AttributeRow,
  encodeAttribute,
  Malformed,
  rowOf,
  unknownRow,
} from './attribute';
import { AttributeCursor } from './attribute-cursor';
import type { WireContext } from './context';
import { notification } from './notification';
import { ERROR, UPDATE_ERROR } from './notification-codes';
import { NO_OCTETS, OctetWriter } from './octets';
import { ACCEPT, type Handling, stricter, type UpdateVerdict } from './verdict';

/**
 * The decoded path attributes of a message, in their order and with their flags, so that they encode to the same
 * octets.
 */
interface AttributeList {
  readonly verdict: UpdateVerdict;
  /** Type codes of attributes that were left out. */
  readonly discarded: readonly number[];
  readonly attributes: readonly Attribute[];
}

/** Type codes to skip: they are neither decoded nor judged. */
export type Skipped = ReadonlySet<number>;

const NONE: Skipped = new Set();

/**
 * Reads path attributes from `start` to `end` and judges each of them (RFC 7606 sections 3, 4 and 7). Does not check
 * whether any is missing.
 */
export function decodeAttributeList(
  bytes: Uint8Array,
  start: number,
  end: number,
  context: WireContext,
  skipped: Skipped = NONE,
): AttributeList {
  const attributes: Attribute[] = [];
  const discarded: number[] = [];
  const seen: number[] = []; // a handful: a search is faster than a hash
  let verdict = ACCEPT;
  const judge = (handling: Handling, type: number, subcode: number, reason: string, data: Uint8Array): void => {
    if (handling === 'attribute-discard') discarded.push(type);
    verdict = stricter(verdict, attributeVerdict(handling, reason, subcode, data));
  };
  const cursor = new AttributeCursor().start(bytes, start, end);
  while (cursor.next()) {
    const { type, flags } = cursor;
    if (skipped.has(type)) continue;
    const row = rowOf(type) ?? unknownRow(type, flags);
    const error = seen.includes(type) ? DUPLICATE : (wrongFlags(row, flags) ?? notForUs(row, flags, context));
    const decoded = error ?? row.codec.decode(bytes, cursor.value, cursor.end, context);
    seen.push(type);
    const whole = () => bytes.slice(cursor.at, cursor.end);
    if (decoded instanceof Refused)
      judge(decoded.handling, type, decoded.subcode, `${row.name}: ${decoded.reason}`, whole());
    else if (decoded instanceof Malformed)
      judge(row.malformed, type, decoded.subcode, `${row.name}: ${decoded.reason}`, whole());
    else attributes.push({ row, flags, value: decoded });
  }
  if (!cursor.isDone) {
    const reason = 'the attributes do not fit their length';
    judge('treat-as-withdraw', 0, UPDATE_ERROR.malformedAttributeList, reason, NO_OCTETS);
  }
  return { verdict, discarded, attributes };
}

/** Writes the attributes in their order and with their flags. */
export function encodeAttributeList(attributes: readonly Attribute[], context: WireContext): Uint8Array {
  const out = new OctetWriter();
  for (const attribute of attributes) encodeAttribute(attribute, out, context);
  return out.toBytes();
}

/** A verdict on a path attribute, with the octets at fault as data of a NOTIFICATION (RFC 4271 section 6.3). */
export function attributeVerdict(handling: Handling, reason: string, subcode: number, data: Uint8Array): UpdateVerdict {
  if (handling === 'attribute-discard') return { kind: handling, reason };
  const bare = subcode === UPDATE_ERROR.malformedAttributeList || subcode === UPDATE_ERROR.malformedAsPath;
  return { kind: handling, reason, notification: notification(ERROR.update, subcode, bare ? NO_OCTETS : data) };
}

/** An attribute rejected for a reason other than its value. */
class Refused {
  constructor(
    readonly handling: Handling,
    readonly subcode: number,
    readonly reason: string,
  ) {}
}

/** RFC 7606 section 3 (g): all but the first one are discarded. */
const DUPLICATE = new Refused('attribute-discard', UPDATE_ERROR.malformedAttributeList, 'it occurs twice');
const EXTERNAL = new Refused(
  'attribute-discard',
  UPDATE_ERROR.optionalAttribute,
  'it was received from an external neighbour',
);
/** RFC 6793 section 6: not sent between speakers with four-octet AS numbers. */
const NOT_NEEDED = new Refused(
  'attribute-discard',
  UPDATE_ERROR.optionalAttribute,
  'the session has four-octet AS numbers',
);
/** RFC 4271 section 5: neither used nor passed on. */
const UNRECOGNISED = new Refused(
  'attribute-discard',
  UPDATE_ERROR.optionalAttribute,
  'it is not recognised and not transitive',
);
/** RFC 4271 section 6.3, which RFC 7606 does not change. */
const UNRECOGNISED_WELL_KNOWN = new Refused(
  'session-reset',
  UPDATE_ERROR.unrecognizedWellKnown,
  'it is flagged well-known but is not recognised',
);

/** RFC 7606 section 3 (c). The flags of an unknown attribute are never wrong: its row has those that were received. */
function wrongFlags(row: AttributeRow, flags: number): Refused | undefined {
  const wrong = (flags ^ row.flags) & (ATTRIBUTE_FLAG.optional | ATTRIBUTE_FLAG.transitive);
  if (wrong === 0) return undefined;
  const handling = (wrong & ATTRIBUTE_FLAG.optional) !== 0 ? row.wrongOptional : row.wrongTransitive;
  return new Refused(handling, UPDATE_ERROR.attributeFlags, `the flags are ${flags}`);
}

function notForUs(row: AttributeRow, flags: number, context: WireContext): Refused | undefined {
  if (row.internal && context.session === 'ebgp') return EXTERNAL;
  if ((row.type === ATTRIBUTE.as4Path || row.type === ATTRIBUTE.as4Aggregator) && context.as4) return NOT_NEEDED;
  if (rowOf(row.type)) return undefined;
  if ((flags & ATTRIBUTE_FLAG.optional) === 0) return UNRECOGNISED_WELL_KNOWN;
  return (flags & ATTRIBUTE_FLAG.transitive) === 0 ? UNRECOGNISED : undefined;
}
