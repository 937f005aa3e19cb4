import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Store } from '../../lib/agent/store';
import { makeRelease } from '../../lib/control/release';
import { INITIAL_STATE } from '../../lib/control/transaction';
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
    ...INITIAL_STATE,
    activation: 1,
    active: { release: digest, activation: 1, fabric: 'lab', owner: 'alice' },
    deadline: { boot: 'b', at: 5 },
  },
  endpoints: { n1: 'unix:///n1.sock' },
});

describe('the store of an agent', () => {
  test('starts with nothing', () => {
    expect(new Store(folder, 'n1').load()).toEqual({ transaction: INITIAL_STATE, endpoints: {} });
  });

  test('gives back what it kept, to another run of the agent', () => {
    const kept = release(1);
    const state = stateWith(kept.digest);
    const store = new Store(folder, 'n1');
    store.saveRelease(kept);
    store.save(state);
    expect(new Store(folder, 'n1').load()).toEqual(state);
    expect(new Store(folder, 'n1').loadRelease(kept.digest).fabric.asNumber.value).toBe(1);
  });

  test('keeps what a release on trial is held to, over a restart of the agent', () => {
    const kept = release(1);
    const link = { origin: 'peers.tor', remoteAddress: '192.0.2.9', family: 'ipv4' as const };
    const demand = { ...link, session: '10.0.0.1 192.0.2.9 179', replaces: '10.0.0.1 192.0.2.1 179' };
    const trial = { at: '', isFirst: false, demands: [{ ...demand, before: 'up' as const, isChanged: true }] };
    const { transaction, endpoints } = stateWith(kept.digest);
    const state = { transaction: { ...transaction, trial }, endpoints };
    const store = new Store(folder, 'n1');
    store.saveRelease(kept);
    store.save(state);
    expect(new Store(folder, 'n1').load()).toEqual(state);
  });

  test('reads a state of the version before: one owner for all, and the fabric that the release is of', () => {
    const kept = release(1);
    const step = { release: kept.digest, activation: 3 };
    const store = new Store(folder, 'n1');
    store.saveRelease(kept);
    const transaction = {
      ...{ owner: 'alice', activation: 3, confirmed: step, active: { ...step, localAs: { tor: 64512 } } },
      ...{ staged: null, retiring: null, deadline: null, returned: { ...step, activation: 2, reason: 'the gate' } },
    };
    writeFileSync(join(folder, 'state.json'), JSON.stringify({ version: 1, node: 'n1', transaction, endpoints: {} }));
    const claim = { ...step, fabric: 'lab', owner: 'alice' };
    const { transaction: read } = store.load();
    expect(read).toMatchObject({ confirmed: claim, active: { ...claim, localAs: { tor: 64512 } }, freed: false });
    store.save({ transaction: read, endpoints: {} });
    expect(new Store(folder, 'n1').load().transaction).toEqual(read);
  });

  const full = (digest: string) => {
    const step = { release: digest, activation: 3 };
    const claim = { ...step, fabric: 'lab', owner: 'alice' };
    const demand = { session: 'a', origin: 'peers.tor', remoteAddress: '192.0.2.9', family: 'ipv4' as const };
    return {
      transaction: {
        ...{ activation: 4, confirmed: { ...claim, localAs: { tor: 64512 } }, freed: false, active: claim },
        ...{ staged: { ...claim, activation: 4 }, retiring: { ...step, phase: 'draining' as const, behind: ['n2'] } },
        deadline: { boot: 'b', at: 5 },
        trial: { at: '', isFirst: false, demands: [{ ...demand, before: 'up' as const, isChanged: true }] },
        ...{ returned: { ...step, activation: 2, reason: 'the gate' }, drained: { by: 'bob', at: 'noon' } },
      },
      endpoints: { n1: 'unix:///n1.sock' },
    };
  };

  test('reads a state of a later version with fields in every place that it does not know, and loses nothing of the others', () => {
    const kept = release(1);
    const state = full(kept.digest);
    // Names that are keys of a map would be entries of it.
    const isMap = (name: string) => name === 'localAs' || name === 'endpoints';
    const later = (value: unknown, name = ''): unknown => {
      if (Array.isArray(value)) return value.map((one) => later(one));
      if (typeof value !== 'object' || value === null) return value;
      const fields = Object.entries(value).map(([key, inner]) => [key, later(inner, key)]);
      return { ...Object.fromEntries(fields), ...(!isMap(name) && { ofALaterVersion: { some: ['thing'] } }) };
    };
    const store = new Store(folder, 'n1');
    store.saveRelease(kept);
    const text = JSON.stringify(later({ version: 1, node: 'n1', ...state }));
    expect(text.match(/ofALaterVersion/g)).toHaveLength(11);
    writeFileSync(join(folder, 'state.json'), text);
    expect(store.load()).toEqual(state);
    expect(readFileSync(join(folder, 'state.json'), 'utf8')).toBe(text); // for the later version, should it come back
  });

  test('takes the cautious case where a later version has one that it does not know', () => {
    const kept = release(1);
    const { transaction, endpoints } = full(kept.digest);
    const { trial, ...rest } = transaction;
    const later = {
      ...{ ...rest, retiring: { ...rest.retiring, phase: 'resting' } },
      trial: { ...trial, demands: [{ ...trial.demands[0], before: 'half' }] },
    };
    const store = new Store(folder, 'n1');
    store.saveRelease(kept);
    writeFileSync(
      join(folder, 'state.json'),
      JSON.stringify({ version: 1, node: 'n1', transaction: later, endpoints }),
    );
    expect(store.load().transaction).toEqual({ ...rest, retiring: { ...rest.retiring, phase: 'kept' } });
  });

  test('refuses a state whose form is that of a later version, and says to install that again', () => {
    const store = new Store(folder, 'n1');
    writeFileSync(join(folder, 'state.json'), JSON.stringify({ version: 2, node: 'n1' }));
    const { code, message } = failure(() => store.load());
    expect(code).toBe('corrupt');
    expect(message).toContain('version 2 is not 1, the only one that this agent understands');
    expect(message).toContain('If a later version wrote it, install that again');
  });

  test('gives back a release that breaks a rule of a later version: what runs goes on', () => {
    const nodes = { n1: { ipv4Address: '10.0.0.1' } };
    const spec = { name: 'lab', nodes, peers: { p: { peerSelector: 'all()', reachableBy: '192.0.2.1' } } };
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
    store.save({ transaction: INITIAL_STATE, endpoints: {} });
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
    const store = new Store(folder, 'n1');
    const { digest } = release(1);
    expect(failure(() => store.loadRelease(digest)).message).toContain('missing');
    store.saveRelease(release(2));
    const path = (as: number) => join(folder, 'releases', `${release(as).digest.replace(':', '-')}.json`);
    writeFileSync(path(1), '{');
    expect(failure(() => store.loadRelease(digest)).code).toBe('corrupt');
    copyFileSync(path(2), path(1));
    expect(failure(() => store.loadRelease(digest)).message).toContain(release(2).digest);
  });

  test('takes the folder of a node to which nothing was deployed, as a machine is told its name after its agent was started', () => {
    new Store(folder, 'localhost').load();
    expect(new Store(folder, 'n1').load()).toEqual({ transaction: INITIAL_STATE, endpoints: {} });
    new Store(folder, 'n1').save(stateWith(release(1).digest));
    expect(failure(() => new Store(folder, 'n2').load()).code).toBe('usage');
  });

  test('refuses the folder of another node', () => {
    new Store(folder, 'n1').save(stateWith(release(1).digest));
    expect(failure(() => new Store(folder, 'n2').load())).toMatchObject({ code: 'usage' });
  });
});
