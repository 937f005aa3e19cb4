import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const script = join(__dirname, '../../scripts/lint-rooms.mjs');
let lib: string;
beforeEach(() => {
  lib = mkdtempSync(join(tmpdir(), 'peerform-rooms-'));
});
afterEach(() => rmSync(lib, { recursive: true }));

/** Runs the check over a house of these files. */
function check(files: Record<string, string>): { status: number | null; stderr: string } {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(lib, path)), { recursive: true });
    writeFileSync(join(lib, path), text);
  }
  return spawnSync(process.execPath, [script, lib], { encoding: 'utf8' });
}

describe('the walls of the house', () => {
  test('stand in this checkout', () => {
    const { status, stderr } = spawnSync(process.execPath, [script], {
      cwd: join(__dirname, '../..'),
      encoding: 'utf8',
    });
    expect(stderr).toContain('keep to the import table');
    expect(status).toBe(0);
  });

  test.each<[string, Record<string, string>, string]>([
    [
      'a room that imports one it may not',
      { 'model/a.ts': '\nimport { b } from "../bgp/b";', 'bgp/b.ts': '' },
      'a.ts:2: model may not import bgp/b',
    ],
    [
      'constructs that reach into the provider',
      { 'constructs/a.ts': "import { s } from '../provider/server';" },
      'constructs may not import provider/server',
    ],
    [
      'agent and provider that know each other',
      { 'agent/a.ts': "export * from '../provider/main';" },
      'agent may not import provider/main',
    ],
    [
      'a type from a room that is closed',
      { 'kernel/a.ts': "import type { T } from '../bgp/t';" },
      'kernel may not import bgp/t',
    ],
    [
      'a dynamic import of such a room',
      { 'model/a.ts': "const x = import('../cli/main');" },
      'model may not import cli/main',
    ],
    [
      'I/O in a pure room',
      { 'bgp/rib/a.ts': "import { readFileSync } from 'node:fs';" },
      'is pure and may not import node:fs',
    ],
    [
      'a clock in a pure room',
      { 'topology/a.ts': 'export const t = () => Date.now();' },
      "'Date.now' must come in as an argument",
    ],
    ['randomness in a pure room', { 'model/a.ts': 'export const t = Math.random();' }, 'Math.random'],
    ['a timer in a pure room', { 'kernel/codec/a.ts': 'setTimeout(() => 1, 1);' }, 'setTimeout'],
    [
      'a library out of its place',
      { 'agent/a.ts': "import koffi from 'koffi';" },
      'koffi may be imported only in kernel/system/ffi.ts',
    ],
    [
      'a circle',
      { 'model/a.ts': "import './b';", 'model/b.ts': "import './a';" },
      'a circle of imports: model/a.ts -> model/b.ts -> model/a.ts',
    ],
    [
      'a command that writes to the terminal by itself',
      { 'cli/command/a.ts': 'const say = (word: string) => process.stdout.write(word);' },
      "cli/command/a.ts may not use 'process.stdout': print by cli/terminal.ts",
    ],
    ['a line on standard error', { 'provider/a.ts': 'console.error(1);' }, "'console.'"],
    [
      'a circle of types alone',
      { 'model/a.ts': "import type { B } from './b';", 'model/b.ts': "import { type A } from './a';" },
      'a circle of imports: model/a.ts -> model/b.ts -> model/a.ts',
    ],
    [
      'an export that no other file imports',
      { 'model/a.ts': '\nexport const one = 1;', 'model/b.ts': "import { two } from './a';" },
      'a.ts:2: no other file of lib imports one: do not export it, or list it in scripts/exports.json',
    ],
    [
      'what a file passes on of another, and nobody takes from there',
      {
        'model/a.ts': 'export type A = 1;\nexport const b = 1;',
        'model/c.ts': "\nexport { type A, b as other } from './a';",
        'model/d.ts': "import type { A } from './c';",
      },
      'c.ts:2: no other file of lib imports other: do not export it',
    ],
    ['a room that nobody planned', { 'utils/a.ts': '' }, "'utils' is no room of the house"],
  ])('do not let through %s', (_, files, message) => {
    const { status, stderr } = check(files);
    expect(stderr).toContain(message);
    expect(status).toBe(1);
  });

  test('let through every way in which a file imports what another exports', () => {
    const { status, stderr } = check({
      'model/a.ts': 'export type A = 1;\nexport interface B {}\nexport const c = 1;\nexport async function* d() {}',
      'model/b.ts': "import c0, { type A, c as other } from './a';\nimport type {\n  B,\n} from './a';",
      'cli/c.ts': "const load = async () => (await import('../model/a')).d;",
      'model/e.ts': 'export class E {}\nexport abstract class F {}',
      'model/f.ts': "import * as all from './e';",
      'cli/pages/man.ts': 'export const manualPages = 1; // listed',
    });
    expect(stderr).toBe('6 files keep to the import table\n');
    expect(status).toBe(0);
  });

  test('let through what the table allows, I/O in bgp/net, and what only a comment or a string says', () => {
    const { status, stderr } = check({
      'model/a.ts': "// import '../bgp/b'\n/* Date.now() */ export const a = 'Math.random()';",
      'bgp/net/a.ts':
        "import { connect } from 'node:net';\nimport { a } from '../../model/a';\nsetTimeout(() => connect, a.length);",
      'agent/a.ts': "import '../bgp/net/a';",
      'cli/terminal.ts': 'const print = (text: string) => process.stdout.write(text);',
    });
    expect(stderr).toBe('4 files keep to the import table\n');
    expect(status).toBe(0);
  });
});
