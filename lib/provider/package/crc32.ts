const TABLE = Uint32Array.from({ length: 256 }, (_, octet) => {
  let value = octet;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** CRC-32 of ISO 3309 (zip, gzip, PNG). */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const octet of bytes) crc = TABLE[(crc ^ octet) & 0xff] ^ (crc >>> 8);
  return ~crc >>> 0;
}
