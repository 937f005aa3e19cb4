import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../../lib/agent/failure';
import { HeldReleases } from '../../lib/agent/held-releases';
import { placeOf } from '../../lib/agent/network/kernel-place';
import { Store } from '../../lib/agent/store';
import { makeRelease } from '../../lib/control/release';
import { INITIAL_STATE } from '../../lib/control/transaction';
import { heldOf } from '../../lib/node/held';
import { runningSessions } from '../../lib/node/sessions';
import { valid } from '../model/valid';

const NODE = 'n1';
const releaseOf = (asNumber: number) =>
  makeRelease(
    valid({
      ...{ name: 'lab', asNumber },
      nodes: { n1: { ipv4Address: '10.0.0.1', labels: { a: 'b' } }, n2: { ipv4Address: '10.0.0.2' } },
      peers: { tor: { address: '192.0.2.1', asNumber: 65000, password: 'secret:tor' } },
    }),
  );
const [ONE, TWO] = [releaseOf(64512), releaseOf(64513)];
const step = (release: typeof ONE, activation: number) => ({
  ...{ release: release.digest, activation, fabric: 'lab', owner: 'alice' },
});
const SESSION = '10.0.0.1 192.0.2.1 179';
const demand = { session: SESSION, origin: 'peers.tor', remoteAddress: '192.0.2.1', family: 'ipv4' as const };
const STATE = {
  transaction: {
    ...INITIAL_STATE,
    activation: 2,
    confirmed: step(ONE, 1),
    active: { ...step(TWO, 2), localAs: { [SESSION]: 64512 } },
    retiring: { release: ONE.digest, activation: 1, phase: 'kept' as const, behind: ['n2'] },
    deadline: { boot: 'b', at: 5 },
    trial: { at: '', isFirst: false, demands: [{ ...demand, before: 'up' as const, isChanged: true }] },
    returned: { release: ONE.digest, activation: 1, reason: 'x' },
    drained: { by: 'me', at: '2026-11-23T08:22:38.000Z' },
  },
  endpoints: { n1: 'unix:///n1.sock' },
};

let folder: string;
const path = (...names: string[]) => join(folder, ...names);
const releaseFile = path.bind(undefined, 'releases');
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'peerform-disk-'));
  const store = new Store(folder, NODE);
  store.saveRelease(ONE);
  store.saveRelease(TWO);
  store.save(STATE);
  store.saveSecrets(2, { tor: 'hunter2' });
});
afterEach(() => rmSync(folder, { recursive: true }));

/** All that an agent does with what is on disk before its sessions begin; why it does not start, where it doesn't. */
function started(): string | undefined {
  try {
    const store = new Store(folder, NODE);
    const releases = new HeldReleases(NODE, store);
    releases.load();
    const { state } = releases;
    const held = heldOf(state, NODE, (release) => releases.release(release)?.fabric, 'full');
    if (held.active) placeOf(held.active.fabric, NODE);
    runningSessions(held, NODE);
    releases.expired({ boot: 'b', at: 7 });
    if (state.active) releases.loadSecrets(state.active.activation);
    JSON.stringify([state, releases.endpoints]);
    return undefined;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    expect(error.message).toMatch(/^\P{Cc}{10,900}$/u);
    expect(error.message).not.toContain('hunter2');
    return `${error.code}: ${error.message}`;
  }
}

/** Where values stand in a document. */
function places(value: unknown, at: readonly string[] = []): (readonly string[])[] {
  const inner = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return [at, ...inner.flatMap(([key, item]) => places(item, [...at, key]))];
}
function replaced(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined) return by;
  if (Array.isArray(value)) return value.map((item, i) => (String(i) === key ? replaced(item, rest, by) : item));
  return { ...(value as object), [key]: replaced((value as Record<string, unknown>)[key], rest, by) };
}

/** Some of them, others at the next place. */
const some = <T>(all: readonly T[], from: number, every: number): T[] => all.filter((_, i) => (i + from) % every === 0);

/** What somebody else may have put there; text that is not quoted stands in the file as such. */
const FOREIGN = [null, true, '', 'x\u001b[2J\n', '../../../etc/passwd', 'constructor', [], {}, -1, 0.5, 2 ** 53, 1e300];
const RAW = ['1e999', '-1e999', '9'.repeat(400), '{"__proto__":{"x":1}}', `${'['.repeat(2000)}${']'.repeat(2000)}`];

describe('what an agent finds on its disk', () => {
  test('is what it left', () => {
    expect(started()).toBeUndefined();
  });

  test.each(['state.json', 'release', 'secrets'])(
    'starts it, or is refused in a sentence, whatever stands anywhere in its %s',
    (kind) => {
      const file =
        kind === 'state.json'
          ? path('state.json')
          : kind === 'release'
            ? releaseFile(`${TWO.digest.replace(':', '-')}.json`)
            : path('secrets', '2.json');
      const text = readFileSync(file, 'utf8');
      const document = JSON.parse(text);
      let refused = 0;
      for (const [i, place] of places(document).entries()) {
        for (const by of some(FOREIGN, i, 3)) {
          writeFileSync(file, JSON.stringify(replaced(document, place, by)));
          if (started() !== undefined) refused++;
        }
        for (const raw of some(RAW, i, 4)) {
          writeFileSync(file, JSON.stringify(replaced(document, place, 'RAW')).replace('"RAW"', raw));
          if (started() !== undefined) refused++;
        }
      }
      expect(refused).toBeGreaterThan(2);
      for (let length = 0; length < text.length; length += Math.ceil(text.length / 40)) {
        writeFileSync(file, text.slice(0, length));
        expect(started()).toMatch(/^corrupt: .*cannot be read/);
      }
    },
  );

  test.each<[string, () => unknown, RegExp]>([
    [
      'its state is gone',
      () => rmSync(path('state.json')),
      /state.json cannot be read: it is missing, while .*releases\//,
    ],
    [
      'a release is gone',
      () => rmSync(releaseFile(), { recursive: true }),
      /releases\/sha256-\w+.json cannot be read: it is missing/,
    ],
    [
      'a folder lies there',
      () => {
        rmSync(path('state.json'));
        mkdirSync(path('state.json'));
      },
      /it is not a file/,
    ],
    ['it is of another node', () => new Store(folder, 'n2').save(STATE), /belongs to node n2, not n1/],
    [
      'its release is of other nodes',
      () => {
        const other = makeRelease(valid({ name: 'lab', nodes: { n9: { ipv4Address: '10.0.0.9' } } }));
        const store = new Store(folder, NODE);
        store.saveRelease(other);
        store.save({ ...STATE, transaction: { ...INITIAL_STATE, activation: 3, active: step(other, 3) } });
      },
      /its release has no node n1/,
    ],
  ])('is never taken for a new beginning: %s', (_, harm, why) => {
    harm();
    expect(started()).toMatch(why);
    expect(started()).toMatch(why);
  });

  test('is refused where its folder is none', () => {
    rmSync(folder, { recursive: true });
    writeFileSync(folder, '');
    expect(started()).toMatch(/cannot be used: /);
  });

  test('has a state before it has a release, so that one without the other means loss', () => {
    rmSync(folder, { recursive: true });
    expect(started()).toBeUndefined();
    new Store(folder, NODE).saveRelease(ONE); // and the power fails
    expect(started()).toBeUndefined();
  });
});
