import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

jest.setTimeout(60_000); // The compiler reads all of cdktn's types.

const root = join(__dirname, '../..');

/** A project whose package.json says `"cdktf": "npm:cdktn@…"`: the name leads to the other package, for the app and for Peerform. */
function aliasedProject(): string {
  const folder = mkdtempSync(join(tmpdir(), 'peerform-cdktn-')),
    modules = join(folder, 'node_modules');
  cpSync(join(root, 'examples/quickstart'), folder, { recursive: true, filter: (path) => !path.endsWith('cdktf.out') });
  // A copy, as npm would make one: by a link Node.js would find the cdktf of this checkout.
  cpSync(join(root, 'dist'), join(modules, 'peerform/dist'), { recursive: true });
  cpSync(join(root, 'package.json'), join(modules, 'peerform/package.json'));
  cpSync(join(root, 'node_modules/@cdktf/provider-null'), join(modules, '@cdktf/provider-null'), { recursive: true });
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const name of [...Object.keys(dependencies), 'constructs', '@types', 'typescript', '.bin']) link(name, name);
  link('cdktf', 'cdktn');
  return folder;

  function link(name: string, to: string): void {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(root, 'node_modules', to), join(modules, name));
  }
}

test('the same source compiles and synthesises on cdktn, by the npm alias', () => {
  if (!existsSync(join(root, 'dist/provider/bundle.js'))) throw new Error('nothing is built: run npm run build');
  const folder = aliasedProject(),
    run = (...args: string[]) => execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
  try {
    run('node_modules/typescript/bin/tsc');
    run('cdktf.out/main.js');
    const stack = join(folder, 'cdktf.out/stacks/quickstart'),
      { resource, '//': about } = JSON.parse(readFileSync(join(stack, 'cdk.tf.json'), 'utf8'));
    expect(about.metadata.version).toBe(
      JSON.parse(readFileSync(join(root, 'node_modules/cdktn/package.json'), 'utf8')).version,
    );
    expect(Object.keys(resource)).toEqual(['peerform_commit', 'peerform_fabric', 'peerform_wave']);
    expect(Object.keys(resource.peerform_fabric.quickstart.nodes)).toEqual(['node1', 'node2', 'node3']);
    expect(readdirSync(stack)).toEqual(expect.arrayContaining(['.terraform.lock.hcl', 'terraform.d']));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
