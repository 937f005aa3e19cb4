import { FleetDouble } from '../provider/agent-double';
import { bundledProvider, TerraformStack } from './terraform-stack';

let fleet: FleetDouble;
let stack: TerraformStack;
beforeAll(async () => {
  fleet = new FleetDouble();
  await fleet.start('n1', 'n2', 'n3');
  stack = new TerraformStack(bundledProvider());
});
afterAll(async () => {
  await fleet.stop();
  stack.remove();
});

/** A fabric that goes in two waves, each with a gate of its own, and in a commit after the first. */
const rollout = (release = 'peerform_fabric.main.release', holdTime = 60): string => {
  const nodes = (...names: string[]) =>
    `{ ${names.map((name) => `${name} = ${JSON.stringify(fleet.get(name).endpoint)}`).join(', ')} }`;
  const step = (names: string[], of = 'peerform_fabric.main.release') => `  fabric     = peerform_fabric.main.name
  release    = ${of}
  activation = peerform_fabric.main.activation
  nodes      = ${nodes(...names)}
`;
  return `
resource "peerform_fabric" "main" {
  name      = "main"
  hold_time = ${holdTime}
  waves     = [["n2"], ["n1", "n3"]]
${fleet.all.map(({ node, endpoint }) => `  node "${node}" {\n    endpoint     = "${endpoint}"\n    ipv4_address = "10.0.0.${node.slice(1)}"\n  }\n`).join('')}}
resource "peerform_wave" "canary" {
${step(['n2'], release)}  gate           = { within = 20 }
  confirm_within = 400
}
resource "peerform_commit" "canary" {
${step(['n2'])}  final      = false
  depends_on = [peerform_wave.canary]
}
resource "peerform_wave" "rest" {
${step(['n1', 'n3'])}  gate           = { within = 30 }
  confirm_within = 300
  depends_on     = [peerform_commit.canary]
}
resource "peerform_commit" "main" {
${step(['n1', 'n2', 'n3'])}  depends_on = [peerform_wave.rest]
}
`;
};

test('a fabric of several waves whose state is lost is imported, and nothing is to be done', async () => {
  stack.configure(rollout());
  expect(await stack.terraform('init')).toMatchObject({ code: 0 });
  expect(await stack.terraform('apply', '-auto-approve')).toMatchObject({ code: 0 });
  stack.delete('terraform.tfstate');
  const { length } = fleet.asked;
  const id = `main@${fleet.get('n1').endpoint}`;
  const of = (settings: object) => `${id}#${JSON.stringify(settings)}`;
  for (const [address, its] of [
    ['peerform_fabric.main', of({ waves: [['n2'], ['n1', 'n3']] })],
    ['peerform_wave.canary', of({ nodes: ['n2'], gate: { within: 20 }, confirm_within: 400 })],
    ['peerform_commit.canary', of({ nodes: ['n2'], final: false })],
    ['peerform_wave.rest', of({ nodes: ['n1', 'n3'], gate: { within: 30 }, confirm_within: 300 })],
    ['peerform_commit.main', id],
  ])
    expect(await stack.terraform('import', address, its)).toMatchObject({ code: 0 });
  const { code, text } = await stack.terraform('plan', '-detailed-exitcode');
  expect({ code, text }).toMatchObject({ code: 0 });
  expect(fleet.asked.length).toBe(length);
  const wrong = await stack.terraform('import', 'peerform_wave.other', of({ nodes: ['n9'] }));
  expect(wrong.code).toBe(1);
});

test('a wave whose release is written out beside a fabric that changes is warned of', async () => {
  const release = (await stack.state('peerform_fabric'))?.release;
  stack.configure(rollout(JSON.stringify(release), 30));
  const { code, text } = await stack.terraform('plan');
  expect(code).toBe(0);
  expect(text).toContain('A wave does not follow what fabric main stages');
  stack.configure(rollout(undefined, 30));
  expect((await stack.terraform('plan')).text).not.toContain('does not follow');
  const applied = await stack.terraform('apply', '-auto-approve');
  expect(applied).toMatchObject({ code: 0 });
  expect(applied.text).not.toContain('does not follow');
});
