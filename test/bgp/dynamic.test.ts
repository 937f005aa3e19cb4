import type { SessionTemplate } from '../../lib/bgp/session/template';
import { sessionFrom, templateFor } from '../../lib/bgp/session/template';
import { Prefix } from '../../lib/model/prefix';
import { sure } from '../../lib/model/problem';
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
    expect(told('rejected')[0]).toContain('there are 3 neighbours of 10.0.1.0/24, which is the limit');
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
    expect(told('dynamic').at(-1)).toBe('is gone and forgotten');
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
    const wide = template({ range: prefix('10.0.0.0/8') }),
      narrow = template(),
      remote = sessionTo(HUB, CLIENTS[0]).remoteAddress;
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
