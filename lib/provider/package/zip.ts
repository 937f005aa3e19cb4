import { deflateRawSync } from 'node:zlib';
import { crc32 } from './crc32';

/** A file in a zip. */
export interface ZipEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Unix permission bits. */
  readonly mode: number;
}

const DEFLATE = 8;
/** 1 January 1980 00:00, the epoch of the zip format: the same files always produce the same zip. */
const DOS_TIME = 0;
const DOS_DATE = 0x21;
/** "Made by" Unix, so that permission bits apply; version 2.0. */
const MADE_BY = (3 << 8) | 20;
const REGULAR_FILE = 0o100000;

/**
 * Creates a zip archive (APPNOTE 4.3) with files in the given order and fixed timestamps. `level`: of compression, up
 * to 9.
 */
export function zip(entries: readonly ZipEntry[], level = 9): Uint8Array {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, bytes, mode } of entries) {
    const path = Buffer.from(name, 'utf8');
    const packed = deflateRawSync(bytes, { level });
    // Version needed, flags, method, time, date, checksum, compressed size, size, name length, extra length: common to
    // both headers.
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(DEFLATE, 4);
    common.writeUInt16LE(DOS_TIME, 6);
    common.writeUInt16LE(DOS_DATE, 8);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(path.length, 22);
    const tail = Buffer.alloc(14); // comment length, disk, internal attributes, external attributes, offset
    tail.writeUInt32LE(((REGULAR_FILE | mode) << 16) >>> 0, 6);
    tail.writeUInt32LE(offset, 10);
    const local = [words(0x04034b50), common, path, packed];
    parts.push(...local);
    directory.push(words(0x02014b50), Buffer.from([MADE_BY & 0xff, MADE_BY >> 8]), common, tail, path);
    offset += local.reduce((sum, part) => sum + part.length, 0);
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...parts, central, words(0x06054b50), end]);
}

function words(value: number): Buffer {
  const word = Buffer.alloc(4);
  word.writeUInt32LE(value);
  return word;
}
