import { closeSync, openSync, readSync } from 'node:fs';

/** The machines of ELF headers (e_machine), by the names that Node.js has for them. */
const MACHINES = { 62: 'x64', 183: 'arm64', 243: 'riscv64', 258: 'loong64' };

/** The machine that a program or library is for; undefined for what is no ELF file, or is for another machine. */
export function elfMachine(path) {
  const header = Buffer.alloc(20);
  const file = openSync(path, 'r');
  readSync(file, header);
  closeSync(file);
  if (header.readUInt32BE(0) !== 0x7f454c46) return undefined;
  const isLittle = header[5] === 1;
  return MACHINES[isLittle ? header.readUInt16LE(18) : header.readUInt16BE(18)];
}
