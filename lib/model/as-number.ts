import { Problem } from './problem';

/** An AS number as input: 67111, "67111" or dotted "1.1575" (asdot, RFC 5396). */
export type AsNumberInput = number | string;

/** An autonomous system number, four octets (RFC 6793). Zero is not an AS number (RFC 7607). */
export class AsNumber {
  private constructor(readonly value: number) {}

  static readonly MAX = 0xffffffff;

  static parse(input: unknown): AsNumber | Problem {
    if (input instanceof AsNumber) return input;
    const value = typeof input === 'number' ? input : typeof input === 'string' ? fromText(input) : Number.NaN;
    if (!Number.isInteger(value)) return Problem.of('as-number', `${JSON.stringify(input)} is not a valid AS number`);
    if (value < 1 || value > AsNumber.MAX) return Problem.of('as-number', `AS number ${value} is out of range`);
    return new AsNumber(value);
  }

  equals(other: AsNumber): boolean {
    return this.value === other.value;
  }

  /** asplain, RFC 5396: `67111`. */
  toString(): string {
    return String(this.value);
  }

  /** asdot+, RFC 5396: `1.1575`, also below 65536 (`0.64512`). */
  toDotted(): string {
    return `${Math.floor(this.value / 65536)}.${this.value % 65536}`;
  }

  toJSON(): number {
    return this.value;
  }
}

function fromText(text: string): number {
  const dotted = /^(\d{1,5})\.(\d{1,5})$/.exec(text);
  if (dotted) {
    const [high, low] = [Number(dotted[1]), Number(dotted[2])];
    return high > 65535 || low > 65535 ? Number.NaN : high * 65536 + low;
  }
  return /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
}
