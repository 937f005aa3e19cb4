import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { programOf } from '../../lib/cli/program';
import { below, ROOT, read } from './pages';

// What people and machines read that come to the repository: workflows, templates, CONTRIBUTING and SECURITY.
interface Workflow {
  readonly on: Record<string, unknown>;
  readonly permissions: Record<string, string>;
  readonly jobs: Record<string, { steps: readonly { uses?: string; run?: string; with?: Record<string, unknown> }[] }>;
}
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
const workflow = (name: string): Workflow => parse(read(`.github/workflows/${name}.yml`));
const steps = (name: string) => Object.values(workflow(name).jobs).flatMap((job) => job.steps);
const runs = (name: string) => steps(name).flatMap(({ run }) => (run === undefined ? [] : [run]));

/** Commands of a page's blocks of shell. */
const commands = (page: string): string[] =>
  [...read(page).matchAll(/^ *```sh\n([\s\S]*?)^ *```/gm)].flatMap(([, block]) =>
    block
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== ''),
  );

describe('the workflows', () => {
  const names = below('.github/workflows', '.yml').map((path) => path.replace(/.*\/|\.yml$/g, ''));

  test('are those of CI and of a release', () => expect(names.sort()).toEqual(['ci', 'release']));

  test.each(names)('%s may do nothing by default, and each step does one thing', (name) => {
    expect(workflow(name).permissions).toEqual({ contents: 'read' });
    for (const { uses, run } of steps(name)) {
      expect([uses, run].filter((one) => one !== undefined)).toHaveLength(1);
      if (uses !== undefined) expect(uses).toMatch(/^[\w-]+\/[\w-]+@v\d+$/);
    }
  });

  test('CI runs .ci/run for pull requests and main', () => {
    expect(Object.keys(workflow('ci').on).sort()).toEqual(['pull_request', 'push']);
    expect(runs('ci')).toContain('.ci/run');
    expect(existsSync(join(ROOT, '.ci/run'))).toBe(true);
  });

  test('a release is made of a tag by the script with options that it has, and published with provenance', () => {
    expect(workflow('release').on).toEqual({ push: { tags: ['v*'] } });
    const text = runs('release').join('\n');
    const [, options] = /scripts\/release\.mjs (.*)/.exec(text)!;
    const script = read('scripts/release.mjs');
    for (const [, name] of options.matchAll(/--(\w+)/g)) expect(script).toContain(`    ${name}: { type:`);
    expect(runs('release').at(-1)).toContain('npm publish --provenance'); // it cannot be taken back
    expect(workflow('release').jobs.release).toMatchObject({ permissions: { 'id-token': 'write', contents: 'write' } });
  });

  test('a release is made only of a commit for which CI passed', () => {
    const all = runs('release');
    const asked = all.findIndex((run) => run.includes('--workflow ci.yml') && run.includes('--status success'));
    expect(asked).toBe(0);
    expect(workflow('release').jobs.release).toMatchObject({ permissions: { actions: 'read' } });
  });
});

test.each(below('.github/ISSUE_TEMPLATE', '.yml').filter((path) => !path.endsWith('config.yml')))(
  '%s asks for something, and names commands that there are',
  async (path) => {
    const form = parse(read(path)) as { name: string; description: string; body: { type: string; id: string }[] };
    expect(Object.keys(form)).toEqual(['name', 'description', 'labels', 'body']);
    const ids = form.body.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(form.body.every(({ type }) => ['textarea', 'input'].includes(type))).toBe(true);
    const program = await programOf();
    for (const [, command] of read(path).matchAll(/`peerform ([a-z]+)/g))
      expect(program.commands.map((one) => one.name())).toContain(command);
  },
);

describe('CONTRIBUTING', () => {
  test('has commands that there are', () => {
    const all = [...commands('CONTRIBUTING.md'), ...commands('docs/releases.md')];
    expect(all.length).toBeGreaterThan(8);
    for (const line of all) {
      const [, script] = /^npm (?:run )?(\S+)/.exec(line) ?? [];
      if (script && script !== 'ci') expect(Object.keys(scripts)).toContain(script);
      const [, file] = /^node (\S+)/.exec(line) ?? [];
      if (file) expect([file, existsSync(join(ROOT, file))]).toEqual([file, true]);
      const [, tests] = /^npx jest (\S+)/.exec(line) ?? [];
      if (tests) expect([tests, existsSync(join(ROOT, tests))]).toEqual([tests, true]);
    }
  });

  test('is what the template of pull requests asks for', () => {
    for (const [, name] of read('.github/PULL_REQUEST_TEMPLATE.md').matchAll(/`npm (?:run )?(\w+)/g))
      expect(Object.keys(scripts)).toContain(name);
  });
});

describe('SECURITY', () => {
  const text = read('SECURITY.md');

  test('says what each role may do and may not', () => {
    const roles = ['A neighbour', 'A local user of a node', 'An agent', 'A runner', 'An etcd'];
    for (const role of roles)
      expect(text).toMatch(new RegExp(`^### ${role}\\n[\\s\\S]*?^\\| it may \\| it may not \\|$`, 'm'));
  });

  test('names tests that there are', () => {
    const named = [...text.matchAll(/`((?:test|lib)\/[\w./-]+)`/g)].map(([, path]) => path);
    expect(named.length).toBeGreaterThan(6);
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});
