import type { SavedSession } from '../../../lib/agent/bfd/driven-session';
import { PortTaken } from '../../../lib/agent/bfd/sockets';
import { decodePacket, encodePacket } from '../../../lib/bfd/packet';
import { spec, Wire } from './wire';

const [A, B] = ['10.0.0.1', '10.0.0.2'];
let wire: Wire;
let a: ReturnType<Wire['machine']>;
let b: ReturnType<Wire['machine']>;

beforeEach(() => {
  jest.useFakeTimers();
  wire = new Wire();
  [a, b] = [wire.machine(), wire.machine()];
});

afterEach(() => {
  for (const { driver } of [a, b]) driver.close();
  jest.useRealTimers();
});

function bringUp(): void {
  a.driver.configure([spec(A, B)]);
  b.driver.configure([spec(B, A)]);
  jest.advanceTimersByTime(5000);
  expect([a, b].map(({ driver }) => driver.statuses[0].state)).toEqual(['Up', 'Up']);
}

/** What the next run of the process begins with. */
function nextRun(isRecent: boolean): void {
  const saved: SavedSession[] = JSON.parse(JSON.stringify(a.driver.saved));
  a.driver.close();
  a = wire.machine();
  for (const session of saved) a.driver.resume(session, isRecent);
}

test('two machines bring a session up, with the intervals of the release', () => {
  bringUp();
  expect(a.driver.statuses).toMatchObject([
    { key: `${A} ${B} direct`, transmitInterval: 300, detectionTime: 900, downs: 0, remote: { state: 'Up' } },
  ]);
});

test('a silent neighbour is found within the detection time, at both ends', () => {
  bringUp();
  wire.isCut = true;
  jest.advanceTimersByTime(600);
  expect(a.driver.statuses[0].state).toBe('Up');
  jest.advanceTimersByTime(301);
  for (const { driver, changes } of [a, b]) {
    expect(driver.statuses).toMatchObject([{ state: 'Down', diagnostic: 1, downs: 1 }]);
    expect(changes.at(-1)).toMatchObject({ state: 'Down' });
  }
  wire.isCut = false;
  jest.advanceTimersByTime(5000);
  expect(a.driver.statuses).toMatchObject([{ state: 'Up', downs: 1 }]);
});

test('a machine that stood still reads what waits before it takes its neighbour for silent', () => {
  bringUp();
  wire.frozen.add(A);
  jest.advanceTimersByTime(2500);
  expect(a.driver.statuses).toMatchObject([{ state: 'Up', downs: 0 }]);
});

test('a neighbour that fell silent while a machine stood still is found as soon as that goes on', () => {
  bringUp();
  wire.frozen.add(A);
  jest.advanceTimersByTime(100);
  b.driver.close();
  jest.advanceTimersByTime(1001);
  expect(a.driver.statuses).toMatchObject([{ state: 'Down', diagnostic: 1, downs: 1 }]);
});

test('the age of a packet is no older than when nothing was queued, however the clock was set meanwhile', () => {
  bringUp();
  jest.advanceTimersByTime(500);
  const { octets } = wire.sent.findLast(({ from }) => from === B)!;
  wire.isCut = true;
  wire.give(A, { octets, from: B, hopLimit: 255 });
  jest.advanceTimersByTime(500);
  wire.give(A, { octets, from: '10.0.0.9', hopLimit: 255 });
  jest.advanceTimersByTime(300);
  wire.give(A, { octets, from: B, hopLimit: 255, at: performance.now() - 3_600_000 });
  jest.advanceTimersByTime(500);
  expect(a.driver.statuses).toMatchObject([{ state: 'Up' }]);
});

test('where the queue of a machine is full, silence may be its own doing: its neighbour has one more detection time', () => {
  bringUp();
  wire.full.add(A);
  jest.advanceTimersByTime(1500);
  expect(a.driver.statuses).toMatchObject([{ state: 'Up' }]);
  jest.advanceTimersByTime(500);
  expect(a.driver.statuses).toMatchObject([{ state: 'Down', diagnostic: 1 }]);
});

test('a session that is removed is said to be so, and then gone', () => {
  bringUp();
  a.driver.configure([]);
  expect(a.driver.statuses).toEqual([]);
  expect(b.driver.statuses).toMatchObject([{ state: 'Down', diagnostic: 3, remote: { state: 'AdminDown' } }]);
  expect(a.driver.saved).toHaveLength(1);
  jest.advanceTimersByTime(3100);
  expect(a.driver.saved).toEqual([]);
});

describe('a session that its neighbour ends on purpose', () => {
  beforeEach(() => {
    bringUp();
    b.driver.configure([]);
    jest.advanceTimersByTime(10_000);
  });

  test('has not failed, also once the neighbour is silent, and in the next run', () => {
    for (let run = 0; run < 2; run++) {
      expect(a.driver.statuses).toMatchObject([{ state: 'Down', diagnostic: 3, downs: 0, isPlanned: true }]);
      expect(a.driver.statuses[0]).not.toHaveProperty('lastDown');
      expect(a.driver.statuses[0].remote).toBeUndefined();
      nextRun(false);
    }
  });

  test('can fail once it has been up again', () => {
    b.driver.configure([spec(B, A)]);
    jest.advanceTimersByTime(5000);
    expect(a.driver.statuses).toMatchObject([{ state: 'Up', downs: 0 }]);
    expect(a.driver.statuses[0].isPlanned).toBeUndefined();
    wire.isCut = true;
    jest.advanceTimersByTime(2000);
    expect(a.driver.statuses).toMatchObject([{ state: 'Down', downs: 1, lastDownDiagnostic: 1 }]);
    expect(a.driver.statuses[0].isPlanned).toBeUndefined();
  });
});

describe('a session that may linger', () => {
  const KEY = `${A} ${B} direct`;
  beforeEach(() => {
    bringUp();
    a.driver.configure([], [KEY]);
  });

  test('goes on where it is no longer wanted, and nobody here counts on it', () => {
    jest.advanceTimersByTime(5000);
    expect(a.driver.statuses).toEqual([]);
    expect(b.driver.statuses).toMatchObject([{ state: 'Up', downs: 0 }]);
    expect(a.driver.counters.lingering).toEqual([KEY]);
  });

  test('ends as soon as its neighbour does, in whichever way', () => {
    wire.isCut = true;
    jest.advanceTimersByTime(10_000);
    wire.isCut = false;
    jest.advanceTimersByTime(10_000);
    expect(a.driver.saved).toEqual([]);
    expect(a.driver.counters.lingering).toEqual([]);
    expect(b.driver.statuses).toMatchObject([{ state: 'Down' }]);
  });

  test('is over at once where it may not linger any more', () => {
    a.driver.configure([]);
    expect(b.driver.statuses).toMatchObject([{ state: 'Down', remote: { state: 'AdminDown' } }]);
  });

  test('is what it was where it is wanted again', () => {
    a.driver.configure([spec(A, B)]);
    jest.advanceTimersByTime(2000);
    expect([a, b].map(({ driver }) => driver.statuses)).toMatchObject([
      [{ state: 'Up', downs: 0 }],
      [{ state: 'Up', downs: 0 }],
    ]);
  });

  describe('at the port that the release no longer has', () => {
    const far = { multihop: true, minimumTtl: 1 };
    const FAR = `${A} ${B} multihop`;
    const wrongPort = { reason: 'wrong-port', got: 3784, wanted: 4784 };
    beforeEach(() => a.driver.configure([spec(A, B, far)], [KEY]));

    test('shows that the neighbour sends to that one, for as long as it does', () => {
      expect(a.driver.counters.sessions[FAR]).toMatchObject({ received: 0, discarding: wrongPort });
      jest.advanceTimersByTime(20_000);
      expect(a.driver.counters).toMatchObject({ sessions: { [FAR]: { discarding: wrongPort } }, lingering: [KEY] });
      expect(a.driver.counters.discarded).toEqual({});
      expect(a.driver.counters.sessions[KEY].discarding).toBeUndefined();
      b.driver.close();
      jest.advanceTimersByTime(20_000);
      expect(a.driver.counters.lingering).toEqual([]);
      expect(a.driver.counters.sessions[FAR].discarding).toBeUndefined();
    });

    test('shows nothing of the kind once the neighbour has the other one, with it or instead', () => {
      for (const also of [[spec(B, A)], []]) {
        b.driver.configure([...also, spec(B, A, far)]);
        jest.advanceTimersByTime(20_000);
        expect(a.driver.statuses).toMatchObject([{ key: FAR, state: 'Up' }]);
        expect(a.driver.counters.lingering).toEqual(also.length > 0 ? [KEY] : []);
        expect(a.driver.counters.sessions[FAR].discarding).toBeUndefined();
      }
    });

    test('says so after the next run of the process, too', () => {
      nextRun(true);
      a.driver.configure([spec(A, B, far)], [KEY]);
      jest.advanceTimersByTime(1000);
      expect(a.driver.counters).toMatchObject({ sessions: { [FAR]: { discarding: wrongPort } }, lingering: [KEY] });
    });
  });

  test('does not come to be', () => {
    a.driver.configure([spec(A, '10.0.0.3')]);
    a.driver.configure([], [`${A} 10.0.0.3 direct`]);
    expect(a.driver.statuses).toEqual([]);
    jest.advanceTimersByTime(10_000);
    expect(a.driver.saved).toEqual([]);
  });
});

test('one that comes back while it says so comes up again', () => {
  bringUp();
  a.driver.configure([]);
  jest.advanceTimersByTime(500);
  a.driver.configure([spec(A, B)]);
  jest.advanceTimersByTime(5000);
  expect(a.driver.statuses).toMatchObject([{ state: 'Up' }]);
});

test('one that comes back is a new session, which has not been down, though its neighbour left first', () => {
  bringUp();
  for (const { driver } of [b, a]) {
    driver.configure([]);
    jest.advanceTimersByTime(500);
  }
  a.driver.configure([spec(A, B)]);
  b.driver.configure([spec(B, A)]);
  jest.advanceTimersByTime(5000);
  for (const { driver } of [a, b]) {
    expect(driver.statuses).toMatchObject([{ state: 'Up', downs: 0 }]);
    expect(driver.statuses[0]).not.toHaveProperty('lastDown');
    expect(driver.counters.sessions[driver.statuses[0].key]).toMatchObject({ falseDowns: 0 });
  }
});

test('other intervals are taken on by a session that stays up', () => {
  bringUp();
  a.driver.configure([spec(A, B, { transmitInterval: 1000, receiveInterval: 100, detectMultiplier: 5 })]);
  jest.advanceTimersByTime(3000);
  expect(a.driver.statuses).toMatchObject([{ state: 'Up', downs: 0, transmitInterval: 1000, detectionTime: 900 }]);
  expect(b.driver.statuses).toMatchObject([{ state: 'Up', downs: 0, transmitInterval: 300, detectionTime: 5000 }]);
});

test('the next run of the process goes on with discriminator and port, and the neighbour sees nothing of it', () => {
  bringUp();
  a.driver.speak();
  const { saved } = a.driver;
  const told = b.changes.length;
  a.driver.close();
  jest.advanceTimersByTime(850);
  a = wire.machine(JSON.parse(JSON.stringify(saved)));
  jest.advanceTimersByTime(5000);
  expect(a.driver.statuses).toMatchObject([{ state: 'Up', downs: 0 }]);
  expect(b.driver.statuses).toMatchObject([{ state: 'Up', downs: 0 }]);
  expect(b.changes.slice(told)).toEqual([]);
  expect(a.driver.saved[0].memory.discriminator).toBe(saved[0].memory.discriminator);
  expect(wire.ports.at(-1)).toBe(saved[0].port);
});

describe('how often a session went down, and when it last did,', () => {
  const history = () => {
    const [{ downs, lastDown, lastDownDiagnostic }] = a.driver.statuses;
    return { downs, lastDown, lastDownDiagnostic };
  };
  beforeEach(() => {
    bringUp();
    wire.isCut = true;
    jest.advanceTimersByTime(2000);
    wire.isCut = false;
    jest.advanceTimersByTime(5000);
    expect(history()).toEqual({ downs: 1, lastDown: expect.any(String), lastDownDiagnostic: 1 });
  });

  test('is known to the next run, and since when it is up, of which the neighbour sees nothing', () => {
    const [before] = a.driver.statuses;
    nextRun(true);
    expect(a.driver.statuses).toEqual([before]);
    jest.advanceTimersByTime(5000);
    expect(a.driver.statuses).toMatchObject([{ state: 'Up', since: before.since }]);
    expect(history()).toEqual({ downs: 1, lastDown: before.lastDown, lastDownDiagnostic: 1 });
  });

  test('is known to a run that comes too late, in which the session begins anew', () => {
    const [before, known] = [a.driver.statuses[0], history()];
    jest.advanceTimersByTime(1);
    nextRun(false);
    expect(history()).toEqual(known);
    expect(Date.parse(a.driver.statuses[0].since)).toBeGreaterThan(Date.parse(before.since));
    jest.advanceTimersByTime(5000);
    expect(a.driver.statuses).toMatchObject([{ state: 'Up', downs: 1 }]);
  });

  test('is not of a session that was removed before the next run', () => {
    a.driver.configure([]);
    nextRun(false);
    a.driver.configure([spec(A, B)]);
    expect(history()).toEqual({ downs: 0 });
  });

  test('is not known of what a run of the previous version stored', () => {
    const [{ history: _, ...saved }] = a.driver.saved;
    a.driver.close();
    a = wire.machine([saved]);
    expect(a.driver.statuses).toMatchObject([{ state: 'Up', downs: 0 }]);
  });
});

test('a run that comes too late begins anew', () => {
  bringUp();
  const [saved] = a.driver.saved;
  a.driver.close();
  jest.advanceTimersByTime(2000);
  a = wire.machine();
  a.driver.resume(saved, false);
  expect(a.driver.statuses).toMatchObject([{ state: 'Down', diagnostic: 0, isAwaited: true }]);
  jest.advanceTimersByTime(5000);
  expect(a.driver.statuses).toMatchObject([{ state: 'Up', downs: 0 }]);
  expect(a.driver.statuses[0].isAwaited).toBeUndefined();
});

test.each<[string, (saved: SavedSession) => void]>([
  ['that comes too late', (saved) => a.driver.resume(saved, false)],
  ['in time', (saved) => a.driver.resume(saved, true)],
  ['without a memory', () => a.driver.configure([spec(A, B)], [], [`${A} ${B} direct`])],
])('a run %s finds a neighbour silent that was up before', (_, begin) => {
  bringUp();
  const [saved] = a.driver.saved;
  for (const { driver } of [a, b]) driver.close();
  jest.advanceTimersByTime(2000);
  a = wire.machine();
  begin(saved);
  jest.advanceTimersByTime(3100);
  expect(a.driver.statuses).toMatchObject([{ state: 'Down', diagnostic: 1, downs: 1, lastDownDiagnostic: 1 }]);
});

test.each([
  ['from another address', { from: '10.0.0.9' }, {}],
  ['that a router forwarded', { hopLimit: 254 }, {}],
  ['for another session', {}, { yourDiscriminator: 7 }],
  ['from another interface', { link: 2 }, {}],
  ['from another interface, for no session yet', { link: 2 }, { yourDiscriminator: 0 }],
])('a packet %s does nothing', (_, datagram, packet) => {
  bringUp();
  const last = decodePacket(wire.sent.findLast(({ from }) => from === B)!.octets);
  if (typeof last === 'string') throw new Error(last);
  const octets = encodePacket({ ...last, state: 'Down', ...packet });
  wire.give(A, { octets, from: B, hopLimit: 255, ...datagram });
  expect(a.driver.statuses).toMatchObject([{ downs: 0 }]);
  wire.give(A, { octets: encodePacket({ ...last, state: 'Down' }), from: B, hopLimit: 255 });
  expect(a.driver.statuses).toMatchObject([{ downs: 1 }]);
});

test('a multihop session takes what comes from as far away as it may be', () => {
  wire.hopLimit = 250;
  a.driver.configure([spec(A, B, { multihop: true, minimumTtl: 250 })]);
  b.driver.configure([spec(B, A, { multihop: true, minimumTtl: 251 })]);
  jest.advanceTimersByTime(5000);
  expect(a.driver.statuses).toMatchObject([{ state: 'Init' }]);
  expect(b.driver.statuses).toMatchObject([{ state: 'Down' }]);
});

test('a source port that is taken is replaced by another, from 49152 on', () => {
  a.driver.configure([spec(A, B)]);
  const [{ port }] = a.driver.saved;
  wire.taken.add(port);
  jest.advanceTimersByTime(2000);
  expect(wire.ports[0]).toBe(port);
  expect(wire.ports[1]).not.toBe(port);
  expect(wire.ports.every((each) => each >= 49152 && each <= 65535)).toBe(true);
});

test('packets are counted, and by the reason those that are discarded', () => {
  bringUp();
  const give = (octets: Uint8Array, from = B, hopLimit = 255) => wire.give(A, { octets, from, hopLimit });
  const { octets } = wire.sent.findLast(({ from }) => from === B)!;
  give(octets.slice(0, 3));
  give(octets, B, 254);
  give(octets, '10.0.0.9');
  const other = Uint8Array.from(octets);
  other[11] ^= 1; // your discriminator
  give(other);
  give(other);
  const { sessions, discarded } = a.driver.counters;
  const of = sessions[`${A} ${B} direct`];
  expect(discarded).toEqual({ 'too-short': 1, ttl: 1, 'no-session': 3 });
  const sent = (from: string) => wire.sent.filter((one) => one.from === from).length;
  expect(sessions).toEqual({
    [`${A} ${B} direct`]: { ...of, sent: sent(A), received: sent(B), latestRead: 0, falseDowns: 0 },
  });
  expect(of.longestSilence).toBeGreaterThan(200);
  expect(of.longestSilence).toBeLessThanOrEqual(300);
});

test('how late packets were read is counted, and that one had arrived in time where its neighbour was found silent', () => {
  bringUp();
  const { octets } = wire.sent.findLast(({ from }) => from === B)!;
  const counts = () => a.driver.counters.sessions[`${A} ${B} direct`];
  b.driver.close();
  jest.advanceTimersByTime(700);
  wire.give(A, { octets, from: B, hopLimit: 255, at: performance.now() - 200 });
  expect(counts()).toMatchObject({ falseDowns: 0 });
  expect(counts().latestRead).toBeCloseTo(200, 0);
  jest.advanceTimersByTime(1000);
  expect(a.driver.statuses).toMatchObject([{ state: 'Down' }]);
  wire.give(A, { octets, from: B, hopLimit: 255, at: performance.now() - 900 });
  wire.give(A, { octets, from: B, hopLimit: 255 });
  expect(counts()).toMatchObject({ falseDowns: 1 });
});

describe('why packets of a neighbour that does not come up are discarded', () => {
  const KEY = `${A} ${B} direct`;
  const counts = () => a.driver.counters.sessions[KEY];
  const hello = () => Uint8Array.from([0x20, 1 << 6, 3, 24, 0, 0, 0, 9, ...new Uint8Array(16)]);
  const authenticated = () => Uint8Array.from([0x20, (1 << 6) | 4, 3, 26, 0, 0, 0, 9, ...new Uint8Array(18)]);
  beforeEach(() => {
    a.driver.configure([spec(A, B)]);
    jest.advanceTimersByTime(6000);
  });

  test.each<[string, () => Uint8Array, Partial<Parameters<Wire['give']>[1]>, object]>([
    ['a TTL', hello, { hopLimit: 254 }, { reason: 'ttl', got: 254, wanted: 255 }],
    ['authentication', authenticated, {}, { reason: 'authentication' }],
    ['an interface', hello, { link: 2 }, { reason: 'wrong-interface', interface: 'eth2' }],
    ['a discriminator', () => hello().fill(8, 11, 12), {}, { reason: 'no-session' }],
    ['a version', () => hello().fill(0, 0, 1), {}, { reason: 'version' }],
  ])('is told: %s', (_, octets, more, discarding) => {
    wire.give(A, { octets: octets(), from: B, hopLimit: 255, ...more });
    expect(counts()).toMatchObject({ received: 0, discarding });
    const { reason } = discarding as { reason: string };
    expect([counts().discarded, a.driver.counters.discarded]).toEqual([{ [reason]: 1 }, { [reason]: 1 }]);
    jest.advanceTimersByTime(11_000);
    expect(counts().discarding).toBeUndefined();
    expect(counts().discarded).toEqual({ [reason]: 1 });
  });

  test('is not told of a minimum TTL that has changed since', () => {
    wire.give(A, { octets: hello(), from: B, hopLimit: 254 });
    a.driver.configure([spec(A, B, { transmitInterval: 500 })]);
    expect(counts().discarding).toMatchObject({ reason: 'ttl' });
    a.driver.configure([spec(A, B, { minimumTtl: 250 })]);
    expect(counts().discarding).toBeUndefined();
    expect(counts().discarded).toEqual({ ttl: 1 });
  });

  test('is told where they come to the other port, which nothing else listens at', () => {
    wire.give(A, { octets: hello(), from: B, hopLimit: 255 }, true);
    expect(counts()).toMatchObject({ discarding: { reason: 'wrong-port', got: 4784, wanted: 3784 } });
    wire.give(A, { octets: hello(), from: '10.0.0.9', hopLimit: 255 }, true);
    expect(a.driver.counters.discarded).toEqual({ 'wrong-port': 1, 'no-session': 1 });
  });

  test('is told where a session of the other port is with somebody else', () => {
    a.driver.configure([spec(A, B), spec(A, '10.0.0.3', { multihop: true, minimumTtl: 1 })]);
    wire.give(A, { octets: hello(), from: B, hopLimit: 255 }, true);
    expect(counts()).toMatchObject({ discarding: { reason: 'wrong-port', got: 4784, wanted: 3784 } });
  });

  test('is nothing where it comes up, and nobody listens at the other port then', () => {
    expect(wire.places).toContain(`${A} multihop`);
    b.driver.configure([spec(B, A)]);
    jest.advanceTimersByTime(15_000);
    expect(a.driver.statuses).toMatchObject([{ state: 'Up' }]);
    expect(wire.places).toEqual([A, B]);
  });

  test('does not take the packets of another program that listens at the other port', () => {
    wire.occupied.add(A);
    jest.advanceTimersByTime(11_000);
    expect(wire.places).toEqual([A]);
  });

  test('is told where a neighbour refuses all', () => {
    expect(counts().isRefused).toBeUndefined();
    wire.refusing.add(B);
    expect(counts().isRefused).toBe(true);
  });

  test('leaves nothing behind', () => {
    a.driver.configure([]);
    jest.advanceTimersByTime(10_000);
    expect(wire.places).toEqual([]);
  });
});

test.each([0, 700, 5000])(
  'a neighbour that noticed that the process was away has not failed, whenever the next run comes, deaf for %s ms',
  (deaf) => {
    for (let away = 0; away < 3000; away += 70) {
      [a, b] = [wire.machine(), wire.machine()];
      bringUp();
      const [saved] = a.driver.saved;
      a.driver.close();
      jest.advanceTimersByTime(away);
      if (deaf > 0) wire.deaf.set(A, new PortTaken('taken by another'));
      a = wire.machine();
      // The stored state is believed for longer than the neighbour waits, as it may be older than it seems.
      a.driver.resume(saved, away < 1400);
      jest.advanceTimersByTime(deaf);
      wire.deaf.clear();
      jest.advanceTimersByTime(8000);
      expect([away, a.driver.statuses]).toMatchObject([away, [{ state: 'Up', downs: 0 }]]);
      for (const { driver } of [a, b]) driver.close();
    }
  },
);

describe('a run that finds its port taken by somebody else', () => {
  test.each<[string, (saved: SavedSession) => void]>([
    ['in time', (saved) => a.driver.resume(saved, true)],
    ['that comes too late', (saved) => a.driver.resume(saved, false)],
    ['without a memory', () => a.driver.configure([spec(A, B)], [], [`${A} ${B} direct`])],
  ])('%s does not take its neighbour for silent, and hears it once the port is free', (_, begin) => {
    bringUp();
    const [saved] = a.driver.saved;
    a.driver.close();
    jest.advanceTimersByTime(100);
    wire.deaf.set(A, new PortTaken('taken by another'));
    a = wire.machine();
    begin(saved);
    jest.advanceTimersByTime(30_000);
    expect(a.driver.statuses).toMatchObject([{ isDeaf: true, trouble: 'taken by another', downs: 0, diagnostic: 0 }]);
    wire.deaf.clear();
    jest.advanceTimersByTime(8000);
    expect(a.driver.statuses).toMatchObject([{ state: 'Up', downs: 0 }]);
    expect(a.driver.statuses[0].isDeaf).toBeUndefined();
  });

  test.each([true, false])(
    'gives its neighbour time to be heard, whenever the port is free (in time: %s)',
    (isRecent) => {
      for (let deaf = 5000; deaf < 9000; deaf += 70) {
        [a, b] = [wire.machine(), wire.machine()];
        bringUp();
        wire.deaf.set(A, new PortTaken('taken by another'));
        nextRun(isRecent);
        jest.advanceTimersByTime(deaf);
        wire.deaf.clear();
        jest.advanceTimersByTime(8000);
        expect([deaf, a.driver.statuses]).toMatchObject([deaf, [{ state: 'Up', downs: 0 }]]);
        for (const { driver } of [a, b]) driver.close();
      }
    },
  );

  test('in time keeps its neighbour from noticing', () => {
    bringUp();
    const [saved] = a.driver.saved;
    a.driver.close();
    jest.advanceTimersByTime(100);
    wire.deaf.set(A, new PortTaken('taken by another'));
    a = wire.machine();
    a.driver.resume(saved, true);
    jest.advanceTimersByTime(10_000);
    wire.deaf.clear();
    jest.advanceTimersByTime(8000);
    expect(b.driver.statuses).toMatchObject([{ state: 'Up', downs: 0 }]);
    wire.isCut = true;
    jest.advanceTimersByTime(2000);
    expect(a.driver.statuses).toMatchObject([{ state: 'Down', diagnostic: 1, downs: 1 }]);
  });
});

test('an interface that is gone is a failure of the link', () => {
  bringUp();
  wire.isCut = true;
  wire.lost.add(wire.receivers[0]);
  wire.deaf.set(A, 'bind: ENODEV');
  jest.advanceTimersByTime(2000);
  expect(a.driver.statuses).toMatchObject([{ state: 'Down', diagnostic: 1, downs: 1, trouble: 'bind: ENODEV' }]);
  expect(a.driver.statuses[0].isDeaf).toBeUndefined();
});

test('an interface that was made anew is listened on again', () => {
  bringUp();
  const [former] = wire.receivers;
  wire.lost.add(former);
  jest.advanceTimersByTime(2000);
  expect(wire.receivers).toHaveLength(3);
  expect(a.driver.statuses).toMatchObject([{ state: 'Up', downs: 0 }]);
});

test('why nothing can be sent is told, and that it can again', () => {
  bringUp();
  wire.failure = 'send: ENETUNREACH';
  jest.advanceTimersByTime(300);
  expect(a.changes.at(-1)).toMatchObject({ trouble: 'send: ENETUNREACH' });
  wire.failure = undefined;
  jest.advanceTimersByTime(300);
  expect(a.changes.at(-1)!.trouble).toBeUndefined();
});

test('the kernel is told which neighbours are expected at a socket, and from how far', () => {
  const far = (remote: string, minimumTtl: number) => spec(A, remote, { multihop: true, minimumTtl });
  a.driver.configure([spec(A, B), far('10.0.0.3', 254), far('10.0.0.4', 250)]);
  jest.advanceTimersByTime(1);
  expect([...wire.expected]).toEqual([
    [A, [B, 255]],
    [`${A} multihop`, ['10.0.0.3', '10.0.0.4', 250]],
  ]);
  a.driver.configure([spec(A, B), far('10.0.0.3', 1)]);
  jest.advanceTimersByTime(10_000);
  expect(wire.expected.get(`${A} multihop`)).toEqual(['10.0.0.3', 1]);
});

test('nothing is said to a socket that is closed', () => {
  a.driver.configure([spec(A, B)]);
  a.driver.close();
  jest.advanceTimersByTime(1);
  expect(wire.expected.size).toBe(0);
});

describe('a flood of packets', () => {
  const noise = (): Uint8Array => Uint8Array.from({ length: 24 }, () => Math.floor(Math.random() * 256));
  const flood = (from: string, count: number, multihop = false) => {
    wire.frozen.add(A);
    for (let i = 1; i < count; i++) wire.give(A, { octets: noise(), from, hopLimit: 255 }, multihop);
    wire.frozen.delete(A);
    wire.give(A, { octets: noise(), from, hopLimit: 255 }, multihop);
  };
  const discarded = () => Object.values(a.driver.counters.discarded).reduce((sum, count) => sum + count, 0);

  test.each([B, '10.0.0.9'])('from %s is read a few at a time, and nobody goes down', (from) => {
    bringUp();
    wire.most = 10;
    flood(from, 500);
    expect(discarded()).toBeLessThanOrEqual(10);
    jest.advanceTimersByTime(100);
    expect(discarded()).toBeLessThanOrEqual(110);
    jest.advanceTimersByTime(1000);
    expect(discarded()).toBeGreaterThan(450);
    expect(a.driver.statuses).toMatchObject([{ state: 'Up', downs: 0 }]);
  });

  test('of any discriminators leaves no more behind than one count for each reason', () => {
    bringUp();
    flood(B, 5000);
    jest.advanceTimersByTime(1000);
    const reasons = [a.driver.counters.discarded, a.driver.counters.sessions[`${A} ${B} direct`].discarded ?? {}];
    for (const each of reasons) expect(Object.keys(each).length).toBeLessThan(12);
    expect(a.driver.saved).toHaveLength(1);
  });

  test('at the port of no session is not read on', () => {
    a.driver.configure([spec(A, B)]);
    jest.advanceTimersByTime(6000);
    wire.most = 10;
    flood(B, 500, true);
    jest.advanceTimersByTime(2000);
    expect(discarded()).toBeLessThanOrEqual(10);
  });
});

describe('many sessions at one socket', () => {
  const others = Array.from({ length: 40 }, (_, i) => `10.0.1.${i + 1}`);
  let machines: ReturnType<Wire['machine']>[];
  beforeEach(() => {
    machines = others.map((address) => {
      const machine = wire.machine();
      machine.driver.configure([spec(address, A)]);
      return machine;
    });
    a.driver.configure(others.map((address) => spec(A, address)));
    jest.advanceTimersByTime(5000);
    expect(a.driver.statuses.map(({ state }) => state)).toEqual(others.map(() => 'Up'));
  });
  afterEach(() => {
    for (const { driver } of machines) driver.close();
  });

  const taken = () => Object.values(a.driver.counters.sessions).reduce((sum, { received }) => sum + received, 0);
  /** Milliseconds, of a second, in which something was read. */
  const reads = (): number[] =>
    Array.from({ length: 1000 }, () => {
      const before = taken();
      jest.advanceTimersByTime(1);
      return taken() > before ? Math.floor(performance.now()) : 0;
    }).filter((at) => at > 0);

  test('are read at multiples of 10 ms, and none goes down', () => {
    const at = reads();
    expect(at.length).toBeGreaterThan(2);
    expect(at.filter((time) => time % 10 !== 0)).toEqual([]);
    jest.advanceTimersByTime(10_000);
    expect(a.driver.statuses.filter(({ downs }) => downs > 0)).toEqual([]);
  });

  test('are found to be silent within the detection time and those 10 ms', () => {
    wire.isCut = true;
    jest.advanceTimersByTime(911);
    expect(a.driver.statuses.map(({ state }) => state)).toEqual(others.map(() => 'Down'));
  });

  test('are read as soon as something comes once they are few', () => {
    a.driver.configure([spec(A, others[0])]);
    jest.advanceTimersByTime(10_000);
    const before = a.driver.counters.sessions[`${A} ${others[0]} direct`].received;
    machines[0].driver.speak();
    expect(a.driver.counters.sessions[`${A} ${others[0]} direct`].received).toBe(before + 1);
  });
});
