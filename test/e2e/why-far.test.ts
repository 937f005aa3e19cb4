import { join } from 'node:path';
import { packDelivery } from '../../lib/control/delivery';
import { makeRelease } from '../../lib/control/release';
import { readFabric } from '../../lib/model/read';
import { eventually, LocalNetwork, type Process } from './support/network';

const MAIN = join(__dirname, '../../dist/cli/main.js');
const ADDRESSES = { n1: '10.0.0.1', rr1: '10.0.0.2', rr2: '10.0.0.3', n9: '10.0.0.9' };
type Name = keyof typeof ADDRESSES;
const NODES = Object.keys(ADDRESSES) as Name[];
const BLOCK = '10.65.9.0/24';

/** Two clients, each of a reflector of its own. */
const { fabric } = readFabric({
  name: 'far',
  asNumber: 67111,
  holdTime: 6,
  connectRetryTime: 1,
  restartTime: 40,
  nodes: {
    ...Object.fromEntries(NODES.map((name) => [name, { ipv4Address: ADDRESSES[name] }])),
    n9: { ipv4Address: ADDRESSES.n9, advertise: [{ prefix: BLOCK }] },
  },
  peers: { tor: { node: 'n9', address: '10.0.0.77', asNumber: 65077 } },
  routeReflectors: { a: { reflectors: ['rr1'], clients: ['n1'] }, b: { reflectors: ['rr2'], clients: ['n9'] } },
});

describe('peerform why, of a node that is two reflectors away', () => {
  let network: LocalNetwork;
  const agents = new Map<Name, Process>();
  const machine = (name: Name) => network.machines[NODES.indexOf(name)];
  const endpoints = () => Object.fromEntries(NODES.map((node) => [node, `unix://${network.path(`${node}.sock`)}`]));
  beforeAll(async () => {
    network = new LocalNetwork([1, 2, 3, 9]);
    for (const name of NODES) agents.set(name, network.agent(machine(name), name));
    await eventually(() => Promise.all(NODES.map((node) => network.client(node).status())), 90);
    const release = makeRelease(fabric!);
    for (const node of NODES) {
      const client = network.client(node);
      const command = { node, owner: 'alice', fabric: 'far', release: release.digest, activation: 1 };
      await client.deliver(packDelivery({ release, endpoints: endpoints() }));
      await client.send('stage', command);
      await client.send('activate', { ...command, confirmWithin: 600 });
      await client.send('confirm', command);
    }
  }, 120_000);
  afterAll(() => network.remove());

  const why = async (node: string, about: string) => {
    const words = ['why', node, about, '-o', 'json', '--via', endpoints().n1];
    const one = network.start(machine('n1'), [process.execPath, MAIN, ...words]);
    await one.ended;
    return (JSON.parse(one.text) as { findings: { cause: string; where: string; text: string }[] }).findings;
  };
  /** What comes first of the answer, some time from now. */
  const isFor = (node: string, about: string, cause: string, where: RegExp, words = '') =>
    eventually(async () => {
      const [first] = await why(node, about);
      expect(first).toMatchObject({ cause, where: expect.stringMatching(where), text: expect.stringContaining(words) });
    }, 60);

  test('says that the route is in use', () => isFor('n1', BLOCK, 'used', /^n1/), 90_000);

  test('says whose neighbour an address is', async () => {
    const findings = await why('n1', '10.0.0.77');
    expect(findings[0]).toMatchObject({ cause: 'elsewhere', where: expect.stringMatching(/^n9: .*peers\.tor/) });
    expect((await why('n1', ADDRESSES.n9))[0].text).toContain('is node n9');
  });

  test('says of a prefix of a family that the node has not that it has it not', async () => {
    const [first, second] = await why('n1', '2001:db8::/32');
    expect(first).toMatchObject({ cause: 'no-family', where: 'n1' });
    expect(second.cause).toBe('no-route');
  });

  test('watch ends when its reader does, also if there is nothing to print', async () => {
    const command = `timeout 10 ${process.execPath} ${MAIN} watch --via ${endpoints().n1} | head -c0; exit \${PIPESTATUS[0]}`;
    expect(await network.start(machine('n1'), ['bash', '-c', command]).ended).toBe(0);
  });

  test('names the session that is down between the reflectors', async () => {
    for (const to of ['rr1', 'rr2'] as const)
      machine(to === 'rr1' ? 'rr2' : 'rr1').ip(`route add blackhole ${ADDRESSES[to]}`);
    await eventually(async () => {
      const [first] = await why('n1', BLOCK);
      expect(first.where).toMatch(/^rr[12]: session with rr[12]/);
      expect(['used', 'stale']).not.toContain(first.cause);
    }, 60);
    for (const to of ['rr1', 'rr2'] as const)
      machine(to === 'rr1' ? 'rr2' : 'rr1').ip(`route del blackhole ${ADDRESSES[to]}`);
    await isFor('n1', BLOCK, 'used', /^n1/);
  }, 180_000);

  test('calls a path stale that is kept over a restart, then says that the agent is gone which should advertise it', async () => {
    await agents.get('n9')!.kill('SIGKILL');
    await isFor('rr2', BLOCK, 'stale', /^rr2: path from 10\.0\.0\.9/);
    const listed = network.start(machine('n1'), [
      ...[process.execPath, MAIN, 'routes', BLOCK, '--node', 'rr2', '--via', endpoints().n1],
    ]);
    await listed.ended;
    expect(listed.text).toContain('stale');
    await isFor('n1', BLOCK, 'no-answer', /^n9/, `has it advertise ${BLOCK}`);
    await isFor('n1', '10.65.9.7', 'no-answer', /^n9/, `has it advertise ${BLOCK}`);
  }, 180_000);
});
