import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { codePlaces } from '../../lib/cli/code-places';

let project: string;
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'peerform-places-'));
  const stack = join(project, 'cdktf.out', 'stacks', 'prod');
  mkdirSync(stack, { recursive: true });
  mkdirSync(join(project, 'src'));
  const lab = { name: 'lab', '//': { places: { 'src/main.ts:7': [''], 'src/main.ts:9': ['nodes.n1', 'nodes.n2'] } } };
  writeFileSync(join(stack, 'cdk.tf.json'), JSON.stringify({ resource: { peerform_fabric: { lab } } }));
});
afterEach(() => rmSync(project, { recursive: true }));

describe('the places in the code of a fabric', () => {
  test('are found in the project around the working directory', () => {
    const places = codePlaces('lab', 'alice@elsewhere:/srv', join(project, 'src'));
    expect(places.get('')).toBe(join(project, 'src/main.ts:7'));
    expect(places.get('nodes.n2')).toBe(join(project, 'src/main.ts:9'));
  });

  test('are found where the stack was deployed from, if that is on this machine', () => {
    const owner = `alice@${hostname()}:${project}/cdktf.out/stacks/prod`;
    for (const text of [owner, `${owner} (workspace blue)`])
      expect(codePlaces('lab', text, tmpdir()).get('nodes.n1')).toBe(join(project, 'src/main.ts:9'));
    expect(codePlaces('lab', owner.replace(hostname(), 'elsewhere'), tmpdir()).size).toBe(0);
  });

  test('are none of another fabric, and none where there is no project', () => {
    expect(codePlaces('other', undefined, project).size).toBe(0);
    expect(codePlaces('lab', null, tmpdir()).size).toBe(0);
    writeFileSync(join(project, 'cdktf.out', 'stacks', 'prod', 'cdk.tf.json'), 'no JSON');
    expect(codePlaces('lab', undefined, project).size).toBe(0);
  });
});
