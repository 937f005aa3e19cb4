import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { NullProvider } from '@cdktf/provider-null/lib/provider';
import { App, TerraformStack } from 'cdktf';
import { Fabric } from '../../lib/constructs/fabric';
import { folderOf, newStack, PACKAGE, written } from './app';

const NULL_LOCK =
  'provider "registry.terraform.io/hashicorp/null" {\n  version     = "3.2.4"\n  constraints = "3.2.4"\n  hashes = [\n    "h1:x=",\n  ]\n}\n';

function stackWithFabric(): TerraformStack {
  const stack = newStack();
  new Fabric(stack, 'fabric', { name: 'lab' });
  return stack;
}

/** Puts a file into the folder of a stack, as an earlier run left it. */
function leave(stack: TerraformStack, path: string, content: string): string {
  const file = join(folderOf(stack), path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

const lockOf = (folder: string) => readFileSync(join(folder, '.terraform.lock.hcl'), 'utf8');

test('the zips and the lock file stand in the folder of the stack', () => {
  const { folder } = written(stackWithFabric());
  for (const { path, bytes } of PACKAGE.files()) expect(readFileSync(join(folder, path)).equals(bytes)).toBe(true);
  expect(lockOf(folder)).toBe(PACKAGE.lockFile());
  expect(existsSync(join(folder, 'cdk.tf.json'))).toBe(true);
});

test('zips of earlier builds go', () => {
  const stack = stackWithFabric();
  const place = dirname(PACKAGE.files()[0].path);
  const old = leave(stack, join(place, 'terraform-provider-peerform_0.0.1_linux_amd64.zip'), 'old');
  const { folder } = written(stack);
  expect(existsSync(old)).toBe(false);
  expect(readdirSync(join(folder, place))).toHaveLength(PACKAGE.files().length);
});

test('what the lock file says of other providers stays', () => {
  const stack = stackWithFabric();
  leave(stack, '.terraform.lock.hcl', NULL_LOCK);
  const lock = lockOf(written(stack).folder);
  expect(lock).toContain(NULL_LOCK);
  expect(lock).toContain('registry.terraform.io/peerform/peerform');
});

test('two fabrics of a stack share one provider, and each stack has its own', () => {
  const stack = stackWithFabric();
  new Fabric(stack, 'second', { name: 'lab2' });
  const other = new TerraformStack(App.of(stack), 'other');
  new Fabric(other, 'fabric', { name: 'lab' });
  written(stack);
  expect(stack.allProviders()).toHaveLength(1);
  expect(existsSync(join(folderOf(other), PACKAGE.files()[0].path))).toBe(true);
});

test('a stack with another provider that is not locked yet says the one flag that cdktf needs', () => {
  const stack = stackWithFabric();
  new NullProvider(stack, 'null');
  expect(written(stack).annotations).toMatchObject([
    { level: '@cdktf/info', message: expect.stringMatching(/^The stack also uses null\..*--skip-provider-lock/) },
  ]);
});

test('a stack whose other providers are locked needs no flag', () => {
  const stack = stackWithFabric();
  new NullProvider(stack, 'null');
  leave(stack, '.terraform.lock.hcl', NULL_LOCK);
  expect(written(stack).annotations).toEqual([]);
});

test('a stack whose fabric is refused gets nothing of the provider', () => {
  const stack = newStack();
  new Fabric(stack, 'fabric', { name: 'lab', holdTime: 1 });
  expect(() => written(stack)).toThrow('holdTime');
  expect(existsSync(join(folderOf(stack), 'terraform.d'))).toBe(false);
});
