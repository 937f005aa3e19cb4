import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { get, type IncomingMessage, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentClient, Refused, Unreachable } from '../../lib/control/client';
import type { Delivery } from '../../lib/control/delivery';
import { MOST_PREDICTED, type Observation } from '../../lib/control/observed';
import { readOutside, readSent, sentRoutesName } from '../../lib/control/outside';
import type { ExchangeQuery } from '../../lib/control/protocol';
import { makeRelease } from '../../lib/control/release';
import { type AgentApi, serve } from '../../lib/control/server';
import type { RouteStatus } from '../../lib/control/status';
import { Refusal } from '../../lib/control/transaction';
import { Prefix } from '../../lib/model/prefix';
import { sure } from '../../lib/model/problem';
import { readFabric } from '../../lib/model/read';
import { FIB_CHECK, STATUS, SUMMARY } from './answers';

const SENT = {
  received: 2,
  sets: [{ attributes: '400101', nextHop: '10.0.0.9', prefixes: ['203.0.113.0/24', '2001:db8::/32'] }],
};
const folder = mkdtempSync(join(tmpdir(), 'peerform-control-'));
const socket = join(folder, 'agent.sock');
const client = new AgentClient(`unix://${socket}`, 2000);
const asked: unknown[] = [];
const OBSERVED: Observation = {
  ...{ version: 1, node: 'n1', release: 'sha256:0', activation: 7, kind: 'deploy', began: '2026-01-01T00:00:00.000Z' },
  ...{ lasted: 900, isOver: false, steps: { activated: 20 }, origins: [], withdrawn: [], gaps: [] },
  sessions: [
    {
      ...{ key: '10.0.0.1 10.0.0.2 179', remoteNode: 'n2', change: 'reset', reason: 'hold time', resets: 1, downs: 1 },
      ...{ wasUp: true, isUp: true, news: [{ at: 30, isUp: false, why: 'it went' }] },
    },
  ],
  losses: [{ prefix: '192.0.2.0/24', at: 31, ms: 12, times: 1, isLost: false }],
  cut: { sessions: 0, losses: 0, origins: 0 },
};
const api: AgentApi = {
  perform: async (verb, request) => {
    asked.push([verb, request]);
    return verb === 'confirm' ? new Refusal('not-active', 'no such activation') : undefined;
  },
  deliver: async (octets) => {
    asked.push(octets.toString());
    return undefined;
  },
  summary: () => SUMMARY,
  outside: async () => [
    { localAddress: '10.0.0.1', remoteAddress: '10.0.0.9', routerId: 9, routes: sentRoutesName(SENT) },
    { localAddress: '10.0.0.1', remoteAddress: '10.0.0.8', routerId: 8, routes: '0'.repeat(32) },
  ],
  workloads: () => ({ number: 2, routes: [['10.1.0.1/32', 'cali1'], ['10.1.0.2/32']] }),
  sent: (name) =>
    name === sentRoutesName(SENT) ? SENT : name === '0'.repeat(32) ? ({ received: 'many' } as never) : undefined,
  status: () => STATUS,
  endpoints: () => ({ n2: 'unix:///n2.sock' }),
  losses: async () => ({ since: true, count: 0, examples: [] }),
  predict: (prediction) => void asked.push(prediction),
  observed: ({ activation = 7, prediction } = {}) =>
    activation === 7 ? [{ ...OBSERVED, ...(prediction && { prediction: 'packed' }) }] : [],
  holds: (prefix) => prefix === '10.0.0.0/8',
  *routes(query) {
    asked.push(query && `${query.match} ${query.prefix}`);
    for (let i = 0; i < 20000; i++) {
      if (i % 1000 === 0) yield undefined; // passed over
      yield { prefix: `10.${i >> 8}.${i & 255}.0/24`, isBest: true, from: 'local', asPath: '' };
    }
  },
  exchanged: ({ neighbour, side, prefix }) =>
    neighbour === '10.0.0.9'
      ? [{ prefix: `${prefix ?? '10.0.0.0/8'}`, isBest: true, from: neighbour, asPath: side }]
      : undefined,
  matches: async () => [{ key: 'k', import: { rules: [{ number: 1, action: 'accept', routes: 3 }], unmatched: 1 } }],
  deployed: () => deployed,
  checkFib: async () => FIB_CHECK,
  events: async (since, waitMs) => [
    { sequence: since + 1, time: '2026-11-23T08:22:38.000Z', kind: 'agent', message: `waited ${waitMs}` },
  ],
};
let deployed: Delivery | undefined;
let server: Server;
beforeAll(async () => {
  server = await serve(api, socket);
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

const command = { node: 'n1', owner: 'alice', release: 'sha256:0', activation: 1 };

describe('an agent behind its endpoint', () => {
  test('what activations did is told, of all of them or of one', async () => {
    expect(await client.observed()).toEqual([OBSERVED]);
    expect(await client.observed({ activation: 7, prediction: true })).toEqual([{ ...OBSERVED, prediction: 'packed' }]);
    expect(await client.observed({ activation: 6 })).toEqual([]);
  });

  test('what the plan says is taken, unless it is too long', async () => {
    const prediction = { release: 'sha256:0', activation: 7, text: 'packed' };
    await client.predict(prediction);
    expect(asked.pop()).toEqual(prediction);
    await expect(client.predict({ ...prediction, text: 'x'.repeat(MOST_PREDICTED + 1) })).rejects.toThrow(Refused);
  });

  test('takes a release as it is, octet by octet', async () => {
    expect(await client.deliver(Buffer.from('a release'))).toEqual(SUMMARY);
    expect(asked).toContainEqual('a release');
  });

  test('tells its status with its sessions, and where the agents of its fabric are', async () => {
    expect(await client.status()).toEqual(STATUS);
    expect(await client.endpoints()).toEqual({ n2: 'unix:///n2.sock' });
  });

  test('names its neighbours outside where they are asked for, and what they send by that name', async () => {
    expect(await client.summary()).toEqual(SUMMARY);
    const { outside } = await client.summary({ outside: true });
    expect(readOutside(outside)).toMatchObject([{ remoteAddress: '10.0.0.9', routerId: 9 }, {}]);
    const [known, broken] = readOutside(outside)!.map(({ routes }) => routes);
    expect(await client.sent(known)).toEqual(SENT);
    await expect(client.sent(broken)).rejects.toThrow('in a form that is not supported here');
    await expect(client.sent('gone')).rejects.toMatchObject({ code: 'unknown' });
  });

  test('is not believed where what it says of neighbours outside makes no sense', () => {
    const [one] = [{ localAddress: '10.0.0.1', remoteAddress: '10.0.0.9', routerId: 9, routes: sentRoutesName(SENT) }];
    expect(readOutside([one])).toEqual([one]);
    for (const more of [{ localAddress: 'x' }, { routes: '../etc' }, { routerId: -1 }])
      expect(readOutside([{ ...one, ...more }])).toBeUndefined();
    expect(readOutside(undefined)).toBeUndefined();
    const [set] = SENT.sets;
    for (const more of [{ attributes: 'zz' }, { attributes: '4' }, { nextHop: '' }, { prefixes: ['10.0.0.1/8x'] }])
      expect(readSent({ ...SENT, sets: [{ ...set, ...more }] })).toBeUndefined();
    const many = Array.from({ length: 20_001 }, (_, i) => `10.${i >> 8}.${i & 255}.0/24`);
    expect(readSent({ received: 20_001, sets: [{ ...set, prefixes: many }] })).toBeUndefined();
  });

  test('carries out a verb and answers with its summary', async () => {
    expect(await client.send('finalise', command)).toEqual(SUMMARY);
    expect(asked).toContainEqual(['finalise', command]);
  });

  test('tells a refusal with its code', async () => {
    const refused = await client.send('confirm', command).catch((error) => error);
    expect(refused).toBeInstanceOf(Refused);
    expect(refused).toMatchObject({ code: 'not-active', message: 'no such activation' });
  });

  test('refuses a request of another form before it reaches the agent', async () => {
    const before = asked.length;
    const refused = await client.send('activate', { ...command, confirmWithin: 0 }).catch((error) => error);
    expect(refused).toMatchObject({ code: 'invalid' });
    expect(asked.length).toBe(before);
  });

  test('gives a large table line by line, and leaves a reader free to stop', async () => {
    let count = 0;
    for await (const _ of client.routes()) count++;
    expect(count).toBe(20000);
    for await (const { prefix } of client.routes()) {
      expect(prefix).toBe('10.0.0.0/24');
      break;
    }
  });

  test('is asked for the routes of a prefix, and for no others', async () => {
    const query = { match: 'within', prefix: sure(Prefix.parse('10.0.0.0/8')) } as const;
    for await (const _ of client.routes(query)) break;
    expect(asked.at(-1)).toBe('within 10.0.0.0/8');
    for await (const _ of client.routes()) break;
    expect(asked.at(-1)).toBeUndefined();
  });

  test('tells what a session exchanges, and that there is none with an address', async () => {
    const list = async (query: ExchangeQuery) => {
      const all: RouteStatus[] = [];
      for await (const route of client.exchanged(query)) all.push(route);
      return all.map(({ prefix, asPath }) => `${prefix} ${asPath}`);
    };
    expect(await list({ neighbour: '10.0.0.9', side: 'received' })).toEqual(['10.0.0.0/8 received']);
    const prefix = sure(Prefix.parse('10.9.0.0/16'));
    expect(await list({ neighbour: '10.0.0.9', side: 'advertised', prefix })).toEqual(['10.9.0.0/16 advertised']);
    await expect(list({ neighbour: '10.0.0.1', side: 'accepted' })).rejects.toMatchObject({ code: 'no-neighbour' });
  });

  test('tells how many routes each rule decides about', async () => {
    expect(await client.matches()).toMatchObject([{ key: 'k', import: { unmatched: 1 } }]);
  });

  test.each([
    '',
    '?neighbour=x&side=received',
    '?neighbour=10.0.0.9&side=all',
    '?neighbour=10.0.0.9&side=received&prefix=x',
  ])('refuses to tell what is exchanged of %j', async (parameters) => {
    const reply = await new Promise<IncomingMessage>((resolve) =>
      get({ socketPath: socket, path: `/v1/exchanged${parameters}` }, resolve),
    );
    reply.resume();
    expect(reply.statusCode).toBe(400);
  });

  test.each(['?prefix=10.0.0.0', '?prefix=10.0.0.0/8&match=like'])('refuses the routes of %s', async (parameters) => {
    const answer = await new Promise<IncomingMessage>((resolve) =>
      get({ socketPath: socket, path: `/v1/routes${parameters}` }, resolve),
    );
    expect([answer.statusCode, JSON.parse((await answer.toArray()).join('')).error.code]).toEqual([400, 'invalid']);
  });

  test('gives what runs as it was delivered, and says where nothing does', async () => {
    deployed = undefined;
    expect(await client.deployed().catch((error) => error)).toMatchObject({ code: 'no-release' });
    const release = makeRelease(readFabric({ name: 'lab', nodes: { n1: { ipv4Address: '10.0.0.1' } } }).fabric!);
    deployed = { release, endpoints: { n1: 'unix:///x' } };
    expect(await client.deployed()).toEqual(deployed);
  });

  test('gives what a comparison with the kernel found', async () => {
    expect(await client.checkFib()).toEqual(FIB_CHECK);
  });

  test('gives events after a number', async () => {
    expect(await client.events(7, 1)).toEqual([
      { sequence: 8, time: '2026-11-23T08:22:38.000Z', kind: 'agent', message: 'waited 1000' },
    ]);
  });

  test('lets only its user and group at the socket', () => {
    expect(statSync(socket).mode & 0o777).toBe(0o660);
  });

  test.each(['unix:///nowhere/agent.sock', 'http://x', 'unix://relative'])(
    'is unreachable at %s, and the error says why',
    async (endpoint) => {
      const error = await new AgentClient(endpoint).status().catch((e) => e);
      expect(error).toBeInstanceOf(Unreachable);
      expect(error.message).toContain(endpoint);
    },
  );
});
