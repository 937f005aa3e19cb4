import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { agentOf } from '../../lib/control/agents';
import { AgentClient, Refused, Unreachable } from '../../lib/control/client';
import { type AgentApi, serve } from '../../lib/control/server';
import { sshPool } from '../../lib/control/ssh-pool';
import { Refusal } from '../../lib/control/transaction';
import { STATUS } from './answers';

const folder = mkdtempSync(join(tmpdir(), 'peerform-ssh-'));
const socket = join(folder, 'agent.sock');
const log = join(folder, 'log');
const before = { ...process.env };
const api = {
  perform: async () => new Refusal('not-active', 'no such activation'),
  status: () => STATUS,
  summary: () => STATUS,
  endpoints: () => ({ n1: 'unix:///run/n1.sock', n2: 'unix:///run/n2.sock', n3: 'ssh://three' }),
  *routes() {
    for (let i = 0; i < 20000; i++)
      yield { prefix: `10.${i >> 8}.${i & 255}.0/24`, isBest: true, from: 'local', asPath: '' };
  },
} as unknown as AgentApi;
let server: Server;
const logins = (host: string) =>
  readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => line === host).length;
const end = () => {
  server.close();
  server.closeAllConnections();
};

beforeAll(async () => {
  copyFileSync(join(__dirname, 'fake-ssh.js'), join(folder, 'ssh'));
  chmodSync(join(folder, 'ssh'), 0o755);
  writeFileSync(log, '');
  Object.assign(process.env, { PATH: `${folder}:${before.PATH}`, FAKE_LOG: log, FAKE_SOCKET: socket, FAKE_END: '' });
  server = await serve(api, socket);
});
afterAll(() => {
  sshPool.destroy();
  end();
  process.env = before;
  rmSync(folder, { recursive: true });
});

describe('an agent behind an ssh endpoint', () => {
  test('is spoken to over one login, however often', async () => {
    for (let i = 0; i < 5; i++) expect(await new AgentClient('ssh://one').status()).toEqual(STATUS);
    expect(logins('one')).toBe(1);
  });

  test('gets at most four logins at once, and every answer comes', async () => {
    const answers = await Promise.all(Array.from({ length: 30 }, () => new AgentClient('ssh://many').status()));
    expect(answers.length).toBe(30);
    expect(logins('many')).toBeLessThanOrEqual(4);
  });

  test('tells a refusal with its code', async () => {
    const command = { node: 'n1', owner: 'alice', release: 'sha256:0', activation: 1 };
    const refused = await new AgentClient('ssh://one').send('confirm', command).catch((error) => error);
    expect(refused).toBeInstanceOf(Refused);
    expect(refused).toMatchObject({ code: 'not-active' });
  });

  test('gives a large table, and a reader that stops ends only its own connection', async () => {
    const client = new AgentClient('ssh://table');
    let count = 0;
    for await (const _ of client.routes()) count++;
    expect(count).toBe(20000);
    for await (const _ of client.routes()) break;
    expect(await client.status()).toEqual(STATUS);
  });

  test('is spoken to again over a new login when it was restarted', async () => {
    const client = new AgentClient('ssh://restart');
    await client.status();
    end();
    server = await serve(api, socket);
    expect(await client.status()).toEqual(STATUS);
    expect(logins('restart')).toBe(2);
  });

  test('is unreachable with the words of ssh where no login is had', async () => {
    process.env.FAKE_END = '255 root@h: Permission denied (publickey).';
    const error = await new AgentClient('ssh://refused').status().catch((e) => e);
    process.env.FAKE_END = '';
    expect(error).toBeInstanceOf(Unreachable);
    expect(error.message).toBe(
      'ssh://refused: the host refused the login: ssh must be able to log in with a key, without a prompt (root@h: Permission denied (publickey).)',
    );
  });

  test('is unreachable where there is no ssh', async () => {
    const { PATH } = process.env;
    process.env.PATH = join(folder, 'nowhere');
    const error = await new AgentClient('ssh://without').status().catch((e) => e);
    process.env.PATH = PATH;
    expect(error.message).toBe('ssh://without: ssh was not found here: install an SSH client');
  });

  test('that never answers ends a request in time, and its connection with it', async () => {
    const error = await new AgentClient('ssh://one', 1, AbortSignal.timeout(50)).events(0, 60).catch((e) => e);
    expect(error).toBeInstanceOf(Unreachable);
    expect(await new AgentClient('ssh://one').status()).toEqual(STATUS);
  });

  test('leads to no unix endpoint of another machine, and says so', async () => {
    expect((await agentOf('ssh://one', 'n1')).endpoint).toBe('ssh://one');
    await expect(agentOf('ssh://one', 'n2')).rejects.toThrow(
      'the endpoint unix:///run/n2.sock of node n2 is a socket on the machine that deployed the fabric, which may be another than this one',
    );
    await expect(agentOf('ssh://one', 'n3')).rejects.toThrow(
      'the agent at ssh://three, the endpoint of node n3, is that of node n1',
    );
    await expect(agentOf('ssh://one', 'n4')).rejects.toThrow('does not know node n4; it knows n1, n2, n3');
  });
});
