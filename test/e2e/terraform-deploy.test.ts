import { FleetDouble } from '../provider/agent-double';
import { bundledProvider, TerraformStack } from './terraform-stack';

jest.setTimeout(60_000); // A run of terraform takes a second, a test several.

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
  /** More of node n1, HCL. */
  n1?: string;
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
  n1 = '',
  fabric = '',
  wave = '',
  unreachable,
  more = '',
}: Options = {}): string {
  const lines = nodes.map(
    (name) => `    ${name} = {
      ipv4_address = "10.0.0.${name.slice(1)}"
      endpoint     = "${fleet.get(name).endpoint}"
      ${name === 'n1' ? n1 : ''}
    }`,
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
  await deployed({ n1: 'ipv6_address = "2001:db8:0::1"' });
  const asked = fleet.asked.length;
  configure({ n1: 'ipv6_address = "2001:DB8::1"' });
  expect(await apply()).toMatchObject({ code: 0 });
  expect(fleet.asked.length).toBe(asked);
  expect(await plan()).toMatchObject({ code: 0 });
});

test('destroy leaves every node clean', async () => {
  await deployed();
  expect(await stack.terraform('destroy', '-auto-approve')).toMatchObject({ code: 0 });
  for (const { state } of fleet.all) expect(state).toMatchObject({ owner: null, active: null, confirmed: null });
});

describe('what fails', () => {
  test('a first deploy that cannot be staged everywhere leaves nothing, and the next one simply goes', async () => {
    fleet.get('n2').failing.set('stage', 'the disk is full');
    configure();
    await init();
    const failed = await apply();
    expect(failed.code).toBe(1);
    expect(failed.text).toMatch(/could not be staged on n2[\s\S]*node n2: the disk is full/);
    expect(await stack.state('peerform_fabric')).toBeUndefined();
    for (const { state } of fleet.all) expect(state).toMatchObject({ owner: null, staged: null });
    fleet.get('n2').failing.clear();
    expect(await apply()).toMatchObject({ code: 0 });
    expect(runs()).toEqual([1, 1, 1]);
  });

  test('a change that cannot be staged everywhere leaves the state at what runs', async () => {
    await deployed();
    const before = await stack.state('peerform_fabric');
    fleet.get('n3').failing.set('stage', 'the disk is full');
    configure({ fabric: '  node_to_node_mesh = false' });
    expect(await apply()).toMatchObject({ code: 1 });
    expect(await stack.state('peerform_fabric')).toEqual(before);
    for (const { state } of fleet.all) expect(state.staged).toBeNull();
    expect(runs()).toEqual([1, 1, 1]);
    fleet.get('n3').failing.clear();
    expect(await apply()).toMatchObject({ code: 0 });
    expect(runs()).toEqual([2, 2, 2]);
  });

  test('a wave that does not become healthy is undone at once, and the error names node, session and reason', async () => {
    await deployed();
    for (const agent of fleet.all)
      agent.before = (verb) => {
        agent.ailment = verb === 'activate' ? 'Bad Peer AS' : verb === 'rollback' ? undefined : agent.ailment;
      };
    const change = { fabric: '  hold_time = 30', wave: '  gate = { within = 1 }\n' };
    configure(change);
    const failed = await apply();
    expect(failed.code).toBe(1);
    expect(failed.text).toContain('The wave was not healthy within 1 s');
    expect(failed.text).toMatch(/node n1: session 10\.0\.0\.1 - 10\.0\.0\.2 \(n2\) is Connect: Bad Peer AS/);
    expect(fleet.all.map(({ state }) => state.active?.activation)).toEqual([1, 1, 1]);
    expect(fleet.asked.filter((verb) => verb === 'confirm')).toHaveLength(3); // Those of the first deploy.
    for (const agent of fleet.all) agent.before = () => {};
    expect(await apply()).toMatchObject({ code: 0 });
    expect(runs()).toEqual([3, 3, 3]);
    expect(await plan()).toMatchObject({ code: 0 });
  });

  test('Ctrl-C at the gate confirms nothing, undoes the wave and ends soon', async () => {
    await deployed();
    const gate = new Promise<void>((resolve) => {
      for (const agent of fleet.all)
        agent.before = (verb) => {
          agent.ailment = 'held down';
          if (verb === 'activate') resolve();
        };
    });
    configure({ fabric: '  hold_time = 30' });
    const running = apply();
    await gate;
    stack.interrupt();
    expect((await running).text).toContain('The wave was stopped');
    expect(fleet.all.map(({ state }) => state.active?.activation)).toEqual([1, 1, 1]);
    expect(runs()).toEqual([1, 1, 1]);
  });
});

describe('agents that are away', () => {
  test('a wiped agent shows in the plan, and one deploy heals it', async () => {
    await deployed();
    fleet.get('n2').wipe();
    const planned = await plan();
    expect(planned.code).toBe(2);
    expect(planned.text.match(/[-~+] "n\d" .*/g)).toEqual(Array(3).fill('- "n2" = "none" -> null'));
    expect(await apply()).toMatchObject({ code: 0 });
    expect(runs()).toEqual([2, 2, 2]);
    expect(await plan()).toMatchObject({ code: 0 });
  });

  test('a plan needs no agent: it warns and keeps what was known', async () => {
    await deployed();
    const before = await stack.state('peerform_fabric');
    for (const agent of fleet.all) await agent.stop();
    const planned = await plan();
    expect(planned.code).toBe(0);
    expect(planned.text).toContain('Agents do not answer: n1, n2, n3');
    expect(await stack.terraform('apply', '-refresh-only', '-auto-approve')).toMatchObject({ code: 0 });
    expect(await stack.state('peerform_fabric')).toEqual(before);
  });

  test('an apply names those that do not answer before anything changed, goes on without those allowed to be absent, and catches up later', async () => {
    await deployed();
    await fleet.get('n3').stop();
    const change = { fabric: '  hold_time = 30' };
    configure(change);
    const asked = fleet.asked.length,
      refused = await apply();
    expect(refused.code).toBe(1);
    expect(refused.text).toMatch(/Error: Agents do not answer: n3/);
    expect(fleet.asked.length).toBe(asked);
    configure({ ...change, unreachable: ['n3'] });
    expect(await apply()).toMatchObject({ code: 0 });
    expect(runs()).toEqual([2, 2, 1]);
    expect(await plan()).toMatchObject({ code: 0 });
    await fleet.get('n3').start();
    configure(change);
    expect((await plan()).code).toBe(2);
    expect(await apply()).toMatchObject({ code: 0 });
    expect(runs()).toEqual([3, 3, 3]);
  });

  test('a node that returned by itself shows in the plan, and one deploy brings it forward', async () => {
    await deployed();
    configure({ fabric: '  hold_time = 30' });
    expect(await stack.terraform('apply', '-auto-approve', '-target=peerform_wave.all')).toMatchObject({ code: 0 });
    for (const agent of fleet.all) agent.expire();
    expect((await plan()).code).toBe(2);
    expect(await apply()).toMatchObject({ code: 0 });
    expect(runs()).toEqual([3, 3, 3]);
  });

  test('a node that leaves the fabric is cleaned after the others let go of it; a dead one is dropped with a warning', async () => {
    await deployed();
    configure({ nodes: ['n1', 'n2'] });
    expect(await apply()).toMatchObject({ code: 0 });
    expect(fleet.get('n3').state).toMatchObject({ owner: null, active: null });
    await fleet.get('n2').stop();
    configure({ nodes: ['n1'] });
    const run = await apply();
    expect(run.code).toBe(0);
    expect(run.text).toContain('Nodes that left the fabric were not cleaned: n2');
  });
});

describe('what is not known yet', () => {
  const more = 'resource "terraform_data" "as" { input = 67111 }';

  test('leaves release and activation unknown, checks what is known, and is whole at apply', async () => {
    const fabric = '  as_number = terraform_data.as.output';
    configure({ fabric, n1: 'ipv6_address = "10.0.0.1"', more });
    await init();
    const wrong = await plan();
    expect(wrong.code).toBe(1);
    expect(wrong.text).toContain('nodes.n1.ipv6_address: 10.0.0.1 is no ipv6 address');
    configure({ fabric, more });
    const planned = await plan();
    expect(planned.code).toBe(2);
    expect(planned.text).toMatch(/\+ release += \(known after apply\)/);
    expect(await apply()).toMatchObject({ code: 0 });
    expect(fleet.get('n1').running()?.fabric.asNumber.value).toBe(67111);
    expect(await plan()).toMatchObject({ code: 0 });
  });

  test('an unknown that turns out wrong fails at apply and changes nothing', async () => {
    configure({ fabric: '  as_number = terraform_data.as.output * 100000', more });
    await init();
    expect((await plan()).code).toBe(2);
    const run = await apply();
    expect(run.code).toBe(1);
    expect(run.text).toContain('AS number 6711100000 is out of range');
    expect(fleet.asked).toEqual([]);
  });
});

describe('identity', () => {
  test('a second stack on the same nodes is refused by an error that names the first', async () => {
    await deployed();
    const [first, body] = [stack, deployment()];
    stack = new TerraformStack(provider);
    try {
      stack.configure(body);
      await init();
      const run = await apply();
      expect(run.code).toBe(1);
      expect(run.text.replace(/\s+/g, '')).toContain(`${first.folder}`);
      expect(runs()).toEqual([1, 1, 1]);
    } finally {
      first.remove();
    }
  });

  test('another name is an error that says what to do, never a replacement', async () => {
    await deployed();
    stack.configure(deployment().replace('name = "main"', 'name = "other"'));
    const planned = await plan();
    expect(planned.code).toBe(1);
    expect(planned.text).toContain('The name of fabric main cannot be changed');
    expect(planned.text).toContain('destroy this one');
  });

  test('a fabric whose state was lost is not taken over unseen, and can be imported', async () => {
    await deployed();
    await stack.terraform('state', 'rm', 'peerform_fabric.main', 'peerform_wave.all', 'peerform_commit.main');
    const run = await apply();
    expect(run.code).toBe(1);
    expect(run.text).toContain('already runs fabric main');
    const id = `main@${fleet.get('n2').endpoint}`;
    expect(await stack.terraform('import', 'peerform_fabric.main', id)).toMatchObject({ code: 0 });
    expect(await apply()).toMatchObject({ code: 0 });
    expect(runs()).toEqual([1, 1, 1]); // It ran all the while: nothing is to be activated.
    expect(await plan()).toMatchObject({ code: 0 });
  });
});
