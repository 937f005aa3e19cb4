import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from '../../lib/lab/lab';
import { ProviderPackage } from '../../lib/provider/package';
import { NODES, quickstartLab } from './support/quickstart';
import { TerraformStack } from './terraform-stack';

const root = join(__dirname, '../..');
// A release, as users have it: Terraform chooses no other without being told the very version.
const provider = ProviderPackage.of(readFileSync(join(root, 'dist/provider/bundle.js')), '0.1.0', true);
let stack: TerraformStack;
let lab: Lab;
let down: () => Promise<void>;
beforeAll(async () => {
  stack = new TerraformStack(provider);
  ({ lab, down } = await quickstartLab('hcl-test'));
});
afterAll(async () => {
  await down?.();
  stack.remove();
});

test('the HCL example runs with the plain Terraform CLI as it stands: it deploys, has nothing more to do, and cleans up', async () => {
  stack.write('main.tf', readFileSync(join(root, 'examples/hcl/main.tf')));
  stack.write('terraform.tfvars', `lab = ${JSON.stringify(lab.folder)}\n`);
  expect(await stack.terraform('init')).toMatchObject({ code: 0 });
  const applied = await stack.terraform('apply', '-auto-approve');
  expect(applied).toMatchObject({ code: 0 });
  expect(applied.text).toContain('Apply complete! Resources: 3 added');
  for (const node of NODES) {
    const { fabric, asNumber, sessions } = await lab.agent(node).status();
    expect([fabric, asNumber]).toEqual(['quickstart', 67111]);
    expect(sessions.map(({ origin }) => origin)).toContain('peers.tor');
  }
  expect(await stack.terraform('plan', '-detailed-exitcode')).toMatchObject({ code: 0 });
  expect(await stack.terraform('destroy', '-auto-approve')).toMatchObject({ code: 0 });
  for (const node of NODES) expect((await lab.agent(node).status()).sessions).toEqual([]);
});
