import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from './pages';

// What a release takes from npm (scripts/from-npm.mjs), where others may write into the folder for temporary files too.
describe('a package from npm', () => {
  let scratch: string;
  let integrity: string;
  const at = (...path: string[]) => join(scratch, ...path);
  const store = () => at('tmp', `peerform-npm-${process.getuid!()}`);
  /** An archive with one file, as npm packs it. */
  const archive = (file: string, text: string) => {
    mkdirSync(at('made/package'), { recursive: true });
    writeFileSync(at('made/package/program'), text);
    execFileSync('tar', ['-czf', file, '-C', at('made'), 'package']);
  };
  const unpack = (into: string) => {
    mkdirSync(at(into));
    const module = pathToFileURL(join(ROOT, 'scripts/from-npm.mjs')).href;
    const args = JSON.stringify([{ name: '@some/tool', version: '1.0.0', integrity }, at(into)]).slice(1, -1);
    const script = `import('${module}').then((m) => console.log(m.fromNpm(${args})))`;
    const env = { ...process.env, TMPDIR: at('tmp'), PATH: `${at('bin')}${delimiter}${process.env.PATH}` };
    const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', script], { env, encoding: 'utf8' });
    return status === 0 ? readFileSync(join(stdout.trim(), 'program'), 'utf8') : stderr;
  };

  beforeEach(() => {
    scratch = mkdtempSync(join(tmpdir(), 'pf-npm-'));
    for (const folder of ['tmp', 'bin']) mkdirSync(at(folder));
    archive(at('served.tgz'), 'genuine');
    integrity = `sha512-${createHash('sha512')
      .update(readFileSync(at('served.tgz')))
      .digest('base64')}`;
    // Stands for npm: packs what the registry has, and counts.
    const npm = `#!/bin/sh\necho >> '${at('asked')}'\ncp '${at('served.tgz')}' tool.tgz\necho tool.tgz\n`;
    writeFileSync(at('bin/npm'), npm, { mode: 0o755 });
  });
  afterEach(() => rmSync(scratch, { recursive: true }));

  test('is asked for once, and its archive is kept for the next time', () => {
    expect([unpack('first'), unpack('second')]).toEqual(['genuine', 'genuine']);
    expect(readFileSync(at('asked'), 'utf8')).toBe('\n');
    expect(readdirSync(store())).toEqual(['@some+tool-1.0.0.tgz']);
  });

  test('is fetched again when what was kept has other octets', () => {
    unpack('first');
    archive(join(store(), '@some+tool-1.0.0.tgz'), 'planted');
    expect(unpack('second')).toBe('genuine');
  });

  test('is refused when npm has other octets, and nothing of it is kept', () => {
    archive(at('served.tgz'), 'replaced');
    expect(unpack('first')).toContain(`not ${integrity}`);
    expect(readdirSync(store())).toEqual([]);
  });

  test.each<[string, () => void]>([
    ['that others may write into', () => chmodSync(store(), 0o777)],
    [
      'that is a link to elsewhere',
      () => {
        rmSync(store(), { recursive: true });
        mkdirSync(at('elsewhere'), { mode: 0o700 });
        symlinkSync(at('elsewhere'), store());
      },
    ],
  ])('is not kept in a folder %s', (_, plant) => {
    mkdirSync(store(), { mode: 0o700 });
    plant();
    expect(unpack('first')).toContain('is not a folder that only you can write: remove it');
    expect(existsSync(at('asked'))).toBe(false);
  });
});

test.each<[string, string, string]>([
  ['a binary of Node.js', 'peerform-node-UID-20', `import('MODULE/node-binary.mjs').then((m) => m.nodeFolder('20'))`],
  [
    'a tree of Debian',
    'peerform-debian-UID-trixie',
    `import('MODULE/debian-tree.mjs').then((m) => m.debianTree('trixie'))`,
  ],
])('%s is not taken from a folder that others may write', (_, name, script) => {
  const TMPDIR = mkdtempSync(join(tmpdir(), 'pf-own-'));
  try {
    const planted = join(TMPDIR, name.replace('UID', `${process.getuid!()}`));
    mkdirSync(join(planted, `node_modules/node-linux-${process.arch}/bin`), { recursive: true });
    writeFileSync(join(planted, `node_modules/node-linux-${process.arch}/bin/node`), 'planted');
    chmodSync(planted, 0o777);
    const run = script.replace('MODULE', pathToFileURL(join(ROOT, 'scripts')).href);
    const { status, stderr } = spawnSync(process.execPath, ['-e', run], {
      env: { ...process.env, TMPDIR },
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([
      1,
      expect.stringContaining(`${planted} is not a folder that only you can write`),
    ]);
  } finally {
    rmSync(TMPDIR, { recursive: true });
  }
});
