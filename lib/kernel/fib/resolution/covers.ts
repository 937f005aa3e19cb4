/** Whether the first `length` bits of the octets at `at` (-1, an absent destination: zeros) match the address. */
export function covers(bytes: Uint8Array, at: number, length: number, address: Uint8Array): boolean {
  if (length > address.length * 8) return false;
  for (let i = 0; 8 * i < length; i++) {
    const mask = 8 * i + 8 <= length ? 0xff : 0xff00 >> (length & 7);
    if ((((at < 0 ? 0 : (bytes[at + i] ?? 0)) ^ address[i]) & mask & 0xff) !== 0) return false;
  }
  return true;
}
