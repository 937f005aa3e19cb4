import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OWN_PROTOCOL } from '../../lib/kernel/codec/route-protocol';
import type { Lab } from '../../lib/lab/lab';
import { up } from '../../lib/lab/up';
import { readFabric } from '../../lib/model/read';
import { CdktfProject } from './cdktf-project';

jest.setTimeout(120_000); // A run of cdktf takes some six seconds.

/** The quickstart's network, for the lab to build; what runs on it comes from the quickstart itself. */
const { fabric } = readFabric({
  name: 'quickstart',
  asNumber: 67111,
  nodes: Object.fromEntries(
    [1, 2, 3].map((i) => [`node${i}`, { ipv4Address: `10.0.0.${i}`, ipv6Address: `fd00:10::${i}` }]),
  ),
  peers: {
    tor: { address: '192.20.30.40', asNumber: 67111 },
    'node1-tor': { node: 'node1', address: 'aa:bb::ff', asNumber: 67111 },
  },
});

describe('the quickstart on a lab with real agents', () => {
  let base: string, lab: Lab, project: CdktfProject;
  beforeAll(async () => {
    base = mkdtempSync(join(tmpdir(), 'lab-'));
    lab = await up({ fabric: fabric!, name: 'quickstart-test', folder: join(base, 'l'), agents: 'idle' });
    project = new CdktfProject('quickstart', { PEERFORM_LAB: lab.folder });
  });
  afterAll(async () => {
    project?.remove();
    await lab?.down();
    rmSync(base, { recursive: true });
  });

  const established = async () => {
    const statuses = await Promise.all(['node1', 'node2', 'node3'].map((node) => lab.agent(node).status()));
    return statuses.map(({ sessions }) =>
      sessions
        .filter(({ state }) => state === 'Established')
        .map(({ origin, remoteAddress }) => `${origin} ${remoteAddress}`)
        .sort(),
    );
  };

  /** What the agents have in the kernels, over both families. */
  const routes = async () => {
    const all = ['node1', 'node2', 'node3'].flatMap((node) =>
      ['-4', '-6'].map((family) =>
        lab.run(node, ['ip', family, 'route', 'show', 'table', 'all', 'proto', String(OWN_PROTOCOL)]),
      ),
    );
    return (await Promise.all(all)).flatMap(({ stdout }) => stdout.split('\n').filter(Boolean));
  };

  // Each step goes on where the one before it ended.
  test('one deploy brings up every session of the four examples, and packets cross the network', async () => {
    expect(await project.cdktf('deploy', '--auto-approve')).toMatchObject({ code: 0 });
    expect(await lab.settles(30)).toBe(true);
    const mesh = (...others: number[]) =>
      others.flatMap((i) => [`nodeToNodeMesh 10.0.0.${i}`, `nodeToNodeMesh fd00:10::${i}`]);
    expect(await established()).toEqual([
      [...mesh(2, 3), 'peers.node1-tor aa:bb::ff', 'peers.tor 192.20.30.40'].sort(),
      [...mesh(1, 3), 'peers.tor 192.20.30.40'].sort(),
      [...mesh(1, 2), 'peers.tor 192.20.30.40'].sort(),
    ]);
    expect(await routes()).not.toEqual([]);
    const workload = lab.state.members['w-node3'];
    expect(workload.addresses).toHaveLength(2);
    for (const address of workload.addresses)
      expect([address, await lab.reaches('w-node1', address, 10)]).toEqual([address, true]);
  });

  test('the mesh off takes away the sessions of the mesh, and no other', async () => {
    project.edit('nodeToNodeMesh: true', 'nodeToNodeMesh: false');
    expect(await project.cdktf('deploy', '--auto-approve')).toMatchObject({ code: 0 });
    expect(await established()).toEqual([
      ['peers.node1-tor aa:bb::ff', 'peers.tor 192.20.30.40'],
      ['peers.tor 192.20.30.40'],
      ['peers.tor 192.20.30.40'],
    ]);
  });

  test('destroy leaves no session and no route of BGP', async () => {
    expect(await project.cdktf('destroy', '--auto-approve')).toMatchObject({ code: 0 });
    expect(await established()).toEqual([[], [], []]);
    expect(await routes()).toEqual([]);
  });
});
