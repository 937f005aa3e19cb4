import { mkdtempSync, rmSync } from 'node:fs';
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
let found: (BfdProcess | string)[];
let counted: BfdCounters[];
let server: BfdServer | undefined;
let client: BfdClient;

const path = () => join(folder, 'bfd.sock');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'peerform-bfd-'));
  [configured, told, found, counted, server] = [[], [], [], [], undefined];
  client = new BfdClient(
    path(),
    {
      told: ({ state }) => told.push(state),
      counted: (counters) => counted.push(counters),
      found: (process) => found.push(process),
    },
    7,
    10,
  );
});

afterEach(() => {
  client.close();
  server?.close();
  rmSync(folder, { recursive: true });
});

async function listen(network = 7): Promise<void> {
  server = await BfdServer.listen(
    path(),
    { version: '1.2.3', network },
    { statuses: [status('Up')], configure: (specs) => configured.push(specs) },
  );
}

async function until(is: () => boolean): Promise<void> {
  while (!is()) await new Promise((turn) => setTimeout(turn, 5));
}

test('says which sessions there are to be, and is told how they are', async () => {
  await listen();
  client.want([A]);
  await until(() => configured.length === 1);
  expect(configured).toEqual([[A]]);
  server!.report({ changed: [status('Down')] });
  await until(() => told.at(-1) === 'Down');
  client.want([]);
  await until(() => configured.length === 2);
  expect(found).toEqual([{ version: '1.2.3', network: 7 }]);
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

test('has no business with a process of another network namespace', async () => {
  await listen(8);
  client.want([A]);
  await until(() => found.length === 1);
  expect(found).toEqual(['it is in another network namespace']);
  expect([configured, told]).toEqual([[], []]);
});
