import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { outputOf } from './answers';

const has = (program: string) => spawnSync('which', [program]).status === 0;
const inShell = (shell: string) => {
  if (!has(shell) && process.env.CI) throw new Error(`in CI nothing is skipped, and there is no ${shell}`);
  return has(shell) ? describe : describe.skip;
};

let folder: string;
const script = (shell: string) => join(folder, `peerform.${shell}`);
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'peerform-completion-'));
  mkdirSync(join(folder, 'fabrics'));
  writeFileSync(join(folder, 'fabric one.json'), '');
  for (const shell of ['bash', 'zsh', 'fish']) writeFileSync(script(shell), (await outputOf('completion', shell)).out);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What a shell offers at the end of a line. */
type Complete = (line: string) => string[];

/** Lines that every shell completes, and all that it offers there. */
const CASES: readonly (readonly [string, readonly string[]])[] = [
  ['peerform stat', ['status']],
  ['peerform und', ['undrain']],
  ['peerform config ', ['get', 'help']],
  ['peerform debug s', ['selector']],
  ['peerform agent c', ['cleanup']],
  ['peerform status --ch', ['--check']],
  ['peerform status -o ', ['json', 'table', 'yaml']],
  ['peerform status -o y', ['yaml']],
  ['peerform get -o w', ['wide']],
  ['peerform get rou', ['routeReflectors']],
  ['peerform get nodes --sc', ['--scope']],
  ['peerform config get nodeTo', ['nodeToNodeMesh']],
  ['peerform agent --log-level w', ['warn']],
  ['peerform agent --node stat', []],
  ['peerform agent --fabric fabric', ['fabric one.json', 'fabrics/']],
  ['peerform init f', ['fabrics/']],
  ['peerform impact fabric', ['fabric one.json', 'fabrics/']],
  ['peerform completion z', ['zsh']],
  ['peerform crea', []],
];

inShell('bash')('in bash', () => {
  const complete: Complete = (line) => {
    const words = line.split(' ').flatMap((word) => (word === '' ? [''] : word.split(/([=:]+)/).filter(Boolean)));
    const driver = join(__dirname, '../fixtures/cli/offers.bash');
    const run = spawnSync('bash', ['--norc', driver, script('bash'), ...words], { encoding: 'utf8', cwd: folder });
    expect(run.stderr).toBe('');
    return run.stdout.split('\n').filter(Boolean).sort();
  };

  test.each(CASES)('%s is completed', (line, words) => {
    expect(complete(line)).toEqual(words);
  });

  test.each([
    ['peerform status --output=j', ['json']],
    ['peerform status --output=', ['json', 'table', 'yaml']],
    ['peerform sessions --via unix:///run/a.sock --exp', ['--explain']],
    ['peerform sessions --via=unix:///run/a.sock --exp', ['--explain']],
    ['peerform get --via ssh://me@host:22 nod', ['nodes']],
  ])('%s is, whose words bash parts at = and :', (line, words) => {
    expect(complete(line)).toEqual(words);
  });

  test('after -- there are commands of the system, and no options', () => {
    expect(complete('peerform gate -- bas')).toContain('bash');
    expect(complete('peerform lab exec node1 -- -')).toEqual([]);
  });

  test('is registered by sourcing the script', () => {
    const program = `source '${script('bash')}'; complete -p peerform`;
    expect(execFileSync('bash', ['--norc', '-c', program], { encoding: 'utf8' })).toBe(
      'complete -F _peerform peerform\n',
    );
  });
});

inShell('fish')('in fish', () => {
  const complete: Complete = (line) => {
    const program = `source '${script('fish')}'; complete -C '${line}'`;
    const run = spawnSync('fish', ['--no-config', '-c', program], {
      encoding: 'utf8',
      cwd: folder,
      env: { ...process.env, HOME: folder },
    });
    expect(run.stderr).toBe('');
    return run.stdout
      .split('\n')
      .filter(Boolean)
      .map((offer) => offer.split('\t')[0])
      .sort();
  };

  test.each(CASES)('%s is completed', (line, words) => {
    expect(complete(line)).toEqual(words);
  });
});

inShell('zsh')('in zsh', () => {
  const complete: Complete = (line) => {
    const driver = join(__dirname, '../fixtures/cli/offers.zsh');
    const run = spawnSync('zsh', ['-f', driver, script('zsh'), line], {
      encoding: 'utf8',
      cwd: folder,
      timeout: 30_000,
    });
    expect(run.stderr).toBe('');
    const offers = [...run.stdout.matchAll(/OFFER:([^\r\n]*)/g)].map(([, offer]) => offer.replaceAll('\\', ''));
    return [...new Set(offers)].map((offer) => (offer === 'fabrics' ? 'fabrics/' : offer)).sort();
  };

  test.each(CASES)('%s is completed', (line, words) => {
    expect(complete(line)).toEqual(words);
  });
});
