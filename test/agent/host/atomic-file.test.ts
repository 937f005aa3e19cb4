import { execFileSync } from 'node:child_process';
import fs, { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeAtomically } from '../../../lib/agent/host/atomic-file';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'peerform-file-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('replaces a file as a whole', () => {
  const path = join(folder, 'state.json');
  for (const text of ['one', 'two'.repeat(1_000_000)]) {
    writeAtomically(path, text);
    expect(readFileSync(path, 'utf8')).toBe(text);
  }
  expect(readdirSync(folder)).toEqual(['state.json']);
});

test('waits for the disk only where what is written has to outlive a crash of the machine', () => {
  const sync = jest.spyOn(fs, 'fsyncSync');
  const path = join(folder, 'observed.json');
  writeAtomically(path, 'one', { isDurable: false });
  expect([readFileSync(path, 'utf8'), sync.mock.calls.length]).toEqual(['one', 0]);
  writeAtomically(path, 'two');
  expect(sync).toHaveBeenCalledTimes(2);
  sync.mockRestore();
});

/** In a mount namespace of its own, where the folder is a disk of 256 kB. */
const onSmallDisk = (script: string) =>
  execFileSync('unshare', [
    ...['-m', 'sh', '-c', `mount -t tmpfs -o size=256k none "$0" && exec "$1" -e "$2"`],
    ...[folder, process.execPath, script],
  ]);

test('leaves the old content and no half of the new one where the disk is full, also in the middle', () => {
  // What is compiled here runs there: the function is small and imports node alone.
  const compiled = require('@swc/core').transformFileSync(join(__dirname, '../../../lib/agent/host/atomic-file.ts'), {
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    module: { type: 'commonjs' },
  }).code;
  const script = `
    const exports = {}; (function (exports) { ${compiled} })(exports);
    const { join } = require('path'), fs = require('fs'), path = join(${JSON.stringify(folder)}, 'state.json');
    exports.writeAtomically(path, 'x'.repeat(100000));
    let code;
    try { exports.writeAtomically(path, 'y'.repeat(300000)); } catch (error) { code = error.code; }
    console.log(JSON.stringify([code, fs.readFileSync(path, 'utf8').length, fs.readdirSync(${JSON.stringify(folder)})]));`;
  expect(JSON.parse(onSmallDisk(script).toString())).toEqual(['ENOSPC', 100_000, ['state.json']]);
});
