import { OWN_PROTOCOL } from '../../lib/kernel/codec/route-protocol';
import type { Lab } from '../../lib/lab/lab';
import { CdktfProject } from './cdktf-project';
import { NODES, quickstartLab } from './support/quickstart';

describe('the quickstart on a lab with real agents', () => {
  let lab: Lab;
  let down: () => Promise<void>;
  let project: CdktfProject;
  beforeAll(async () => {
    ({ lab, down } = await quickstartLab('quickstart-test'));
    project = new CdktfProject('quickstart', { PEERFORM_LAB: lab.folder });
  });
  afterAll(async () => {
    project?.remove();
    await down?.();
  });

  const established = async () => {
    const statuses = await Promise.all(NODES.map((node) => lab.agent(node).status()));
    return statuses.map(({ sessions }) =>
      sessions
        .filter(({ state }) => state === 'Established')
        .map(({ origin, remoteAddress }) => `${origin} ${remoteAddress}`)
        .sort(),
    );
  };

  /** What the agents have in the kernels, over both families. */
  const routes = async () => {
    const all = NODES.flatMap((node) =>
      ['-4', '-6'].map((family) =>
        lab.run(node, ['ip', family, 'route', 'show', 'table', 'all', 'proto', String(OWN_PROTOCOL)]),
      ),
    );
    return (await Promise.all(all)).flatMap(({ stdout }) => stdout.split('\n').filter(Boolean));
  };

  // Each step goes on where the one before it ended.
  test('its first diff runs with no registry and no CLI configuration, tells the sessions, and asks nothing of the agents', async () => {
    const { code, text } = await project.cdktf('diff');
    expect(text).toContain('Plan: 3 to add, 0 to change, 0 to destroy.');
    expect(text).toMatch(/"added: nodeToNodeMesh" += 6/);
    expect(code).toBe(0);
    for (const node of NODES)
      expect((await lab.agent(node).status()).transaction).toMatchObject({ owner: null, staged: null });
  });

  test('one deploy brings up every session of the four examples, and packets cross the network', async () => {
    expect(await project.cdktf('deploy', '--auto-approve')).toMatchObject({ code: 0 });
    expect(await lab.settles(90)).toBe(true);
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

  test('the mesh off without anything in its place is rolled back at the gate, which names what would be lost', async () => {
    const before = await established();
    project.edit('nodeToNodeMesh: true', 'nodeToNodeMesh: false');
    const { code, text } = await project.cdktf('deploy', '--auto-approve');
    expect(text.replace(/\s+/g, ' ')).toMatch(/nodes? node1[node\d, ]*: 10\.65\.0\.3\/32 no longer has a path/);
    expect(code).toBe(1);
    expect(await lab.settles(90)).toBe(true);
    expect(await established()).toEqual(before);
  });

  test('the mesh off takes away the sessions of the mesh, and no other, where that is meant', async () => {
    project.edit('nodeToNodeMesh: false', 'nodeToNodeMesh: false,\n      allowDisruption: true');
    expect(await project.cdktf('deploy', '--auto-approve')).toMatchObject({ code: 0 });
    expect(await established()).toEqual([
      ['peers.node1-tor aa:bb::ff', 'peers.tor 192.20.30.40'],
      ['peers.tor 192.20.30.40'],
      ['peers.tor 192.20.30.40'],
    ]);
  });

  test('a mistake stops at synth, with its place, and touches nothing', async () => {
    project.edit("'aa:bb::ff'", "'aa:bb::fg'");
    const { code, text } = await project.cdktf('diff');
    project.edit("'aa:bb::fg'", "'aa:bb::ff'");
    expect(text).toContain(
      '[quickstart/fabric/node1-tor] main.ts:35: peers.node1-tor.address: "aa:bb::fg" is not a valid IPv4 or IPv6 address',
    );
    expect(code).not.toBe(0);
  });

  test('a mistake of a type stops at the compiler', async () => {
    project.edit('nodeToNodeMesh: false', "nodeToNodeMesh: 'off'");
    const { code, text } = await project.cdktf('synth');
    project.edit("nodeToNodeMesh: 'off'", 'nodeToNodeMesh: false');
    expect(text).toMatch(/main\.ts.*error TS2322: Type 'string' is not assignable to type 'boolean/s);
    expect(code).not.toBe(0);
  });

  test('destroy leaves no session and no route of BGP', async () => {
    expect(await project.cdktf('destroy', '--auto-approve')).toMatchObject({ code: 0 });
    expect(await established()).toEqual([[], [], []]);
    expect(await routes()).toEqual([]);
  });
});
