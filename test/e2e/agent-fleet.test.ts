import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AgentClient } from '../../lib/control/client';
import { packDelivery } from '../../lib/control/delivery';
import { PrefixWatch } from '../../lib/control/etcd/watch';
import { ETCD_VARIABLES } from '../../lib/control/fleet/access';
import { makeRelease, type Release } from '../../lib/control/release';
import type { FabricSpec } from '../../lib/model/fabric';
import { readFabric } from '../../lib/model/read';
import type { Namespace } from '../kernel/namespace';
import { describeEtcds } from './support/etcd';
import { FleetMachine } from './support/fleet-machine';
import { eventually, LocalNetwork, type Process } from './support/network';

const MAIN = join(__dirname, '../../dist/cli/main.js');

const release = (more: Partial<FabricSpec> = {}): Release =>
  makeRelease(readFabric({ name: 'lab', nodes: { n1: { ipv4Address: '10.0.0.1' } }, ...more }).fabric!);
const first = release();
const second = release({ asNumber: 67111 });

describeEtcds('an agent that is reached through the etcd of %s alone', (_, debian) => {
  let network: LocalNetwork;
  let n1: Namespace;
  let fleet: FleetMachine;
  let agent: Process;
  let last = 0;

  const command = ({ digest }: Release, activation = last) => ({
    ...{ node: 'n1', owner: 'alice', fabric: 'lab', release: digest, activation },
  });
  const stage = async (what: Release, secrets?: Record<string, string>) => {
    last++;
    await fleet.client('n1').deliver(packDelivery({ release: what, endpoints: { n1: fleet.endpoint('n1') } }));
    await fleet.client('n1').send('stage', { ...command(what), ...(secrets && { secrets }) });
  };
  const activate = (what: Release, confirmWithin = 600, timeoutMs?: number) =>
    fleet.client('n1', timeoutMs).send('activate', { ...command(what), confirmWithin });
  const deploy = async (what: Release) => {
    await stage(what);
    await activate(what);
    await fleet.client('n1').send('confirm', command(what));
    await fleet.client('n1').send('finalise', command(what));
  };
  /** As its own socket says, whatever becomes of etcd. */
  const state = async () => (await network.client('n1').summary()).transaction;
  const answers = () =>
    eventually(async () => expect(await fleet.client('n1').summary()).toMatchObject({ node: 'n1' }));

  beforeAll(async () => {
    network = new LocalNetwork([1, 3]);
    [n1] = network.machines;
    fleet = await FleetMachine.start(network, network.machines[1], '10.0.0.3', ['n1', 'n2'], { debian });
    agent = fleet.agent(n1, 'n1');
    last = 0;
    await answers();
    await deploy(first);
  });
  afterAll(async () => {
    await fleet?.remove();
    await network?.remove();
  });

  test('peerform fleet status and peerform status show it, and end', async () => {
    const run = async (...args: string[]) =>
      (await promisify(execFile)(process.execPath, [MAIN, ...args], { env: process.env })).stdout;
    expect(await run('fleet', 'status', fleet.url)).toMatch(/^n1 +\S+ +20\d\d-/m);
    expect(await run('status', '--via', fleet.endpoint('n1'))).toMatch(/^n1 .*confirmed/m);
  });

  test('says of a node without an agent that none is connected', async () => {
    await expect(fleet.client('n2').status()).rejects.toThrow(
      `${fleet.endpoint('n2')}: no agent of node n2 is connected to etcd`,
    );
  });

  test('streams routes, and waits for events', async () => {
    const { sequence } = (await fleet.client('n1').events(0)).at(-1)!;
    const waiting = fleet.client('n1').events(sequence, 20);
    await fleet.client('n1').send('drain', { node: 'n1', by: 'bob' });
    expect((await waiting)[0].message).toContain('drain requested by bob');
    await fleet.client('n1').send('undrain', { node: 'n1', by: 'bob' });
    const prefixes = [];
    for await (const { prefix } of fleet.client('n1').routes()) prefixes.push(prefix);
    expect(prefixes).toEqual([]);
  });

  test('does not execute an activation that its sender no longer waits for', async () => {
    await stage(second);
    agent.signal('SIGSTOP');
    try {
      await expect(activate(second, 600, 1_000)).rejects.toThrow('no answer within');
    } finally {
      agent.signal('SIGCONT');
    }
    await answers();
    expect((await state()).active).toMatchObject({ release: first.digest });
    expect((await state()).staged).toMatchObject({ release: second.digest });
  });

  test('cut off, it rolls back an unconfirmed release by its own clock, and says so when it is back', async () => {
    await stage(second);
    await activate(second, 3);
    n1.ip('link set eth0 down');
    await eventually(async () => expect((await state()).returned).toMatchObject({ activation: last }));
    n1.ip('link set eth0 up');
    await eventually(async () => {
      const { transaction } = await fleet.client('n1', 3_000).summary();
      expect(transaction).toMatchObject({
        active: { release: first.digest },
        returned: { activation: last, reason: 'no confirmation arrived in time' },
      });
    }, 60);
  });

  test('a lease that is lost changes nothing that runs', async () => {
    const before = await state();
    const { lease } = (await adminKey('/peerform/v1/lab/nodes/n1/agent'))!;
    fleet.etcd.ctl(['lease', 'revoke', lease.toString(16)], 'root');
    await answers();
    expect(await state()).toEqual(before);
  });

  test('without etcd it runs on, also a release on trial, which is then confirmed', async () => {
    await stage(second);
    await activate(second);
    await fleet.etcd.kill();
    await expect(fleet.client('n1', 3_000).summary()).rejects.toThrow(fleet.etcd.host);
    expect((await state()).active).toMatchObject({ release: second.digest });
    fleet.etcd.launch();
    await eventually(() => fleet.client('n1').send('confirm', command(second)), 60);
    expect((await state()).confirmed).toMatchObject({ release: second.digest, activation: last });
  });

  test('a backup of etcd that is restored rolls nothing back, and repeats no request', async () => {
    await deploy(first);
    const backup = fleet.etcd.backUp('root');
    await deploy(second);
    const before = await state();
    await fleet.etcd.restore(backup);
    await eventually(() => expect(agent.text).toContain('it was restored from a backup'), 60);
    await answers();
    expect(await state()).toEqual(before);
    last--;
    await expect(fleet.client('n1').send('activate', { ...command(first), confirmWithin: 60 })).rejects.toThrow();
    expect(await state()).toEqual(before);
    last++;
    await deploy(first);
  });

  test('secrets are in no key of etcd, and arrive', async () => {
    const seen: string[] = [];
    const admin = fleet.etcd.client('root');
    const watch = new PrefixWatch(admin, '/peerform/', {
      put: ({ key, value }) => void seen.push(`${key} ${value}`),
      gone: () => {},
    });
    await stage(second, { tor: 'a secret value' });
    await eventually(() => expect(seen.join('\n')).toContain('"sealed":'));
    watch.close();
    admin.close();
    expect(seen.join('\n')).not.toContain('a secret value');
    expect(seen.join('\n')).not.toContain(Buffer.from('a secret value').toString('base64').slice(1, -3));
    expect((await state()).staged).toMatchObject({ release: second.digest, activation: last });
  });

  test('without certificates a client says which files it needs', async () => {
    const names = [ETCD_VARIABLES.ca, ETCD_VARIABLES.certificate, ETCD_VARIABLES.key];
    const before = Object.fromEntries(names.map((name) => [name, process.env[name]]));
    for (const name of names) delete process.env[name];
    try {
      await expect(new AgentClient('etcd://10.0.0.3:1/other/n1').status()).rejects.toThrow(
        `etcd is used with mutual TLS: set ${names.join(', ')}`,
      );
    } finally {
      Object.assign(process.env, before);
    }
  });

  async function adminKey(key: string) {
    const admin = fleet.etcd.client('root');
    return admin.get(key).finally(() => admin.close());
  }
});
