import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { AgentClient } from '../../lib/control/client';
import { FleetClient } from '../../lib/control/fleet/client';
import { deploy } from '../../lib/lab/deploy';
import { Lab } from '../../lib/lab/lab';
import { isAlive, type Tracked } from '../../lib/lab/process';
import { SAMPLE } from '../../lib/lab/sample';
import { up } from '../../lib/lab/up';
import { readFabric } from '../../lib/model/read';
import { inEachWay } from './lab-ways';
import { mayEtcd } from './support/etcd';

const MAIN = resolve(__dirname, '../../dist/cli/main.js');
jest.setTimeout(120_000);

const fabric = readFabric(SAMPLE).fabric!;
const grown = readFabric({ ...SAMPLE, nodes: { ...SAMPLE.nodes, node4: { ipv4Address: '10.0.0.4' } } }).fabric!;

/** Everything of a lab that runs. */
const processesOf = ({ state }: Lab): Tracked[] => [
  ...Object.values({ ...state.processes }),
  ...Object.values({ ...state.relays }),
  ...(state.etcd?.process ? [state.etcd.process] : []),
];

if (!mayEtcd) test.skip('a lab with etcd', () => {});
else
  inEachWay<{ outside: 'agent' }>(
    'a lab with etcd',
    { root: { outside: 'agent' }, user: { outside: 'agent' } },
    (way) => {
      let base: string;
      let lab: Lab;
      const before = { ...process.env };
      const raise = (what = fabric) => up({ fabric: what, name: 'through', folder: join(base, 'l'), ...way });
      beforeAll(async () => {
        base = mkdtempSync(join(tmpdir(), 'lab-'));
        lab = await up({ fabric, name: 'through', folder: join(base, 'l'), agents: 'idle', etcd: true, ...way });
        Object.assign(process.env, lab.environment);
      });
      afterAll(async () => {
        await FleetClient.closeAll();
        for (const name of Object.keys(lab.environment))
          if (before[name] === undefined) delete process.env[name];
          else process.env[name] = before[name];
        if (existsSync(lab.folder)) await lab.down();
        rmSync(base, { recursive: true });
      });

      const deployed = (what = fabric) =>
        deploy({
          fabric: what,
          owner: 'test',
          agents: Object.fromEntries(Object.entries(lab.endpoints).map(([node, at]) => [node, new AgentClient(at)])),
          endpoints: lab.endpoints,
          secrets: {},
        });

      test('takes a deploy through etcd, from a machine that reaches no agent', async () => {
        expect(Object.values(lab.endpoints).every((at) => at.startsWith('etcd://127.0.0.1:'))).toBe(true);
        expect(await deployed()).toBe(true);
        expect(await lab.settles(90)).toBe(true);
        expect((await lab.etcd())?.connected).toEqual(['node1', 'node2', 'node3']);
      });

      test('starts etcd again that was killed, with what it had, and no agent is started again', async () => {
        const agents = { ...lab.state.processes };
        process.kill(lab.state.etcd!.process!.pid, 'SIGKILL');
        lab = await raise();
        expect(lab.state.processes).toEqual(agents);
        expect((await lab.etcd())?.connected).toEqual(['node1', 'node2', 'node3']);
        expect(await deployed()).toBe(false);
      });

      test('gives a node that joins a certificate and a way to etcd', async () => {
        lab = await raise(grown);
        expect((await lab.etcd())?.connected).toEqual(['node1', 'node2', 'node3', 'node4']);
        expect(await deployed(grown)).toBe(true);
      });

      test('leaves nothing behind', async () => {
        const processes = processesOf(lab);
        await FleetClient.closeAll();
        await lab.down();
        expect(processes.filter(isAlive)).toEqual([]);
        expect(readdirSync(base)).toEqual([]);
      });

      test.each([/start etcd/, /start 3 agents/])(
        'that was killed at %s leaves nothing after lab down',
        async (moment) => {
          const folder = join(base, 'l');
          const options = ['--outside', 'agent', ...('withoutRoot' in way ? ['--user-namespace'] : [])];
          const child = spawn(process.execPath, [MAIN, 'lab', 'up', '--etcd', '--dir', folder, ...options]);
          const ended = new Promise((done) => child.on('close', done));
          child.stderr.on('data', (chunk: Buffer) => moment.test(chunk.toString('utf8')) && child.kill('SIGKILL'));
          await ended;
          expect(child.signalCode).toBe('SIGKILL');
          const left = Lab.open({ folder });
          const { port } = left.state.etcd!;
          await left.down();
          expect(processesOf(left).filter(isAlive)).toEqual([]);
          expect(readdirSync(base)).toEqual([]);
          await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toThrow();
        },
      );
    },
  );
