/** `text` as UTF-8, at most `most` octets, cut between characters. */
export function encodeUtf8(text: string, most: number): Uint8Array {
  const octets: number[] = [];
  for (const character of text) {
    const encoded = encodeCodePoint(character.codePointAt(0)!);
    if (octets.length + encoded.length > most) break;
    octets.push(...encoded);
  }
  return Uint8Array.from(octets);
}

/** Decodes UTF-8; invalid octets become U+FFFD, as in the Encoding standard. */
export function decodeUtf8(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; ) {
    const length = sequenceLength(bytes[i]);
    const point = length === 0 ? undefined : codePoint(bytes, i, length);
    text += point === undefined ? '\ufffd' : String.fromCodePoint(point);
    i += point === undefined ? 1 : length;
  }
  return text;
}

function encodeCodePoint(given: number): number[] {
  const point = given >= 0xd800 && given <= 0xdfff ? 0xfffd : given; // a lone surrogate is not a character
  if (point < 0x80) return [point];
  if (point < 0x800) return [0xc0 | (point >> 6), 0x80 | (point & 63)];
  if (point < 0x10000) return [0xe0 | (point >> 12), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63)];
  return [0xf0 | (point >> 18), 0x80 | ((point >> 12) & 63), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63)];
}

const sequenceLength = (lead: number): number =>
  lead < 0x80
    ? 1
    : lead >= 0xc2 && lead < 0xe0
      ? 2
      : lead >= 0xe0 && lead < 0xf0
        ? 3
        : lead >= 0xf0 && lead < 0xf5
          ? 4
          : 0;

/** Undefined if the sequence is incomplete, overlong, a surrogate or beyond U+10FFFF. */
function codePoint(bytes: Uint8Array, at: number, length: number): number | undefined {
  if (at + length > bytes.length) return undefined;
  let point = length === 1 ? bytes[at] : bytes[at] & (0xff >> (length + 1));
  for (let i = 1; i < length; i++) {
    if ((bytes[at + i] & 0xc0) !== 0x80) return undefined;
    point = (point << 6) | (bytes[at + i] & 63);
  }
  const least = [0, 0, 0x80, 0x800, 0x10000][length];
  return point < least || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff) ? undefined : point;
}
