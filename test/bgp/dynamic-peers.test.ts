import fc from 'fast-check';
import { Replay } from '../../lib/bgp/replay';
import type { SessionTemplate } from '../../lib/bgp/session/template';
import { sessionFrom, templateFor, WAITING } from '../../lib/bgp/session/template';
import { KEEPALIVE } from '../../lib/bgp/wire/keepalive';
import { Prefix } from '../../lib/model/prefix';
import { sure } from '../../lib/model/problem';
import { replay } from './replay';
import { announce, openOf, Script } from './script';
import { routerId, Simulation, sessionTo } from './simulation';

const HUB = '10.0.0.1';
const CLIENTS = ['10.0.1.2', '10.0.1.3', '10.0.1.4'];
const SECONDS = 1000;
const prefix = (text: string) => sure(Prefix.parse(text));

/** Clients of a reflector from 10.0.1.0/24, three at most, unless said otherwise. */
function template(more: Partial<SessionTemplate> = {}): SessionTemplate {
  const { remoteAddress: _, dial: __, ...session } = sessionTo(HUB, CLIENTS[0], { routeReflectorClient: true });
  const range = more.range ?? prefix('10.0.1.0/24');
  return { ...session, key: `${HUB} ${range} 179`, name: 'clients', range, limit: 3, ...more };
}

/** A hub with templates and nothing else, and clients that dial it. */
function world(templates: readonly SessionTemplate[], clients: readonly string[] = CLIENTS) {
  const network = new Simulation();
  const hub = network.add('hub', [HUB]);
  const configure = (now: readonly SessionTemplate[], sessions: readonly ReturnType<typeof sessionTo>[] = []) =>
    network.give('hub', {
      kind: 'configure',
      routing: { routerId: routerId(HUB) },
      sessions,
      templates: now,
    });
  const dial = (address: string, more: Parameters<typeof sessionTo>[2] = {}) => {
    network.add(address, [address]);
    const session = sessionTo(address, HUB, { dial: 'first', ...more });
    network.give(address, { kind: 'configure', routing: { routerId: routerId(address) }, sessions: [session] });
  };
  configure(templates);
  for (const client of clients) dial(client);
  network.run(SECONDS);
  const at = (address: string) => hub.status(network.now).find(({ remoteAddress }) => remoteAddress === address);
  const up = () =>
    hub
      .status(network.now)
      .filter(({ state }) => state === 'Established')
      .map(({ remoteAddress }) => remoteAddress)
      .sort();
  const told = (type: string) => network.node('hub').events.flatMap((event) => (event.type === type ? event.text : []));
  return { network, hub, configure, dial, at, up, told };
}

describe('neighbours that come unnamed', () => {
  test('get a session each by the template of their prefix, and routes go between them', () => {
    const { network, up, at, told } = world([template()]);
    expect(up()).toEqual(CLIENTS);
    expect(at(CLIENTS[0])).toMatchObject({ name: `clients ${CLIENTS[0]}`, template: `${HUB} 10.0.1.0/24 179` });
    expect(told('dynamic')).toHaveLength(3);
    network.give(CLIENTS[0], { kind: 'originate', prefix: prefix('192.0.2.0/24') });
    network.run(SECONDS);
    const [route] = network.node(CLIENTS[2]).speaker.rib.routes();
    expect(String(route.prefix)).toBe('192.0.2.0/24');
  });

  test('from elsewhere are refused', () => {
    const { network, hub, dial, told } = world([template()], []);
    dial('10.0.2.2');
    network.run(SECONDS);
    expect(hub.status(network.now)).toEqual([]);
    expect(told('rejected')[0]).toContain('no session has these addresses');
  });

  test('beyond the limit are refused and told so, until one goes', () => {
    const { network, dial, up, told } = world([template()]);
    dial('10.0.1.9');
    network.run(SECONDS);
    expect(up()).toEqual(CLIENTS);
    expect(told('rejected')[0]).toContain('10.0.1.0/24 has reached its limit of 3 neighbours');
    network.give(CLIENTS[0], { kind: 'stop' });
    network.run(40 * SECONDS);
    expect(up()).toEqual(['10.0.1.3', '10.0.1.4', '10.0.1.9']);
  });

  test('are forgotten with their routes a minute after they went', () => {
    const { network, hub, at, told } = world([template()]);
    network.give(CLIENTS[0], { kind: 'originate', prefix: prefix('192.0.2.0/24') });
    network.run(SECONDS);
    network.give(CLIENTS[0], { kind: 'stop' });
    network.run(SECONDS);
    expect(at(CLIENTS[0])).toMatchObject({ established: 1, state: 'Active' });
    expect(hub.rib.size.paths).toBe(0);
    network.run(65 * SECONDS);
    expect(at(CLIENTS[0])).toBeUndefined();
    expect(told('dynamic').at(-1)).toBe('is gone and was removed');
    expect(at(CLIENTS[1])).toMatchObject({ state: 'Established' });
  });

  test('that restart gracefully are remembered as long as their routes are kept', () => {
    const graceful = { gracefulRestartTime: 120 };
    const { network, hub, at, dial } = world([template(graceful)], []);
    dial(CLIENTS[0], graceful);
    network.give(CLIENTS[0], { kind: 'originate', prefix: prefix('192.0.2.0/24') });
    network.run(SECONDS);
    network.node(CLIENTS[0]).reachable = false;
    network.breakAll(CLIENTS[0]);
    network.run(100 * SECONDS);
    expect(at(CLIENTS[0])).toMatchObject({ retaining: true });
    expect(hub.rib.size.paths).toBe(1);
    network.run(200 * SECONDS);
    expect(at(CLIENTS[0])).toBeUndefined();
    expect(hub.rib.size.paths).toBe(0);
  });

  test('are closed with Peer De-configured when their template goes, or its prefix leaves them out', () => {
    const { network, configure, hub } = world([template()]);
    configure([template({ key: template().key, range: prefix('10.0.1.2/31') })]);
    network.run(SECONDS);
    expect(hub.status(network.now).map(({ remoteAddress }) => remoteAddress)).toEqual(CLIENTS.slice(0, 2));
    expect(network.node(CLIENTS[2]).events.map(({ text }) => text)).toContain(
      'NOTIFICATION received: Cease: Peer De-configured',
    );
    configure([]);
    expect(hub.status(network.now)).toEqual([]);
  });

  test('keep their sessions when another template accepts them from now on, and count for its limit', () => {
    const { network, configure, dial, hub, up, told } = world([template()]);
    const since = () => hub.status(network.now).map(({ established }) => established);
    for (const range of ['10.0.0.0/16', '10.0.1.0/30', '10.0.1.0/24']) {
      configure([template({ range: prefix(range) })]);
      network.run(SECONDS);
    }
    // 10.0.1.4 was outside for a moment.
    expect(up()).toContain('10.0.1.2');
    expect(since().slice(0, 2)).toEqual([1, 1]);
    network.run(40 * SECONDS);
    expect(up()).toEqual(CLIENTS);
    dial('10.0.1.9');
    network.run(SECONDS);
    expect(up()).toEqual(CLIENTS);
    expect(told('rejected').at(-1)).toContain('10.0.1.0/24 has reached its limit of 3 neighbours');
  });

  test('keep their sessions when a policy of the template changes, and when one is named', () => {
    const { network, configure, at } = world([template()]);
    configure([template({ exportPolicy: { rules: [], otherwise: 'reject' } })]);
    network.run(SECONDS);
    expect(CLIENTS.map((client) => at(client)?.established)).toEqual([1, 1, 1]);
    configure([template()], [sessionTo(HUB, CLIENTS[0], { routeReflectorClient: true, dial: 'never', name: 'named' })]);
    network.run(SECONDS);
    expect(at(CLIENTS[0])).toMatchObject({ name: 'named', established: 1, state: 'Established' });
    expect(at(CLIENTS[0])?.template).toBeUndefined();
    configure([], [sessionTo(HUB, CLIENTS[0], { routeReflectorClient: true, dial: 'never', name: 'named' })]);
    network.run(120 * SECONDS);
    expect(at(CLIENTS[0])).toMatchObject({ established: 1, state: 'Established' });
  });

  test('start anew with another router id', () => {
    const { network, hub, up } = world([template()]);
    network.give('hub', { kind: 'configure', routing: { routerId: 7 }, sessions: [], templates: [template()] });
    network.run(40 * SECONDS);
    expect(up()).toEqual(CLIENTS);
    expect(hub.status(network.now).map(({ established }) => established)).toEqual([1, 1, 1]);
  });
});

describe('templates', () => {
  test('go by the longest prefix, for their own address', () => {
    const wide = template({ range: prefix('10.0.0.0/8') });
    const narrow = template();
    const remote = sessionTo(HUB, CLIENTS[0]).remoteAddress;
    for (const all of [
      [wide, narrow],
      [narrow, wide],
    ])
      expect(templateFor(all, wide.localAddress, remote)).toBe(narrow);
    expect(templateFor([wide], remote, remote)).toBeUndefined();
  });

  test('make a session with the key of one configured for the address, that never dials', () => {
    const { remoteAddress } = sessionTo(HUB, CLIENTS[0]);
    expect(sessionFrom(template(), remoteAddress)).toMatchObject({
      key: sessionTo(HUB, CLIENTS[0]).key,
      dial: 'never',
      routeReflectorClient: true,
    });
  });
});

describe('places for neighbours that come unnamed', () => {
  const hub = (limit: number, more: Partial<SessionTemplate> = {}) => {
    const script = new Script();
    script.configure([], { templates: [template({ limit, holdTime: 90, ...more })] });
    return script;
  };
  const address = (n: number) => `10.0.1.${n}`;
  const open = (n: number) => openOf(address(n), {});
  const come = (script: Script, n: number) => {
    const connection = script.accept(address(n));
    script.say(connection, open(n), KEEPALIVE);
    return connection;
  };
  const isUp = (script: Script, n: number) =>
    script.speaker.status(script.now).some((one) => one.remoteAddress === address(n) && one.state === 'Established');
  const upCount = (script: Script) =>
    script.speaker.status(script.now).filter(({ state }) => state === 'Established').length;

  /** What a connection may be that never becomes a session. */
  const IDLERS: Record<string, (script: Script, n: number) => void> = {
    'says nothing': (script, n) => void script.accept(address(n)),
    'says half an OPEN': (script, n) => script.say(script.accept(address(n)), open(n).subarray(0, 25)),
    'stops after its OPEN': (script, n) => script.say(script.accept(address(n)), open(n)),
    'says a wrong AS': (script, n) =>
      script.say(script.accept(address(n)), openOf(address(n), { acceptable: [{ localAs: 1, remoteAs: 64512 }] })),
    'says an OPEN and goes': (script, n) => {
      const connection = script.accept(address(n));
      script.say(connection, open(n));
      script.break(connection);
    },
    'comes up and goes': (script, n) => script.break(come(script, n)),
  };

  test.each(Object.keys(IDLERS))('are not filled for more than a few seconds by twenty of which each %s', (kind) => {
    const script = hub(20);
    for (let n = 100; n < 120; n++) IDLERS[kind](script, n);
    script.pass(5 * SECONDS);
    come(script, 2);
    expect(isUp(script, 2)).toBe(true);
    expect(script.speaker.status(script.now)).toHaveLength(20);
  });

  test('are not taken at all by who says nothing', () => {
    const script = hub(20);
    for (let n = 100; n < 120; n++) script.accept(address(n));
    for (let n = 2; n < 22; n++) come(script, n);
    expect(upCount(script)).toBe(20);
    come(script, 22);
    expect(isUp(script, 22)).toBe(false);
  });

  test('go to one more that waits when its OPEN comes, or not', () => {
    const script = hub(2);
    const late = script.accept(address(9));
    come(script, 2);
    come(script, 3);
    script.say(late, open(9), KEEPALIVE);
    expect(script.lastNotification(late)).toEqual([6, 5]);
    expect([2, 3, 9].map((n) => isUp(script, n))).toEqual([true, true, false]);
    expect(script.events.map(({ text }) => text)).toContain(
      `connection from ${address(9)} to ${HUB} refused: 10.0.1.0/24 has reached its limit of 2 neighbours`,
    );
    const again = script.accept(address(9));
    script.pass(3 * SECONDS);
    script.break(again);
    script.pass(2 * SECONDS);
    expect(script.speaker.status(script.now)).toHaveLength(2);
  });

  test('with an octet a second of an OPEN are lost, too', () => {
    const script = hub(3);
    const slow = [100, 101, 102].map((n) => script.accept(address(n)));
    for (let second = 0; second < 6; second++) {
      for (const [i, connection] of slow.entries()) script.say(connection, open(100 + i).slice(second, second + 1));
      script.pass(SECONDS);
    }
    for (const n of [2, 3, 4]) come(script, n);
    expect(upCount(script)).toBe(3);
    expect(script.open.size).toBe(3);
  });

  test('a neighbour kept out by its limit of prefixes gives way last', () => {
    const script = hub(2, { maxPrefixes: 1, maxPrefixRestart: 0 });
    script.say(come(script, 100), announce(address(100), ['192.0.2.0/24', '198.51.100.0/24']));
    script.pass(100);
    script.break(come(script, 101));
    script.pass(6 * SECONDS);
    come(script, 2);
    const known = () => script.speaker.status(script.now).map(({ remoteAddress }) => remoteAddress);
    expect(known().sort()).toEqual([address(100), address(2)].sort());
    come(script, 3);
    expect(upCount(script)).toBe(2);
  });

  const step = fc.record({
    after: fc.integer({ min: 0, max: 3000 }),
    n: fc.integer({ min: 100, max: 130 }),
    kind: fc.constantFrom(...Object.keys(IDLERS), 'comes up', 'breaks'),
  });

  test('are never more than allowed, sessions that are up never give way, and a good neighbour comes in in seconds', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), fc.integer({ min: 1, max: 6 }), (steps, limit) => {
        const script = hub(limit);
        const up = new Map<number, number>();
        for (const { after, n, kind } of steps) {
          script.pass(after);
          if (kind === 'breaks') {
            const connection = up.get(n);
            if (connection !== undefined) script.break(connection);
            up.delete(n);
          } else if (!up.has(n)) {
            if (kind === 'comes up') {
              const connection = come(script, n);
              if (isUp(script, n)) up.set(n, connection);
            } else IDLERS[kind](script, n);
          }
          expect(upCount(script)).toBe(up.size);
          expect(up.size).toBeLessThanOrEqual(limit);
          expect(script.speaker.status(script.now).length).toBeLessThanOrEqual(limit + WAITING);
        }
        script.pass(5 * SECONDS);
        come(script, 2);
        expect(isUp(script, 2)).toBe(up.size < limit);
        expect(replay(script.recording())).toBeInstanceOf(Replay);
      }),
      { numRuns: 150 },
    );
  });

  test('and what waits is bounded, however fast it comes', () => {
    const { remoteAddress: _, dial: __, ...session } = sessionTo(HUB, CLIENTS[0]);
    const script = new Script();
    script.configure([], {
      templates: [{ ...session, key: 'wide', range: prefix('10.0.0.0/8'), limit: 4 }],
    });
    const wave = () => {
      for (let i = 0; i < 2000; i++) script.accept(`10.7.${i >> 8}.${i & 255}`);
    };
    wave();
    expect(script.speaker.status(script.now)).toHaveLength(WAITING);
    expect(script.open.size).toBe(WAITING);
    expect(script.events.at(-1)?.text).toMatch(/refused: too many neighbours of 10.0.0.0\/8 connect at once/);
    script.pass(600);
    come(script, 2);
    expect(isUp(script, 2)).toBe(true);
  });
});
