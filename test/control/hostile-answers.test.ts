import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentClient, Unreachable } from '../../lib/control/client';
import { sshPool } from '../../lib/control/ssh-pool';
import { STATUS } from './answers';

const folder = mkdtempSync(join(tmpdir(), 'peerform-answers-'));
const socket = join(folder, 'agent.sock');
const before = { ...process.env };

/** What stands at the socket says so to whatever is asked. */
let answer: (to: Socket) => void;
let server: Server;
beforeAll(async () => {
  copyFileSync(join(__dirname, 'fake-ssh.js'), join(folder, 'ssh'));
  chmodSync(join(folder, 'ssh'), 0o755);
  writeFileSync(join(folder, 'log'), '');
  Object.assign(process.env, { PATH: `${folder}:${before.PATH}`, FAKE_LOG: join(folder, 'log'), FAKE_SOCKET: socket });
  server = createServer((connection) => {
    connection.on('error', () => {});
    connection.once('data', () => answer(connection));
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
});
afterAll(async () => {
  sshPool.destroy();
  process.env = before;
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

const HEAD = 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n';
const says = (body: string) => (to: Socket) => to.end(HEAD + body);
/** Begins, and then adds a piece again and again. */
const goesOn = (begin: string, piece: string, everyMs?: number) => (to: Socket) => {
  to.write(begin);
  const more = () => {
    if (everyMs === undefined) while (!to.destroyed && to.write(piece));
    else to.write(piece);
  };
  const timer = everyMs === undefined ? undefined : setInterval(more, everyMs);
  to.on('drain', everyMs === undefined ? more : () => {}).on('close', () => clearInterval(timer));
  more();
};

describe.each([`unix://${socket}`, 'ssh://one'])('what answers at %s', (endpoint) => {
  const asked = (client: AgentClient) => client.status().catch((error) => error);
  const patient = new AgentClient(endpoint, 30_000);

  const drips: [string, typeof answer][] = [
    ['drips', goesOn(`${HEAD}{"node":`, ' ', 20)],
    ['begins and falls silent', goesOn(`${HEAD}{`, '', 10_000)],
  ];
  // Over ssh a head may take as long as a login.
  if (endpoint.startsWith('unix')) drips.push(['drips its head', goesOn('HTTP/1.1 200 OK\r\nX: ', 'x', 20)]);

  test.each(drips)('and %s is left in time', async (_, said) => {
    answer = said;
    const error = await asked(new AgentClient(endpoint, 400));
    expect(error).toBeInstanceOf(Unreachable);
    expect(error.message).toMatch(/: (no (complete )?answer within [\d.]+ s|whatever answers there is not an agent)$/);
  });

  test('and drips routes is left in time, too', async () => {
    answer = goesOn(HEAD, ' ', 20);
    await expect(new AgentClient(endpoint, 400).routes().next()).rejects.toThrow(/no complete answer within/);
  });

  test.each([
    ['never ends', goesOn(`${HEAD}"`, 'x'.repeat(1 << 20)), /longer than \d+ octets/],
    ['is millions of objects', says(`[${'{},'.repeat(1_500_000)}{}]`), /more than 2000000 values/],
    ['is nested', says('['.repeat(100_000)), /nested more than 64 deep/],
    [
      'hangs up',
      (to: Socket) => to.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{'),
      /closed the connection|not an agent/,
    ],
    ['is empty', says('{}'), /not an agent.*\(schemaVersion: /],
    ['is null', says('null'), /not an agent/],
    ['lacks a part', says(JSON.stringify({ ...STATUS, sessions: [{ key: 'x' }] })), /\(sessions.0.kind: /],
    ['has a number beyond all', says(JSON.stringify(STATUS).replace('"wanted":0', '"wanted":1e999')), /kernel.wanted/],
  ])('and %s is told as no agent', async (_, said, why) => {
    answer = said;
    const error = await asked(patient);
    expect(error).toBeInstanceOf(Unreachable);
    expect(error.message).toMatch(why);
  });

  test('and gives a line of routes that never ends is told as no agent', async () => {
    answer = goesOn(`${HEAD}{"prefix":"`, 'x'.repeat(1 << 16));
    await expect(patient.routes().next()).rejects.toThrow(/a line of more than \d+ octets/);
    answer = says('{"prefix":{}}\n');
    await expect(patient.routes().next()).rejects.toThrow(/not an agent.*\(prefix: /);
  });

  test('and answers slowly, but does, is heard, and a reader that takes its time hears all', async () => {
    const route = '{"prefix":"10.0.0.0/8","isBest":true,"from":"local","asPath":""}\n';
    answer = says(route.repeat(20_000));
    let count = 0;
    for await (const _ of new AgentClient(endpoint, 300).routes())
      if (count++ % 5_000 === 0) await new Promise((resolve) => setTimeout(resolve, 150));
    expect(count).toBe(20_000);
  });

  test.each(['summary', 'endpoints', 'losses', 'holds', 'checkFib'] as const)(
    'with nothing of what %s asks for is told as no agent',
    async (question) => {
      answer = says('[]');
      await expect(patient[question]('10.0.0.0/8' as never)).rejects.toThrow(
        /not an agent, or an agent of an unsupported version/,
      );
    },
  );
});
