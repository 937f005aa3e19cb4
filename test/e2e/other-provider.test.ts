import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ProviderPackage } from '../../lib/provider/package';
import { placeProvider } from '../../lib/provider/package/place';
import { CdktfProject } from './cdktf-project';

/** The full mesh, with something else in its stack. Its agents are not there: a first plan asks nothing of them. */
function fullMeshWith(imports: string[], lines: string[]): CdktfProject {
  const project = new CdktfProject('full-mesh');
  project.edit('import { Fabric, Node }', `${imports.join('\n')}\nimport { Fabric, Node }`);
  project.edit('app.synth();', `${lines.join('\n')}\napp.synth();`);
  return project;
}

const DATA = "new DataResource(stack, 'note', { input: { release: fabric.release } });";
const NULL_IMPORTS = [
  "import { NullProvider } from '@cdktf/provider-null/lib/provider';",
  "import { Resource } from '@cdktf/provider-null/lib/resource';",
];
const NULL_LINES = [
  "new NullProvider(stack, 'null');",
  "new Resource(stack, 'check', { triggers: { release: fabric.release } });",
];

let project: CdktfProject | undefined;
afterEach(() => project?.remove());

test('what Terraform has built in, and the stand-in for hashicorp/null, stand beside a fabric with no flag', async () => {
  project = fullMeshWith(
    ["import { DataResource } from 'cdktf';", "import { NullStandIn } from 'peerform';", ...NULL_IMPORTS],
    [DATA, 'new NullStandIn(stack);', ...NULL_LINES],
  );
  const { code, text } = await project.cdktf('diff');
  expect(text).toContain('Plan: 5 to add, 0 to change, 0 to destroy.');
  expect(text).not.toContain('--skip-provider-lock');
  expect(code).toBe(0);
});

test('a provider of a registry stands beside a fabric with the one flag that synth names, and from then on without', async () => {
  project = fullMeshWith(NULL_IMPORTS, NULL_LINES);
  const first = await project.cdktf('diff');
  expect(first.text.replace(/\s+/g, ' ')).toContain(
    'run the first `cdktf diff` or `cdktf deploy` with --skip-provider-lock',
  );
  expect(first.code).not.toBe(0);
  // No registry is reached here: what it would give lies where Terraform looks first.
  placeNull(join(project.folder, 'cdktf.out/stacks/full-mesh'));
  for (const flags of [['--skip-provider-lock'], []]) {
    const { code, text } = await project.cdktf('diff', ...flags);
    expect([flags, text]).toEqual([flags, expect.stringContaining('Plan: 4 to add, 0 to change, 0 to destroy.')]);
    expect(code).toBe(0);
  }
});

/** The files of hashicorp/null alone, and no word of it in the lock. */
function placeNull(folder: string): void {
  const lock = readFileSync(join(folder, '.terraform.lock.hcl'), 'utf8');
  placeProvider(ProviderPackage.load().nullStandIn(), folder);
  writeFileSync(join(folder, '.terraform.lock.hcl'), lock);
}
