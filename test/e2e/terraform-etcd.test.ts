import { mayEtcd } from './support/etcd';
import { FleetMachine } from './support/fleet-machine';
import { eventually } from './support/network';
import { type Options, RealFleet } from './terraform-fleet';
import { bundledProvider, TerraformStack } from './terraform-stack';

/** The real terraform on a machine with etcd, and real agents. Each test goes on where the one before it ended. */
(mayEtcd ? describe : describe.skip)('terraform and a fleet over etcd', () => {
  const provider = bundledProvider();
  let fleet: RealFleet;
  let machine: FleetMachine;
  let stack: TerraformStack;
  beforeAll(async () => {
    fleet = new RealFleet(3, [9]);
    machine = await FleetMachine.start(fleet.network, fleet.network.machines[3], '10.0.0.9', fleet.nodes);
    stack = new TerraformStack(provider);
    await fleet.startBy((node) => machine.agent(fleet.machine(node), node), ...fleet.nodes);
    stack.configure(fleet.configuration());
    expect(await stack.terraform('init')).toMatchObject({ code: 0 });
  });
  afterAll(async () => {
    stack.remove();
    await machine.remove();
    await fleet.remove();
  });

  const apply = () => stack.terraform('apply', '-auto-approve');
  const plan = () => stack.terraform('plan', '-detailed-exitcode');
  /** With `fleet` instead of endpoints. */
  const overEtcd = ({ fabric = '', ...options }: Options = {}) => {
    const fleetLine = `  fleet = { etcd = ["${machine.etcd.host}"], prefix = "lab" }`;
    const written = fleet.configuration({ ...options, fabric: `${fleetLine}\n${fabric}` });
    const nodes = `"${machine.url}/\${name}"`;
    return written.replace(/^ *endpoint .*$/gm, '').replaceAll('name => node.endpoint', `name => ${nodes}`);
  };
  /** When each session was established: a reset is another one. */
  const since = async () => {
    const statuses = await Promise.all(fleet.nodes.map((node) => fleet.status(node)));
    return statuses.flatMap(({ node, sessions }) => sessions.map(({ key, since: at }) => `${node} ${key} ${at}`));
  };
  const expectHealthy = async (activation: number) => {
    expect(await fleet.activations()).toEqual(fleet.nodes.map(() => `${activation}/${activation}`));
    await eventually(async () => expect(await fleet.sessions()).toEqual(fleet.nodes.map(() => [2, 2])));
    await eventually(() => expect(fleet.reached()).toEqual(fleet.nodes.slice(1)));
    expect(await plan()).toMatchObject({ code: 0 });
  };

  test('a first deploy goes through etcd', async () => {
    stack.configure(overEtcd());
    expect(await apply()).toMatchObject({ code: 0, text: expect.stringContaining('Resources: 3 added') });
    await expectHealthy(1);
  });

  test('moving to sockets and back touches no session', async () => {
    const before = await since();
    stack.configure(fleet.configuration());
    const planned = await plan();
    expect(planned.text).not.toMatch(/(added|removed|reset) += 0 -> [1-9]/);
    expect(await apply()).toMatchObject({ code: 0 });
    await expectHealthy(2);
    stack.configure(overEtcd());
    expect(await apply()).toMatchObject({ code: 0 });
    await expectHealthy(3);
    expect(await since()).toEqual(before);
  });

  test('a change that fails its gate is rolled back on all nodes, and the next one goes', async () => {
    const peer = '  peer "nobody" {\n    address = "10.0.0.77"\n    as_number = 64512\n  }';
    stack.configure(overEtcd({ fabric: peer, wave: '  gate = { within = 3 }\n' }));
    const failed = await apply();
    expect([failed.code, failed.text]).toEqual([1, expect.stringContaining('10.0.0.77')]);
    expect((await fleet.activations()).map((both) => both.split('/')[1])).toEqual(['3', '3', '3']);
    stack.configure(overEtcd({ fabric: '  hold_time = 60' }));
    expect(await apply()).toMatchObject({ code: 0 });
    expect(new Set(await fleet.activations()).size).toBe(1);
    await eventually(async () => expect(await fleet.sessions()).toEqual(fleet.nodes.map(() => [2, 2])));
  });

  test('an agent that is not connected is named, and nothing changes', async () => {
    await fleet.kill('n2');
    stack.configure(overEtcd({ fabric: '  hold_time = 90' }));
    const before = await fleet.activations(['n1', 'n3']);
    await eventually(async () => {
      const failed = await apply();
      expect(failed.code).toBe(1);
      expect(failed.text).toContain('no agent of node n2 is connected to etcd');
    }, 60);
    expect(await fleet.activations(['n1', 'n3'])).toEqual(before);
    await fleet.startBy((node) => machine.agent(fleet.machine(node), node), 'n2');
    expect(await apply()).toMatchObject({ code: 0 });
    expect(await plan()).toMatchObject({ code: 0 });
  });

  test('while etcd is down a plan says so, and everything runs on', async () => {
    await machine.etcd.kill();
    const planned = await plan();
    expect([planned.code, planned.text]).toEqual([0, expect.stringContaining('etcd cannot be used')]);
    expect(planned.text).toContain('nodes n1, n2, n3: etcd at ');
    expect(planned.text).not.toContain('not responding');
    expect(fleet.reached()).toEqual(['n2', 'n3']);
    machine.etcd.launch();
    await eventually(async () => expect((await plan()).text).not.toContain('etcd cannot be used'), 60);
  });

  test('destroy leaves the nodes clean', async () => {
    expect(await stack.terraform('destroy', '-auto-approve')).toMatchObject({ code: 0 });
    expect(fleet.routes()).toEqual([]);
  });
});
