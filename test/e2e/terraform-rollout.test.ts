import { eventually } from './support/network';
import { RealFleet } from './terraform-fleet';
import { bundledProvider, TerraformStack } from './terraform-stack';

/** Waves, gates and drains by the real terraform and real agents. Each test goes on where the one before it ended. */
describe('a rollout with a gate', () => {
  const provider = bundledProvider();
  let fleet: RealFleet;
  let stack: TerraformStack;
  beforeAll(async () => {
    fleet = new RealFleet(3);
    stack = new TerraformStack(provider);
    for (const { path, bytes } of provider.nullStandIn().files()) stack.write(path, bytes);
    await fleet.start(...fleet.nodes);
    configure();
    expect(await stack.terraform('init')).toMatchObject({ code: 0 });
  });
  afterAll(async () => {
    stack.remove();
    await fleet.remove();
  });

  const configure = ({ fabric = '', wave = '  confirm_within = 20' } = {}) => {
    const nodes = (names: readonly string[]) =>
      names.map((node) => `    ${node} = "${fleet.endpoint(node)}"`).join('\n');
    const step = (names: readonly string[]) => `  fabric     = peerform_fabric.main.name
  release    = peerform_fabric.main.release
  activation = peerform_fabric.main.activation
  nodes      = {
${nodes(names)}
  }`;
    const entries = fleet.nodes.map(
      (node) => `  node "${node}" {
    ipv4_address = "10.0.0.${node.slice(1)}"
    endpoint     = "${fleet.endpoint(node)}"
  }`,
    );
    stack.configure(`
resource "peerform_fabric" "main" {
  name = "main"
  connect_retry_time = 1
${fabric}
  waves = [["n3"], ["n1", "n2"]]
${entries.join('\n')}
}
resource "peerform_wave" "canary" {
${step(['n3'])}
${wave}
  gate = { within = 15 }
}
resource "null_resource" "check" {
  depends_on = [peerform_wave.canary]
  triggers   = { activation = peerform_fabric.main.activation }
  provisioner "local-exec" { command = "if [ -e fails ]; then echo the check says no; exit 1; fi; echo the check says yes" }
}
resource "peerform_wave" "rest" {
  depends_on = [null_resource.check]
${step(['n1', 'n2'])}
${wave}
  gate = { within = 15 }
}
resource "peerform_commit" "main" {
  depends_on = [peerform_wave.rest]
${step(fleet.nodes)}
}
`);
  };
  const apply = () => stack.terraform('apply', '-auto-approve');

  test('takes the release through the canary and the check to all', async () => {
    const run = await apply();
    expect(run.text).toContain('the check says yes');
    expect(run.code).toBe(0);
    expect(await fleet.activations()).toEqual(['1/1', '1/1', '1/1']);
    expect(await stack.terraform('plan', '-detailed-exitcode')).toMatchObject({ code: 0 });
  });

  test('that the check refuses goes no further, and the canary returns by itself', async () => {
    configure({ fabric: '  hold_time = 30', wave: '  confirm_within = 16' });
    stack.write('fails', '');
    const run = await apply();
    expect(run.code).toBe(1);
    expect(run.text).toContain('the check says no');
    expect((await fleet.activations()).slice(0, 2)).toEqual(['1/1', '1/1']);
    await eventually(async () => expect(await fleet.activations()).toEqual(['1/1', '1/1', '1/1']), 30);
    stack.delete('fails');
    expect(await apply()).toMatchObject({ code: 0 });
    expect(await fleet.activations()).toEqual(['3/3', '3/3', '3/3']);
  });

  test('that would take a prefix is undone in all waves, and the error names node and prefix', async () => {
    await eventually(() => expect(fleet.reached()).toEqual(['n2', 'n3']));
    configure({ fabric: '  hold_time = 30\n  node_to_node_mesh = false\n  allow_disruption = true' });
    const run = await apply();
    expect(run.code).toBe(1);
    expect(run.text).toMatch(/nodes? n\d[n\d, ]*: 10\.65\.0\.1\/32 no longer has a path/);
    expect(run.text).toMatch(
      /Earlier waves were rolled back with it: n3|Its nodes were rolled back to what they ran before/,
    );
    expect(await fleet.activations()).toEqual(['3/3', '3/3', '3/3']);
    expect(fleet.reached()).toEqual(['n2', 'n3']);
  });

  test('leaves a node out of service that somebody drained, and the plan says who did', async () => {
    configure({ fabric: '  hold_time = 30' });
    expect(await apply()).toMatchObject({ code: 0 });
    await fleet.network.client('n1').send('drain', { node: 'n1', by: 'carol' });
    await eventually(() => expect(fleet.reached()).toEqual([]), 30);
    const planned = await stack.terraform('plan');
    expect(planned.text).toContain('Drained by command: n1');
    expect(planned.text).toMatch(/by carol at/);
    configure({ fabric: '  hold_time = 60' });
    expect(await apply()).toMatchObject({ code: 0 });
    expect(await fleet.status('n1')).toMatchObject({ service: 'none', transaction: { drained: { by: 'carol' } } });
    await fleet.network.client('n1').send('undrain', { node: 'n1', by: 'dave' });
    await eventually(() => expect(fleet.reached()).toEqual(['n2', 'n3']));
  });
});
