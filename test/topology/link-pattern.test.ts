import fc from 'fast-check';
import { healthOf } from '../../lib/control/health';
import type { SessionStatus } from '../../lib/control/status';
import type { PeerSpec } from '../../lib/model/peer';
import { readFabric } from '../../lib/model/read';
import type { Held } from '../../lib/node/held';
import { onLinks } from '../../lib/node/on-links';
import { runningSessions } from '../../lib/node/sessions';
import { trialOf } from '../../lib/node/trial';
import { upByOf } from '../../lib/node/up-by';
import { impactOf } from '../../lib/preview/impact';
import { simulate } from '../../lib/preview/simulate';
import { sessionsOf } from '../../lib/topology/derive';
import { explainSession } from '../../lib/topology/explain';
import { onLink, placed } from '../../lib/topology/link-end';
import { valid } from '../model/valid';

const fabric = (peers: Readonly<Record<string, PeerSpec>>) =>
  valid({
    ...{ name: 'lab', nodeToNodeMesh: false, asNumber: 64512, peers },
    nodes: { n1: { ipv4Address: '10.0.0.1' }, n2: { ipv4Address: '10.0.0.2' } },
  });
const UP = { interface: 'eth*', peerType: 'external' } as const;
const lab = fabric({ up: UP });

const running = (held: object, links: readonly string[]) =>
  onLinks(runningSessions(held as Held, 'n1'), links).map(
    ({ config: { key, interface: link, reason, retiring = false }, session, pattern }) => {
      expect([session.key, session.interface]).toEqual([key, link]);
      return [link, reason, retiring, pattern?.interface];
    },
  );

describe('a peer on the links that a pattern matches', () => {
  test('is one session in the fabric, and one for each link on the node, the same as if the link were named', () => {
    const [inFabric] = sessionsOf(lab, 'n1');
    expect(inFabric).toMatchObject({ key: 'n1/local%eth* n1%eth* 179', interface: 'eth*' });
    const [named] = sessionsOf(fabric({ up: { ...UP, interface: 'eth7' } }), 'n1');
    expect(onLink(inFabric, 'eth7')).toEqual(named);
    expect(running({ active: { fabric: lab } }, ['eth0', 'wlan0', 'eth1'])).toEqual([
      ['eth0', 'peers.up', false, 'eth*'],
      ['eth1', 'peers.up', false, 'eth*'],
    ]);
  });

  test('remains what the fabric has where no link matches, and leaves links with a peer of their own to that', () => {
    expect(running({ active: { fabric: lab } }, ['lo', 'wlan0'])).toEqual([['eth*', 'peers.up', false, undefined]]);
    const both = fabric({ up: UP, one: { ...UP, interface: 'eth1', node: 'n1' } });
    expect(running({ active: { fabric: both } }, ['eth0', 'eth1'])).toEqual([
      ['eth0', 'peers.up', false, 'eth*'],
      ['eth1', 'peers.one', false, undefined],
    ]);
    expect(running({ active: { fabric: fabric({ up: { ...UP, interface: '*' } }) } }, ['lo'])).toEqual([
      ['*', 'peers.up', false, undefined],
    ]);
  });

  test('takes over from peers with names during a deploy, and the other way round', () => {
    const named = fabric({ a: { ...UP, interface: 'eth0' }, b: { ...UP, interface: 'swp1' } });
    const retiring = (one: object) => ({ fabric: one, phase: 'kept', behind: [] });
    expect(running({ active: { fabric: lab }, retiring: retiring(named) }, ['eth0', 'eth1'])).toEqual([
      ['eth0', 'peers.up', false, 'eth*'],
      ['eth1', 'peers.up', false, 'eth*'],
      ['swp1', 'peers.b', true, undefined],
    ]);
    expect(running({ active: { fabric: named }, retiring: retiring(lab) }, ['eth0', 'eth1'])).toEqual([
      ['eth0', 'peers.a', false, undefined],
      ['swp1', 'peers.b', false, undefined],
      ['eth1', 'peers.up', true, 'eth*'],
    ]);
    expect(running({ active: { fabric: named }, retiring: retiring(lab) }, [])).toHaveLength(2);
  });

  test('has one session on each link and port, whatever the links are', () => {
    const word = fc.constantFrom('eth0', 'eth1', 'e*', 'eth*', '*', 'swp1', 'lo');
    const session = fc.record({ interface: word, port: fc.constantFrom(179, 180), isRetiring: fc.boolean() });
    fc.assert(
      fc.property(fc.array(session), fc.uniqueArray(fc.constantFrom('eth0', 'eth1', 'swp1', 'lo')), (all, links) => {
        const found = placed(all, links, (one) => one).map(({ of, link }) => [link ?? of.interface, of.port] as const);
        const real = found.filter(([link]) => !link.includes('*')).map(String);
        expect(new Set(real).size).toBe(real.length);
        for (const { interface: name, port } of all)
          if (!name.includes('*')) expect(real).toContain(String([name, port]));
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  test('is one change of each node in the plan', () => {
    const { made } = explainSession(lab, 'n1', sessionsOf(lab, 'n1')[0]);
    expect(made).toBe('created by peers.up: every node peers with it, on each interface that is up and matches eth*');
    const { counts, examples } = impactOf(fabric({}), lab);
    expect(counts).toMatchObject({ added: 2 });
    expect(examples).toContain('added: n1 - n1%eth* (ipv6, peers.up)');
  });

  test.each([UP, { interface: 'eth0', asNumber: 65001 }])('brings routes to the simulation: %j', (up) => {
    const filters = { all: { import: [{ action: 'accept' as const }], export: [{ action: 'accept' as const }] } };
    const nodes = { n1: { ipv4Address: '10.0.0.1' }, n2: { ipv4Address: '10.0.0.2' } };
    const was: Record<string, PeerSpec> = { up: { ...up, node: 'n1', filters: ['all'] } };
    const [before, after] = [was, {}].map((peers) =>
      valid({ ...{ name: 'lab', asNumber: 64512, nodes, filters, peers } }),
    );
    const lost = simulate(before, after).gaps.filter(({ to }) => to === undefined);
    expect(lost.map(({ node, standsFor }) => `${node}: ${standsFor}`)).toContain('n2: routes of up');
  });

  test('keeps AS numbers with which a session is up on any link', () => {
    const [inFabric] = sessionsOf(lab, 'n1');
    const one = { key: 'n1/local%eth0 n1%eth0 179', keyInFabric: inFabric.key, isInside: false, isRetiring: false };
    expect(upByOf([{ ...one, localAs: 1, remoteAs: 2, unmet: 'x' }])).toEqual({
      [inFabric.key]: { localAs: 1, remoteAs: 2 },
    });
  });

  test.each([
    [
      { one: UP, two: { ...UP, interface: 'e*0', node: 'n1' } },
      'peers.two.interface: on node n1, e*0 and eth* of peer one',
    ],
    [{ one: UP, two: UP }, 'peers.two.interface: peer one already defines a session on eth*'],
    [{ one: { ...UP, interface: 'c*' } }, 'peers.one.interface: on node n2, c* can match an interface of a workload'],
    [{ one: { ...UP, interface: 'cali7' } }, 'peers.one.interface: on node n2, cali7 is an interface of a workload'],
  ])('is refused as %j, and why', (peers, why) => {
    const { problems } = readFabric({
      ...{ name: 'lab', peers },
      nodes: { n1: { ipv4Address: '10.0.0.1' }, n2: { ipv4Address: '10.0.0.2', workloadInterfaces: ['cali*'] } },
    });
    expect(problems.map(String).join('\n')).toContain(why);
  });

  test('may stand beside names, other ports, patterns of other nodes and workloads that it cannot match', () => {
    const { problems } = readFabric({
      ...{
        name: 'lab',
        nodes: { n1: { ipv4Address: '10.0.0.1', workloadInterfaces: ['cali*'] }, n2: { ipv4Address: '10.0.0.2' } },
      },
      peers: {
        ...{ one: { ...UP, node: 'n1' }, two: { ...UP, interface: 'e*', node: 'n2' } },
        ...{ three: { ...UP, interface: 'eth3' }, four: { ...UP, interface: 'eth*3', port: 1790 } },
      },
    });
    expect(problems.map(String)).toEqual([]);
  });
});

describe('the gate of a deploy', () => {
  const at = '2026-01-01T00:00:00Z';
  const of = (link: string, more: object = {}) => ({
    ...{ key: `n1/local%${link} n1%${link} 179`, origin: 'peers.up', remoteAddress: `n1%${link}` },
    ...{ isInside: false, isRetiring: false, state: 'Established', ...more },
  });
  const trial = (before: object | undefined, sessions: readonly object[], after = lab) =>
    trialOf(
      { ...(before && { held: { fabric: before } }), sessions } as Parameters<typeof trialOf>[0],
      { fabric: after },
      'n1',
      at,
    );
  const faults = (demanded: ReturnType<typeof trial>, sessions: readonly object[]) => {
    const status = {
      ...{ trial: demanded, sessions, transaction: { active: { release: 'r' } } },
      kernel: { failed: [], installed: 0, wanted: 0 },
    };
    return healthOf(status as never, { release: 'r', outside: 'all' }).faults.map(({ message }) => message);
  };
  const now = (link: string, more: object = {}): Partial<SessionStatus> =>
    ({ ...of(link, more), ...(!link.includes('*') && { pattern: 'eth*' }) }) as never;

  test('asks for any link of a new pattern', () => {
    const demanded = trial(fabric({}), []);
    expect(demanded.demands).toMatchObject([{ session: 'n1/local%eth* n1%eth* 179', before: 'none' }]);
    expect(faults(demanded, [now('eth0', { state: 'Idle', down: 'no carrier' }), now('eth1')])).toEqual([]);
    expect(faults(demanded, [now('eth0', { state: 'Idle', down: 'no carrier' })])).toEqual([
      'the session with n1%eth* (peers.up) is Idle: no carrier; it is new',
    ]);
    expect(faults(demanded, [now('eth*', { state: 'Idle', down: 'no interface' })])).toEqual([
      'the session with n1%eth* (peers.up) is Idle: no interface; it is new',
    ]);
  });

  test('asks for each link that had a session, whether a name or a pattern had it', () => {
    for (const before of [lab, fabric({ up: { ...UP, interface: 'eth0' } })]) {
      const demanded = trial(before, [of('eth0'), of('eth1', { state: 'Idle' })]);
      expect(demanded.demands).toMatchObject([{ session: of('eth0').key, before: 'up', isChanged: false }]);
      expect(faults(demanded, [now('eth0', { state: 'Active' }), now('eth1')])).toEqual([
        'the session with n1%eth0 (peers.up) is Active; it was Established before',
      ]);
      expect(faults(demanded, [now('eth1')])).toEqual([
        'the session with n1%eth0 (peers.up) does not exist: its interface is gone or down; it was Established before',
      ]);
    }
  });

  test('asks a pattern for none of the links that have a peer of their own now, whoever the neighbour is', () => {
    const cable = { interface: 'eth0', node: 'n1', peerNode: 'n2', peerInterface: 'eth0' };
    for (const [own, origin] of [
      [cable, undefined],
      [{ ...UP, interface: 'eth0', node: 'n1' }, 'peers.own'],
    ] as const) {
      const demanded = trial(lab, [of('eth0'), of('eth1')], fabric({ up: UP, own }));
      const asked = demanded.demands.map(({ remoteAddress, origin: by }) => [remoteAddress, by]);
      expect(asked.filter(([, by]) => by === 'peers.up')).toEqual([['n1%eth1', 'peers.up']]);
      expect(asked.filter(([link]) => link === 'n1%eth0')).toEqual(origin ? [['n1%eth0', origin]] : []);
      expect(faults(demanded, [now('eth0'), now('eth1')])).toEqual([]);
    }
    const last = trial(lab, [of('eth0')], fabric({ up: UP, own: cable }));
    expect(last.demands).toMatchObject([{ session: of('eth*').key, before: 'down' }]);
  });

  test('asks for nothing where no link had a session before either', () => {
    const demanded = trial(lab, [of('eth0', { state: 'Idle' })]);
    expect(demanded.demands).toMatchObject([{ session: of('eth*').key, before: 'down', isChanged: false }]);
    expect(faults(demanded, [now('eth0', { state: 'Idle' })])).toEqual([]);
  });

  test('knows that a change resets the session of a link', () => {
    const after = fabric({ up: { ...UP, holdTime: 9 } });
    expect(trial(lab, [of('eth0')], after).demands).toMatchObject([{ session: of('eth0').key, isChanged: true }]);
  });
});
