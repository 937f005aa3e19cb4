import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCached } from '../../lib/cli/code-cache';

const folder = mkdtempSync(join(tmpdir(), 'peerform-code-cache-'));
const file = join(folder, 'program.js');
const cache = join(folder, 'program.code');

beforeEach(() => {
  jest.useFakeTimers();
  rmSync(cache, { force: true });
  writeFileSync(file, 'exports.answer = () => 42; exports.path = __filename;');
});
afterEach(() => jest.useRealTimers());
afterAll(() => rmSync(folder, { recursive: true }));

/** Loads it, waits until it has started, and returns what it exports and its code. */
function load(): { exported: { answer(): number; path: string }; code: Buffer } {
  const exported = loadCached(file, folder) as { answer(): number; path: string };
  jest.runAllTimers();
  return { exported, code: readFileSync(cache) };
}

test('writes what was compiled, and the next run leaves it as it is', () => {
  const first = load();
  const second = load();
  expect([first, second].map(({ exported }) => [exported.answer(), exported.path])).toEqual([
    [42, file],
    [42, file],
  ]);
  expect(second.code.equals(first.code)).toBe(true);
});

test('another program of the same length is not run from the code of the previous one', () => {
  load();
  writeFileSync(file, 'exports.answer = () => 43; exports.path = __filename;');
  expect(load().exported.answer()).toBe(43);
  expect(load().exported.answer()).toBe(43);
});

test.each<[string, (code: Buffer) => void]>([
  ['cut off', () => truncateSync(cache, 100)],
  ['empty', () => truncateSync(cache, 0)],
  ['damaged in the middle', (code) => writeFileSync(cache, code.fill(0xff, code.length / 2, code.length / 2 + 8))],
])('code that is %s is replaced', (_, damage) => {
  const { code } = load();
  damage(Buffer.from(code));
  const again = load();
  expect(again.exported.answer()).toBe(42);
  expect(again.code.length).toBe(code.length);
});

test('runs without a folder, and with one that cannot be written', () => {
  rmSync(cache, { force: true });
  for (const where of [undefined, join(folder, 'absent')]) {
    const { answer } = loadCached(file, where) as { answer(): number };
    jest.runAllTimers();
    expect(answer()).toBe(42);
  }
  expect(readdirSync(folder)).toEqual(['program.js']);
});
