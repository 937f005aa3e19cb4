import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { eventually } from './support/network';
import { RealFleet } from './terraform-fleet';
import { bundledProvider, TerraformStack } from './terraform-stack';

/** A fabric of some nodes, its wave and its commit, in HCL. */
interface FabricOptions {
  readonly name: string;
  readonly nodes: readonly string[];
  /** More of the fabric. */
  readonly fabric?: string;
  /** A command that must pass before the commit. */
  readonly probe?: string;
  /** Seconds for the wave's gate. */
  readonly within?: number;
}

/**
 * What got a deploy stuck, or took what is somebody else's, by the real terraform and real agents. Each test goes on
 * where the one before it ended.
 */
describe('deploys that never get stuck', () => {
  const provider = bundledProvider();
  let fleet: RealFleet;
  let stack: TerraformStack;
  const disk = () => fleet.network.path('state-n4');
  beforeAll(async () => {
    fleet = new RealFleet(5);
    stack = new TerraformStack(provider);
    mkdirSync(disk());
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=96k', 'none', disk()]);
    await fleet.start(...fleet.nodes);
  });
  afterAll(async () => {
    stack.remove();
    for (const node of fleet.nodes) await fleet.kill(node);
    execFileSync('umount', [disk()]);
    await fleet.remove();
  });

  const written = ({ name, nodes, fabric = '', probe, within = 20 }: FabricOptions) => {
    const deployed = `  fabric     = peerform_fabric.${name}.name
  release    = peerform_fabric.${name}.release
  activation = peerform_fabric.${name}.activation
  nodes      = { for name, node in peerform_fabric.${name}.node : name => node.endpoint }
`;
    const entries = nodes.map(
      (node) =>
        `  node "${node}" {\n    ipv4_address = "10.0.0.${node.slice(1)}"\n    endpoint     = "${fleet.endpoint(node)}"\n  }\n`,
    );
    const check = `resource "terraform_data" "${name}" {
  triggers_replace = peerform_fabric.${name}.activation
  depends_on       = [peerform_wave.${name}]
  provisioner "local-exec" { command = "${probe}" }
}
`;
    return `resource "peerform_fabric" "${name}" {
  name               = "${name}"
  connect_retry_time = 1
${fabric}
${entries.join('')}}
resource "peerform_wave" "${name}" {
${deployed}  gate = { within = ${within} }
  confirm_within = ${within + 5}
}
${probe ? check : ''}resource "peerform_commit" "${name}" {
${deployed}  depends_on = [${['peerform_wave', ...(probe ? ['terraform_data'] : [])].map((type) => `${type}.${name}`).join(', ')}]
}
`;
  };
  const configure = (...fabrics: FabricOptions[]) => stack.configure(fabrics.map(written).join('\n'));
  const apply = (...args: string[]) => stack.terraform('apply', '-auto-approve', ...args);
  const plan = (...args: string[]) => stack.terraform('plan', '-detailed-exitcode', ...args);
  const transaction = async (node: string) => (await fleet.status(node)).transaction;
  const THREE = ['n1', 'n2', 'n3'] as const;
  const TWO = ['n4', 'n5'] as const;

  /** One apply converges, and the next plan is empty. */
  const expectConverges = async () => {
    const done = await apply();
    expect([done.code, done.text]).toEqual([0, expect.any(String)]);
    const next = await plan();
    expect([next.code, next.text]).toEqual([0, expect.any(String)]);
  };

  test('a first deploy that was killed locks out nobody', async () => {
    configure({ name: 'main', nodes: THREE, probe: 'touch held; sleep 60' });
    expect(await stack.terraform('init')).toMatchObject({ code: 0 });
    const running = apply();
    await eventually(async () => expect((await transaction('n3')).active).not.toBeNull(), 60);
    stack.killProvider();
    stack.interrupt();
    stack.interrupt();
    await running;
    const other = new TerraformStack(provider);
    try {
      other.configure(written({ name: 'main', nodes: THREE }));
      await other.terraform('init');
      expect(await other.terraform('apply', '-auto-approve')).toMatchObject({ code: 0 });
      expect((await transaction('n1')).owner).toContain(other.folder);
    } finally {
      other.remove();
    }
  });

  test('an owner that is gone is taken over by import, which changes no agent until the next deploy', async () => {
    rmSync(`${stack.folder}/terraform.tfstate`, { force: true });
    configure({ name: 'main', nodes: THREE });
    const refused = await apply();
    expect(refused.code).toBe(1);
    expect(refused.text.replace(/\s+/g, ' ')).toContain('If that owner no longer exists, take over the fabric');
    const before = await transaction('n1');
    const id = `main@${fleet.endpoint('n2')}`;
    const block = (type: string) => `import {\n  to = peerform_${type}.main\n  id = "${id}"\n}\n`;
    expect(await stack.terraform('import', 'peerform_fabric.main', id)).toMatchObject({ code: 0 });
    // By a command, or by blocks, which are carried out while it is planned.
    stack.configure(
      [written({ name: 'main', nodes: THREE, fabric: '  hold_time = 60' }), block('wave'), block('commit')].join('\n'),
    );
    expect((await plan()).text).toContain('Plan: 2 to import, 0 to add');
    expect(await transaction('n1')).toEqual(before);
    await expectConverges();
    expect((await transaction('n1')).owner).toContain(stack.folder);
  });

  test('a change that fails, then its revert that fails, too', async () => {
    fleet.machine('n3').ip('link set eth0 down');
    configure({ name: 'main', nodes: THREE, fabric: '  hold_time = 30', within: 2 });
    expect(await apply()).toMatchObject({ code: 1 });
    configure({ name: 'main', nodes: THREE, fabric: '  hold_time = 60', within: 2 });
    expect(await apply()).toMatchObject({ code: 1 });
    fleet.machine('n3').ip('link set eth0 up');
    configure({ name: 'main', nodes: THREE, fabric: '  hold_time = 60' });
    const planned = await plan();
    expect(planned.code).toBe(2);
    expect(planned.text).toMatch(/- "n3" = "\w+ \(undone: The wave was not healthy within 2 s: .*\)" -> null/);
    await expectConverges();
  });

  test('a probe that is broken twice', async () => {
    const broken = { name: 'main', nodes: THREE, fabric: '  hold_time = 30' };
    configure({ ...broken, probe: 'exit 1' });
    expect(await apply()).toMatchObject({ code: 1 });
    expect(await apply()).toMatchObject({ code: 1 });
    configure({ ...broken, probe: 'true' });
    await expectConverges();
  });

  test('an apply whose state was never stored', async () => {
    const state = execFileSync('cat', [`${stack.folder}/terraform.tfstate`]);
    configure({ name: 'main', nodes: THREE, fabric: '  hold_time = 60', probe: 'true' });
    expect(await apply()).toMatchObject({ code: 0 });
    writeFileSync(`${stack.folder}/terraform.tfstate`, state);
    await expectConverges();
    expect(await apply('-refresh=false')).toMatchObject({ code: 0 });
  });

  test('what is ignored is neither shown nor staged', async () => {
    const ignored = '  lifecycle { ignore_changes = [hold_time] }';
    configure({ name: 'main', nodes: THREE, fabric: `  hold_time = 90\n  keepalive_time = 10\n${ignored}` });
    expect((await plan()).text).not.toMatch(/hold_time +=.*->/);
    await expectConverges();
    const { release } = await fleet.network.client('n1').deployed();
    expect(release.fabric.holdTime).toBe(60);
    configure({ name: 'main', nodes: THREE });
    await expectConverges();
  });

  describe('two fabrics', () => {
    test('a node moves between them in one deploy, and stays', async () => {
      configure({ name: 'main', nodes: THREE }, { name: 'side', nodes: TWO });
      await expectConverges();
      configure({ name: 'main', nodes: ['n1', 'n2'] }, { name: 'side', nodes: ['n3', ...TWO] });
      await expectConverges();
      for (const node of ['n3', ...TWO]) expect((await fleet.status(node)).fabric).toBe('side');
      await eventually(async () => expect(await fleet.sessions(['n3'])).toEqual([[2, 2]]));
    });

    test('one that both claim is an error at plan, or at stage where only one is looked at, and nothing changes', async () => {
      const before = await transaction('n3');
      configure({ name: 'main', nodes: THREE }, { name: 'side', nodes: ['n3', ...TWO] });
      const planned = await plan();
      expect(planned.code).toBe(1);
      expect(planned.text).toMatch(/Node n3 of fabric (main|side) is also node n3 of fabric (main|side)/);
      const targeted = await apply('-target=peerform_commit.main');
      expect([targeted.code, targeted.text]).toEqual([
        1,
        expect.stringContaining('Nodes belong to another fabric: n3'),
      ]);
      expect(await transaction('n3')).toEqual(before);
      configure({ name: 'main', nodes: ['n1', 'n2'] }, { name: 'side', nodes: ['n3', ...TWO] });
      await expectConverges();
    });
  });

  test('other names and other addresses, by moved blocks from name to name, reset no session', async () => {
    const before = Date.now();
    const steps = [
      ['main', 'prod'],
      ['prod', 'live'],
    ];
    const moved = steps.flatMap(([from, to]) =>
      ['fabric', 'wave', 'commit'].map(
        (type) => `moved {\n  from = peerform_${type}.${from}\n  to   = peerform_${type}.${to}\n}\n`,
      ),
    );
    const side = written({ name: 'side', nodes: ['n3', ...TWO] });
    stack.configure([written({ name: 'live', nodes: ['n1', 'n2'] }), side].join('\n'));
    const unmoved = await plan();
    expect([unmoved.code, unmoved.text]).toEqual([1, expect.stringContaining('already runs fabric main')]);
    stack.configure([written({ name: 'live', nodes: ['n1', 'n2'] }), side, ...moved].join('\n'));
    await expectConverges();
    const { fabric, sessions } = await fleet.status('n1');
    expect(fabric).toBe('live');
    for (const { state, since } of sessions) expect([state, Date.parse(since) < before]).toEqual(['Established', true]);
    const back = moved.map((text) => text.replaceAll(/main|live/g, (name) => (name === 'main' ? 'live' : 'main')));
    stack.configure([written({ name: 'main', nodes: ['n1', 'n2'] }), side, ...back].join('\n'));
    await expectConverges();
  });

  test('a full disk of one node refuses in one sentence, with nothing half done, and service goes on', async () => {
    const filler = `${disk()}/filler`;
    expect(() => execFileSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=4k'], { stdio: 'ignore' })).toThrow();
    const before = await transaction('n4');
    configure(
      { name: 'main', nodes: ['n1', 'n2'] },
      { name: 'side', nodes: ['n3', ...TWO], fabric: '  hold_time = 30' },
    );
    const failed = await apply();
    expect(failed.code).toBe(1);
    expect(failed.text.replace(/\s+/g, ' ')).toMatch(
      /node n4: stage was not carried out: the agent of node n4 cannot write its state \(ENOSPC/,
    );
    expect(await transaction('n4')).toEqual(before);
    await eventually(async () => expect(await fleet.sessions(['n4'])).toEqual([[2, 2]]));
    await fleet.kill('n4');
    await fleet.start('n4'); // and what is on the disk is what ran
    expect((await transaction('n4')).active).toEqual(before.active);
    rmSync(filler);
    await expectConverges();
  });
});
