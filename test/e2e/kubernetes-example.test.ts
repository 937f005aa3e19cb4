import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseAllDocuments } from 'yaml';

// The manifests against the API of Kubernetes: its schemas, as types that allow no field that there is not.
const ROOT = resolve(__dirname, '../..');
const TYPES = {
  name: 'kubernetes-types',
  version: '1.30.0',
  integrity: 'sha512-Dew1okvhM/SQcIa2rcgujNndZwU8VnSapDgdxlYoB84ZlpAD43U6KLAFqYo17ykSFGHNPrg0qry0bP+GJd9v7Q==',
};
const MODULES: Record<string, string> = { Namespace: 'core/v1', DaemonSet: 'apps/v1' };
const MINUTE = 60_000;
jest.setTimeout(2 * MINUTE);

const hasRegistry =
  spawnSync('npm', ['view', TYPES.name, 'version', '--fetch-retries=0'], { timeout: MINUTE }).status === 0;
if (!hasRegistry && process.env.CI) throw new Error('in CI nothing is skipped, and no npm registry is reached');
if (!hasRegistry) process.stderr.write('skipped: no npm registry is reached, so the API of Kubernetes is not known\n');
const describeWithTypes = hasRegistry ? describe : describe.skip;

const manifests = readFileSync(join(ROOT, 'examples/kubernetes/peerform.yaml'), 'utf8');

describeWithTypes('the manifests for Kubernetes', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'peerform-kubernetes-'));
    mkdirSync(join(folder, 'node_modules'));
    const module = pathToFileURL(join(ROOT, 'scripts/from-npm.mjs')).href;
    const args = JSON.stringify([TYPES, folder]).slice(1, -1);
    const script = `import(${JSON.stringify(module)}).then((m) => console.log(m.fromNpm(${args})))`;
    const types = execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }).trim();
    symlinkSync(types, join(folder, 'node_modules', TYPES.name));
    const options = { strict: true, noEmit: true, module: 'nodenext', types: [] };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['manifests.ts'] }));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** What the compiler says of them, each as an object of its kind. */
  const problems = (text: string): string => {
    const objects = parseAllDocuments(text).map((document) => document.toJS() as { kind: string });
    const code = objects.map(({ kind }, number) => {
      const value = JSON.stringify(objects[number], null, 1);
      return `import type { ${kind} as Kind${number} } from '${TYPES.name}/${MODULES[kind]}';\nexport const object${number}: Kind${number} = ${value};\n`;
    });
    writeFileSync(join(folder, 'manifests.ts'), code.join('\n'));
    const args = [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', folder];
    const { stdout } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
    return stdout;
  };

  test('have the fields that Kubernetes has, with values that it takes', () => expect(problems(manifests)).toBe(''));

  test('would not pass with a field that there is not, or a value of another kind', () => {
    expect(problems(manifests.replace('hostNetwork: true', 'hostNetworks: true'))).toMatch(
      /hostNetworks.* does not exist in type 'PodSpec'/,
    );
    expect(problems(manifests.replace('hostNetwork: true', 'hostNetwork: [yes]'))).toMatch(
      /is not assignable to type 'boolean/,
    );
  });
});
