import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from './support/network';
import { type Options, RealFleet } from './terraform-fleet';
import { bundledProvider, TerraformStack } from './terraform-stack';

/**
 * What ARCHITECTURE section 4 promises, by the real terraform and real agents on machines of one network. Each test
 * goes on where the one before it ended; each leaves the fleet healthy, with an empty plan.
 */
describe('terraform and real agents', () => {
  const provider = bundledProvider();
  let fleet: RealFleet;
  let stack: TerraformStack;
  beforeAll(async () => {
    fleet = new RealFleet(4);
    stack = new TerraformStack(provider);
    await fleet.start('n1', 'n2', 'n3'); // n4 comes later.
    configure();
    expect(await stack.terraform('init')).toMatchObject({ code: 0 });
  });
  afterAll(async () => {
    stack.remove();
    await fleet.remove();
  });

  const configure = (options: Options = {}) => stack.configure(fleet.configuration(options));
  const apply = () => stack.terraform('apply', '-auto-approve');
  /** 0: nothing to do, 2: changes. */
  const plan = () => stack.terraform('plan', '-detailed-exitcode');
  /** The lines of a plan that are about single nodes. */
  const aboutNodes = ({ text }: { text: string }) => text.match(/[-+~] "n\d" .*/g) ?? [];

  /** Every node runs and keeps this activation, sessions and routes are there, and there is nothing more to do. */
  const expectHealthy = async (activation: number, nodes = fleet.nodes) => {
    expect(await fleet.activations(nodes)).toEqual(nodes.map(() => `${activation}/${activation}`));
    const others = nodes.length - 1;
    await eventually(async () => expect(await fleet.sessions(nodes)).toEqual(nodes.map(() => [others, others])));
    await eventually(() => expect(fleet.reached(nodes)).toEqual(nodes.slice(1)));
    expect(await plan()).toMatchObject({ code: 0 });
  };

  describe('a first deploy', () => {
    test('changes nothing while an agent does not answer, and names it', async () => {
      const failed = await apply();
      expect(failed.code).toBe(1);
      expect(failed.text).toMatch(/Error: Agents not responding: n4/);
      for (const node of ['n1', 'n2', 'n3'])
        expect((await fleet.status(node)).transaction).toMatchObject({ owner: null, activation: 0, staged: null });
      expect(await stack.state('peerform_fabric')).toBeUndefined();
      await fleet.start('n4');
    });

    test('that one node cannot run is undone on all, and leaves neither wave nor commit', async () => {
      const script = "require('net').createServer().listen(179, () => console.log('listens'))";
      const squatter = fleet.network.start(fleet.machine('n2'), [process.execPath, '-e', script]);
      await eventually(() => expect(squatter.text).toContain('listens'));
      const failed = await apply();
      expect(failed.code).toBe(1);
      expect(failed.text).toMatch(/The release could not be activated[\s\S]*node n2: .*179/);
      expect(await fleet.activations()).toEqual(['-/-', '-/-', '-/-', '-/-']);
      expect(await stack.state('peerform_wave')).toBeUndefined();
      await squatter.kill('SIGKILL');
    });

    test('then goes by one more apply, and the plan after it is empty', async () => {
      const done = await apply();
      expect(done.text).toMatch(/Apply complete! Resources: 2 added, 1 changed, 0 destroyed/);
      await expectHealthy(2);
    });
  });

  test('a change of one line shows what it does, says nothing of single nodes, and is in the kernels when it is applied', async () => {
    configure({ fabric: '  node_to_node_mesh = false' });
    const refused = await plan();
    expect([refused.code, refused.text]).toEqual([1, expect.stringContaining('This change cuts off n1, n2, n3, n4')]);
    configure({ fabric: '  node_to_node_mesh = false\n  allow_disruption = true' });
    const planned = await plan();
    expect(planned.text).toMatch(/~ removed += 0 -> 6/);
    expect(planned.text).toMatch(/~ activation += 2 -> 3/);
    expect(aboutNodes(planned)).toEqual([]);
    expect(await apply()).toMatchObject({ code: 0 });
    expect([await fleet.activations(), fleet.routes()]).toEqual([Array(4).fill('3/3'), []]);
  });

  test('the next change shows what it does itself, and nothing of the one before; -refresh-only shows once that this was let go of', async () => {
    const { text: about, code } = await stack.terraform('plan', '-refresh-only', '-detailed-exitcode');
    expect([code, about]).toEqual([2, expect.stringMatching(/~ removed += 6 -> 0/)]);
    expect(await plan()).toMatchObject({ code: 0 });
    configure();
    const planned = await plan();
    expect(planned.text).toMatch(/about += .*"Adds 6 sessions \(nodeToNodeMesh\); no node loses a path\."/);
    expect(planned.text).toMatch(/~ added += 0 -> 6/);
    // What the deploy before did is replaced by what this one will have done; all else is of this change.
    expect(planned.text.replace(/~ observed .*/, '')).not.toMatch(/removed/);
    expect(await apply()).toMatchObject({ code: 0 });
    expect(await stack.terraform('apply', '-refresh-only', '-auto-approve')).toMatchObject({ code: 0 });
    expect((await stack.terraform('plan', '-refresh-only')).text).not.toContain('impact');
    await expectHealthy(4);
  });

  test('another spelling of an address reaches no agent', async () => {
    configure({ n1: 'ipv6_address = "fd00:0::1"' });
    expect(await apply()).toMatchObject({ code: 0 });
    configure({ n1: 'ipv6_address = "FD00::1"' });
    expect(await apply()).toMatchObject({ code: 0 });
    await expectHealthy(5);
  });

  describe('agents that are away', () => {
    test('a wiped agent is one line of the plan, and one deploy heals it', async () => {
      configure();
      expect(await apply()).toMatchObject({ code: 0 });
      await fleet.wipe('n2');
      const planned = await plan();
      expect(planned.code).toBe(2);
      expect(aboutNodes(planned)).toEqual(Array(3).fill('- "n2" = "none" -> null')); // fabric, wave and commit
      expect(await apply()).toMatchObject({ code: 0 });
      await expectHealthy(7);
    });

    test('a plan needs no agent, and an apply names those that are absent before anything changed', async () => {
      await fleet.kill('n3');
      const planned = await plan();
      expect(planned.code).toBe(0);
      expect(planned.text).toContain('Agents not responding: n3');
      configure({ fabric: '  hold_time = 30' });
      const refused = await apply();
      expect(refused.code).toBe(1);
      expect(refused.text).toMatch(/Error: Agents not responding: n3/);
      for (const node of ['n1', 'n2', 'n4']) expect((await fleet.status(node)).transaction.staged).toBeNull();
    });

    test('goes on without those that may be absent, which catch up later', async () => {
      configure({ fabric: '  hold_time = 30', unreachable: ['n3'] });
      expect(await apply()).toMatchObject({ code: 0 });
      expect(await plan()).toMatchObject({ code: 0 });
      await fleet.start('n3');
      expect(await fleet.activations()).toEqual(['8/8', '8/8', '7/7', '8/8']);
      configure({ fabric: '  hold_time = 30' });
      const planned = await plan();
      expect(planned.code).toBe(2);
      expect(aboutNodes(planned)).toEqual(Array(3).fill(expect.stringMatching(/^- "n3" = "\w{12}" -> null$/)));
      expect(await apply()).toMatchObject({ code: 0 });
      await expectHealthy(9);
    });
  });

  describe('what is not known yet', () => {
    const unknown = (as: string, more: Options = {}): Options => ({
      ...more,
      fabric: `  as_number = terraform_data.as.output${as}`,
      more: 'resource "terraform_data" "as" { input = 67111 }',
    });

    test('what is wrong in the rest shows at plan', async () => {
      configure(unknown('', { n1: 'ipv6_address = "10.0.0.1"' }));
      const wrong = await plan();
      expect(wrong.code).toBe(1);
      expect(wrong.text).toContain('nodes.n1.ipv6_address: 10.0.0.1 is not an ipv6 address');
    });

    test('what turns out wrong at apply changes nothing', async () => {
      configure(unknown(' * 100000'));
      const run = await apply();
      expect(run.code).toBe(1);
      expect(run.text).toContain('AS number 6711100000 is out of range');
      expect(await fleet.activations()).toEqual(Array(4).fill('9/9'));
      expect(await stack.terraform('state', 'rm', 'terraform_data.as')).toMatchObject({ code: 0 });
    });

    test('leaves release and activation open until the apply, which moves every node', async () => {
      configure(unknown(''));
      const planned = await plan();
      expect(planned.text).toMatch(/~ release += "sha256:\w{64}" -> \(known after apply\)/);
      expect(planned.text).toMatch(/~ activation += 9 -> \(known after apply\)/);
      expect(aboutNodes(planned)).toEqual([]);
      expect(await apply()).toMatchObject({ code: 0 });
      expect((await fleet.status('n4')).asNumber).toBe(67111);
      await expectHealthy(10);
    });
  });

  describe('a deploy that does not come to its end', () => {
    test('Ctrl-C at the gate confirms nothing and undoes the wave', async () => {
      configure();
      expect(await apply()).toMatchObject({ code: 0 });
      await expectHealthy(11);
      fleet.machine('n3').ip('link set eth0 down');
      configure({ fabric: '  hold_time = 30' });
      const running = apply();
      await eventually(async () => expect(await fleet.activations()).toEqual(Array(4).fill('12/11')));
      stack.interrupt();
      expect((await running).text).toContain('The wave was stopped');
      expect(await fleet.activations()).toEqual(Array(4).fill('11/11'));
    });

    test('a wave that does not become healthy in time is undone at once, and the error names node and session', async () => {
      configure({ fabric: '  hold_time = 30', wave: '  gate = { within = 1 }\n' });
      const failed = await apply();
      expect(failed.code).toBe(1);
      expect(failed.text).toContain('The wave was not healthy within 1 s');
      expect(failed.text).toMatch(/node n3: session 10\.0\.0\.3 - 10\.0\.0\.1 \(n1\) is \w+/);
      expect(await fleet.activations()).toEqual(Array(4).fill('11/11'));
      fleet.machine('n3').ip('link set eth0 up');
      configure({ fabric: '  hold_time = 30' });
      expect(await apply()).toMatchObject({ code: 0 });
      await expectHealthy(14);
    });

    test('where the provider dies before the commit, every node returns by itself, and one more apply converges', async () => {
      const change = { fabric: '  hold_time = 30\n  keepalive_time = 5' };
      const wait = `touch held; until [ -e go ]; do sleep 0.05; done`;
      const between = `
resource "terraform_data" "between" {
  depends_on = [peerform_wave.all]
  provisioner "local-exec" { command = "${wait}" }
}`;
      const wave = '  gate = { within = 4 }\n  confirm_within = 7\n';
      configure({ ...change, wave, more: between, commitAfter: 'terraform_data.between' });
      const running = apply();
      await eventually(() => expect(existsSync(join(stack.folder, 'held'))).toBe(true));
      expect(await fleet.activations()).toEqual(Array(4).fill('15/14'));
      stack.killProvider();
      stack.write('go', '');
      expect((await running).code).toBe(1);
      await eventually(async () => expect(await fleet.activations()).toEqual(Array(4).fill('14/14')));
      const planned = await plan();
      // All are behind what the fabric and the wave say, and none of what was committed.
      expect(aboutNodes(planned)).toHaveLength(8);
      configure(change);
      expect(await apply()).toMatchObject({ code: 0 });
      await expectHealthy(16);
    });
  });

  describe('whose fabric it is', () => {
    test('a second stack on the same nodes is refused by an error that names the first', async () => {
      const second = new TerraformStack(provider);
      try {
        second.configure(fleet.configuration());
        await second.terraform('init');
        const run = await second.terraform('apply', '-auto-approve');
        expect(run.code).toBe(1);
        expect(run.text.replace(/\s+/g, '')).toContain(stack.folder);
        expect(await second.state('peerform_fabric')).toBeUndefined();
      } finally {
        second.remove();
      }
      configure();
      expect(await apply()).toMatchObject({ code: 0 });
      await expectHealthy(17);
    });

    test('another name is a change in place, which resets no session; at another address it is an error that says what to do', async () => {
      const before = Date.now(); // A session that was reset came into its state later.
      configure({ name: 'other' });
      expect((await plan()).text).toMatch(/~ name += "main" -> "other"/);
      expect(await apply()).toMatchObject({ code: 0 });
      expect((await fleet.status('n1')).fabric).toBe('other');
      await expectHealthy(18);
      stack.configure(
        fleet
          .configuration()
          .replaceAll('peerform_fabric" "main', 'peerform_fabric" "twin')
          .replaceAll('fabric.main', 'fabric.twin'),
      );
      const replaced = await plan();
      expect(replaced.code).toBe(1);
      expect(replaced.text).toMatch(/already runs fabric other, deployed from here[\s\S]*formerNames/);
      expect((await stack.terraform('plan', '-replace=peerform_wave.all')).code).toBe(1);
      configure();
      expect(await apply()).toMatchObject({ code: 0 });
      await expectHealthy(19);
      const again = await stack.terraform('plan', '-replace=peerform_fabric.main');
      expect([again.code, again.text]).toEqual([1, expect.stringContaining('already runs fabric main')]);
      for (const { since } of (await fleet.status('n1')).sessions) expect(Date.parse(since)).toBeLessThan(before);
    });

    test('a fabric whose state was lost is not taken over unseen, and can be imported', async () => {
      await stack.terraform('state', 'rm', 'peerform_fabric.main', 'peerform_wave.all', 'peerform_commit.main');
      const run = await apply();
      expect(run.code).toBe(1);
      expect(run.text).toContain('already runs fabric main');
      const id = `main@${fleet.endpoint('n2')}`;
      for (const address of ['peerform_fabric.main', 'peerform_wave.all', 'peerform_commit.main'])
        expect(await stack.terraform('import', address, id)).toMatchObject({ code: 0 });
      expect(await plan()).toMatchObject({ code: 0 });
      await expectHealthy(19); // It ran all the while: nothing was activated.
    });
  });

  describe('the end', () => {
    const clean = async (...nodes: string[]) => {
      for (const node of nodes) {
        expect(await fleet.status(node)).toMatchObject({ sessions: [], transaction: { owner: null, active: null } });
        expect(readdirSync(fleet.network.path(`state-${node}/releases`))).toEqual([]);
      }
      expect(fleet.routes(nodes)).toEqual([]);
    };

    test('a node that leaves the fabric is cleaned; a dead one is dropped with a warning', async () => {
      await fleet.kill('n3');
      configure({ nodes: ['n1', 'n2'] });
      const run = await apply();
      expect(run.text).toContain('Nodes that left the fabric may not have been cleaned up: n3');
      expect(run.code).toBe(0);
      await clean('n4');
      await expectHealthy(20, ['n1', 'n2']);
    });

    test('destroy leaves every node clean', async () => {
      expect(await stack.terraform('destroy', '-auto-approve')).toMatchObject({ code: 0 });
      await clean('n1', 'n2', 'n4');
    });
  });
});
