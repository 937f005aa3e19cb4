import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Lab } from '../../lib/lab/lab';
import { labsFolder } from '../../lib/lab/state';
import { mayMakeNamespaces } from '../../lib/lab/user-namespace';
import { describeLab } from './lab-ways';
import { mayEtcd } from './support/etcd';

const MINUTE = 60_000;
const root = resolve(__dirname, '../..');

/** npm start in the background, with all that it says. */
class Start {
  readonly child: ChildProcess;
  text = '';
  readonly code: Promise<number | null>;

  constructor(...args: readonly string[]) {
    const command = [join(root, 'scripts/start.mjs'), ...args];
    this.child = spawn(process.execPath, command, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    this.code = new Promise((resolve) => this.child.on('close', resolve));
    for (const stream of [this.child.stdout!, this.child.stderr!])
      stream.on('data', (chunk: Buffer) => {
        this.text += chunk.toString('utf8');
      });
  }

  /** Resolves once it has said something that matches; rejects where it ends without. */
  says(pattern: RegExp): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => pattern.test(this.text) && resolve();
      this.child.stdout!.on('data', look);
      this.child.on('close', () => reject(new Error(this.text)));
      look();
    });
  }

  /** What is left of it: its namespaces, its lab, its project. */
  get left(): string[] {
    const name = `start-${this.child.pid}`;
    const folders = ['/run/netns', labsFolder(mayMakeNamespaces()), join(root, '.peerform')];
    return folders
      .flatMap((folder) => (existsSync(folder) ? readdirSync(folder) : []))
      .filter((one) => one.endsWith(name));
  }
}

describeLab('npm start', () => {
  let killed: Start | undefined;
  afterAll(() =>
    killed && killed.left.length > 0 ? Lab.open({ name: `start-${killed.child.pid}` }).down() : undefined,
  );

  test.each(mayEtcd ? [[''], ['--etcd']] : [['']])(
    'goes the whole way from a construct to a packet, proves it and leaves nothing behind %s',
    async (option) => {
      const start = new Start(...(option === '' ? [] : [option]));
      expect([await start.code, start.text]).toEqual([0, expect.stringContaining('All checks passed.')]);
      for (const proof of [
        'ok    every session is Established',
        'ok    w-node1 → w-node3  IPv4 10.65.0.3',
        'ok    w-node3 → w-node1  IPv6 fd65::1',
        'ok    w-node2 → outside  IPv4 203.0.113.1',
        'ok    w-node1 → outside  IPv6 2001:db8:ffff::1',
        'ok    the plan shows the mesh going off',
        'ok    node3 runs no fabric and its kernel has no BGP route',
      ])
        expect(start.text).toContain(proof);
      expect(start.text.includes('start etcd at 127.0.0.1:')).toBe(option === '--etcd');
      expect(start.text).not.toContain('FAIL');
      expect(start.text).not.toContain('\u001b['); // no colours where no terminal is
      expect(start.left).toEqual([]);
    },
    5 * MINUTE,
  );

  test(
    'ends clean where it is interrupted in the middle of a deploy',
    async () => {
      const start = new Start();
      await start.says(/cdktf deploy/);
      start.child.kill('SIGINT');
      expect([await start.code, start.text]).toEqual([130, expect.stringContaining('Interrupted')]);
      expect(start.left).toEqual([]);
    },
    2 * MINUTE,
  );

  test(
    'sweeps what a run left behind that was killed',
    async () => {
      killed = new Start();
      await killed.says(/cdktf deploy/);
      killed.child.kill('SIGKILL');
      await killed.code;
      expect(killed.left).not.toEqual([]);
      const next = new Start();
      await next.says(/cdktf synth/);
      next.child.kill('SIGINT');
      expect(await next.code).toBe(130);
      expect(next.text).toContain(`removing start-${killed.child.pid}, which an earlier run left behind`);
      expect([...killed.left, ...next.left]).toEqual([]);
    },
    2 * MINUTE,
  );
});
