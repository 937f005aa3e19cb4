import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { packDelivery } from '../../lib/control/delivery';
import { makeRelease } from '../../lib/control/release';
import { readFabric } from '../../lib/model/read';
import { Fleet } from '../../lib/provider/fleet';
import { eventually, LocalNetwork } from './support/network';

const MAIN = join(__dirname, '../../dist/cli/main.js');

describe('the command line over a deployed fabric', () => {
  let network: LocalNetwork;
  const at = (node: string) => `unix://${network.path(`${node}.sock`)}`;
  const run = (...args: string[]) => {
    const env = { ...process.env, PEERFORM_ENDPOINT: at('n1') };
    const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8', env });
    return { status, stdout, stderr: stderr.replaceAll(network.folder, '') };
  };
  const says = (...args: string[]) => {
    const { status, stdout, stderr } = run(...args);
    expect([status, stderr]).toEqual([0, '']);
    return stdout;
  };

  beforeAll(async () => {
    network = new LocalNetwork([1, 2]);
    const [n1, n2] = network.machines;
    n2.pair('cali1');
    n2.ip('route add 10.65.0.2/32 dev cali1');
    n2.ip('route add 10.65.1.2/32 dev cali1');
    network.agent(n1, 'n1');
    network.agent(n2, 'n2');
    const { fabric } = readFabric({
      name: 'cli',
      asNumber: 67111,
      nodes: {
        n1: { ipv4Address: '10.0.0.1' },
        n2: { ipv4Address: '10.0.0.2', ipv6Address: 'fd00::2' },
        n3: { ipv4Address: '10.0.0.3' },
      },
      peers: { tor: { address: '10.0.0.254', asNumber: 65000 } },
    });
    const release = makeRelease(fabric!);
    const fleet = new Fleet({ n1: at('n1'), n2: at('n2') });
    const endpoints = { ...fleet.endpoints, n3: at('n3') };
    await eventually(async () => expect((await fleet.survey()).absent.size).toBe(0));
    const command = { owner: 'alice@build:/srv/net', release: release.digest, activation: 1 };
    const prediction = { release: release.digest, activation: 1, text: '' };
    await fleet.stage(fleet.nodes, packDelivery({ release, endpoints }), prediction, (node) => ({ ...command, node }));
    await fleet.send('activate', fleet.nodes, (node) => ({ ...command, node, confirmWithin: 600 }));
    await fleet.send('confirm', fleet.nodes, (node) => ({ ...command, node }));
    await eventually(async () => {
      const { sessions, kernel } = await network.client('n1').status();
      expect([sessions.filter(({ state }) => state === 'Established').length, kernel.installed]).toEqual([1, 2]);
    });
  });
  afterAll(() => network.remove());

  test('get shows the objects of what runs, with the endpoints that the deploy told', () => {
    expect(says('get', 'nodes').split('\n')[2]).toBe('n2    (67111)  10.0.0.2  fd00::2');
    expect(JSON.parse(says('get', 'peer', '10.0.0.254', '-o', 'json'))).toMatchObject([
      { name: 'tor', asNumber: 65000 },
    ]);
    expect(says('get', 'bgppeer', '10.0.0.254', '-o', 'yaml')).toMatch(
      /^apiVersion: projectcalico.org\/v3\nkind: BGPPeer\nmetadata:\n {2}name: tor\n(.*\n)*spec:\n(.*\n)* {2}peerIP: 10\.0\.0\.254\n/,
    );
    for (const kind of ['bgppeers', 'bgpfilters', 'bgpconfig', 'nodes.projectcalico.org'])
      expect(JSON.parse(says('get', kind, '-o', 'json'))).toMatchObject({
        kind: expect.stringMatching(/^(BGP|Node).*List$/),
        items: expect.any(Array),
      });
    expect(JSON.parse(says('get', 'node', 'n1', '-o', 'json'))).toMatchObject([{ name: 'n1', endpoint: at('n1') }]);
    expect(says('get', 'config', '-o', 'yaml')).toContain('asNumber: 67111\n');
    expect(readFabric(JSON.parse(says('get', 'fabric', '-o', 'json'))).problems).toEqual([]);
    expect(run('get', 'peer', 'nobody')).toMatchObject({
      status: 8,
      stderr: 'peerform: fabric cli has no peer nobody\n',
    });
    expect(run('get', 'ippools')).toMatchObject({ status: 2, stdout: '' });
  });

  test('config get prints one setting', () => {
    expect([says('config', 'get', 'asNumber'), says('config', 'get', 'nodetonodemesh')]).toEqual(['67111\n', 'on\n']);
    expect(run('config', 'get', 'ipip').status).toBe(8);
  });

  test('node status shows the sessions of any node in the table of calicoctl', () => {
    expect(says('node', 'status')).toMatch(/^\| 10\.0\.0\.2 +\| node-to-node mesh \| up +\| [\d:]{8} \| Established/m);
    expect(says('node', 'status', '--node', 'n2')).toMatch(/^\| 10\.0\.0\.254 +\| global +\| start/m);
    expect(says('node', 'status')).toContain('No IPv6 peers found.');
  });

  test('sessions tells which object made each and who dials', () => {
    const text = says('sessions', '--node', 'n2', '--explain');
    expect(text).toContain('n1 10.0.0.1 (AS 67111) from 10.0.0.2 (AS 67111)\n  created by nodeToNodeMesh');
    expect(text).toContain('this side dials: of two nodes, the one with the higher address dials');
    expect(text).toContain('created by peers.tor: every node peers with it');
    expect(JSON.parse(says('sessions', '--explain', '-o', 'json'))[0].explanation).toHaveProperty('made');
  });

  test('routes shows all, those of a prefix, those within one, and those that lead to an address', () => {
    const prefixes = (...args: string[]) =>
      says('routes', ...args)
        .split('\n')
        .slice(1, -1)
        .map((line) => line.split(/\s+/).slice(0, 2).join(' '))
        .sort();
    const both = ['* 10.65.0.2/32', '* 10.65.1.2/32'];
    expect(prefixes()).toEqual(both);
    expect(prefixes('10.65.0.0/16', '--longer')).toEqual(both);
    expect(prefixes('10.65.0.0/24', '--longer')).toEqual(both.slice(0, 1));
    expect(prefixes('10.65.1.2/32', '--node', 'n2')).toEqual(both.slice(1));
    expect(prefixes('10.65.1.2')).toEqual(both.slice(1));
    expect(JSON.parse(says('routes', '10.65.1.2', '--json'))).toMatchObject({ nextHop: '10.0.0.2', isBest: true });
    expect(run('routes', '10.65.9.9')).toMatchObject({
      status: 8,
      stderr: 'peerform: there is no route to 10.65.9.9\n',
    });
    expect(run('routes', 'n1').status).toBe(2);
  });

  test.each([
    [['delete', 'bgppeer', '10.0.0.254', '--scope=global'], 'object: peers.tor'],
    [['config', 'set', 'nodeToNodeMesh', 'off'], 'object: nodeToNodeMesh'],
    [['apply', '-f', 'peers.yaml'], 'manifests as code: peerform import calico peers.yaml'],
  ])('%j is refused, and who deployed it is named', (args, text) => {
    const { status, stderr } = run(...args);
    expect([status, stderr]).toEqual([9, expect.stringContaining(text)]);
    expect(stderr).toContain('code: alice@build:/srv/net: fabric cli');
  });

  test('a node whose agent is not reached is told with what its endpoint may mean', () => {
    expect(run('node', 'status', '--node', 'n3')).toMatchObject({
      status: 7,
      stderr:
        'peerform: unix:///n3.sock: there is no such socket; is the agent running? (or the endpoint unix:///n3.sock of node n3 is a socket on the machine that deployed the fabric, which may be another than this one. Run the command there, or give the nodes ssh:// endpoints)\n',
    });
    expect(run('node', 'status', '--node', 'n9')).toMatchObject({
      status: 8,
      stderr: expect.stringContaining('peerform: the agent of n1 does not know node n9; it knows n1, n2, n3.'),
    });
    expect(run('status', '--json').status).toBe(1);
    expect(run('get', 'nodes', '--via', 'unix:///nowhere.sock').status).toBe(7);
  });

  test('what reads only the first lines ends it well', () => {
    const { status, stdout, stderr } = spawnSync(
      'bash',
      ['-c', `set -o pipefail; ${process.execPath} ${MAIN} routes --via ${at('n1')} | head -1`],
      { encoding: 'utf8' },
    );
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/PREFIX +NEXT HOP/);
  });

  test('a wrong command line ends with 2', () => {
    expect(run('get').status).toBe(2);
    expect(run('agent').status).toBe(2);
    expect(run('get', 'nodes', '-o', 'xml').status).toBe(2);
  });
});
