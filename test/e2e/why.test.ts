import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packDelivery } from '../../lib/control/delivery';
import { makeRelease } from '../../lib/control/release';
import type { FabricSpec } from '../../lib/model/fabric';
import { readFabric } from '../../lib/model/read';
import { eventually, LocalNetwork, type Process } from './support/network';

const MAIN = join(__dirname, '../../dist/cli/main.js');
const NODES = ['n1', 'n2'];

/** Each is wrong in its way, but for the top of rack, some of whose routes are. */
const fabric = (known: string): FabricSpec => ({
  name: 'why',
  asNumber: 67111,
  connectRetryTime: 2,
  nodes: {
    n1: { ipv4Address: '10.0.0.1' },
    n2: { ipv4Address: '10.0.0.2', advertise: [{ prefix: '10.65.2.0/24' }, { prefix: '10.65.3.0/24' }] },
  },
  peers: {
    inner: { node: 'n2', address: '10.0.0.1', asNumber: 67111, filters: ['inner'] },
    tor: { node: 'n1', address: '10.0.0.3', asNumber: 65003, filters: ['transit'] },
    'other-as': { node: 'n1', address: '10.0.0.4', asNumber: 65000, filters: ['transit'] },
    'other-key': { node: 'n1', address: '10.0.0.5', asNumber: 65005, filters: ['transit'], password: `file:${known}` },
    'no-ttl': { node: 'n1', address: '10.0.0.7', asNumber: 65007, filters: ['transit'], ttlSecurity: 1 },
    closed: { node: 'n1', address: '10.0.0.6', asNumber: 65006, filters: ['transit'] },
    gone: { node: 'n1', address: '10.0.0.99', asNumber: 65099, filters: ['transit'] },
    off: { node: 'n1', address: '10.0.0.98', asNumber: 65098, filters: ['transit'], adminDown: 'not yet' },
    secret: { node: 'n1', address: '10.0.0.97', asNumber: 65097, filters: ['transit'], password: 'file:/nowhere' },
  },
  filters: {
    inner: {
      import: [{ action: 'accept' }],
      export: [{ prefix: '10.65.3.0/24', action: 'reject' }, { action: 'accept' }],
    },
    transit: {
      import: [
        { prefix: '203.0.113.0/24', action: 'reject' },
        { communities: ['65003:666'], action: 'reject' },
        { action: 'accept' },
      ],
      export: [{ action: 'accept' }],
    },
  },
});

describe('peerform why, among neighbours and routes of which each is wrong in its way', () => {
  let network: LocalNetwork;
  let tor: Process;
  const agents: Process[] = [];
  beforeAll(async () => {
    network = new LocalNetwork([1, 2, 3, 4, 5, 6, 7]);
    const [n1, n2, top, otherAs, otherKey] = network.machines;
    writeFileSync(network.path('known.key'), 'known', { mode: 0o600 });
    agents.push(network.agent(n1, 'n1'), network.agent(n2, 'n2'));
    const bird = (n: number, routes: string, session: string, filter = 'export all;') => `router id 10.0.0.${n};
protocol device {}
protocol static { ipv4; ${routes} }
protocol bgp n1 { ${session} neighbor 10.0.0.1 as 67111; connect retry time 2; connect delay time 1;
  ipv4 { import all; ${filter} next hop keep; }; }`;
    tor = network.bird(
      top,
      bird(
        3,
        ['203.0.113.0/24', '203.0.114.0/24', '198.51.100.0/24', '192.0.2.0/24', '240.1.0.0/16', '198.51.101.0/24']
          .map((prefix) => `route ${prefix} blackhole;`)
          .join(' '),
        'local 10.0.0.3 as 65003;',
        `export filter {
           bgp_next_hop = 10.0.0.3;
           if net = 203.0.114.0/24 then bgp_community.add((65003,666));
           if net = 192.0.2.0/24 then bgp_path.prepend(67111);
           if net = 198.51.101.0/24 then bgp_next_hop = 10.9.9.9;
           accept; };`,
      ),
    );
    network.bird(otherAs, bird(4, '', 'local 10.0.0.4 as 65044;'));
    network.bird(otherKey, bird(5, '', 'local 10.0.0.5 as 65005; password "another";'));
    network.bird(network.machines[6], bird(7, '', 'local 10.0.0.7 as 65007;'));
    await eventually(() => Promise.all(NODES.map((node) => network.client(node).status())));
    await deploy(1);
    await everyone('confirm', 1);
    await eventually(async () => {
      const { sessions } = await network.client('n1').status();
      const routes = sessions.find(({ remoteAddress }) => remoteAddress === '10.0.0.3')?.routes.ipv4;
      expect(routes).toMatchObject({ received: 6, endOfRib: true });
      expect(sessions.find(({ remoteNode }) => remoteNode === 'n2')?.state).toBe('Established');
    }, 40);
  }, 120_000);
  afterAll(() => network.remove());

  const release = (more: Partial<FabricSpec> = {}) =>
    makeRelease(readFabric({ ...fabric(network.path('known.key')), ...more }).fabric!);
  const endpoints = () => Object.fromEntries(NODES.map((node) => [node, `unix://${network.path(`${node}.sock`)}`]));
  const command = (node: string, activation: number, more?: Partial<FabricSpec>) => ({
    node,
    owner: 'alice',
    fabric: 'why',
    release: release(more).digest,
    activation,
  });
  const deploy = async (activation: number, more?: Partial<FabricSpec>) => {
    for (const node of NODES) {
      await network.client(node).deliver(packDelivery({ release: release(more), endpoints: endpoints() }));
      await network.client(node).send('stage', command(node, activation, more));
    }
    for (const node of NODES)
      await network.client(node).send('activate', { ...command(node, activation, more), confirmWithin: 600 });
  };
  const everyone = (verb: 'confirm', activation: number) =>
    Promise.all(NODES.map((node) => network.client(node).send(verb, command(node, activation))));

  const run = async (...words: string[]) => {
    const one = network.start(network.machines[0], [process.execPath, MAIN, ...words, '--via', endpoints().n1]);
    return { code: await one.ended, text: one.text };
  };
  const why = async (about: string, node = 'n1') => {
    const { code, text } = await run('why', node, about, '-o', 'json');
    const { findings, errors = [] } = JSON.parse(text) as {
      findings: { cause: string; where: string; text: string }[];
      errors?: { text: string }[];
    };
    return { code, findings, errors, causes: findings.map(({ cause }) => cause) };
  };
  /** The first cause is this one, said in these words, some time from now. */
  const isFor = (about: string, cause: string, words: string, seconds?: number) =>
    eventually(async () => {
      const { code, findings } = await why(about);
      expect(findings[0]).toMatchObject({ cause, text: expect.stringContaining(words) });
      expect(code).toBe(cause === 'used' ? 0 : 1);
    }, seconds);

  test.each([
    ['10.65.2.0/24', 'used', 'the path to 10.65.2.0/24 from 10.0.0.2'],
    ['10.65.2.7', 'used', 'the path to 10.65.2.0/24 from 10.0.0.2'],
    ['203.0.113.7', 'filtered', 'rule 1 of filter transit'],
    ['198.51.100.0/24', 'used', 'the path to 198.51.100.0/24 from 10.0.0.3'],
    ['203.0.113.0/24', 'filtered', 'rule 1 of filter transit'],
    ['203.0.114.0/24', 'filtered', 'rule 2 of filter transit'],
    ['192.0.2.0/24', 'as-loop', 'AS number of this node is in AS_PATH'],
    ['240.1.0.0/16', 'martian', 'martian'],
    ['198.51.101.0/24', 'next-hop', 'the next hop is'],
    ['10.65.3.0/24', 'not-exported', 'rule 1 of filter inner'],
  ])('says of the route to %s: %s', (prefix, cause, words) => isFor(prefix, cause, words), 60_000);

  test('says that nobody has a route that nobody has, and who is up and does not send it', async () => {
    const { causes } = await why('172.16.0.0/12');
    expect(causes).toEqual(expect.arrayContaining(['no-route', 'not-sent']));
  });

  test.each([
    ['10.0.0.4', 'wrong-as', 'it is in AS 65044, not 65000'],
    ['other-key', 'key', 'signed with another key'],
    ['no-ttl', 'ttl', 'too low a TTL'],
    ['peers.closed', 'refused', 'refused the connection'],
    ['10.0.0.99', 'unreachable', 'not reachable'],
    ['off', 'admin-down', ''],
    ['secret', 'secret', 'cannot be read'],
    ['10.0.0.77', 'no-route', 'no node'],
    ['nobody', 'no-session', 'no session with nobody'],
  ])('says of the neighbour %s: %s', (neighbour, cause, words) => isFor(neighbour, cause, words, 90), 120_000);

  test('says of a neighbour that is up what of its routes is not used, and which rules reject how many', async () => {
    const { findings, code } = await why('tor');
    expect(code).toBe(1);
    expect(findings.at(-1)).toMatchObject({ cause: 'up' });
    const { text } = findings.find(({ cause }) => cause === 'filtered')!;
    expect(text).toContain('filter transit: rule 1 reject 1, rule 2 reject 1, rule 3 accept 4');
  });

  test('shows what a neighbour has sent, what is used of it, and what it is sent', async () => {
    const listed = async (...words: string[]) =>
      (await run('routes', ...words, '--neighbour', 'tor', '-o', 'json')).text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { prefix: string; code?: string; asPath: string; communities?: string[] });
    const received = await listed('--received');
    expect(received.map(({ prefix }) => prefix)).toEqual([
      ...['192.0.2.0/24', '198.51.100.0/24', '198.51.101.0/24', '203.0.113.0/24', '203.0.114.0/24', '240.1.0.0/16'],
    ]);
    expect(received[4]).toMatchObject({ communities: ['65003:666'], code: 'policy' });
    expect((await listed('--accepted')).map(({ prefix }) => prefix)).toEqual(['198.51.100.0/24']);
    const advertised = await listed('--advertised');
    expect(advertised.map(({ prefix, asPath }) => `${prefix} ${asPath}`)).toEqual(['10.65.2.0/24 67111']);
    const exported = network.birdc(network.machines[2], 'show route protocol n1');
    for (const { prefix } of advertised) expect(exported).toContain(prefix);
    expect(await listed('198.51.100.0/24', '--advertised')).toMatchObject([{ code: 'from-neighbour' }]);
  });

  test('keeps the last NOTIFICATION beside what came after it', async () => {
    network.birdc(network.machines[2], 'disable n1');
    await isFor('tor', 'shutdown', 'Administrative Shutdown', 30);
    await tor.kill('SIGKILL');
    await eventually(async () => {
      const { errors } = await why('tor');
      expect(errors[0]?.text).toContain('received: Cease: Administrative Shutdown');
      expect(errors.at(-1)?.text).toContain('refused the connection');
    }, 60);
  }, 120_000);

  test('says that a release is on trial, and that one was rolled back', async () => {
    const more = { holdTime: 30, keepaliveTime: 10 };
    await deploy(2, more);
    expect((await why('172.16.0.0/12')).causes).toContain('gate');
    for (const node of NODES)
      await network.client(node).send('rollback', { ...command(node, 2, more), reason: 'the canary drops packets' });
    const { findings } = await why('172.16.0.0/12');
    expect(findings).toContainEqual(
      expect.objectContaining({ cause: 'rolled-back', text: expect.stringContaining('the canary drops packets') }),
    );
  });

  test('says that the node is out of service which has the route', async () => {
    expect((await run('drain', 'n2')).code).toBe(0);
    await isFor('10.65.2.0/24', 'drain', 'out of service', 90);
    expect((await why('10.65.3.0/24')).causes).toEqual(['drain', 'not-exported', 'rolled-back']);
  }, 120_000);
});
