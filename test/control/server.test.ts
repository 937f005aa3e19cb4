import { mkdtempSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { AgentClient } from '../../lib/control/client';
import { API } from '../../lib/control/protocol';
import { type AgentApi, serve } from '../../lib/control/server';
import { flood } from '../flood';
import { STATUS, SUMMARY } from './answers';

const api = {} as AgentApi;
let folder: string;
let socket: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'peerform-server-'));
  socket = join(folder, 'agent.sock');
});
afterEach(() => rmSync(folder, { recursive: true }));

const waitFor = async (holds: () => boolean) => {
  const deadline = performance.now() + 20_000; // it is there to end a test that fails
  while (!holds() && performance.now() < deadline) await new Promise((turn) => setTimeout(turn, 5));
};
const closed = (server: Server) => new Promise((done) => server.close(done));

describe('an agent that listens', () => {
  test('deletes no file that is no socket, nor what a link leads to', async () => {
    writeFileSync(socket, 'precious');
    await expect(serve(api, socket)).rejects.toThrow(
      `${socket} is not a socket and is left alone: choose another path`,
    );
    symlinkSync(socket, `${socket}2`);
    await expect(serve(api, `${socket}2`)).rejects.toThrow('is not a socket and is left alone');
    expect(readFileSync(socket, 'utf8')).toBe('precious');
  });

  test('keeps its socket from a second agent, and takes the place of one that nobody listens on', async () => {
    const other = await serve(api, `${socket}.other`);
    expect(statSync(`${socket}.other`).mode & 0o777).toBe(0o660);
    await expect(serve(api, `${socket}.other`)).rejects.toThrow(
      `another agent is already listening on ${socket}.other`,
    );
    renameSync(`${socket}.other`, socket); // which the end of the other one does not find
    await closed(other);
    await closed(await serve(api, socket));
  });
});

describe('a request that is too long', () => {
  const long = 5 * 1024 * 1024;
  test.each([
    ['says so beforehand', { 'content-length': long }],
    ['turns out to be', { 'transfer-encoding': 'chunked' }],
  ])('is answered with 413 where it %s, and does not reach the agent', async (_, headers) => {
    const taken: Buffer[] = [];
    const taking = { deliver: async (octets: Buffer) => void taken.push(octets) } as unknown as AgentApi;
    const server = await serve(taking, socket);
    try {
      const answer = await new Promise<[number | undefined, string]>((resolve, reject) => {
        const asked = request({ socketPath: socket, path: `${API}/release`, method: 'PUT', headers }, (reply) => {
          let text = '';
          reply.on('data', (chunk) => {
            text += chunk;
          });
          reply.on('end', () => resolve([reply.statusCode, text]));
        });
        asked.on('error', reject).end(Buffer.alloc(long));
      });
      expect(answer).toEqual([413, expect.stringContaining('"code":"too-long"')]);
      expect(taken).toEqual([]);
    } finally {
      server.closeAllConnections();
      await closed(server);
    }
  });
});

describe('the target of a request', () => {
  /** The status line of the answer to a request that no well-behaved client sends. */
  const asked = (method: string, target: string) =>
    new Promise<string>((resolve, reject) => {
      const client = connect(socket, () =>
        client.end(`${method} ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`),
      );
      let text = '';
      client.on('data', (chunk) => {
        text += chunk;
      });
      client.on('error', reject).on('close', () => resolve(text.slice(0, text.indexOf('\r\n'))));
    });
  const odd = fc
    .array(
      fc.constantFrom(
        '/',
        '//',
        '[',
        ']',
        ':',
        '@',
        '%',
        '?',
        '#',
        '\\',
        'v1',
        'status',
        'http:',
        '*',
        '..',
        '%00',
        'é',
      ),
    )
    .map((parts) => parts.join('') || '/');

  test.each([
    ['an agent', {}],
    ['a socket for those who only watch', { isReadOnly: true }],
  ])('may be anything: %s refuses it, and goes on', async (_, options) => {
    const server = await serve({ status: () => STATUS } as unknown as AgentApi, socket, options);
    try {
      for (const target of ['//', '//[', 'http://[', '*', 'http://x//', 'x'])
        expect(await asked('GET', target)).toMatch(/^HTTP\/1.1 4\d\d /);
      await fc.assert(
        fc.asyncProperty(fc.constantFrom('GET', 'PUT', 'POST', 'OPTIONS'), odd, async (method, target) => {
          expect(await asked(method, target)).toMatch(/^HTTP\/1.1 (200|4\d\d) /);
        }),
      );
      expect(await asked('GET', `${API}/status`)).toBe('HTTP/1.1 200 OK');
    } finally {
      server.closeAllConnections();
      await closed(server);
    }
  });
});

describe('connections', () => {
  test.each([
    ['for deploys', {}, 256],
    ['for those who watch', { isReadOnly: true }, 128],
  ])('%s have a maximum, whoever opens more', async (_, options, most) => {
    const server = await serve(api, socket, options);
    const { open, all } = await flood({ path: socket }, 400);
    try {
      await waitFor(() => open() <= most);
      expect(open()).toBe(most);
    } finally {
      for (const one of all) one.destroy();
      server.closeAllConnections();
      await closed(server);
    }
  });
});

describe('one who opens connections and leaves them', () => {
  test.each([
    ['for deploys', {}],
    ['for those who watch', { isReadOnly: true }],
  ])('keeps nobody from the socket %s', async (_, options) => {
    const server = await serve({ ...api, status: () => STATUS } as unknown as AgentApi, socket, options);
    const { all } = await flood({ path: socket }, 400);
    try {
      expect(await new AgentClient(`unix://${socket}`).status()).toEqual(STATUS);
    } finally {
      for (const one of all) one.destroy();
      server.closeAllConnections();
      await closed(server);
    }
  });

  test('keeps nobody from it by waiting for events, either, and one with a request is closed last', async () => {
    let waiting = 0;
    const patient = {
      status: () => STATUS,
      events: () => {
        waiting++;
        return new Promise(() => {});
      },
    } as unknown as AgentApi;
    const server = await serve(patient, socket, { isReadOnly: true });
    const all: Socket[] = [];
    const open = async () => {
      const one = connect(socket).on('error', () => {});
      all.push(one.resume());
      await new Promise((connected) => one.once('connect', connected));
      return one;
    };
    const openAndAsk = async () => {
      const before = waiting;
      (await open()).write(`GET ${API}/events?since=0&wait=600 HTTP/1.1\r\nHost: x\r\n\r\n`);
      await waitFor(() => waiting > before);
    };
    const closedOnes = () => all.flatMap((one, i) => (one.readableEnded || one.closed ? [i] : []));
    try {
      for (let i = 0; i < 127; i++) await openAndAsk();
      await open();
      const client = new AgentClient(`unix://${socket}`);
      expect(await client.status()).toEqual(STATUS);
      await waitFor(() => closedOnes().length > 0);
      expect(closedOnes()).toEqual([127]);
      await openAndAsk();
      expect(await client.status()).toEqual(STATUS);
      await waitFor(() => closedOnes().length > 1);
      expect(closedOnes()).toEqual([0, 127]);
    } finally {
      for (const one of all) one.destroy();
      server.closeAllConnections();
      await closed(server);
    }
  });
});

describe('a socket for those who only watch', () => {
  const touched: string[] = [];
  const watched = {
    status: () => STATUS,
    summary: () => SUMMARY,
    endpoints: () => ({ n1: 'unix:///n1.sock' }),
    events: async () => [],
    *routes() {},
    checkFib: async () => touched.push('fib'),
    outside: async () => [touched.push('outside')],
    perform: async (verb: string) => void touched.push(verb),
    deliver: async () => void touched.push('deliver'),
  } as unknown as AgentApi;

  test('answers what is asked, and carries out nothing', async () => {
    const server = await serve(watched, socket, { isReadOnly: true, group: process.getegid?.() });
    expect(statSync(socket).mode & 0o777).toBe(0o660);
    const client = new AgentClient(`unix://${socket}`);
    try {
      expect(await client.status()).toEqual(STATUS);
      expect(await client.summary()).toEqual(SUMMARY);
      expect(await client.summary({ outside: true })).toEqual(SUMMARY);
      expect(await client.endpoints()).toEqual({ n1: 'unix:///n1.sock' });
      expect(await client.events(0)).toEqual([]);
      for await (const _ of client.routes()) throw new Error('there are none');
      const command = { node: 'n1', owner: 'me', release: 'x', activation: 1 };
      for (const refused of [
        () => client.deliver(Buffer.alloc(1 << 20)),
        () => client.send('stage', command),
        () => client.send('drain', { node: 'n1', by: 'me' }),
        () => client.send('rollback', { ...command, reason: 'x' }),
        () => client.checkFib(),
      ])
        await expect(refused()).rejects.toMatchObject({ name: 'Refused', code: 'read-only' });
      expect(touched).toEqual([]);
    } finally {
      server.closeAllConnections();
      await closed(server);
    }
  });
});
