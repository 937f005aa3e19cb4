import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProviderPackage } from '../../lib/provider/package';
import { FleetDouble } from '../provider/agent-double';
import { TerraformStack } from './terraform-stack';

const root = join(__dirname, '../..');
// A release, as users have it: Terraform chooses no other without being told the very version.
const provider = ProviderPackage.of(readFileSync(join(root, 'dist/provider/bundle.js')), '0.1.0', true);
let packed: string;
let stack: TerraformStack;
beforeAll(() => {
  packed = mkdtempSync(join(tmpdir(), 'peerform-packed-'));
  const archive = execFileSync('npm', ['pack', '--silent', '--pack-destination', packed], {
    cwd: root,
    encoding: 'utf8',
  });
  execFileSync('tar', ['-xzf', join(packed, archive.trim().split('\n').at(-1)!), '-C', packed]);
});
beforeEach(async () => {
  stack = new TerraformStack(provider);
  cpSync(join(packed, 'package/examples/hcl-module'), stack.folder, { recursive: true });
  expect(await stack.terraform('init')).toMatchObject({ code: 0 });
});
afterEach(() => stack.remove());
afterAll(() => rmSync(packed, { recursive: true, force: true }));

test('the module of the packed examples is written as terraform fmt writes, valid, and passes its own tests with no agent there', async () => {
  expect(await stack.terraform('fmt', '-check', '-recursive')).toMatchObject({ code: 0, text: '' });
  expect(await stack.terraform('validate')).toMatchObject({ code: 0 });
  const { code, text } = await stack.terraform('test');
  expect({ code, text }).toMatchObject({ code: 0 });
  expect(text).toMatch(/Success! 6 passed, 0 failed/);
});

test('it deploys the fleet that variables name, canaries first, then one more machine, and without one that is away', async () => {
  const machines = (...names: string[]) =>
    Object.fromEntries(
      names.map((name) => [name, { endpoint: `ssh://root@${name}`, ipv4: `10.0.0.${name.slice(4)}`, zone: 'a' }]),
    );
  const fleet = new FleetDouble();
  await fleet.start('node1', 'node2', 'node3');
  const order: string[] = [];
  for (const agent of fleet.all)
    agent.before = (verb) => {
      if (verb === 'activate') order.push(agent.node);
    };
  try {
    const main = readFileSync(join(stack.folder, 'main.tf'), 'utf8');
    stack.write('main.tf', main.replace('/$' + '{name}/agent.sock', '/$' + '{name}.sock'));
    const vary = (names: readonly string[], unreachable: readonly string[] = []) =>
      stack.write(
        'terraform.tfvars.json',
        JSON.stringify({
          machines: machines(...names),
          ...{ canaries: ['node2'], unreachable },
          lab: fleet.get('node1').socket.replace(/\/[^/]+$/, ''),
        }),
      );
    vary(['node1', 'node2']);
    stack.delete('terraform.tfvars');
    expect(await stack.terraform('apply', '-auto-approve')).toMatchObject({ code: 0 });
    vary(['node1', 'node2', 'node3']);
    const { code, text } = await stack.terraform('apply', '-auto-approve');
    expect({ code, text }).toMatchObject({ code: 0 });
    expect(order[0]).toBe('node2');
    expect([order.slice(0, 2), order[2], order.slice(3).sort()]).toEqual([
      ['node2', 'node1'],
      'node2',
      ['node1', 'node3'],
    ]);
    expect(await stack.terraform('plan', '-detailed-exitcode')).toMatchObject({ code: 0 });

    await fleet.get('node3').stop();
    await fleet.start('node4');
    vary(['node1', 'node2', 'node3', 'node4'], ['node3']);
    const without = await stack.terraform('apply', '-auto-approve');
    expect(without).toMatchObject({ code: 0 });
    await fleet.get('node3').start();
    const back = await stack.terraform('plan', '-detailed-exitcode');
    expect(back).toMatchObject({ code: 0, text: expect.stringMatching(/still listed in\s+"unreachable": node3/) });
    vary(['node1', 'node2', 'node3', 'node4']);
    expect(await stack.terraform('apply', '-auto-approve')).toMatchObject({ code: 0 });
    expect(await stack.terraform('plan', '-detailed-exitcode')).toMatchObject({ code: 0 });
  } finally {
    await fleet.stop();
  }
});
