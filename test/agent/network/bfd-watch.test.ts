import { type BfdClient, HANGS } from '../../../lib/agent/bfd/client';
import type { BfdSpec, BfdStatus } from '../../../lib/agent/bfd/protocol';
import { BfdWatch } from '../../../lib/agent/network/bfd-watch';
import type { Input } from '../../../lib/bgp/effects';
import type { SessionConfig } from '../../../lib/bgp/session/config';
import { sessionTo } from '../../bgp/simulation';

const BFD: NonNullable<SessionConfig['bfd']> = {
  ...{ transmitInterval: 300, receiveInterval: 300, detectMultiplier: 3, passive: false },
  ...{ multihop: false, minimumTtl: 255, strict: false },
};
const session = sessionTo('10.0.0.1', '10.0.0.2', { bfd: BFD });
const KEY = '10.0.0.1 10.0.0.2 direct';

let wanted: (readonly BfdSpec[])[];
let lingering: (readonly string[] | undefined)[];
let left: number[];
let inputs: Input[];
let messages: string[];
let watch: BfdWatch;
let tell: (status: BfdStatus) => void;
let ports: ConstructorParameters<typeof BfdClient>[1];

beforeEach(() => {
  [wanted, lingering, left, inputs, messages] = [[], [], [], [], []];
  watch = new BfdWatch(
    '/nowhere',
    (input) => inputs.push(input),
    { say: ({ level, message }) => messages.push(`${level} ${message}`) },
    (_, given) => {
      ports = given;
      tell = (status) => given.told(status);
      const want: BfdClient['want'] = (specs, keys) => {
        wanted.push(specs);
        lingering.push(keys);
      };
      return { want, leave: (within) => left.push(within), close() {} };
    },
  );
});

const remoteOf = (state: BfdStatus['state'], controlPlaneIndependent = true) => ({
  remote: { state, diagnostic: 0, controlPlaneIndependent },
});

const say = (state: BfdStatus['state'], diagnostic = 0, more: Partial<BfdStatus> = {}, key = KEY) =>
  tell({ key, state, since: '2026-01-01T00:00:00.000Z', diagnostic, downs: 0, ...more });

const verdicts = () => inputs.map((input) => (input.kind === 'bfd' ? input.verdict : input.kind));

test('has the process watch the neighbours of sessions that say so', () => {
  watch.run([session, sessionTo('10.0.0.1', '10.0.0.3')]);
  const { strict: _, ...options } = BFD;
  expect(wanted).toEqual([[{ key: KEY, local: '10.0.0.1', remote: '10.0.0.2', ...options }]]);
});

test('has no one watched over a link without addresses before a neighbour was found there', () => {
  const over = sessionTo('fe80::1', 'fe80::2', { bfd: BFD, interface: 'eth0' });
  watch.run([{ ...over, awaitsNeighbour: 'nobody is there' }]);
  watch.run([over]);
  expect(wanted.map((specs) => specs.map(({ remote, interface: link }) => [remote, link]))).toEqual([
    [],
    [['fe80::2', 'eth0']],
  ]);
});

test('BFD with a neighbour outside may linger where a release has it no more, or otherwise', () => {
  const outside = { ...session, inside: false };
  watch.run([outside]);
  watch.run([{ ...outside, bfd: { ...BFD, multihop: true } }]);
  watch.run([{ ...outside, bfd: undefined }]);
  watch.run([{ ...session, inside: true, bfd: undefined }]);
  expect(lingering).toEqual([
    ['10.0.0.1 10.0.0.2 multihop'],
    ['10.0.0.1 10.0.0.2 direct'],
    ['10.0.0.1 10.0.0.2 multihop', '10.0.0.1 10.0.0.2 direct'],
    [],
  ]);
});

test('the process is to outlive an agent that leaves, also where that takes all its time', () => {
  watch.leave(20_000);
  expect(left).toHaveLength(1);
  expect(left[0]).toBeGreaterThan(20_000);
});

test('two sessions between the same addresses share what is said of them', () => {
  const other = { ...session, key: '10.0.0.1 10.0.0.2 1179' };
  watch.run([session, other]);
  expect(wanted[0].length).toBe(1);
  say('Up');
  expect(inputs).toMatchObject([{ session: session.key }, { session: other.key }]);
});

test.each<[string, () => void, string]>([
  ['Up is up', () => say('Up'), 'up'],
  ['silence is down', () => say('Down', 1), 'down'],
  ['a neighbour that is Down is down', () => say('Down', 3, remoteOf('Down')), 'down'],
  ['on its way up again it is down', () => say('Init', 1, remoteOf('Down')), 'down'],
  ['AdminDown at the neighbour says nothing', () => say('Down', 3, remoteOf('AdminDown')), 'unknown'],
  ['nor does it once that neighbour is silent', () => say('Down', 3, { isPlanned: true }), 'unknown'],
  ['nor while it comes back', () => say('Init', 3, { isPlanned: true, ...remoteOf('Down') }), 'unknown'],
  ['AdminDown here says nothing', () => say('AdminDown', 7), 'unknown'],
  ['one that was not Up yet says nothing', () => say('Down'), 'unknown'],
  ['one whose packets cannot be received is not watched', () => say('Up', 0, { isDeaf: true, trouble: 'x' }), 'absent'],
  ['nor has it failed', () => say('Down', 1, { isDeaf: true, trouble: 'x' }), 'absent'],
])('%s', (_, happens, verdict) => {
  watch.run([session]);
  happens();
  expect(verdicts()).toEqual([verdict]);
});

test('whether BFD outlives a restart of the neighbour is what that said last', () => {
  watch.run([session]);
  say('Up', 0, remoteOf('Up'));
  say('Down', 1);
  say('Up', 0, remoteOf('Up', false));
  say('Down', 1);
  expect(inputs.map((input) => input.kind === 'bfd' && input.outlives)).toEqual([true, true, false, false]);
});

test('a session that comes to be is told what is known already', () => {
  watch.run([session]);
  say('Up');
  watch.run([session]);
  expect(verdicts()).toEqual(['up', 'up']);
  watch.run([]);
  watch.run([session]);
  expect(verdicts()).toEqual(['up', 'up']);
});

test('what a former release had is not listened to', () => {
  watch.run([session]);
  say('Down', 1, {}, 'other');
  watch.run([]);
  say('Down', 1);
  expect(inputs).toEqual([]);
});

test('sessions that linger are told, also where no other is left', () => {
  watch.run([{ ...session, inside: false, bfd: undefined }]);
  expect(watch.processStatus).toBeUndefined();
  ports.found({ version: '1.2.3', network: 1 });
  ports.counted({ sessions: {}, discarded: {}, lingering: [KEY] });
  expect(watch.processStatus).toMatchObject({
    lingering: [{ localAddress: '10.0.0.1', remoteAddress: '10.0.0.2' }],
  });
  ports.counted({ sessions: {}, discarded: {}, lingering: [] });
  expect(watch.processStatus).toBeUndefined();
});

describe('counters that a process sent before a release', () => {
  const outside = { ...session, inside: false };
  const other = { ...sessionTo('10.0.0.1', '10.0.0.3'), inside: false };
  const lingers = () => watch.processStatus?.lingering?.map(({ remoteAddress, port }) => [remoteAddress, port]) ?? [];
  const OTHER = '10.0.0.1 10.0.0.3 direct';
  const counts = { sent: 3, received: 0, discarding: { reason: 'ttl', got: 63, wanted: 254 } };
  beforeEach(() => ports.found({ version: '1.2.3', network: 1 }));

  test('do not say that it lacks BFD which it has', () => {
    watch.run([{ ...outside, bfd: undefined }, other]);
    ports.counted({ sessions: {}, discarded: {}, lingering: [KEY, OTHER] });
    expect(lingers()).toEqual([
      ['10.0.0.2', 3784],
      ['10.0.0.3', 3784],
    ]);
    watch.run([outside, other]);
    expect(lingers()).toEqual([['10.0.0.3', 3784]]);
    watch.run([{ ...outside, bfd: undefined }, other]);
    expect(lingers()).toEqual([['10.0.0.3', 3784]]);
  });

  test('do not say that BFD lingers of which the session was removed', () => {
    watch.run([outside, other]);
    ports.counted({ sessions: {}, discarded: {}, lingering: [OTHER] });
    watch.run([outside]);
    expect(lingers()).toEqual([]);
    watch.run([outside, other]);
    expect(lingers()).toEqual([]);
  });

  test('do not say what was discarded by other rules, or of a session that is new', () => {
    const seen = () => watch.statusOf(session.key)?.discarding?.reason;
    watch.run([session]);
    const count = () => ports.counted({ sessions: { [KEY]: counts }, discarded: {} });
    count();
    watch.run([session, other]);
    expect([seen(), watch.countsOf(session.key)?.sent]).toEqual(['ttl', 3]);
    watch.run([{ ...session, bfd: { ...BFD, minimumTtl: 60 } }]);
    expect([seen(), watch.countsOf(session.key)?.sent]).toEqual([undefined, 3]);
    count();
    expect(seen()).toBe('ttl');
    watch.run([]);
    watch.run([session]);
    expect(watch.countsOf(session.key)).toBeUndefined();
  });
});

test('what lingers is told with its port, its link and the sessions of BGP that it is of', () => {
  const over = (name: string) => ({
    ...sessionTo('fe80::1', 'fe80::2', { bfd: { ...BFD, multihop: name === 'eth1' }, interface: name }),
    ...{ key: name, inside: false },
  });
  watch.run([over('eth0'), over('eth1'), { ...session, inside: false, bfd: undefined }]);
  ports.found({ version: '1.2.3', network: 1 });
  ports.counted({ sessions: {}, discarded: {}, lingering: ['fe80::1 fe80::2 direct eth1', KEY] });
  expect(watch.processStatus?.lingering).toEqual([
    { localAddress: 'fe80::1', remoteAddress: 'fe80::2', interface: 'eth1', port: 3784, sessions: ['eth1'] },
    { localAddress: '10.0.0.1', remoteAddress: '10.0.0.2', port: 3784, sessions: [session.key] },
  ]);
});

test('what is discarded is told of a session that is not up', () => {
  watch.run([session]);
  ports.found({ version: '1.2.3', network: 1 });
  const discarding = { reason: 'ttl', got: 63, wanted: 255 };
  ports.counted({ sessions: { [KEY]: { sent: 3, received: 0, discarding, isRefused: true } }, discarded: { ttl: 1 } });
  say('Down');
  expect(watch.statusOf(session.key)).toMatchObject({ discarding, isRefused: true });
  say('Up');
  expect(watch.statusOf(session.key)).not.toHaveProperty('discarding');
  expect(watch.statusOf(session.key)).not.toHaveProperty('isRefused');
});

describe('where the BFD process goes away, or hangs,', () => {
  beforeEach(() => {
    watch.run([session]);
    say('Up');
    ports.found('it hangs');
  });

  test('what it said is not believed, and it hears from the next one', () => {
    expect(verdicts()).toEqual(['up', 'absent']);
    watch.run([session]);
    expect(verdicts().at(-1)).toBe('absent');
    ports.found({ version: '1.2.3', network: 1 });
    say('Up');
    expect(verdicts().at(-1)).toBe('up');
  });

  test('the next run is told which sessions were up, and a neighbour that it does not hear has failed', () => {
    expect(ports.up()).toEqual([KEY]);
    ports.found({ version: '1.2.3', network: 1 });
    say('Down', 0, { isAwaited: true });
    expect(ports.up()).toEqual([KEY]);
    expect(watch.statusOf(session.key)).toMatchObject({
      state: 'Down',
      reason: 'the BFD process was away or stood still, and awaits the neighbour',
    });
    say('Down', 1);
    expect(verdicts()).toEqual(['up', 'absent', 'absent', 'down']);
    expect(ports.up()).toEqual([]);
    expect(messages.slice(-2)).toEqual([
      'info 10.0.0.2: BFD is Down (the BFD process was away or stood still, and awaits the neighbour)',
      'warn 10.0.0.2: BFD is Down (control detection time expired)',
    ]);
  });
});

test('that packets cannot be received is told, with the reason, and the neighbour is not said to be watched', () => {
  watch.run([session]);
  ports.found({ version: '1.2.3', network: 1 });
  say('Up');
  say('Up', 0, { isDeaf: true, trouble: 'UDP port 3784 is taken' });
  say('Up');
  expect(messages.slice(-3)).toEqual([
    'info 10.0.0.2: BFD is Up',
    'warn 10.0.0.2: BFD does not watch the neighbour: UDP port 3784 is taken',
    'info 10.0.0.2: BFD is Up',
  ]);
  say('Up', 0, { isDeaf: true, trouble: 'UDP port 3784 is taken' });
  expect(watch.statusOf(session.key)).toMatchObject({ state: 'Down', isDeaf: true, trouble: 'UDP port 3784 is taken' });
});

describe('where the BFD process hangs, and goes on later,', () => {
  beforeEach(() => {
    watch.run([session]);
    say('Up');
    ports.found(HANGS);
    inputs.length = 0;
  });

  test('what a neighbour says of that is no failure', () => {
    ports.found({ version: '1.2.3', network: 1 });
    say('Init', 3, remoteOf('Down'));
    say('Up');
    say('Down', 1);
    expect(verdicts()).toEqual(['down', 'up', 'down']);
  });

  test('nobody is told that a neighbour was up before', () => {
    expect(ports.up()).toEqual([]);
    watch.run([session]);
    expect(verdicts()).toEqual([]);
  });
});

test('as soon as it is known to hang, nothing that it said is held against a neighbour', () => {
  watch.run([session]);
  say('Up');
  ports.found(HANGS);
  expect(verdicts()).toEqual(['up', 'absent', 'unknown']);
});

test('people hear of each state, once, and why it is not Up any more', () => {
  watch.run([session]);
  for (const [state, diagnostic] of [
    ['Up', 0],
    ['Up', 0],
    ['Down', 1],
  ] as const)
    say(state, diagnostic);
  expect(messages).toEqual(['info 10.0.0.2: BFD is Up', 'warn 10.0.0.2: BFD is Down (control detection time expired)']);
});

describe('status', () => {
  const since = '2026-01-01T00:00:00.000Z';
  beforeEach(() => watch.run([{ ...session, bfd: { ...BFD, strict: true } }, sessionTo('10.0.0.1', '10.0.0.3')]));

  test('tells how each neighbour is watched, and why it is down', () => {
    ports.found({ version: '1.2.3', network: 1 });
    say('Down', 1, {
      ...{ localDiscriminator: 7, downs: 2, lastDown: since, lastDownDiagnostic: 1 },
      remote: { state: 'Down', diagnostic: 0, controlPlaneIndependent: true, discriminator: 9 },
    });
    expect(watch.statusOf(session.key)).toEqual({
      ...{ state: 'Down', since, diagnostic: 1, reason: 'control detection time expired', localDiscriminator: 7 },
      ...{ downs: 2, lastDown: since, lastDownReason: 'control detection time expired', isStrict: true },
      remote: { state: 'Down', diagnostic: 0, discriminator: 9 },
    });
    expect(watch.statusOf('10.0.0.1 10.0.0.3 179')).toBeUndefined();
  });

  test('calls what a neighbour ended on purpose so, though that is silent by now', () => {
    ports.found({ version: '1.2.3', network: 1 });
    say('Down', 3, { isPlanned: true });
    expect(watch.statusOf(session.key)).toEqual({
      ...{ state: 'Down', since, diagnostic: 3, reason: 'administratively down at the neighbour', downs: 0 },
      isStrict: true,
    });
  });

  test('tells how the process is, and no state of sessions that it no longer tells', () => {
    expect(watch.processStatus).toEqual({ problem: 'it has not been reached yet' });
    ports.found({ version: '1.2.3', network: 1, notRealTime: 'EPERM' });
    say('Up');
    ports.counted({ sessions: { [KEY]: { sent: 3, received: 4 } }, discarded: { version: 1 } });
    expect(watch.processStatus).toEqual({ version: '1.2.3', isRealTime: false, discarded: { version: 1 } });
    expect(watch.countsOf(session.key)).toEqual({ sent: 3, received: 4 });
    ports.found('connect ENOENT');
    expect(watch.processStatus).toEqual({ problem: 'connect ENOENT' });
    expect(watch.statusOf(session.key)).toEqual({ trouble: 'the BFD process does not respond', isStrict: true });
    watch.run([]);
    expect(watch.processStatus).toBeUndefined();
  });

  test('tells that the process was stopped permanently, until the next run responds', () => {
    ports.found({ version: '1.2.3', network: 1 });
    ports.left();
    expect(watch.processStatus).not.toHaveProperty('problem');
    expect(messages.at(-1)).toMatch(/^warn the BFD process is being stopped permanently/);
    ports.found('it closed the connection');
    ports.found('connect ENOENT');
    expect(watch.processStatus).toEqual({ problem: 'connect ENOENT', stopped: expect.stringMatching(/^20.*Z$/) });
    ports.found({ version: '1.2.3', network: 1 });
    ports.found('connect ENOENT');
    expect(watch.processStatus).toEqual({ problem: 'connect ENOENT' });
  });
});
