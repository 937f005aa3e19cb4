import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Lab } from '../../lib/lab/lab';
import { probe } from '../../lib/lab/probe';
import { SAMPLE } from '../../lib/lab/sample';
import { up } from '../../lib/lab/up';
import { IpAddress } from '../../lib/model/address';
import { sure } from '../../lib/model/problem';
import { readFabric } from '../../lib/model/read';
import { inEachWay } from './lab-ways';

const fabric = readFabric(SAMPLE).fabric!;
const address = (text: string) => sure(IpAddress.parse(text));
const hasBird = spawnSync('bird', ['--version']).status === 0;
const MINUTE = 60_000;

/** Network namespaces of a lab that have names on this machine; other tests have theirs at the same time. */
const namedBy = (lab: string) =>
  existsSync('/run/netns') ? readdirSync('/run/netns').filter((name) => name.endsWith(`@${lab}`)) : [];
/** Processes whose command line holds a text. */
const running = (text: string) => spawnSync('pgrep', ['-f', text], { encoding: 'utf8' }).stdout.trim();

inEachWay('a lab without agents', {}, (way) => {
  let base: string;
  let folder: string;
  let lab: Lab;
  beforeAll(async () => {
    base = mkdtempSync(join(tmpdir(), 'lab-'));
    folder = join(base, 'l');
    lab = await up({ fabric, name: 'plumbing', folder, agents: 'none', ...way });
  }, MINUTE);
  afterAll(async () => {
    await lab?.down();
    rmSync(base, { recursive: true });
  }, MINUTE);

  test('has every machine on the link of every other, for both families', async () => {
    const targets = [...lab.membersOf('node'), ...lab.membersOf('outside')].flatMap(([, { addresses }]) => addresses);
    for (const [node] of lab.membersOf('node'))
      for (const target of targets)
        expect([node, target, await lab.reaches(node, target)]).toEqual([node, target, true]);
  });

  test('has a workload that its own node reaches and that no other knows the way to', async () => {
    expect(await lab.reaches('node1', '10.65.0.1')).toBe(true);
    expect(await lab.reaches('node1', 'fd65::1')).toBe(true);
    expect(await lab.reaches('w-node1', '10.0.0.1')).toBe(true);
    expect((await lab.run('node2', ['ip', 'route', 'get', '10.65.0.1'])).stderr).toContain('unreachable');
  });

  test('tells what answers without ping too', async () => {
    const withoutPing = async (target: string) => {
      const [, ...rest] = probe(target);
      const argv = ['/bin/sh', '-c', 'PATH=/nonexistent; exec /bin/sh "$@"', 'sh', ...rest];
      return (await lab.run('node1', argv)).code;
    };
    expect([await withoutPing('10.0.0.2'), await withoutPing('fd00:10::2')]).toEqual([0, 0]);
    expect([await withoutPing('10.65.0.2'), await withoutPing('fd65::2')]).toEqual([1, 1]);
  });

  test('lets a workload come and go, and its route with it', async () => {
    await lab.addWorkload('node1', 'guest', { ipv4: address('10.66.0.1'), ipv6: address('fd66::1') });
    expect((await lab.run('node1', ['ip', 'route', 'show', '10.66.0.1'])).stdout).toContain('dev cali2');
    expect(await lab.reaches('node1', 'fd66::1')).toBe(true);
    await lab.removeWorkload('guest');
    expect((await lab.run('node1', ['ip', 'route', 'show', '10.66.0.1'])).stdout).toBe('');
    await expect(lab.removeWorkload('guest')).rejects.toThrow('the lab has no guest; it has node1,');
  });

  (hasBird ? test : test.skip)(
    'has a BIRD with a session for each of the nodes, which routes its own host',
    async () => {
      const tor = (await lab.status()).find(({ name }) => name === 'tor');
      expect(tor).toMatchObject({ speaker: 'bird', isRunning: true, sessions: { established: 0, total: 6 } });
      expect(await lab.reaches('tor', '203.0.113.1')).toBe(true);
      expect(await lab.reaches('outside', 'aa:bb::ff')).toBe(true);
    },
  );

  test('is found again by its folder, and is not made twice', async () => {
    expect(Lab.open({ folder }).name).toBe('plumbing');
    const steps: string[] = [];
    await up({ fabric, folder, ...way, onStep: (step) => steps.push(step) });
    expect(steps).toEqual(['the lab runs this fabric already']);
    expect(await lab.reaches('node1', '10.0.0.2')).toBe(true);
  });
});

inEachWay('a lab that ends', {}, (way) => {
  let base: string;
  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'lab-'));
  });
  afterEach(async () => {
    for (const one of readdirSync(base)) await Lab.open({ folder: join(base, one) }).down();
    rmSync(base, { recursive: true });
  });

  test(
    'leaves nothing behind: no namespace, no process, no file',
    async () => {
      const folder = join(base, 'l');
      const lab = await up({ fabric, name: 'ending', folder, agents: 'none', ...way });
      await lab.host.start(['ip', 'netns', 'exec', 'w-node1@ending', 'sleep', '86399'], '/dev/null');
      expect(running('sleep 86399')).not.toBe('');
      if (!way.withoutRoot) expect(namedBy('ending')).toContain('node1@ending');
      await Lab.open({ folder }).down();
      expect(namedBy('ending')).toEqual([]);
      expect(running('sleep 86399')).toBe('');
      expect(running(folder)).toBe('');
      expect(readdirSync(base)).toEqual([]);
    },
    MINUTE,
  );

  test(
    'leaves nothing behind where a part of it does not come up',
    async () => {
      const agentCommand = ['sh', '-c', 'echo no such luck >&2; exit 3', 'sh'];
      await expect(up({ fabric, name: 'failing', folder: join(base, 'l'), agentCommand, ...way })).rejects.toThrow(
        /the agent of node\d exited at startup; the end of its log:\nno such luck/,
      );
      expect(namedBy('failing')).toEqual([]);
      expect(readdirSync(base)).toEqual([]);
    },
    MINUTE,
  );

  test(
    'is not taken away by another of its name',
    async () => {
      const lab = await up({ fabric, name: 'twin', folder: join(base, 'a'), agents: 'none', ...way });
      if (!way.withoutRoot)
        await expect(up({ fabric, name: 'twin', folder: join(base, 'b'), agents: 'none' })).rejects.toThrow(
          'a lab named twin is already up; choose another --name',
        );
      expect(await lab.reaches('node1', '10.0.0.2')).toBe(true);
      await lab.down();
    },
    MINUTE,
  );
});
