import { FleetDouble } from '../provider/agent-double';
import { bundledProvider, TerraformStack } from './terraform-stack';

const provider = bundledProvider();
let fleet: FleetDouble;
let stack: TerraformStack;
beforeEach(async () => {
  fleet = new FleetDouble();
  await fleet.start('n1', 'n2', 'n3');
  stack = new TerraformStack(provider);
});
afterEach(async () => {
  stack.remove();
  await fleet.stop();
});

interface Options {
  nodes?: string[];
  /** More of the fabric, HCL. */
  fabric?: string;
  wave?: string;
  unreachable?: string[];
  /** More resources. */
  more?: string;
}

/** A fabric with a wave of all nodes and a commit, as a person writes it. */
function deployment({
  nodes = ['n1', 'n2', 'n3'],
  fabric = '',
  wave = '',
  unreachable,
  more = '',
}: Options = {}): string {
  const lines = nodes.map(
    (name) => `    ${name} = { ipv4_address = "10.0.0.${name.slice(1)}", endpoint = "${fleet.get(name).endpoint}" }`,
  );
  const absent = unreachable ? `  unreachable = ${JSON.stringify(unreachable)}\n` : '';
  const deployed = `  fabric     = peerform_fabric.main.name
  release    = peerform_fabric.main.release
  activation = peerform_fabric.main.activation
  nodes      = { for name, node in peerform_fabric.main.nodes : name => node.endpoint }
${absent}`;
  return `
resource "peerform_fabric" "main" {
  name = "main"
${absent}${fabric}
  nodes = {
${lines.join('\n')}
  }
}
resource "peerform_wave" "all" {
${deployed}${wave}}
resource "peerform_commit" "main" {
${deployed}  depends_on = [peerform_wave.all]
}
${more}`;
}

const configure = (options: Options = {}) => stack.configure(deployment(options));
const apply = () => stack.terraform('apply', '-auto-approve');
/** 0: nothing to do, 2: changes. */
const plan = () => stack.terraform('plan', '-detailed-exitcode');
const init = () => stack.terraform('init');
const deployed = async (options: Options = {}) => {
  configure(options);
  await init();
  const run = await apply();
  expect(run).toMatchObject({ code: 0 });
  return run;
};
const runs = () => fleet.all.map(({ state }) => state.confirmed?.activation ?? 0);

test('a first deploy runs on every node and the plan after it is empty', async () => {
  configure();
  await init();
  const planned = await plan();
  expect(planned.code).toBe(2);
  expect(planned.text).toMatch(/\+ release +=? ?"sha256:[0-9a-f]{64}"/);
  expect(planned.text).toMatch(/\+ added +=? ?3/);
  expect(await apply()).toMatchObject({ code: 0 });
  expect(runs()).toEqual([1, 1, 1]);
  expect(fleet.get('n1').asked).toEqual(['stage', 'activate', 'confirm', 'finalise']);
  expect(await plan()).toMatchObject({ code: 0 });
});

test('a change of one line shows what it does, and deploys as the next activation', async () => {
  await deployed();
  configure({ fabric: '  node_to_node_mesh = false' });
  const planned = await plan();
  expect(planned.code).toBe(2);
  expect(planned.text).toMatch(/~ removed += 0 -> 3/);
  expect(planned.text).toMatch(/~ activation += 1 -> 2/);
  expect(await apply()).toMatchObject({ code: 0 });
  expect(runs()).toEqual([2, 2, 2]);
  expect(await plan()).toMatchObject({ code: 0 });
});

test('another spelling of an address changes no release, reaches no agent and leaves the plan empty', async () => {
  await deployed({
    fabric: '  peers = { up = { address = "2001:db8:0::1", as_number = 65000, node = "n1", families = ["ipv4"] } }',
  });
  const asked = fleet.asked.length;
  configure({
    fabric: '  peers = { up = { address = "2001:DB8::1", as_number = 65000, node = "n1", families = ["ipv4"] } }',
  });
  const run = await apply();
  expect(run.code).toBe(0);
  expect(fleet.asked.length).toBe(asked);
  expect(await plan()).toMatchObject({ code: 0 });
});

test('destroy leaves every node clean', async () => {
  await deployed();
  expect(await stack.terraform('destroy', '-auto-approve')).toMatchObject({ code: 0 });
  for (const { state } of fleet.all) expect(state).toMatchObject({ owner: null, active: null, confirmed: null });
});
