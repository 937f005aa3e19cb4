import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packDelivery } from '../../lib/control/delivery';
import { makeRelease, type Release } from '../../lib/control/release';
import type { FabricSpec } from '../../lib/model/fabric';
import { readFabric } from '../../lib/model/read';
import type { Namespace } from '../kernel/namespace';
import { WAYS } from './support/etcd';
import { FleetMachine } from './support/fleet-machine';
import { eventually, LocalNetwork, type Process } from './support/network';

const NODES = ['n1', 'n2'];
const release = (more: Partial<FabricSpec> = {}): Release =>
  makeRelease(
    readFabric({ name: 'lab', nodes: { n1: { ipv4Address: '10.0.0.1' }, n2: { ipv4Address: '10.0.0.2' } }, ...more })
      .fabric!,
  );
const mesh = release();
const off = release({ nodeToNodeMesh: false });
const moved = release({ asNumber: 67111 });

describe.each(WAYS)('the transaction of real agents, over %s', (way) => {
  let network: LocalNetwork;
  let fleet: FleetMachine | undefined;
  let n1: Namespace;
  let n2: Namespace;
  let agents: Record<string, Process>;
  let last = 0;
  const start = (node: string) => {
    const machine = node === 'n1' ? n1 : n2;
    agents[node] = fleet ? fleet.agent(machine, node) : network.agent(machine, node);
  };
  const client = (node: string) => fleet?.client(node) ?? network.client(node);
  beforeAll(async () => {
    network = new LocalNetwork([1, 2, 3]);
    [n1, n2] = network.machines;
    if (way === 'etcd') fleet = await FleetMachine.start(network, network.machines[2], '10.0.0.3', NODES);
    n1.pair('cali1');
    n1.ip('route add 10.65.0.1/32 dev cali1');
    agents = {};
    NODES.forEach(start);
    await eventually(() => Promise.all(NODES.map((node) => client(node).status())));
  });
  afterAll(async () => {
    await fleet?.remove();
    await network.remove();
  });

  const command = (node: string, { digest }: Release, owner = 'alice') => ({
    node,
    owner,
    release: digest,
    activation: last,
  });
  const stage = async (node: string, what: Release, owner?: string) => {
    await client(node).deliver(packDelivery({ release: what, endpoints: {} }));
    return client(node).send('stage', command(node, what, owner));
  };
  const activate = (node: string, what: Release, confirmWithin = 60) =>
    client(node).send('activate', { ...command(node, what), confirmWithin });
  const everywhere = (act: (node: string) => Promise<unknown>) => Promise.all(NODES.map(act));
  const deploy = async (what: Release) => {
    last++;
    await everywhere((node) => stage(node, what));
    await everywhere((node) => activate(node, what));
    await everywhere((node) => client(node).send('confirm', command(node, what)));
    await everywhere((node) => client(node).send('finalise', command(node, what)));
  };
  const workloadAtN2 = () => n2.routes('10.65.0.1').length;
  const running = async (node: string) => (await client(node).status()).transaction.active?.release;

  test('brings a release from the stage to the kernel', async () => {
    last++;
    await everywhere((node) => stage(node, mesh));
    expect((await client('n1').status()).sessions).toEqual([]);
    await everywhere((node) => activate(node, mesh));
    await eventually(() => expect(workloadAtN2()).toBe(1));
    await everywhere((node) => client(node).send('confirm', command(node, mesh)));
    await everywhere((node) => client(node).send('finalise', command(node, mesh)));
    const { transaction } = await client('n2').status();
    expect(transaction).toMatchObject({
      activation: 1,
      confirmed: transaction.active,
      staged: null,
      retiring: null,
      returnsInMs: null,
    });
  });

  test('keeps sessions that the new release has no more until it is final', async () => {
    last++;
    await everywhere((node) => stage(node, off));
    await everywhere((node) => activate(node, off));
    const { sessions } = await client('n1').status();
    expect(sessions.map(({ state, isRetiring }) => [state, isRetiring])).toEqual([['Established', true]]);
    expect(workloadAtN2()).toBe(1);
    await everywhere((node) => client(node).send('confirm', command(node, off)));
    await everywhere((node) => client(node).send('finalise', command(node, off)));
    await eventually(() => expect(workloadAtN2()).toBe(0));
    await deploy(mesh);
    await eventually(() => expect(workloadAtN2()).toBe(1));
  });

  test('moves both ends to another AS number, one after the other, and the session with them', async () => {
    last++;
    await everywhere((node) => stage(node, moved));
    await activate('n1', moved);
    await eventually(async () => {
      const [session] = (await client('n1').status()).sessions;
      expect([session.state, workloadAtN2()]).toEqual(['Established', 1]); // with whichever pair both ends accept
    });
    await activate('n2', moved);
    await everywhere((node) => client(node).send('confirm', command(node, moved)));
    await everywhere((node) => client(node).send('finalise', command(node, moved)));
    await eventually(async () => {
      for (const node of NODES) {
        const [session] = (await client(node).status()).sessions;
        expect([session.state, session.localAs, session.remoteAs]).toEqual(['Established', 67111, 67111]);
      }
    });
    await deploy(mesh);
    await eventually(() => expect(workloadAtN2()).toBe(1));
  });

  test('returns by itself when no confirmation comes, and says why', async () => {
    last++;
    await stage('n1', off);
    await activate('n1', off, 1);
    expect(await running('n1')).toBe(off.digest);
    await eventually(async () => expect(await running('n1')).toBe(mesh.digest));
    const { transaction } = await client('n1').status();
    expect(transaction.returned).toMatchObject({ release: off.digest, reason: 'no confirmation arrived in time' });
    await expect(client('n1').send('confirm', command('n1', off))).rejects.toThrow('was rolled back here');
    await eventually(() => expect(workloadAtN2()).toBe(1));
  });

  test('remembers its deadline across a kill, and the release across both', async () => {
    last++;
    await stage('n1', off);
    await activate('n1', off, 12);
    await agents.n1.kill('SIGKILL');
    start('n1');
    await eventually(async () => expect(await running('n1')).toBe(off.digest));
    expect((await client('n1').status()).transaction.returnsInMs).toBeLessThan(12_000);
    await eventually(async () => expect(await running('n1')).toBe(mesh.digest));
    await eventually(() => expect(agents.n1.text).toContain('no confirmation arrived in time'));
  });

  test('refuses a second owner and names the first, a used activation, and a release for another node', async () => {
    await expect(stage('n1', off, 'bob')).rejects.toThrow('deployed by alice');
    await expect(stage('n1', off)).rejects.toThrow('Plan again with a refresh');
    last++;
    const alone = release({ nodes: { n2: { ipv4Address: '10.0.0.2' } } });
    await expect(stage('n1', alone)).rejects.toThrow('the release has no node n1');
    const wrong = command('n2', off);
    await expect(client('n1').send('stage', wrong)).rejects.toThrow('this is the agent of node n1, not n2');
    const forged = packDelivery({ release: { ...off, fabric: mesh.fabric }, endpoints: {} });
    await expect(client('n1').deliver(forged)).rejects.toThrow('damaged or edited by hand');
    const unknown = { ...command('n1', off), release: `sha256:${'0'.repeat(64)}` };
    await expect(client('n1').send('stage', unknown)).rejects.toThrow('was not delivered here');
  });

  test('tells what happened, in order, to those who watch', async () => {
    const before = (await client('n2').events(0)).at(-1)!.sequence;
    const waiting = client('n2').events(before, 10);
    await stage('n2', off);
    const [event] = await waiting;
    expect(event).toMatchObject({
      sequence: before + 1,
      kind: 'transaction',
      message: expect.stringContaining('stage activation'),
    });
  });

  test('leaves nothing behind when the fabric is removed', async () => {
    await everywhere((node) => client(node).send('remove', { node, owner: 'alice', fabric: 'lab' }));
    expect(n2.routes('proto 114')).toEqual([]);
    const status = await client('n2').status();
    expect(status).toMatchObject({ sessions: [], transaction: { owner: null, active: null } });
    expect(readdirSync(network.path('state-n2/releases'))).toEqual([]);
  });

  test('does not start over a corrupt release: one line names the file, and the exit code tells', async () => {
    last++;
    await deploy(mesh);
    await agents.n1.kill('SIGTERM');
    const folder = network.path('state-n1/releases');
    const [name] = readdirSync(folder);
    writeFileSync(join(folder, name), '{"schemaVersion":1');
    start('n1');
    expect(await agents.n1.ended).toBe(3);
    expect(agents.n1.text.trim().split('\n').at(-1)).toContain(join(folder, name));
    expect(n1.routes('proto 114', 4).length).toBe(0);
  });
});
