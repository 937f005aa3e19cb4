import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readFabricFile } from '../../lib/cli/fabric-file';
import { FleetDouble } from '../provider/agent-double';
import { bundledProvider, TerraformStack } from './terraform-stack';

const NODES = ['n1', 'n2', 'n3'];
const provider = bundledProvider();
let fleet: FleetDouble;
let stack: TerraformStack;
beforeEach(async () => {
  fleet = new FleetDouble();
  await fleet.start(...NODES);
  stack = new TerraformStack(provider);
});
afterEach(async () => {
  await fleet.stop();
  stack.remove();
});

const nodes = (more: Record<string, object> = {}) =>
  Object.fromEntries(
    NODES.map((node) => [
      node,
      { endpoint: fleet.get(node).endpoint, ipv4_address: `10.0.0.${node.slice(1)}`, ...more[node] },
    ]),
  );
/** The fleet as tfvars. */
const vary = (more: Record<string, object> = {}) =>
  stack.write('terraform.tfvars.json', JSON.stringify({ nodes: nodes(more) }));

/** A fabric that says `body`, with its wave and its commit. */
function configure(body: string, endpoints: string): void {
  const deployed = `  fabric     = peerform_fabric.main.name
  release    = peerform_fabric.main.release
  activation = peerform_fabric.main.activation
  nodes      = ${endpoints}
`;
  stack.configure(`
variable "nodes" {
  type = any
}
resource "peerform_fabric" "main" {
  name = "main"
${body}
}
resource "peerform_wave" "main" {
${deployed}}
resource "peerform_commit" "main" {
${deployed}  depends_on = [peerform_wave.main]
}
`);
}
const OF_MAP = '{ for name, node in peerform_fabric.main.nodes : name => node.endpoint }';
const OF_BLOCKS = '{ for name, node in peerform_fabric.main.node : name => node.endpoint }';
const blocks = () =>
  Object.entries(nodes()).map(
    ([name, { endpoint, ipv4_address }]) =>
      `  node "${name}" {\n    endpoint     = "${endpoint}"\n    ipv4_address = "${ipv4_address}"\n  }`,
  );

const init = async () => expect(await stack.terraform('init')).toMatchObject({ code: 0 });
const apply = async (...args: string[]) =>
  expect(await stack.terraform('apply', '-auto-approve', ...args)).toMatchObject({ code: 0 });
const nothingToDo = async () => expect(await stack.terraform('plan', '-detailed-exitcode')).toMatchObject({ code: 0 });
/** What `peerform impact` reads of the plan. */
async function shown() {
  const { text } = await stack.terraform('show', '-json', 'plan');
  stack.write('plan.json', text);
  return readFabricFile(join(stack.folder, 'plan.json'));
}
const release = async () => (await stack.state('peerform_fabric'))?.release;

test('a fleet from a variable deploys, has nothing more to do, and shows a changed node by itself', async () => {
  configure('  nodes = var.nodes', OF_MAP);
  vary();
  await init();
  expect(await stack.terraform('validate')).toMatchObject({ code: 0 });
  await apply();
  await nothingToDo();
  vary({ n2: { labels: { zone: 'b' } } });
  const { text } = await stack.terraform('plan', '-out=plan');
  const planned = await shown();
  expect(planned).toMatchObject({ isPlan: true, before: { name: 'main' } });
  expect(planned.fabric.nodes.n2.labels).toEqual({ zone: 'b' });
  expect(text).toMatch(/~ nodes += \{\n +~ n2 = \{\n +\+ labels += \{\n +\+ zone = "b"/);
  expect(text).toContain('# (2 unchanged attributes hidden)');
  expect(text).not.toContain('10.0.0.1"');
  await apply();
  await nothingToDo();
});

test('blocks and an attribute of the same content are one release: who goes from one to the other deploys nothing', async () => {
  configure(blocks().join('\n'), OF_BLOCKS);
  vary();
  await init();
  await apply();
  const before = await release();
  const { length } = fleet.asked;
  configure('  nodes = var.nodes', OF_MAP);
  const { text } = await stack.terraform('plan');
  expect(text).toContain('Plan: 0 to add, 1 to change, 0 to destroy.');
  await apply();
  await nothingToDo();
  configure(blocks().join('\n'), OF_BLOCKS);
  await apply();
  await nothingToDo();
  expect([await release(), fleet.asked.length]).toEqual([before, length]);
});

test('endpoints and addresses of resources that the same apply makes are unknown at plan, and deployed', async () => {
  configure(
    `  nodes = { for name, node in var.nodes : name => merge(node, { endpoint = terraform_data.machine[name].output.endpoint, ipv4_address = terraform_data.machine[name].output.ipv4_address }) }
  peers = { tor = { address = "\${terraform_data.tor.output}.9", as_number = 65000 } }
  route_reflectors = { main = { reflectors = ["n1"] } }
}
resource "terraform_data" "tor" {
  input = "192.0.2"
}
resource "terraform_data" "machine" {
  for_each = var.nodes
  input    = each.value`,
    OF_MAP,
  );
  vary();
  await init();
  const { code, text } = await stack.terraform('plan', '-out=plan');
  expect({ code, text }).toMatchObject({ code: 0 });
  expect(text).toMatch(/\+ n1 = \{\n +\+ endpoint += \(known after apply\)\n +\+ ipv4_address = \(known after apply\)/);
  expect(text).toMatch(/\+ release += \(known after apply\)/);
  await expect(shown()).rejects.toThrow(
    'nodes.n1.ipv4Address, nodes.n2.ipv4Address, nodes.n3.ipv4Address and 1 more will be',
  );
  expect(await stack.terraform('apply', 'plan')).toMatchObject({ code: 0 });
  for (const agent of fleet.all) expect(agent.state.confirmed?.activation).toBe(1);
  await nothingToDo();
  // One of them is made anew: what is known of the others goes on.
  const replaced = await stack.terraform('apply', '-auto-approve', '-replace=terraform_data.machine["n2"]');
  expect(replaced).toMatchObject({ code: 0 });
  await nothingToDo();
});

test('a fleet as a whole may be unknown', async () => {
  configure(
    `  nodes = terraform_data.fleet.output
  peers = { tor = { node = "n1", address = "192.0.2.9", as_number = 65000 } }
}
resource "terraform_data" "fleet" {
  input = var.nodes`,
    OF_MAP,
  );
  vary();
  await init();
  const { code, text } = await stack.terraform('plan');
  expect({ code, text }).toMatchObject({ code: 0 });
  expect(text).toMatch(/\+ nodes += \(known after apply\)/);
  await apply();
  await nothingToDo();
});

test.each([
  [
    'both forms of one kind',
    () => `  nodes = var.nodes\n${blocks()[0]}`,
    'nodes: cannot be combined with node blocks',
    'Write all of them as node blocks, or all of them in nodes.',
  ],
  [
    'an attribute that is misspelt',
    () => '  nodes = { n1 = merge(var.nodes.n1, { ipv6_adress = "fd00::1" }) }',
    'nodes.n1.ipv6_adress: there is no attribute ipv6_adress',
    'Did you mean ipv6_address?',
  ],
  ['a list', () => '  nodes = [var.nodes.n1]', 'nodes: it is not a map', 'nodes = { name = { … } }'],
  ['nothing under a name', () => '  nodes = { n1 = null }', 'nodes.n1: the entry is null', 'remove the entry'],
  [
    'what the model refuses',
    () => '  nodes = { n1 = merge(var.nodes.n1, { ipv4_address = "10.0.0.300" }) }',
    'nodes.n1.ipv4_address: "10.0.0.300"',
    'main.tf line',
  ],
])('%s is refused with its place and how to mend it', async (_, body, summary, detail) => {
  configure(body(), '{}');
  vary();
  await init();
  const { code, text } = await stack.terraform('plan');
  expect(code).toBe(1);
  expect(text).toContain(summary);
  expect(text).toContain(detail);
  expect(fleet.asked).toEqual([]);
});

test('a state of the version before, whose blocks were called nodes, is read, and its plan is empty', async () => {
  configure(blocks().join('\n'), OF_BLOCKS);
  vary();
  await init();
  await apply();
  const path = join(stack.folder, 'terraform.tfstate');
  const state = JSON.parse(readFileSync(path, 'utf8'));
  const [fabric] = state.resources
    .filter(({ type }: { type: string }) => type === 'peerform_fabric')
    .map(({ instances }: { instances: [{ schema_version: number; attributes: object }] }) => instances[0]);
  fabric.schema_version = 0;
  for (const [map, block] of [
    ['nodes', 'node'],
    ['peers', 'peer'],
    ['racks', 'rack'],
    ['route_reflectors', 'route_reflector'],
    ['filters', 'filter'],
  ]) {
    fabric.attributes[map] = fabric.attributes[block];
    delete fabric.attributes[block];
  }
  writeFileSync(path, JSON.stringify(state));
  await nothingToDo();
});

test('an import is of blocks, and a configuration of attributes deploys nothing either', async () => {
  configure('  nodes = var.nodes', OF_MAP);
  vary();
  await init();
  await apply();
  const { length } = fleet.asked;
  stack.delete('terraform.tfstate');
  for (const type of ['peerform_fabric', 'peerform_wave', 'peerform_commit'])
    expect(await stack.terraform('import', `${type}.main`, `main@${fleet.get('n1').endpoint}`)).toMatchObject({
      code: 0,
    });
  await apply();
  await nothingToDo();
  expect(fleet.asked.length).toBe(length);
});
