import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BfdClient } from '../../../lib/agent/bfd/client';
import type { BfdCounters, BfdProcess, BfdSpec, BfdStatus } from '../../../lib/agent/bfd/protocol';
import { BfdServer } from '../../../lib/agent/bfd/server';
import { spec } from './wire';

const A = spec('10.0.0.1', '10.0.0.2');
const status = (state: BfdStatus['state']): BfdStatus => ({
  ...{ key: A.key, state, since: '2026-01-01T00:00:00.000Z', diagnostic: 0, downs: 0 },
});

let folder: string;
let configured: (readonly BfdSpec[])[];
let told: string[];
let wasUp: readonly string[];
let others: (() => unknown)[];
let found: (BfdProcess | string)[];
let counted: BfdCounters[];
let left: number;
let server: BfdServer | undefined;
let client: BfdClient;
const HEARTBEAT = 20;

const path = () => join(folder, 'bfd.sock');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'peerform-bfd-'));
  [configured, told, found, counted, server] = [[], [], [], [], undefined];
  [wasUp, others, left] = [[], [], 0];
  client = new BfdClient(
    path(),
    {
      told: ({ state }) => told.push(state),
      counted: (counters) => counted.push(counters),
      found: (process) => found.push(process),
      left: () => left++,
      up: () => ['one'],
    },
    ...[7, 10, HEARTBEAT],
  );
});

afterEach(() => {
  client.close();
  server?.close();
  for (const end of others) end();
  rmSync(folder, { recursive: true });
});

async function listen(network = 7): Promise<void> {
  server = await BfdServer.listen(
    path(),
    { version: '1.2.3', network, heartbeat: HEARTBEAT },
    {
      statuses: [status('Up')],
      counters: { sessions: {}, discarded: {} },
      configure(specs, _, up) {
        configured.push(specs);
        wasUp = up;
      },
    },
  );
}

/** A process that says this to whoever connects, and nothing else until `speak`. */
function mute(...greeting: string[]): { speak(line: string): void; readonly heard: string[] } {
  const sockets: Socket[] = [];
  const heard: string[] = [];
  const listening = createServer((socket) => {
    sockets.push(socket);
    for (const line of greeting) socket.write(`${line}\n`);
    socket.on('data', (text) => heard.push(String(text)));
  }).listen(path());
  others.push(() => {
    for (const socket of sockets) socket.destroy();
    listening.close();
  });
  return { heard, speak: (line) => sockets.forEach((socket) => void socket.write(`${line}\n`)) };
}

const HANGS = 'it hangs: it is running, and sends nothing';
const about = (more: Partial<BfdProcess>) => JSON.stringify({ process: { version: '1.2.3', network: 7, ...more } });

async function until(is: () => boolean): Promise<void> {
  while (!is()) await new Promise((turn) => setTimeout(turn, 5));
}

test('says which sessions there are to be, and is told how they are', async () => {
  await listen();
  client.want([A]);
  await until(() => configured.length === 1);
  expect(configured).toEqual([[A]]);
  expect(wasUp).toEqual(['one']);
  server!.report({ changed: [status('Down')] });
  await until(() => told.at(-1) === 'Down');
  client.want([]);
  await until(() => configured.length === 2);
  expect(found).toEqual([{ version: '1.2.3', network: 7, heartbeat: HEARTBEAT }]);
});

test('is told once that the process ends permanently', async () => {
  await listen();
  client.want([A]);
  await until(() => configured.length === 1);
  expect(left).toBe(0);
  server!.report({ leaves: true });
  await until(() => left > 0);
  server!.close();
  await until(() => found.length === 2);
  expect(left).toBe(1);
});

test('says that the agent leaves, and goes on saying so', async () => {
  await listen();
  client.want([A]);
  await until(() => configured.length === 1);
  expect(server!.agent).toBe('present');
  client.leave(60_000);
  await until(() => server!.agent === 'leaves');
  client.want([]);
  await until(() => configured.length === 3);
  expect(server!.agent).toBe('leaves');
  client.close();
  await until(() => server!.agent === 'left');
});

test('says that the agent leaves to a process that it finds only then', async () => {
  client.leave(60_000);
  client.want([A]);
  await listen();
  await until(() => server!.agent === 'leaves');
});

describe('a process that hangs', () => {
  test('is said to, once, and to be back as soon as it sends anything; it then hears again what is wanted', async () => {
    const process = mute(about({ heartbeat: HEARTBEAT }));
    client.want([A]);
    await until(() => found.length === 2);
    expect(found[1]).toBe(HANGS);
    await new Promise((turn) => setTimeout(turn, 10 * HEARTBEAT));
    expect(found.length).toBe(2);
    const before = process.heard.length;
    process.speak('{}');
    await until(() => found.length === 3);
    expect(found[2]).toMatchObject({ version: '1.2.3' });
    await until(() => process.heard.length > before);
    expect(process.heard.at(-1)).toContain(A.key);
  });

  test('is found where it accepts a connection and does not even say who it is', async () => {
    mute();
    client.want([A]);
    await until(() => found.length === 1);
    expect(found).toEqual([HANGS]);
  });

  test('is not one of an earlier version, which says only what changes', async () => {
    mute(about({}));
    client.want([A]);
    await until(() => found.length === 1);
    await new Promise((turn) => setTimeout(turn, 10 * HEARTBEAT));
    expect(found).toEqual([{ version: '1.2.3', network: 7 }]);
  });

  test('is not one that has nothing to do', async () => {
    mute(about({ heartbeat: HEARTBEAT }));
    client.want([A]);
    client.want([]);
    await until(() => found.length === 1);
    await new Promise((turn) => setTimeout(turn, 10 * HEARTBEAT));
    expect(found).toHaveLength(1);
  });

  test('is not seen in one while it was the agent that stood still', async () => {
    const heartbeat = 300; // a busy machine may have it wait for longer than the short one
    const script = `const { createServer } = require('node:net');
      createServer((socket) => {
        socket.write(${JSON.stringify(`${about({ heartbeat })}\n`)});
        setInterval(() => socket.write('{}\\n'), ${heartbeat});
        socket.on('error', () => {});
      }).listen(${JSON.stringify(path())});`;
    const other = spawn(process.execPath, ['-e', script], { stdio: 'ignore' });
    others.push(() => other.kill('SIGKILL'));
    client.want([A]);
    await until(() => typeof found.at(-1) === 'object');
    const before = found.length;
    for (let i = 0; i < 2; i++) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5 * heartbeat);
      await new Promise((turn) => setTimeout(turn, 1));
    }
    expect(found.slice(before)).toEqual([]);
  });
});

test('looks for a process that is not there yet, and says once that it is not', async () => {
  client.want([A]);
  await until(() => found.length === 1);
  expect(found[0]).toContain('ENOENT');
  await new Promise((turn) => setTimeout(turn, 50));
  expect(found.length).toBe(1);
  await listen();
  await until(() => configured.length === 1);
});

test('says it again to the next run of the process', async () => {
  await listen();
  client.want([A]);
  await until(() => configured.length === 1);
  server!.close();
  await listen();
  await until(() => configured.length === 2);
  expect(configured[1]).toEqual([A]);
});

test('asks for nobody where there are no sessions', async () => {
  client.want([]);
  await new Promise((turn) => setTimeout(turn, 50));
  expect(found).toEqual([]);
});

test('counts nothing of a process that is gone, and not needed', async () => {
  await listen();
  client.want([A]);
  await until(() => configured.length === 1);
  client.want([]);
  await until(() => configured.length === 2);
  server!.report({ counters: { sessions: {}, discarded: {}, lingering: [A.key] } });
  await until(() => counted.at(-1)?.lingering !== undefined);
  const before = counted.length;
  server!.close();
  await until(() => counted.length > before);
  expect(counted.at(-1)!.lingering).toBeUndefined();
});

test('is not told what was counted before the process took what is wanted, also by one of an earlier version', async () => {
  const counters = (name: string) => JSON.stringify({ counters: { sessions: {}, discarded: { [name]: 1 } } });
  const process = mute(JSON.stringify({ ...JSON.parse(about({})), sessions: [] }));
  client.want([A]);
  await until(() => process.heard.length === 1);
  client.want([]);
  await until(() => process.heard.join('').split('\n').length === 3);
  for (const line of [counters('before'), '{"sessions":[]}', counters('between')]) process.speak(line);
  for (const line of ['{"sessions":[]}', counters('after')]) process.speak(line);
  await until(() => counted.length > 0);
  expect(counted.map(({ discarded }) => Object.keys(discarded))).toEqual([['after']]);
});

test('has no business with a process of another network namespace', async () => {
  await listen(8);
  client.want([A]);
  await until(() => found.length === 1);
  expect(found).toEqual(['it is in another network namespace']);
  expect([configured, told]).toEqual([[], []]);
});
