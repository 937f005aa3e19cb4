import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Lab } from '../../lib/lab/lab';
import { up } from '../../lib/lab/up';
import type { FabricSpec } from '../../lib/model/fabric';
import { readFabric } from '../../lib/model/read';
import { inEachWay } from './lab-ways';

const MAIN = resolve(__dirname, '../../dist/cli/main.js');
/**
 * A rack of nodes below a switch of its own, whose sessions are signed by a key that this machine has not, and accepted
 * from the link alone.
 */
const rack = (number: number) => ({
  asNumber: 65000 + number,
  topOfRack: [
    { ipv4Address: `192.0.2.${number}`, asNumber: 65100 + number, password: `file:/nowhere/${number}`, ttlSecurity: 1 },
  ],
});
const node = (number: number, of: string) => ({
  ipv4Address: `10.0.0.${number}`,
  rack: of,
  advertise: [{ prefix: `10.244.${number}.0/26` }],
});
const SMALL: FabricSpec = {
  name: 'racks',
  edition: 2,
  meshPassword: 'secret:mesh',
  nodes: { node1: node(1, 'a'), node2: node(2, 'a'), node3: node(3, 'b') },
  racks: { a: rack(1), b: rack(2) },
};
const LARGE: FabricSpec = {
  ...SMALL,
  nodes: { node0: node(9, 'a'), ...SMALL.nodes, node4: node(4, 'c') },
  racks: { c: rack(3), ...SMALL.racks },
};
const fabricOf = (spec: FabricSpec) => {
  const { fabric, problems } = readFabric(spec);
  expect(problems.map(String)).toEqual([]);
  return fabric!;
};

inEachWay<{ outside?: 'agent' }>('a lab of racks', { user: { outside: 'agent' } }, (way) => {
  let base: string;
  let lab: Lab;
  let steps: string[];
  const follow = async (spec: FabricSpec, more: Partial<Parameters<typeof up>[0]> = {}) => {
    steps = [];
    lab = await up({
      ...{ fabric: fabricOf(spec), name: 'grows', folder: join(base, 'l') },
      ...{ onStep: (step) => steps.push(step), ...way, ...more },
    });
    expect(await lab.settles(90)).toBe(true);
  };
  const names = () => Object.keys(Lab.open({ folder: lab.folder }).state.members).sort();
  /** Since when each session of these members has been up, and what process serves it. */
  const standing = async (nodes: readonly string[]) =>
    (await lab.status())
      .filter(({ name }) => nodes.includes(name))
      .map(({ pid, agent }) => [
        pid,
        ...agent!.sessions.map(({ remoteAddress, since }) => `${remoteAddress} ${since}`).sort(),
      ]);
  const pidOf = (name: string) => lab.state.processes[name].pid;
  const reaches = async (from: string, ...addresses: string[]) => {
    for (const address of addresses)
      expect([from, address, await lab.reaches(from, address, 20)]).toEqual([from, address, true]);
  };

  beforeAll(async () => {
    base = mkdtempSync(join(tmpdir(), 'lab-'));
    await follow(SMALL);
  });
  afterAll(async () => {
    await lab?.down();
    expect(readdirSync(base)).toEqual([]);
    rmSync(base, { recursive: true });
  });

  test('has workloads of the prefixes that their nodes advertise, which reach each other over the spine', async () => {
    await reaches('w-node1', '10.244.2.1', '10.244.3.1', '203.0.113.1', '203.0.113.2');
    await reaches('outside2', '10.244.1.1');
  });

  test('takes a node out of service and back into it', async () => {
    const told = (...words: string[]) =>
      spawnSync(process.execPath, [MAIN, ...words, '--lab', lab.folder], { encoding: 'utf8' });
    expect(told('drain', 'node2')).toMatchObject({ status: 0, stderr: '' });
    expect((await lab.agent('node2').status()).service).not.toBe('full');
    expect(told('status').stdout).toMatch(/^node2 .*(drains|out of service)/m);
    expect(told('undrain', 'node2')).toMatchObject({ status: 0, stdout: 'node node2 is in service\n' });
    expect(await lab.settles(90)).toBe(true);
  });

  test('says so where there is nothing to do, and refuses what it cannot become', async () => {
    await follow(SMALL);
    expect(steps).toEqual(['the lab runs this fabric already']);
    await expect(follow({ ...SMALL, name: 'other' })).rejects.toThrow('the lab grows has fabric racks, not other;');
    await expect(follow(SMALL, { agents: 'idle' })).rejects.toThrow('the agents of the lab grows run the fabric;');
    await expect(follow(SMALL, { name: 'other' })).rejects.toThrow('is called grows, not other;');
    await expect(follow(SMALL, { outside: 'gobgp' })).rejects.toThrow('the outside neighbours of the lab grows run');
  });

  test('is what it was where growing fails', async () => {
    const before = await standing(['node1', 'node2', 'node3']);
    const was = names();
    const agentCommand = ['sh', '-c', 'echo no such luck >&2; exit 3', 'sh'];
    await expect(follow(LARGE, { agentCommand })).rejects.toThrow('no such luck');
    expect(names()).toEqual(was);
    expect(await lab.settles(90)).toBe(true);
    expect(await standing(['node1', 'node2', 'node3'])).toEqual(before);
  });

  test('grows with its fabric, and touches no session that stays', async () => {
    const stays = ['node1', 'node2', 'node3'];
    const before = await standing(stays);
    const [tor] = [pidOf('tor1')];
    // As one that was killed would leave it.
    lab = Lab.open({ folder: lab.folder });
    lab.add('node4', { kind: 'node', namespace: 'node4@grows', addresses: [] });
    lab.state.namespaces.push('node4@grows');
    lab.save();
    await lab.host.run(['ip', 'netns', 'add', 'node4@grows']);
    await follow(LARGE);
    expect(steps).toContain('create 6 network namespaces: node0, node4, tor3, w-node0, w-node4, outside3');
    expect(steps).toEqual(expect.arrayContaining(['reconfigure tor1, whose sessions changed', 'start 2 agents']));
    expect(steps.at(-1)).toBe('deployed the fabric to 5 agents');
    const after = await standing(stays);
    for (const [i, [pid, ...sessions]] of before.entries()) {
      expect(after[i][0]).toBe(pid);
      expect(after[i]).toEqual(expect.arrayContaining(sessions));
    }
    expect(pidOf('tor1')).toBe(tor);
    await reaches('w-node4', '10.244.1.1', '10.244.3.1', '10.244.9.1', '203.0.113.1', '203.0.113.3');
    await reaches('w-node1', '10.244.4.1', '10.244.9.1');
  });

  test('starts again what does not run', async () => {
    await lab.stop('node3');
    await lab.stop('tor2');
    await follow(LARGE);
    expect(steps).toContain('start an agent');
    await reaches('w-node3', '10.244.1.1');
  });

  test('shrinks with its fabric', async () => {
    await follow(SMALL);
    expect(steps).toContain('remove node0, node4, tor3, w-node0, w-node4, outside3');
    expect(names()).toEqual(
      ['node1', 'node2', 'node3', 'outside1', 'outside2', 'tor1', 'tor2', 'w-node1', 'w-node2', 'w-node3'].sort(),
    );
    expect(existsSync(join(lab.folder, 'node4'))).toBe(false);
    await reaches('w-node1', '10.244.3.1');
    await follow(LARGE);
    await reaches('w-node4', '10.244.1.1');
  });
});
