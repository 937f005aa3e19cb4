import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ProviderPackage } from '../../lib/provider/package';
import type { FleetDouble } from '../provider/agent-double';
import { NODES, quickstartAgents } from './quickstart-agents';
import { TerraformStack } from './terraform-stack';

jest.setTimeout(60_000); // A run of terraform takes a second, a test several.

const root = join(__dirname, '../..');
// A release, as users have it: Terraform chooses no other without being told the very version.
const provider = ProviderPackage.of(readFileSync(join(root, 'dist/provider/bundle.js')), '0.1.0', true);
let stack: TerraformStack, fleet: FleetDouble;
beforeAll(async () => {
  stack = new TerraformStack(provider);
  fleet = await quickstartAgents(join(stack.folder, 'lab'));
});
afterAll(async () => {
  await fleet.stop();
  stack.remove();
});

test('the HCL example runs with the plain Terraform CLI as it stands: it deploys, has nothing more to do, and cleans up', async () => {
  stack.write('main.tf', readFileSync(join(root, 'examples/hcl/main.tf')));
  stack.write('terraform.tfvars', `lab = ${JSON.stringify(join(stack.folder, 'lab'))}\n`);
  expect(await stack.terraform('init')).toMatchObject({ code: 0 });
  const applied = await stack.terraform('apply', '-auto-approve');
  expect(applied).toMatchObject({ code: 0 });
  expect(applied.text).toContain('Apply complete! Resources: 3 added');
  for (const node of NODES) {
    const fabric = fleet.get(node).running()?.fabric;
    expect([fabric?.asNumber.value, Object.keys(fabric?.peers ?? {})]).toEqual([67111, ['node1-tor', 'tor']]);
  }
  expect(await stack.terraform('plan', '-detailed-exitcode')).toMatchObject({ code: 0 });
  expect(await stack.terraform('destroy', '-auto-approve')).toMatchObject({ code: 0 });
  for (const node of NODES) expect(fleet.get(node).running()).toBeUndefined();
});
