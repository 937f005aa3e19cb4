import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** What the lint says of a `lib` with these files, without the folder's name. */
function lint(files: Record<string, string>): { readonly status: number | null; readonly said: string[] } {
  const lib = mkdtempSync(join(tmpdir(), 'peerform-names-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(lib, path)), { recursive: true });
      writeFileSync(join(lib, path), text);
    }
    const { status, stderr } = spawnSync(process.execPath, ['scripts/lint-names.mjs', lib], { encoding: 'utf8' });
    return { status, said: stderr.split('\n').filter((line) => line.includes(': ')) };
  } finally {
    rmSync(lib, { recursive: true });
  }
}

describe('the lint of names', () => {
  test('finds nothing in this checkout', () => {
    const { status, stderr } = spawnSync(process.execPath, ['scripts/lint-names.mjs'], { encoding: 'utf8' });
    expect(stderr).toContain('names mean one thing each');
    expect(status).toBe(0);
  });

  test.each([
    ['two constants', 'export const name = 1;', 'export const name = 2;'],
    ['a type and a class', 'export type name = 1;', 'export class name {}'],
    ['an interface and an asynchronous function', 'export interface name {}', 'export async function name() {}'],
    ['a generator and an abstract class', 'export function* name() {}', 'export abstract class name {}'],
  ])('finds %s of one name', (_, first, second) => {
    const { status, said } = lint({ 'bgp/a.ts': first, 'kernel/b.ts': `\n${second}` });
    expect(said).toEqual([
      expect.stringMatching(/kernel\/b\.ts:2: name is already the name of what .*bgp\/a\.ts:1 exp/),
    ]);
    expect(status).toBe(1);
  });

  test('lets pass what one file declares twice, what is re-exported, and what is not exported', () => {
    const files = {
      'bgp/a.ts': 'export const name = 1;\nexport type name = typeof name;',
      'bgp/index.ts': "export { name } from './a';\nexport * from './a';",
      'kernel/b.ts': 'const name = 2;',
    };
    expect(lint(files)).toEqual({ status: 0, said: [] });
  });

  test('lets constructs bear the names of the model, and no other room', () => {
    const files = { 'constructs/node.ts': 'export class Node {}', 'model/node.ts': 'export type Node = 1;' };
    expect(lint(files).status).toBe(0);
    expect(lint({ ...files, 'kernel/node.ts': 'export type Node = 1;' }).status).toBe(1);
  });
});
