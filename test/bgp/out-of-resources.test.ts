import { MOST_NEXT_HOPS } from '../../lib/bgp/rib/route-memory';
import type { SessionConfig } from '../../lib/bgp/session/config';
import { KEEPALIVE } from '../../lib/bgp/wire/keepalive';
import { encodeAttributes, UpdateWriter } from '../../lib/bgp/wire/update';
import { IpAddress } from '../../lib/model/address';
import { Prefix } from '../../lib/model/prefix';
import { sure } from '../../lib/model/problem';
import { announce, CONTEXT, openOf, Script } from './script';
import { routerId, Simulation, sessionTo } from './simulation';

/* Limits of memory, made small: a prefix takes 128 octets, a next hop 1024. */

const HUB = '10.0.0.9';
const SPOKES = ['10.0.0.1', '10.0.0.2', '10.0.0.3'];
const SECONDS = 1000;
const prefix = (spoke: number, n: number) => sure(Prefix.parse(`10.1${spoke}.${n}.0/24`));

/** A hub with three neighbours outside; `limits` of what each may bring, in MB. */
function star(limits: readonly (number | undefined)[], all?: number, more: Partial<SessionConfig> = {}) {
  const network = new Simulation();
  network.add('hub', [HUB]);
  const sessions = SPOKES.map((address, i) =>
    sessionTo(HUB, address, {
      ...more,
      acceptable: [{ localAs: 64512, remoteAs: 65001 + i }],
      ...(limits[i] !== undefined && { maxRouteMemory: limits[i] }),
    }),
  );
  const configure = (maxRouteMemory = all, these = sessions) =>
    network.give('hub', {
      kind: 'configure',
      routing: { routerId: routerId(HUB), ...(maxRouteMemory !== undefined && { maxRouteMemory }) },
      sessions: these,
    });
  configure();
  for (const [i, address] of SPOKES.entries()) {
    network.add(address, [address]);
    network.give(address, {
      kind: 'configure',
      routing: { routerId: routerId(address) },
      sessions: [sessionTo(address, HUB, { ...more, acceptable: [{ localAs: 65001 + i, remoteAs: 64512 }] })],
    });
  }
  network.run(10 * SECONDS);
  const hub = () => network.node('hub').speaker;
  const status = () => hub().status(network.now);
  return {
    network,
    sessions,
    configure,
    bring(spoke: number, from: number, to: number): void {
      for (let n = from; n < to; n++)
        network.give(SPOKES[spoke], { kind: 'originate', prefix: prefix(spoke, n), attributes: { med: n } });
      network.run(2 * SECONDS);
    },
    status,
    states: () => status().map(({ state }) => state),
    received: () => status().map(({ routes }) => routes['ipv4 unicast'].received),
    heard: (spoke: number) => network.node(SPOKES[spoke]).events.map(({ type, text }) => `${type} ${text}`),
    hub,
  };
}

const UP = 'Established';
const CEASE = 'error NOTIFICATION received: Cease: Out of Resources';

describe('a neighbour whose routes take more memory than they may', () => {
  test('is told Cease, Out of Resources, and its routes go; the others notice nothing', () => {
    const { bring, states, received, status, heard, hub } = star([0.02, 0.02, undefined]);
    bring(1, 0, 50);
    bring(0, 0, 50);
    expect(states()).toEqual([UP, UP, UP]);
    bring(0, 50, 200);
    expect(states()).toEqual(['Idle', UP, UP]);
    expect(received()).toEqual([0, 50, 0]);
    expect(heard(0)).toContain(CEASE);
    expect(status()[0]).toMatchObject({
      lastError: {
        direction: 'sent',
        code: 6,
        subcode: 8,
        text: 'Cease: Out of Resources (its routes use more than 0.02 MB of memory)',
      },
      down: expect.stringMatching(/^its routes use more than 0\.02 MB of memory: retrying in \d+ s$/),
      routeMemory: 0,
    });
    expect(hub().routeMemory.ended).toBe(1);
    expect(status()[1].established).toBe(1);
  });

  test('comes back after five minutes, once for each, however often it tries', () => {
    const { network, bring, status, hub } = star([0.02]);
    bring(0, 0, 200);
    network.run(3600 * SECONDS);
    expect(status()[0].established).toBeGreaterThan(8);
    expect(status()[0].established).toBeLessThan(17);
    expect(hub().routeMemory.ended).toBe(status()[0].established);
  });

  test('comes back after as many seconds as are said for limits, or not by itself', () => {
    const soon = star([0.02], undefined, { maxPrefixRestart: 60 });
    soon.bring(0, 0, 200);
    for (let n = 20; n < 200; n++) soon.network.give(SPOKES[0], { kind: 'withdraw', prefix: prefix(0, n) });
    soon.network.run(40 * SECONDS);
    expect(soon.states()[0]).toBe('Idle');
    soon.network.run(60 * SECONDS);
    expect([soon.states()[0], soon.received()[0]]).toEqual([UP, 20]);
    const never = star([0.02], undefined, { maxPrefixRestart: 0 });
    never.bring(0, 0, 200);
    never.network.run(3600 * SECONDS);
    expect(never.status()[0]).toMatchObject({
      state: 'Idle',
      down: expect.stringContaining('waiting for `peerform reset`'),
    });
  });

  test('tries at once where its limit becomes another one', () => {
    const { network, bring, configure, sessions, states, received } = star([0.02]);
    bring(0, 0, 200);
    configure(undefined, [{ ...sessions[0], maxRouteMemory: 1 }, ...sessions.slice(1)]);
    network.run(40 * SECONDS);
    expect([states()[0], received()[0]]).toEqual([UP, 200]);
  });

  test('loses its session also where the limit falls below what is there', () => {
    const { bring, configure, sessions, states, heard } = star([1]);
    bring(0, 0, 200);
    configure(undefined, [{ ...sessions[0], maxRouteMemory: 0.02 }, ...sessions.slice(1)]);
    expect(states()[0]).toBe('Idle');
    expect(heard(0).length).toBeGreaterThan(0);
  });

  test('has no routes kept for it, though it restarts gracefully (RFC 8538: Hard Reset)', () => {
    const { bring, received, heard } = star([0.02], undefined, { gracefulRestartTime: 120 });
    bring(0, 0, 200);
    expect(received()[0]).toBe(0);
    expect(heard(0)).toContain('error NOTIFICATION received: Cease: Hard Reset (Cease: Out of Resources)');
  });
});

describe('routes of all neighbours that take more memory than they may', () => {
  test('cost the one that brings and holds most', () => {
    const { bring, states, received, status } = star([], 0.05);
    bring(1, 0, 60);
    bring(2, 0, 60);
    bring(0, 0, 250);
    expect(states()).toEqual(['Idle', UP, UP]);
    expect(received()).toEqual([0, 60, 60]);
    expect(status()[0].lastError!.text).toBe(
      'Cease: Out of Resources (routes use more than 0.05 MB of memory, its own the most)',
    );
  });

  test('cost the one that holds most, though another brought the last; that one stays, with all it brought', () => {
    const { bring, states, received, heard } = star([], 0.05);
    bring(0, 0, 120);
    bring(1, 0, 80);
    expect(states()).toEqual([UP, UP, UP]);
    bring(2, 0, 40);
    expect(states()).toEqual(['Idle', UP, UP]);
    expect(received()).toEqual([0, 80, 40]);
    expect(heard(0)).toContain(CEASE);
    expect([...heard(1), ...heard(2)]).not.toContain(CEASE);
  });

  test('cost the customer, not the transit, where their limits say what their shares are', () => {
    const { bring, states, received } = star([0.045, 0.018, undefined], 0.05);
    bring(0, 0, 130);
    bring(1, 0, 70);
    bring(0, 130, 170);
    expect(states()).toEqual([UP, 'Idle', UP]);
    expect(received()).toEqual([170, 0, 0]);
  });

  test('cost what is kept of a neighbour that is gone, before they cost one that is up and holds less', () => {
    const { network, bring, states, received } = star([], 0.05, { gracefulRestartTime: 120 });
    bring(0, 0, 120);
    bring(1, 0, 80);
    network.loseAll(SPOKES[0]);
    network.breakAll('hub');
    network.node(SPOKES[0]).reachable = false;
    network.run(10 * SECONDS);
    expect(received()).toEqual([120, 80, 0]);
    bring(2, 0, 40);
    expect(received()).toEqual([0, 80, 40]);
    expect(states().slice(1)).toEqual([UP, UP]);
  });

  test('let the payer try again at once where the limit becomes another one', () => {
    const { network, bring, configure, states, received } = star([], 0.05);
    bring(0, 0, 250);
    expect(states()[0]).toBe('Idle');
    configure(1);
    network.run(40 * SECONDS);
    expect([states()[0], received()[0]]).toEqual([UP, 250]);
  });
});

/**
 * A neighbour that sends ADD-PATH (RFC 7911), beside one that says nothing of it; both come up and bring what a test
 * has them bring.
 */
function reflector() {
  const script = new Script();
  const families = ['ipv4 unicast'] as const;
  const sides = { receive: families, send: families };
  const [many, plain] = ['10.0.0.2', '10.0.0.3'];
  script.configure([
    sessionTo('10.0.0.1', many, { dial: 'never', addPath: sides }),
    sessionTo('10.0.0.1', plain, { dial: 'never' }),
  ]);
  const come = (remote: string, more: Parameters<typeof openOf>[1] = {}) => {
    const connection = script.accept(remote);
    script.say(connection, openOf(remote, more), KEEPALIVE);
    return connection;
  };
  const context = { ...CONTEXT, addPathSend: new Set(families) };
  const paths = (ids: readonly number[], to = '10.9.0.0/16') => {
    const writer = new UpdateWriter(context);
    const { address, length } = sure(Prefix.parse(to));
    const nextHop = sure(IpAddress.parse(many)).bytes;
    writer.announce(
      'ipv4 unicast',
      encodeAttributes({ origin: 0, asPath: [], localPref: 100, nextHop }, context),
      nextHop,
    );
    for (const id of ids) writer.addBytes(address.bytes, length, id);
    return writer.take();
  };
  const first = come(many, { addPath: sides });
  const second = come(plain);
  script.say(second, announce(plain, ['10.9.0.0/16', '10.8.0.0/16']));
  script.pass(SECONDS);
  const states = () => script.speaker.status(script.now).map(({ state }) => state);
  const received = () => script.speaker.status(script.now).map(({ routes }) => routes['ipv4 unicast'].received);
  return { script, first, second, paths, states, received };
}
const ids = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

describe('a neighbour with more paths to one prefix than it may have', () => {
  test('is told Cease, Out of Resources, and its paths go; the others notice nothing', () => {
    const { script, first, second, paths, states, received } = reflector();
    script.say(first, paths(ids(1, 257)), paths(ids(1, 257), '10.7.0.0/16'));
    script.pass(SECONDS);
    expect([states(), received()]).toEqual([
      [UP, UP],
      [512, 2],
    ]);
    expect(script.kernel).toContain('10.7.0.0/16');
    script.say(first, paths([256]), paths([257]));
    script.pass(SECONDS);
    expect([states(), received()]).toEqual([
      ['Idle', UP],
      [0, 2],
    ]);
    expect(script.lastNotification(first)).toEqual([6, 8]);
    expect(script.lastNotification(second)).toBeUndefined();
    expect([...script.kernel].sort()).toEqual(['10.8.0.0/16', '10.9.0.0/16']);
    expect(script.speaker.routeMemory.ended).toBe(1);
    const { lastError, down } = script.speaker.status(script.now)[0];
    expect(lastError).toMatchObject({ text: 'Cease: Out of Resources (more than 256 paths to one prefix)' });
    expect(down).toMatch(/^more than 256 paths to one prefix: retrying in \d+ s$/);
  });

  test('is not one that takes back as many as it brings', () => {
    const { script, first, paths, states } = reflector();
    for (let round = 0; round < 20; round++) {
      const of = ids(round * 256, round * 256 + 256).map((id) => id + 1);
      script.say(first, paths(of));
      const writer = new UpdateWriter({ ...CONTEXT, addPathSend: new Set(['ipv4 unicast'] as const) });
      writer.withdraw('ipv4 unicast');
      for (const id of of) writer.addBytes(Uint8Array.of(10, 9, 0, 0), 16, id);
      script.say(first, writer.take());
    }
    expect(states()).toEqual([UP, UP]);
  });
});

describe('a neighbour whose routes have more next hops than they may', () => {
  test('is told Cease, Out of Resources; another with as many may have them', () => {
    const script = new Script({ asksNextHops: true });
    const remotes = ['10.0.0.2', '10.0.0.3'];
    script.configure(remotes.map((remote) => sessionTo('10.0.0.1', remote, { dial: 'never' })));
    const [first, second] = remotes.map((remote) => {
      const connection = script.accept(remote);
      script.say(connection, openOf(remote), KEEPALIVE);
      return connection;
    });
    const by = (n: number) => announce(`10.77.${n >> 8}.${n & 255}`, [`30.0.${n >> 8}.${n & 255}/32`]);
    for (const n of ids(0, MOST_NEXT_HOPS)) script.say(first, by(n));
    for (const n of ids(0, 100)) script.say(second, by(n));
    const states = () => script.speaker.status(script.now).map(({ state }) => state);
    expect(states()).toEqual([UP, UP]);
    script.say(first, by(MOST_NEXT_HOPS));
    expect(states()).toEqual(['Idle', UP]);
    expect([script.lastNotification(first), script.lastNotification(second)]).toEqual([[6, 8], undefined]);
    script.pass(10 * SECONDS);
    expect(script.speaker.rib.size).toMatchObject({ prefixes: 100, nextHops: 100 });
  });
});
