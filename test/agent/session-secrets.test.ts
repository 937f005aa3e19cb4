import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secrets } from '../../lib/agent/secrets';
import { SessionSecrets } from '../../lib/agent/session-secrets';
import { readFabric } from '../../lib/model/read';
import type { Held } from '../../lib/node/held';
import { runningSessions } from '../../lib/node/sessions';

const folder = mkdtempSync(join(tmpdir(), 'peerform-session-secrets-'));
const file = join(folder, 'tor.key');
const KEY = '10.0.0.1 192.0.2.1 179';
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => writeFileSync(file, 'hunter2', { mode: 0o600 }));

/** A node with one neighbour outside, signed by what this names. */
function held(password: string | undefined, activation = 1): Held {
  const { fabric, problems } = readFabric({
    name: 'f',
    nodes: { n1: { ipv4Address: '10.0.0.1', asNumber: 65000 } },
    peers: { tor: { node: 'n1', address: '192.0.2.1', asNumber: 65001, ...(password && { password }) } },
  });
  if (!fabric) throw new Error(problems.join());
  return { active: { fabric, activation } };
}

/** Secrets that were delivered, by the number of the activation. */
function node(delivered: Record<number, Record<string, string>> = {}) {
  const secrets = new Secrets({ TOR: 'from the environment' });
  const read: number[] = [];
  const loadSecrets = (activation: number) => {
    read.push(activation);
    return delivered[activation] ?? {};
  };
  return { secrets, read, signer: new SessionSecrets('n1', secrets, { loadSecrets }, () => {}) };
}

const always = () => true;

describe('the secrets of sessions', () => {
  test.each([
    ['a file', `file:${file}`, 'hunter2'],
    ['the environment', 'env:TOR', 'from the environment'],
    ['the deploy', 'secret:tor', 'delivered'],
  ])('sign them by what comes from %s', async (_, reference, value) => {
    const { secrets, signer } = node({ 1: { tor: 'delivered' } });
    const signed = await signer.sign(held(reference), always);
    const [{ config }] = signed!.sessions;
    expect([secrets.value(config.authentication!), config.blocked]).toEqual([value, undefined]);
    signer.stop();
  });

  test('are those of the activation that runs, read once for all sessions', async () => {
    const { read, signer } = node({ 2: { tor: 'delivered' } });
    const [one] = (await signer.sign(held('secret:tor', 2), always))!.sessions;
    expect([one.config.blocked, read]).toEqual([undefined, [2]]);
    const [other] = (await signer.sign(held('secret:tor', 1), always))!.sessions;
    expect(other.config.blocked).toMatch(/tor/);
    signer.stop();
  });

  test('that are missing keep a session down, and it alone', async () => {
    rmSync(file);
    const { signer } = node();
    const signed = await signer.sign(held(`file:${file}`), always);
    expect(signed!.sessions[0].config).toMatchObject({ blocked: expect.stringContaining(file) });
    expect((await signer.sign(held(undefined), always))!.sessions[0].config.blocked).toBeUndefined();
    signer.stop();
  });

  test('count for nothing where something else is to run by then', async () => {
    const { signer } = node();
    expect(await signer.sign(held('env:TOR'), () => false)).toBeUndefined();
  });

  test('that are missing refuse an activation which would cut a session that is up', async () => {
    rmSync(file);
    const { signer } = node();
    const [{ session }] = runningSessions(held(undefined), 'n1');
    const next = held(`file:${file}`).active!;
    const refusal = await signer.missing(held(undefined), next, () => new Set([session.key]));
    expect(session.key).toBe(KEY);
    expect(refusal).toMatchObject({ code: 'secret', message: expect.stringContaining('192.0.2.1') });
    expect(await signer.missing(held(undefined), next, () => new Set())).toBeUndefined();
    expect(await signer.missing(held(undefined), held('env:TOR').active!, () => new Set([KEY]))).toBeUndefined();
  });
});
