import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { programOf } from '../../lib/cli/program';
import { markdownOf } from '../../lib/report/markdown';

const TEMPLATES = join(__dirname, '../../templates');
const recipe = (name: string) => parse(readFileSync(join(TEMPLATES, 'ci', name), 'utf8'));
const MARKER = markdownOf([]).split('\n')[0];
const KINDS = ['cdktf', 'hcl'];

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly if?: string;
  readonly with?: Readonly<Record<string, string>>;
}
const githubSteps = (kind: string): Step[] => recipe(`${kind}.github.yml`).jobs.impact.steps;
/** What posts the comment. */
const ofGithub = (kind: string) => githubSteps(kind).find(({ run }) => run?.includes('gh pr comment'))!.run!;
const ofGitlab = (kind: string): string => recipe(`${kind}.gitlab.yml`).impact.after_script[0];
const scripts = (kind: string): string[] => [
  ...githubSteps(kind).flatMap(({ run }) => run ?? []),
  ...recipe(`${kind}.gitlab.yml`).impact.script,
  ofGitlab(kind),
];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'peerform-recipe-'));
  writeFileSync(join(folder, 'impact.md'), `${MARKER}\n`);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A program of this name that notes how it is called, and says what is asked for. */
function stub(name: string, says: string): void {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\nprintf '%s\\n' "$*" >> "${folder}/calls"\n${says}\n`);
  chmodSync(path, 0o755);
}

/** Runs a step of a recipe; how programs were called. */
function calls(script: string, env: Readonly<Record<string, string>>): string[] {
  const { status, stderr } = spawnSync('sh', ['-eu', '-c', script], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...env, PATH: `${folder}:${process.env.PATH}` },
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');
}

/** What plans, and reports. */
const planning = (): [string, string][] => [
  ['GitHub', githubSteps('hcl').find(({ run }) => run?.includes('terraform plan'))!.run!],
  ['GitLab', recipe('hcl.gitlab.yml').impact.script.find((line: string) => line.includes('terraform plan'))],
];

test.each(planning())(
  'what the plan itself refuses is reported with its reason, and fails the job on %s',
  (_, script) => {
    stub('terraform', 'echo "Error: This change cuts off n1" >&2; exit 1');
    const env = { PATH: `${folder}:${process.env.PATH}` };
    const { status } = spawnSync('sh', ['-eu', '-c', script], { cwd: folder, encoding: 'utf8', env });
    const text = readFileSync(join(folder, 'impact.md'), 'utf8');
    expect(status).toBe(1);
    expect(text.split('\n')[0]).toBe(MARKER);
    expect(text).toContain('    Error: This change cuts off n1');
  },
);

describe.each(KINDS)('the recipe for CI of a project of %s', (kind) => {
  test('is shell that parses, calls what peerform has, and looks for the marker that it writes', async () => {
    for (const script of scripts(kind)) {
      const checked = spawnSync('sh', ['-n', '-c', script], { encoding: 'utf8' });
      expect({ script, status: checked.status, stderr: checked.stderr }).toEqual({ script, status: 0, stderr: '' });
    }
    const impact = readFileSync(join(TEMPLATES, 'cdktf/impact.sh'), 'utf8');
    const [report] = `${scripts(kind).join('\n')}\n${impact}`.match(/peerform report .*--html.*/) ?? [];
    const command = (await programOf('report')).commands.find((one) => one.name() === 'report')!;
    const options = command.options.map(({ long }) => long);
    const used = report!.match(/--[a-z]+/g)!;
    expect(options).toEqual(expect.arrayContaining(used));
    for (const script of [ofGithub(kind), ofGitlab(kind)])
      expect(script).toContain(
        `startsWith("${MARKER}")`.replace('startsWith', script.includes('gh ') ? 'startswith' : 'startsWith'),
      );
  });

  test('keeps the page as an artefact, also where the change is refused', () => {
    expect(githubSteps(kind).at(-1)).toMatchObject({
      uses: expect.stringMatching(/^actions\/upload-artifact@/),
      if: expect.stringContaining('always()'),
      with: { path: 'impact.html' },
    });
    expect(recipe(`${kind}.gitlab.yml`).impact.artifacts).toEqual({
      when: 'always',
      paths: ['impact.md', 'impact.html'],
    });
  });

  test.each([
    [
      'updates the comment that is there',
      '77',
      'api --silent --method PATCH repos/a/b/issues/comments/77 --field body=@impact.md',
    ],
    ['posts one where there is none', '', 'pr comment 5 --repo a/b --body-file impact.md'],
  ])('%s, on GitHub', (_, id, expected) => {
    stub('gh', id === '' ? '' : `case "$*" in *--jq*) echo ${id};; esac`);
    const env = { GITHUB_REPOSITORY: 'a/b', NUMBER: '5', GITHUB_STEP_SUMMARY: join(folder, 'summary') };
    expect(calls(ofGithub(kind), env).at(-1)).toBe(expected);
    expect(readFileSync(env.GITHUB_STEP_SUMMARY, 'utf8')).toContain(MARKER);
  });

  const other = { id: 1, author: { id: 8 }, body: `${MARKER}\nof somebody else` };
  const own = { id: 77, author: { id: 7 }, body: `${MARKER}\n### Fabric` };
  test.each([
    [
      'updates its own comment',
      [other, own],
      '--request PUT --data-urlencode body@impact.md https://git/api/projects/3/merge_requests/5/notes/77',
    ],
    [
      'posts one where there is none of its own',
      [other],
      '--data-urlencode body@impact.md https://git/api/projects/3/merge_requests/5/notes',
    ],
  ])('%s, on GitLab', (_, notes, expected) => {
    writeFileSync(join(folder, 'notes.json'), JSON.stringify(notes));
    stub('curl', `case "$*" in */user) echo '{"id": 7}';; *per_page*) cat "${folder}/notes.json";; esac`);
    const env = { IMPACT_TOKEN: 'x', CI_API_V4_URL: 'https://git/api', CI_PROJECT_ID: '3', CI_MERGE_REQUEST_IID: '5' };
    expect(calls(ofGitlab(kind), env).at(-1)).toBe(`--fail --silent --header PRIVATE-TOKEN: x ${expected}`);
  });
});
