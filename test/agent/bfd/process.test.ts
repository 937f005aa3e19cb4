import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SavedSession } from '../../../lib/agent/bfd/driven-session';
import { KeptSessions } from '../../../lib/agent/bfd/kept-sessions';
import { specsIn } from '../../../lib/agent/bfd/protocol';
import { BfdServer } from '../../../lib/agent/bfd/server';
import { spec } from './wire';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'peerform-bfd-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const remote = {
  ...{ diagnostic: 0, state: 'Up' as const, poll: false, final: false, controlPlaneIndependent: true, demand: false },
  ...{ detectMultiplier: 3, myDiscriminator: 1, yourDiscriminator: 7 },
  ...{ desiredMinTx: 300_000, requiredMinRx: 300_000, requiredMinEchoRx: 0 },
} as const;
const saved: SavedSession = {
  spec: spec('10.0.0.1', '10.0.0.2'),
  port: 50_000,
  memory: { discriminator: 7, state: 'Up', diagnostic: 0, remote, transmits: 300_000, receives: 300_000 },
  history: { since: '2026-01-01T00:00:00.000Z', downs: 1, lastDown: '2025-12-31T00:00:00.000Z', lastDownDiagnostic: 1 },
};

describe('sessions that are kept', () => {
  const path = () => join(folder, 'sessions.json');

  test('are read by the next run, as long as the neighbour waits', () => {
    new KeptSessions(path()).write([saved]);
    expect(new KeptSessions(path()).read()).toEqual([{ session: saved, isRecent: true }]);
    const before = new Date(Date.now() - 2000);
    utimesSync(path(), before, before);
    expect(new KeptSessions(path()).read()).toEqual([{ session: saved, isRecent: false }]);
  });

  test('say that they are run while nothing changes', () => {
    const kept = new KeptSessions(path());
    kept.live();
    kept.write([saved]);
    const before = new Date(Date.now() - 2000);
    utimesSync(path(), before, before);
    kept.live();
    expect(statSync(path()).mtimeMs).toBeGreaterThan(Date.now() - 1000);
  });

  test('that cannot be written are said to be so, once, and written again as soon as they can be', () => {
    const warn = jest.fn();
    const kept = new KeptSessions(join(folder, 'missing', 'sessions.json'), warn);
    kept.write([saved]);
    kept.write([saved]);
    expect(warn.mock.calls).toEqual([[expect.stringContaining('ENOENT')]]);
    mkdirSync(join(folder, 'missing'));
    kept.write([saved]);
    rmSync(join(folder, 'missing'), { recursive: true });
    kept.live();
    expect(warn).toHaveBeenCalledTimes(2);
  });

  test('are none in a file of which somebody else may be the author', () => {
    new KeptSessions(path()).write([saved]);
    const own = join(folder, 'own.json');
    renameSync(path(), own);
    symlinkSync(own, path());
    expect(new KeptSessions(path()).read()).toEqual([]);
    rmSync(path());
    renameSync(own, path());
    chmodSync(path(), 0o622);
    expect(new KeptSessions(path()).read()).toEqual([]);
    chmodSync(path(), 0o600);
    expect(new KeptSessions(path()).read()).toHaveLength(1);
  });

  test('are not written into the file of somebody else that a link leads to', () => {
    const other = join(folder, 'precious');
    writeFileSync(other, 'precious');
    symlinkSync(other, `${path()}.new`);
    new KeptSessions(path()).write([saved]);
    expect(readFileSync(other, 'utf8')).toBe('precious');
    expect(new KeptSessions(path()).read()).toHaveLength(1);
  });

  test.each(['', '{', '{}', '{"format":2,"sessions":[]}', '{"format":1,"sessions":[{"spec":{}}]}'])(
    'are none in a file that holds %s',
    (text) => {
      writeFileSync(path(), text);
      expect(new KeptSessions(path()).read()).toEqual([]);
    },
  );
});

describe('the socket for the agent', () => {
  const path = () => join(folder, 'bfd.sock');
  const counters = { sessions: {}, discarded: {} };
  const api = () => ({ statuses: [], counters, configure: jest.fn() });
  const about = { version: '1.2.3', network: 1 };
  /** Closed after each test, also where it failed: one that is open keeps the process alive. */
  const open: (() => unknown)[] = [];
  afterEach(() => {
    for (const close of open.splice(0)) close();
  });

  async function listen(api: Parameters<typeof BfdServer.listen>[2]): Promise<BfdServer> {
    const server = await BfdServer.listen(path(), about, api);
    open.push(() => server.close());
    return server;
  }

  async function dial(): Promise<{ socket: Socket; lines: string[] }> {
    const socket = connect(path());
    open.push(() => socket.destroy());
    const lines: string[] = [];
    socket.setEncoding('utf8').on('data', (text) => lines.push(...String(text).trim().split('\n')));
    await new Promise((done) => socket.once('connect', done));
    return { socket, lines };
  }

  async function until(is: () => boolean): Promise<void> {
    for (const end = performance.now() + 4000; !is(); await new Promise((turn) => setTimeout(turn, 5)))
      if (performance.now() > end) throw new Error('it takes too long');
  }

  test('says how the process and its sessions are, and takes what there is to be', async () => {
    const taken = api();
    const server = await listen(taken);
    const { socket, lines } = await dial();
    await until(() => lines.length === 1);
    expect(JSON.parse(lines[0])).toEqual({ process: about, sessions: [] });
    socket.write(
      `${JSON.stringify({ sessions: [spec('10.0.0.1', '10.0.0.2')], lingering: ['left', 7], up: ['one'] })}\n`,
    );
    await until(() => lines.length === 2);
    expect(JSON.parse(lines[1])).toEqual({ sessions: [], counters });
    expect(taken.configure).toHaveBeenCalledWith([spec('10.0.0.1', '10.0.0.2')], ['left'], ['one']);
    server.report({ changed: [] });
    await until(() => lines.length === 3);
    expect(lines[2]).toBe('{"changed":[]}');
  });

  const requests = (more: object) => `${JSON.stringify({ sessions: [], ...more })}\n`;

  test('has no agent for somebody who only looks whether it responds', async () => {
    const server = await listen(api());
    const { lines } = await dial();
    await until(() => lines.length === 1);
    expect(server.agent).toBe('absent');
  });

  test.each([{}, { leaving: null }, { leaving: '1' }, { leaving: -1 }, { leaving: 1e9 }])(
    'has an agent that stays where that says %j, until it is gone',
    async (more) => {
      const server = await listen(api());
      const { socket } = await dial();
      socket.write(requests(more));
      await until(() => server.agent === 'present');
      socket.destroy();
      await until(() => server.agent === 'absent');
    },
  );

  test('has an agent that leaves, and has left once it is gone, until there is another', async () => {
    const server = await listen(api());
    const { socket } = await dial();
    socket.write(requests({ leaving: 60_000 }));
    await until(() => server.agent === 'leaves');
    socket.destroy();
    await until(() => server.agent === 'left');
    const next = await dial();
    next.socket.write(requests({}));
    await until(() => server.agent === 'present');
    next.socket.destroy();
    await until(() => server.agent === 'absent');
  });

  test('takes an agent that leaves, and is not gone by when it said, for one that has left', async () => {
    const server = await listen(api());
    const { socket } = await dial();
    socket.write(requests({ leaving: 30 }));
    await until(() => server.agent === 'left');
    expect(socket.destroyed).toBe(false);
  });

  test('hears from a process that nothing changes, too, as one that says nothing hangs', async () => {
    const server = await BfdServer.listen(path(), { ...about, heartbeat: 10 }, api());
    open.push(() => server.close());
    const { lines } = await dial();
    await until(() => lines.length >= 3);
    expect(lines.slice(1, 3)).toEqual(['{"alive":true}', '{"alive":true}']);
  });

  test('is for its owner, and for one process', async () => {
    const server = await listen(api());
    expect(statSync(path()).mode & 0o777).toBe(0o600);
    await expect(BfdServer.listen(path(), about, api())).rejects.toMatchObject({
      code: 'second-agent',
      message: `another BFD process is already listening on ${path()}`,
    });
    server.close();
    writeFileSync(path(), 'precious');
    await expect(BfdServer.listen(path(), about, api())).rejects.toMatchObject({ code: 'second-agent' });
    expect(readFileSync(path(), 'utf8')).toBe('precious');
  });

  test('logs once that somebody sends something else', async () => {
    const warnings: string[] = [];
    const server = await BfdServer.listen(path(), about, api(), (message) => warnings.push(message));
    open.push(() => server.close());
    for (const text of ['no JSON', '{"sessions":[{}]}']) {
      const { socket } = await dial();
      const closed = new Promise((done) => socket.once('close', done));
      socket.write(`${text}\n`);
      await closed;
    }
    expect(warnings).toEqual([
      'a client of the socket was disconnected, as it sent a line that is not a JSON object; later ones are not logged',
    ]);
  });

  test.each(['no JSON', '{"sessions":[{}]}'])('is closed to who says %s', async (text) => {
    const taken = api();
    await listen(taken);
    const { socket } = await dial();
    const closed = new Promise((done) => socket.once('close', done));
    socket.write(`${text}\n`);
    await closed;
    expect(taken.configure).not.toHaveBeenCalled();
  });
});

test.each([
  ['key', 7],
  ['key', '10.0.0.1 10.0.0.3 direct'],
  ['local', undefined],
  ['interface', ''],
  ['multihop', 1],
  ['minimumTtl', 256],
  ['transmitInterval', 0],
  ['receiveInterval', '300'],
  ['detectMultiplier', 0],
  ['passive', null],
])('a session whose %s is %j is refused', (field, value) => {
  const sessions = [{ ...spec('10.0.0.1', '10.0.0.2'), [field]: value }];
  expect(specsIn({ sessions })).toBe('invalid');
});
