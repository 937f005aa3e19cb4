/**
 * Protocol Buffers by field table: a message is declared as a table from field name to field, which encodes and decodes
 * it. Only what the protocols of Terraform's plugins and of etcd need: varints, length-delimited fields, maps. Unknown
 * fields are skipped.
 */

/** A field of a message: its number, and how values are written and read. */
interface Field<T> {
  readonly number: number;
  /** Default value of a field that is missing. */
  readonly absent: () => T;
  readonly write: (out: Writer, number: number, value: T) => void;
  /** Reads one occurrence. `before`: value so far (repeated fields and maps accumulate). */
  readonly read: (input: Reader, wire: number, before: T) => T;
}

/** Encodes and decodes a message as a plain object. */
export interface MessageCodec<T> {
  encode(value: Partial<T>): Uint8Array;
  /** Throws a RangeError if the octets are not a valid message. */
  decode(bytes: Uint8Array): T;
}

/** The decoded type of a message table. */
export type DecodedMessage<M> = M extends MessageCodec<infer T> ? T : never;

const VARINT = 0;
const DELIMITED = 2;

/** Growable output buffer. */
class Writer {
  private bytes: Uint8Array = new Uint8Array(256);
  private length = 0;

  varint(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      this.octet((rest % 128) | 0x80);
      rest = Math.floor(rest / 128);
    }
    this.octet(rest);
  }

  tag(number: number, wire: number): void {
    this.varint(number * 8 + wire);
  }

  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  finish(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  private octet(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  private reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + more));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }
}

/** Reads octets sequentially. Throws a RangeError at a premature end. */
class Reader {
  private at = 0;
  constructor(private readonly bytes: Uint8Array) {}

  get isAtEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  /** Exact up to 2^53; the protocol has no larger values. */
  varint(): number {
    let value = 0;
    for (let i = 0; i < 10; i++) {
      const octet = this.take(1)[0];
      value += (octet & 0x7f) * 2 ** (7 * i);
      if (octet < 0x80) return value;
    }
    throw new RangeError('a varint is longer than ten octets');
  }

  delimited(): Uint8Array {
    return this.take(this.varint());
  }

  skip(wire: number): void {
    if (wire === VARINT) this.varint();
    else if (wire === 1) this.take(8);
    else if (wire === DELIMITED) this.delimited();
    else if (wire === 5) this.take(4);
    else throw new RangeError(`wire type ${wire}`);
  }

  private take(length: number): Uint8Array {
    if (this.at + length > this.bytes.length) throw new RangeError('the message is truncated');
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
}

/** Declares a message by its fields. */
export function messageCodec<T extends object>(fields: { readonly [K in keyof T]: Field<T[K]> }): MessageCodec<T> {
  const entries = Object.entries(fields) as [keyof T, Field<T[keyof T]>][];
  const byNumber = new Map(entries.map(([name, field]) => [field.number, { name, field }]));
  return {
    encode(value) {
      const out = new Writer();
      for (const [name, field] of entries) {
        const inner = value[name];
        if (inner !== undefined) field.write(out, field.number, inner);
      }
      return out.finish();
    },
    decode(bytes) {
      const value = Object.fromEntries(entries.map(([name, field]) => [name, field.absent()])) as T;
      const input = new Reader(bytes);
      while (!input.isAtEnd) {
        const tag = input.varint();
        const known = byNumber.get(Math.floor(tag / 8));
        if (known) value[known.name] = known.field.read(input, tag % 8, value[known.name]);
        else input.skip(tag % 8);
      }
      return value;
    },
  };
}

function scalar<T>(number: number, absent: T, to: (value: T) => Uint8Array, from: (bytes: Uint8Array) => T): Field<T> {
  return {
    number,
    absent: () => absent,
    write(out, at, value) {
      const bytes = to(value);
      out.tag(at, DELIMITED);
      out.varint(bytes.length);
      out.raw(bytes);
    },
    read: (input, wire) => from(expecting(input, wire, DELIMITED).delimited()),
  };
}

/** Checks the wire type and returns the reader. */
function expecting(input: Reader, wire: number, expected: number): Reader {
  if (wire !== expected) throw new RangeError(`wire type ${wire} instead of ${expected}`);
  return input;
}

const toText = new TextDecoder();
const toBytes = new TextEncoder();

export const stringField = (number: number): Field<string> =>
  scalar(
    number,
    '',
    (value) => toBytes.encode(value),
    (bytes) => toText.decode(bytes),
  );

export const bytes = (number: number): Field<Uint8Array> =>
  scalar<Uint8Array>(
    number,
    new Uint8Array(0),
    (value) => value,
    (value) => value,
  );

/** Non-negative int64 and enums. */
export const int = (number: number): Field<number> => ({
  number,
  absent: () => 0,
  write(out, at, value) {
    out.tag(at, VARINT);
    out.varint(value);
  },
  read: (input, wire) => expecting(input, wire, VARINT).varint(),
});

export const bool = (number: number): Field<boolean> => ({
  number,
  absent: () => false,
  write(out, at, value) {
    out.tag(at, VARINT);
    out.varint(value ? 1 : 0);
  },
  read: (input, wire) => expecting(input, wire, VARINT).varint() !== 0,
});

/** A field with presence: a member of a oneof, or `optional`. */
export const maybe = <T>(field: Field<T>): Field<T | undefined> => ({
  ...field,
  absent: () => undefined,
  write: (out, at, value) => value !== undefined && field.write(out, at, value),
  read: (input, wire, before) => field.read(input, wire, before ?? field.absent()),
});

/** A nested message. Lazy, as messages may be recursive. `Partial`, because senders may omit fields. */
export const nested = <T>(number: number, type: () => MessageCodec<T>): Field<Partial<T> | undefined> =>
  maybe(
    scalar<Partial<T>>(
      number,
      {},
      (value) => type().encode(value),
      (value) => type().decode(value) as Partial<T>,
    ),
  );

export const repeatedField = <T>(field: Field<T>): Field<readonly Exclude<T, undefined>[]> => ({
  number: field.number,
  absent: () => [],
  write(out, at, values) {
    for (const value of values) field.write(out, at, value);
  },
  read: (input, wire, before) => [...before, field.read(input, wire, field.absent()) as Exclude<T, undefined>],
});

/** `map<string, T>`: entries of key 1 and value 2. */
export const map = <T>(number: number, value: (number: number) => Field<T>): Field<Readonly<Record<string, T>>> => {
  const entry = messageCodec<{ key: string; value: T }>({ key: stringField(1), value: value(2) });
  const wire = scalar<{ key: string; value: T } | undefined>(
    number,
    undefined,
    (one) => entry.encode(one!),
    (octets) => entry.decode(octets),
  );
  return {
    number,
    absent: () => ({}),
    write(out, at, values) {
      for (const [key, inner] of Object.entries(values)) wire.write(out, at, { key, value: inner });
    },
    read(input, type, before) {
      const { key, value: inner } = wire.read(input, type, undefined)!;
      return { ...before, [key]: inner };
    },
  };
};
