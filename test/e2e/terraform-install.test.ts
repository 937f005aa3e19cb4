import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundledProvider, TerraformStack } from './terraform-stack';

const provider = bundledProvider();
let stack: TerraformStack;
beforeEach(() => {
  stack = new TerraformStack(provider);
});
afterEach(() => stack.remove());

test('terraform installs the provider from the stack itself and calls its functions', async () => {
  stack.configure(`
output "plain" { value = provider::peerform::as_number("1.1575") }
output "dotted" { value = provider::peerform::as_dot(67111) }
`);
  expect(await stack.terraform('init')).toMatchObject({ code: 0 });
  const applied = await stack.terraform('apply', '-auto-approve');
  expect(applied).toMatchObject({ code: 0 });
  expect(applied.text).toContain('plain = 67111');
  expect(applied.text).toContain('dotted = "1.1575"');
});

test('a lock file written before init is the one that terraform would write, and is taken', async () => {
  stack.configure('output "one" { value = provider::peerform::as_number("1") }');
  await stack.terraform('init');
  const written = readFileSync(join(stack.folder, '.terraform.lock.hcl'), 'utf8');
  expect(provider.lockFile()).toBe(written);
  expect(await stack.terraform('init', '-lockfile=readonly')).toMatchObject({ code: 0 });
});

test('a function says which argument is wrong', async () => {
  stack.configure('output "wrong" { value = provider::peerform::as_number("1.2.3") }');
  await stack.terraform('init');
  const planned = await stack.terraform('plan');
  expect(planned.code).toBe(1);
  expect(planned.text).toContain('"1.2.3" is not a valid AS number');
});

test('peerform provider install puts this build where terraform init finds it, and says the version to name', async () => {
  const main = join(__dirname, '../../dist/cli/main.js');
  const folder = join(stack.folder, 'plain');
  mkdirSync(folder);
  const told = execFileSync(process.execPath, [main, 'provider', 'install', folder], { encoding: 'utf8' });
  const [line] = /peerform = \{.*\}/.exec(told)!;
  writeFileSync(join(folder, 'main.tf'), `terraform {\n  required_providers {\n    ${line}\n  }\n}\n`);
  const env = { ...process.env, TF_CLI_CONFIG_FILE: '/dev/null', CHECKPOINT_DISABLE: '1' };
  const initialised = execFileSync('terraform', ['init', '-no-color', '-lockfile=readonly'], {
    cwd: folder,
    env,
    encoding: 'utf8',
  });
  expect(initialised).toContain('Terraform has been successfully initialized');
});
