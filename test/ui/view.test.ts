import { makeRelease } from '../../lib/control/release';
import type { AgentEvent, AgentStatus } from '../../lib/control/status';
import type { Fabric, FabricSpec } from '../../lib/model/fabric';
import type { FleetSnapshot, KnownNode } from '../../lib/ui/fleet';
import { changeTo, viewOf } from '../../lib/ui/view';
import { fabricOf, meshOf, statusOf } from './served-fleet';

const AT = Date.parse('2026-11-30T08:00:10Z');
const racks = {
  'rack-a': { asNumber: 65001, topOfRack: [{ ipv4Address: '192.0.2.1', asNumber: 65100 }] },
};
const spec = {
  name: 'dc1',
  edition: 2,
  racks,
  nodes: {
    n1: { ipv4Address: '10.0.0.1', rack: 'rack-a' },
    n2: { ipv4Address: '10.0.0.2', rack: 'rack-a' },
    n10: { ipv4Address: '10.0.0.10' },
  },
  peers: { transit: { address: '198.51.100.7', asNumber: 64999 } },
} as unknown as FabricSpec;
const fabric = fabricOf(spec);

function fleetOf(
  of: Fabric,
  nodes: Readonly<Record<string, Partial<KnownNode>>> = {},
  more: Fabric[] = [],
): FleetSnapshot {
  const release = makeRelease(of);
  return {
    nodes: Object.keys(of.nodes).map((name) => ({
      ...{ name, at: AT, steps: [], status: statusOf(release, name) },
      ...nodes[name],
    })),
    fabrics: new Map([of, ...more].map((one) => [makeRelease(one).digest, one])),
    events: [],
  };
}

const status = (name: string, more: Partial<AgentStatus> = {}, of = fabric) => statusOf(makeRelease(of), name, more);
const labels = (fleet: FleetSnapshot) =>
  [...viewOf(fleet, AT).marks.values()].map(({ css, label }) => `${css} | ${label}`);
const marked = (fleet: FleetSnapshot, css: string) =>
  labels(fleet).filter((one) => one.split(' | ')[0].split(' ').includes(css));
const textOf = (html: string) =>
  html
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();

describe('the picture of what runs', () => {
  test('has every node, neighbour and session, and nothing stands out while all is well', () => {
    const fleet = fleetOf(fabric);
    const { regions } = viewOf(fleet, AT);
    expect(regions.fabric).toBe('Fabric dc1');
    expect(textOf(regions.totals)).toContain('3 of 3 nodes respond');
    expect(textOf(regions.totals)).toContain('Nothing is amiss.');
    expect(marked(fleet, 'ok')).toEqual([
      'n ok | 192.0.2.1, AS 65100: 2 of 2 sessions up',
      'n ok | transit, 198.51.100.7 · AS 64999: 3 of 3 sessions up',
      'n ok | n1, 10.0.0.1, 3/3 up: as it should be',
      'n ok | n2, 10.0.0.2, 3/3 up: as it should be',
      'n ok | n10, 10.0.0.10, 1/1 up: as it should be',
    ]);
    for (const css of ['bad', 'sil', 'tri', 'dra', 'non', 'off']) expect(marked(fleet, css)).toEqual([]);
  });

  test('shows a session that is down at both of its ends, once, though both agents tell of it', () => {
    const down = (name: string, other: string) =>
      status(name, {
        sessions: status(name).sessions.map((one) => (one.remoteNode === other ? { ...one, state: 'Idle' } : one)),
      });
    const told: Readonly<Record<string, Partial<KnownNode>>>[] = [
      { n1: { status: down('n1', 'n2') }, n2: { status: down('n2', 'n1') } },
      { n1: { status: down('n1', 'n2') } },
    ];
    for (const nodes of told) {
      const bad = marked(fleetOf(fabric, nodes), 'bad');
      expect(bad).toContain('e bad | n1 – n2: 0 of 1 session up, 1 down');
      expect(bad).toContain('n bad | n1, 10.0.0.1, 2/3 up: 1 of 3 sessions down');
    }
  });

  test('shows one that is meant to be down as that', () => {
    const off = status('n10', {
      sessions: status('n10').sessions.map((one) => ({ ...one, state: 'Idle', expectsDown: true })),
    });
    const fleet = fleetOf(fabric, { n10: { status: off } });
    expect(marked(fleet, 'bad')).toEqual([]);
    expect(marked(fleet, 'off')).toContain('e off | transit – n10: 0 of 1 session up, 1 down, as it is meant to be');
  });

  test('says which agent gives no status, and why; what its neighbours tell of its sessions is shown', () => {
    const fleet = fleetOf(fabric, { n2: { error: 'connection refused' }, n10: { error: 'no answer within 10 s' } });
    const silent = marked(fleet, 'sil');
    expect(silent).toContain('n sil | n2, 10.0.0.2: no status: connection refused');
    expect(silent).toContain('e sil | transit – n10: not known, as no agent reports it');
    expect(labels(fleet)).toContain('e up | n1 – n2: 1 of 1 session up');
    expect(textOf(viewOf(fleet, AT).regions.totals)).toContain('n2: no status: connection refused');
  });

  test('shows nodes that are known though nothing runs yet, or though the fabric does not have them', () => {
    const idle = { ...status('n1'), fabric: undefined, sessions: [] };
    const fleet: FleetSnapshot = {
      nodes: [
        { name: 'n1', at: AT, steps: [], status: { ...idle, transaction: { ...idle.transaction, active: null } } },
        { name: 'n2', steps: [] },
      ],
      fabrics: new Map(),
      events: [],
    };
    expect(viewOf(fleet, AT).regions.fabric).toBe('No fabric yet');
    expect(labels(fleet)).toEqual([
      'n non | n1, not in the fabric, 0/0 up: runs no release yet',
      'n sil | n2, not in the fabric: no status: it was not heard yet',
    ]);
  });

  test('of more than 40 nodes has a cell for each, which is a link with its name', () => {
    const mesh = meshOf(41);
    const { regions, marks } = viewOf(fleetOf(mesh), AT);
    expect(regions.picture.match(/<a class="c"/g)).toHaveLength(41);
    expect(regions.picture).toContain('href="#node?node=n41"');
    expect([...marks.values()].every(({ css }) => css === 'c ok')).toBe(true);
  });

  test('takes a neighbour from a prefix for one place, whatever address it has', () => {
    const guests = fabricOf({
      ...spec,
      peers: { guests: { prefix: '203.0.113.0/24', asNumber: 65000, node: 'n10' } },
    } as never);
    const [first] = status('n1').sessions;
    const came = {
      ...first,
      remoteNode: undefined,
      remoteAddress: '203.0.113.9',
      isInside: false,
      isUnnamed: true as const,
    };
    const fleet = fleetOf(guests, { n10: { status: status('n10', { sessions: [came] }, guests) } });
    expect(labels(fleet)).toContain('n ok | guests, 203.0.113.0/24 · AS 65000: 1 of 1 session up');
  });
});

describe('a deploy', () => {
  const next = fabricOf({ ...spec, nodes: { ...spec.nodes, n11: { ipv4Address: '10.0.0.11' } } });
  const running = { release: makeRelease(fabric).digest, activation: 1, fabric: 'dc1', owner: 'alice' };
  const coming = { ...running, release: makeRelease(next).digest, activation: 2 };
  const step = (verb: string, time: string): AgentEvent => ({
    ...{ sequence: 1, kind: 'transaction', message: `${verb} activation 2, release x` },
    time: `2026-11-30T08:00:${time}.000Z`,
  });
  const on = (name: string, transaction: object, steps: AgentEvent[] = []): Partial<KnownNode> => ({
    status: status(name, { transaction: { ...status(name).transaction, ...transaction } }, next),
    steps,
  });
  const trial = {
    active: coming,
    returnsInMs: 30_000,
    confirmed: running,
    retiring: { ...running, phase: 'kept', behind: [] },
  };

  test('is shown as it goes from node to node, with the time until it is rolled back', () => {
    const fleet = fleetOf(
      next,
      {
        n1: on('n1', { ...trial, returnsInMs: null }, [step('stage', '01'), step('activate', '02')]),
        n2: on('n2', trial, [step('stage', '01'), step('activate', '08')]),
        n10: on('n10', { active: running, staged: coming }),
        n11: on('n11', { active: running, staged: coming }),
      },
      [fabric],
    );
    expect(textOf(viewOf(fleet, AT + 2500).regions.deploy)).toMatch(
      /Activation 2 of release \w{12} is being deployed: 4 of 4 nodes have it\. Activated 1 node \(n1\): confirmed Then 1 node \(n2\): on trial: rolls back in 28 s unless confirmed To come 2 nodes \(n10, n11\)/,
    );
    expect(marked(fleet, 'tri')).toEqual([
      'n tri | n2, 10.0.0.2, 3/3 up: activation 2 rolls back in 30 s unless confirmed',
    ]);
  });

  test('calls no node the first where an agent no longer knows when it was activated', () => {
    const fleet = fleetOf(next, { n1: on('n1', trial), n2: on('n2', trial, [step('activate', '08')]) }, [fabric]);
    expect(textOf(viewOf(fleet, AT).regions.deploy)).toMatch(
      /Activated 1 node \(n2\): on trial.* Time unknown 1 node \(n1\): on trial/,
    );
  });

  test('that was rolled back says why', () => {
    const back = { active: running, returned: { ...coming, reason: 'the canary drops packets' } };
    const fleet = fleetOf(fabric, { n1: on('n1', back, [step('activate', '02')]) });
    expect(textOf(viewOf(fleet, AT).regions.deploy)).toContain(
      'Activated 1 node (n1): rolled back: the canary drops packets',
    );
    expect(marked(fleet, 'bak')).toHaveLength(1);
  });

  test('has nodes that it adds and nodes that it removes in one picture until it is over', () => {
    const without = fabricOf({ ...spec, nodes: { n1: spec.nodes!.n1, n2: spec.nodes!.n2 } });
    const fleet: FleetSnapshot = fleetOf(
      without,
      { n1: on('n1', { active: { ...coming, release: makeRelease(without).digest } }) },
      [fabric],
    );
    const during = { ...fleet, nodes: [...fleet.nodes, { name: 'n10', at: AT, steps: [], status: status('n10') }] };
    expect(marked(during, 'ok').join()).toContain('n10');
    expect(marked(fleet, 'ok').join()).not.toContain('n10');
  });

  test('and a node that is drained, by whom and since when', () => {
    const drained = { by: 'bob', at: '2026-11-30T07:00:00.000Z' };
    const fleet = fleetOf(fabric, {
      n1: { status: status('n1', { service: 'leaving', transaction: { ...status('n1').transaction, drained } }) },
      n2: { status: status('n2', { service: 'none' }) },
    });
    expect(textOf(viewOf(fleet, AT).regions.deploy)).toContain(
      'Out of service n1 : is being drained: neighbours are asked to avoid it (bob, 2026-11-30T07:00:00Z) n2 : out of service',
    );
    expect(marked(fleet, 'dra')).toHaveLength(2);
  });
});

describe('the difference between two moments', () => {
  const [calm, busy] = [fleetOf(fabric), fleetOf(fabric, { n2: { error: 'gone' } })].map((fleet) => viewOf(fleet, AT));

  test('is everything at first, and nothing where nothing changed', () => {
    expect(Object.keys(changeTo(calm)!.regions!)).toHaveLength(6);
    expect(changeTo(viewOf(fleetOf(fabric), AT), calm)).toBeUndefined();
  });

  test('is only what changed: a node with the sessions that only it tells of, and the totals, not the picture', () => {
    const { regions, marks } = changeTo(busy, calm)!;
    expect(Object.keys(regions!)).toEqual(['totals', 'deploy']);
    expect(marks!.map(([, css]) => css)).toEqual(['n ok', 'n ok', 'n sil', 'e sil', 's sil', 'e sil', 's sil']);
  });
});

test('what agents and fabrics say is text, whatever stands in it', () => {
  const evil = '<img src=x onerror=alert(1)>"\'&\u202e\ud800';
  const fleet = fleetOf(fabric, {
    n1: { error: evil },
    n2: {
      status: status('n2', {
        transaction: { ...status('n2').transaction, returned: { release: evil, activation: 9, reason: evil } },
      }),
    },
  });
  const hostile: FleetSnapshot = {
    ...fleet,
    nodes: [...fleet.nodes, { name: evil, steps: [], error: evil }],
    events: [{ time: evil, node: evil, kind: 'session', message: evil }],
  };
  const { regions, marks } = changeTo(viewOf(hostile, AT))!;
  for (const html of Object.values(regions!)) expect(html).not.toMatch(/<img|\u202e|[\ud800-\udfff]/);
  expect(regions!.events).toContain('&lt;img src=x');
  expect(JSON.stringify(marks)).not.toMatch(/\u202e/);
});
