import { copyFileSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Store } from '../../lib/agent/store';
import { makeRelease } from '../../lib/control/release';
import { NOTHING } from '../../lib/control/transaction';
import { readAccepted, readFabric } from '../../lib/model/read';

const release = (asNumber: number) =>
  makeRelease(readFabric({ name: 'lab', asNumber, nodes: { n1: { ipv4Address: '10.0.0.1' } } }).fabric!);
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'peerform-store-'));
});
afterEach(() => rmSync(folder, { recursive: true }));
const failure = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    return error as { code: string; message: string };
  }
  throw new Error('nothing was thrown');
};
const stateWith = (digest: string) => ({
  transaction: {
    ...NOTHING,
    owner: 'alice',
    activation: 1,
    active: { release: digest, activation: 1 },
    deadline: { boot: 'b', at: 5 },
  },
  endpoints: { n1: 'unix:///n1.sock' },
});

describe('the store of an agent', () => {
  test('starts with nothing', () => {
    expect(new Store(folder, 'n1').load()).toEqual({ transaction: NOTHING, endpoints: {} });
  });

  test('gives back what it kept, to another run of the agent', () => {
    const kept = release(1),
      state = stateWith(kept.digest);
    const store = new Store(folder, 'n1');
    store.saveRelease(kept);
    store.save(state);
    expect(new Store(folder, 'n1').load()).toEqual(state);
    expect(new Store(folder, 'n1').loadRelease(kept.digest).fabric.asNumber.value).toBe(1);
  });

  test('gives back a release that breaks a rule of a later version: what runs goes on', () => {
    const spec = { name: 'lab', peers: { p: { peerSelector: 'all()', reachableBy: '192.0.2.1' } } };
    expect(readFabric(spec).fabric).toBeUndefined();
    const kept = makeRelease(readAccepted(spec).fabric!);
    new Store(folder, 'n1').saveRelease(kept);
    expect(new Store(folder, 'n1').loadRelease(kept.digest).digest).toBe(kept.digest);
  });

  test('keeps secrets for their owner alone, as long as the state names their activation', () => {
    const store = new Store(folder, 'n1');
    store.saveRelease(release(1));
    store.saveSecrets(1, { tor: 'hunter2' });
    store.save(stateWith(release(1).digest));
    expect(store.loadSecrets(1)).toEqual({ tor: 'hunter2' });
    expect(statSync(join(folder, 'secrets/1.json')).mode & 0o777).toBe(0o600);
    store.save({ transaction: NOTHING, endpoints: {} });
    expect(readdirSync(join(folder, 'secrets'))).toEqual([]);
    expect(store.loadSecrets(1)).toEqual({});
    rmSync(join(folder, 'secrets'), { recursive: true });
  });

  test('forgets releases that the state names no more, and leaves no half-written file', () => {
    const store = new Store(folder, 'n1');
    for (const as of [1, 2, 3]) store.saveRelease(release(as));
    store.save(stateWith(release(2).digest));
    expect(readdirSync(join(folder, 'releases'))).toEqual([`${release(2).digest.replace(':', '-')}.json`]);
    expect(readdirSync(folder).sort()).toEqual(['releases', 'state.json']);
    expect(statSync(join(folder, 'state.json')).mode & 0o777).toBe(0o600);
  });

  test.each([
    ['empty', ''],
    ['cut off', '{"version":1,"node":"n1"'],
    ['of another form', '{"version":1,"node":"n1","transaction":{"owner":7}}'],
  ])('refuses a state file that is %s, in one line that names it', (_, text) => {
    writeFileSync(join(folder, 'state.json'), text);
    const { code, message } = failure(() => new Store(folder, 'n1').load());
    expect(code).toBe('corrupt');
    expect(message).toContain(join(folder, 'state.json'));
    expect(message.split('\n').length).toBe(1);
  });

  test('refuses a release that is missing, damaged, or another than its name says', () => {
    const store = new Store(folder, 'n1'),
      { digest } = release(1);
    expect(failure(() => store.loadRelease(digest)).message).toContain('missing');
    store.saveRelease(release(2));
    const path = (as: number) => join(folder, 'releases', `${release(as).digest.replace(':', '-')}.json`);
    writeFileSync(path(1), '{');
    expect(failure(() => store.loadRelease(digest)).code).toBe('corrupt');
    copyFileSync(path(2), path(1));
    expect(failure(() => store.loadRelease(digest)).message).toContain(release(2).digest);
  });

  test('refuses the folder of another node', () => {
    new Store(folder, 'n1').save(stateWith('sha256:x'));
    expect(failure(() => new Store(folder, 'n2').load())).toMatchObject({ code: 'usage' });
  });
});
