import { importFabric } from '../../lib/calico/import';
import { readManifests } from '../../lib/calico/manifests';
import { nodeStatusText } from '../../lib/cli/view/node-status';
import { configurationInCalico, inCalico, itemsOf, itemsTable, objectKindOf } from '../../lib/cli/view/objects';
import { refusal } from '../../lib/cli/view/refusal';
import { explained, sessionsText } from '../../lib/cli/view/sessions';
import { settingOf, settingsOf, settingText } from '../../lib/cli/view/settings';
import { makeRelease } from '../../lib/control/release';
import { type AgentStatus, type AgentSummary, type SessionStatus, UNKNOWN_AS } from '../../lib/control/status';
import { INITIAL_STATE } from '../../lib/control/transaction';
import { readFabric } from '../../lib/model/read';
import { sessionsOf } from '../../lib/topology/derive';

const { fabric } = readFabric({
  name: 'lab',
  asNumber: 67111,
  nodes: {
    n1: { ipv4Address: '10.0.0.1', ipv6Address: 'fd00::1' },
    n2: { ipv4Address: '10.0.0.2', asNumber: 65002 },
    n10: { ipv4Address: '10.0.0.10' },
  },
  peers: {
    tor: { address: '192.20.30.40', asNumber: 65000, filters: ['open'] },
    'n1-far': { node: 'n1', address: 'aa:bb::ff', asNumber: 67111, port: 1790, passive: true },
    'n2-n1': { node: 'n2', address: '10.0.0.1', asNumber: 67111 },
    edge: { nodeSelector: "role == 'edge'", peerSelector: 'has(gate)' },
    guests: { prefix: '198.51.100.0/24', asNumber: 65000 },
  },
  filters: { open: { import: [{ action: 'accept' }] } },
});
const release = makeRelease(fabric!);
const running = { release, endpoints: { n1: 'ssh://root@n1' } };
const show = (kind: string, isWide = false) => itemsTable(running, kind, itemsOf(running, kind), isWide).split('\n');

test('a node in the shape of Calico has the AS number of its rack, where that is not the one of the fabric', () => {
  const { fabric } = readFabric({
    name: 'f',
    nodes: { n1: { ipv4Address: '10.0.0.1', rack: 'r' }, n2: { ipv4Address: '10.0.0.2' } },
    racks: { r: { asNumber: 65001 } },
  });
  const running = { release: makeRelease(fabric!), endpoints: {} };
  const { items } = inCalico(running, 'nodes', itemsOf(running, 'nodes'), false) as {
    items: { spec: { bgp: { asNumber?: number } } }[];
  };
  expect(items.map(({ spec }) => spec.bgp.asNumber)).toEqual([65001, undefined]);
});

describe('what peerform get shows', () => {
  test('nodes have the AS number of the fabric in parentheses where they have none of their own', () => {
    expect(show('nodes')).toEqual([
      'NAME  ASN      IPV4       IPV6',
      'n1    (67111)  10.0.0.1   fd00::1',
      'n2    65002    10.0.0.2',
      'n10   (67111)  10.0.0.10',
      '',
    ]);
  });

  test('wide nodes have the endpoint that the deploy told', () => {
    expect(show('nodes', true)[1]).toMatch(/ssh:\/\/root@n1$/);
  });

  test('peers have their scope, and the port where it is not 179', () => {
    expect(show('peers')).toEqual([
      'NAME    SCOPE     PEERIP            NODE            ASN',
      'edge    selector  has(gate)         role == "edge"',
      'guests  global    198.51.100.0/24   (global)        65000',
      'n1-far  node      [aa:bb::ff]:1790  n1              67111',
      'n2-n1   node      10.0.0.1          n2              67111',
      'tor     global    192.20.30.40      (global)        65000',
      '',
    ]);
  });

  test('racks have their number and top, reflectors their nodes and clients, communities their value', () => {
    const { fabric } = readFabric({
      name: 'lab',
      communities: { blue: '64512:1' },
      nodes: { n1: { ipv4Address: '10.0.0.1' }, n2: { ipv4Address: '10.0.0.2' } },
      racks: { a: { asNumber: 65001, topOfRack: [{ ipv4Address: '192.0.2.1', ipv6Address: '2001:db8::1' }] } },
      routeReflectors: { main: { reflectors: ['n1'], reflectorSelector: 'has(reflector)', clients: ['n2'] } },
    });
    const all = { release: makeRelease(fabric!), endpoints: {} };
    const show = (kind: string) => itemsTable(all, kind, itemsOf(all, kind), false).split('\n');
    const say = (...words: string[]) =>
      refusal(words, { running: all, summary: { transaction: INITIAL_STATE } as unknown as AgentSummary });
    expect(show('communities')).toEqual(['NAME  VALUE', 'blue  64512:1', '']);
    expect(say('delete', 'rack', 'a')).toContain("object: racks.a (in TypeScript: new Rack(…, { name: 'a'");
    expect(say('delete', 'routeReflectors', 'main')).toContain('(in TypeScript: new RouteReflectors(…');
    expect(say('delete', 'communities', 'blue')).toContain('object: communities.blue\n');
    expect(show('racks')).toEqual(['NAME  ASN    TOPOFRACK', 'a     65001  192.0.2.1,2001:db8::1', '']);
    expect(show('routeReflectors')).toEqual([
      'NAME  REFLECTORS         CLIENTS  CLUSTERID',
      'main  n1,has(reflector)  n2',
      '',
    ]);
  });

  test('filters have the number of their rules', () => {
    expect(show('filters')).toEqual(['NAME  IMPORT  EXPORT', 'open  1       0', '']);
  });

  test.each([
    ['bgpPeer', 'peers'],
    ['BGPP', 'peers'],
    ['no', 'nodes'],
    ['node', 'nodes'],
    ['filters', 'filters'],
    ['bgpconfig', 'config'],
    ['ipPool', undefined],
  ])('%s means %s', (word, kind) => {
    expect(objectKindOf(word)).toBe(kind);
  });
});

test('settings are printed bare, switches as on and off, whatever the case of their name', () => {
  const settings = settingsOf(running);
  const get = (word: string) => settingText(settings[settingOf(word)!]);
  expect([get('asnumber'), get('NodeToNodeMesh'), get('listenPort'), get('keepaliveTime')]).toEqual(
    ['67111', 'on', '179', ''], //
  );
  expect(settingOf('nodes')).toBeUndefined();
});

test('the configuration in the shape of Calico can be imported again', () => {
  const spec = {
    ...{ name: 'lab', asNumber: 67111, listenPort: 1790, communities: { blue: '64512:1' } },
    prefixAdvertisements: [{ prefix: '10.65.0.0/16', communities: ['blue', '64512:2'] }],
  };
  const release = makeRelease(readFabric(spec).fabric!);
  const shown = configurationInCalico({ release, endpoints: {} }, false);
  const { resources, problems } = readManifests({ name: '', text: JSON.stringify(shown) });
  expect([problems, resources.map(({ metadata }) => metadata.name)]).toEqual([[], ['default']]);
  expect(importFabric(resources, 'lab').spec).toMatchObject(spec);
});

const session = (more: Partial<SessionStatus>): SessionStatus => ({
  key: 'k',
  kind: 'mesh',
  origin: 'nodeToNodeMesh',
  localAddress: '10.0.0.1',
  remoteAddress: '10.0.0.2',
  port: 179,
  localAs: 67111,
  remoteAs: 67111,
  isInside: true,
  isRetiring: false,
  state: 'Established',
  since: new Date(2026, 0, 2, 3, 4, 5).toISOString(),
  routes: {},
  ...more,
});
const summary: AgentSummary = {
  schemaVersion: 1,
  version: '0',
  node: 'n1',
  fabric: 'lab',
  startedAt: '',
  service: 'full',
  transaction: {
    ...INITIAL_STATE,
    owner: 'alice@build7:/srv/network/cdktf.out/stacks/prod (workspace blue)',
    active: { release: release.digest, activation: 4, fabric: 'lab', owner: 'alice' },
    returnsInMs: null,
  },
};

test('peerform node status is the table of calicoctl, with whole addresses, ports and reasons', () => {
  const status = {
    ...summary,
    sessions: [
      session({}),
      session({ kind: 'node', remoteAddress: '192.20.30.40', state: 'Idle', down: 'Bad Peer AS' }),
      session({
        kind: 'global',
        remoteAddress: '10.20.30.40',
        port: 1790,
        state: 'Connect',
        since: new Date(2025, 11, 31, 3).toISOString(),
      }),
    ],
  } as unknown as AgentStatus;
  expect(nodeStatusText(status, new Date(2026, 0, 2, 12).getTime())).toBe(
    `The agent of node n1 is running.

IPv4 BGP status
+------------------+-------------------+-------+------------+------------------+
|   PEER ADDRESS   |     PEER TYPE     | STATE |   SINCE    |       INFO       |
+------------------+-------------------+-------+------------+------------------+
| 10.0.0.2         | node-to-node mesh | up    | 03:04:05   | Established      |
| 192.20.30.40     | node specific     | down  | 03:04:05   | Idle Bad Peer AS |
| 10.20.30.40:1790 | global            | start | 2025-12-31 | Connect          |
+------------------+-------------------+-------+------------+------------------+

IPv6 BGP status
No IPv6 peers found.
`,
  );
});

describe('peerform sessions --explain', () => {
  const of = (node: string, address: string) => {
    const { key } = sessionsOf(fabric!, node).find(({ remoteAddress }) => String(remoteAddress) === address)!;
    return sessionsText(explained(fabric!, node, [session({ key, remoteAddress: address })]), true);
  };

  test.each<[string, string, string[]]>([
    [
      'n1',
      '10.0.0.10',
      [
        'created by nodeToNodeMesh: n1 and n10 are both in the mesh',
        'the other side dials',
        '10.0.0.10 sorts after 10.0.0.1 (as text)',
        'iBGP within the fabric: accepts everything, advertises everything',
      ],
    ],
    [
      'n10',
      '192.20.30.40',
      [
        'created by peers.tor: every node peers with it',
        'this side dials: the neighbour is outside',
        'eBGP outside the fabric: accepts by 1 rule of filter open, otherwise nothing, advertises nothing (RFC 8212: no filters)',
      ],
    ],
    [
      'n1',
      'aa:bb::ff',
      ['created by peers.n1-far: node n1 peers with it', 'this side never dials: the peer is passive'],
    ],
    [
      'n2',
      '10.0.0.1',
      ['created by peers.n2-n1: node n2 peers with it; it replaces the mesh session', 'this side dials: of two nodes'],
    ],
    [
      'n1',
      '10.0.0.2',
      ['created by peers.n2-n1 from the other side: n2 has this peer, which applies to n1', 'the other side dials'],
    ],
  ])('at %s with %s', (node, address, texts) => {
    const text = of(node, address);
    for (const one of texts) expect(text).toContain(one);
  });

  const selected = readFabric({
    name: 'larger',
    asNumber: 67111,
    nodes: {
      rr: { ipv4Address: '10.0.0.1' },
      a: { ipv4Address: '10.0.0.2', labels: { side: 'a' } },
      b: { ipv4Address: '10.0.0.3', labels: { side: 'b' } },
      r: { ipv4Address: '10.0.0.4', rack: 'r1' },
    },
    racks: { r1: { asNumber: 65001, topOfRack: [{ ipv4Address: '10.0.0.254', asNumber: 65100 }] } },
    peers: { across: { nodeSelector: "side == 'a'", peerSelector: "side == 'b'" } },
    routeReflectors: { core: { reflectors: ['rr'], clients: ['a', 'b'] } },
  });

  test.each([
    ['rr', '10.0.0.2', 'created by routeReflectors.core: rr reflects routes to a'],
    ['a', '10.0.0.1', 'created by routeReflectors.core: rr reflects routes to a'],
    ['a', '10.0.0.3', 'created by peers.across: its selector matches a\n'],
    ['b', '10.0.0.2', 'created by peers.across from the other side: a has this peer, which applies to b'],
    ['r', '10.0.0.254', 'created by racks.r1: r is in this rack, and 10.0.0.254 is its top-of-rack neighbour'],
  ])('at %s with %s, by reflectors, selectors and racks', (node, address, text) => {
    expect(selected.problems).toEqual([]);
    const { key } = sessionsOf(selected.fabric!, node).find(({ remoteAddress }) => String(remoteAddress) === address)!;
    expect(sessionsText(explained(selected.fabric!, node, [session({ key })]), true)).toContain(text);
  });

  test('a node without an AS number of its own shows that of its rack in parentheses', () => {
    const larger = { release: makeRelease(selected.fabric!), endpoints: {} };
    expect(itemsTable(larger, 'nodes', itemsOf(larger, 'nodes'), false)).toContain('r     (65001)  10.0.0.4');
  });

  test('a session that is up says which routes it does not advertise for want of a next hop', () => {
    const routes = {
      ...{ received: 1, accepted: 1, advertised: 0, endOfRib: true },
      withheld: 'eth1 has no IPv6 address',
    };
    expect(sessionsText([session({ routes: { ipv6: routes } })], true)).toContain(
      '\n  now Established\n  not advertised: ipv6 routes with this node as next hop: eth1 has no IPv6 address\n',
    );
  });

  test('a session that the release does not have is said to end', () => {
    const left = explained(fabric!, 'n1', [session({ key: 'gone', isRetiring: true })]);
    expect(sessionsText(left, true)).toContain('a previous release created it');
  });
});

describe('a change by command', () => {
  const say = (...words: string[]) => refusal(words, { running, summary });

  test.each([
    [['delete', 'bgppeer', '192.20.30.40'], "object: peers.tor (in TypeScript: new GlobalPeer(…, { name: 'tor', … }))"],
    [
      ['delete', 'bgppeer', '[aa:bb::ff]:1790'],
      "object: peers.n1-far (in TypeScript: new NodePeer(…, { name: 'n1-far'",
    ],
    [['delete', 'bgppeer', 'edge'], "object: peers.edge (in TypeScript: new PeerGroup(…, { name: 'edge'"],
    [['delete', 'node', 'n2'], "object: nodes.n2 (in TypeScript: new Node(…, { name: 'n2'"],
    [
      ['config', 'set', 'nodeToNodeMesh', 'off'],
      'object: nodeToNodeMesh (in TypeScript: new Fabric(…, { nodeToNodeMesh:',
    ],
  ])('%j is refused with the object that it means', (words, text) => {
    expect(say(...words)).toContain(text);
  });

  test('names who deployed, from where, and what', () => {
    expect(say('apply')).toBe(
      `apply: refused, as the fabric is code: change it there, and deploy
  code: alice@build7:/srv/network (stack prod) (workspace blue): fabric lab, release ${release.digest.slice(7, 19)}, activation 4`,
    );
  });

  test('names the lines of code, where they are known here', () => {
    const places = new Map([
      ['', '/srv/network/main.ts:7'],
      ['nodes.n2', '/srv/network/main.ts:9'],
    ]);
    const lines = (...words: string[]) =>
      refusal(words, { running, summary, places })
        .split('\n')
        .filter((line) => line.startsWith('  line: '));
    expect(lines('delete', 'node', 'n2')).toEqual(['  line: /srv/network/main.ts:9']);
    expect(lines('config', 'set', 'asNumber', '5')).toEqual(['  line: /srv/network/main.ts:7']);
    expect(lines('create')).toEqual(['  line: /srv/network/main.ts:7']);
    expect(lines('delete', 'bgppeer', 'edge')).toEqual([]);
  });

  test('is refused where no agent is reached, too', () => {
    expect(refusal(['apply'], undefined)).toContain('the fabric is code');
  });
});

test('peerform sessions --explain says that BFD goes on which the release has no more', () => {
  const text = 'BFD is no longer in the release, and goes on until the neighbour ends it';
  expect(sessionsText([session({})], true)).not.toContain(text);
  expect(sessionsText([{ ...session({}), hasLingeringBfd: true }], true)).toContain(text);
  const lingeringBfd = { localAddress: '10.0.0.1', remoteAddress: '10.0.0.2', port: 3784 };
  const both = { ...session({ bfd: { state: 'Up' } }), hasLingeringBfd: true as const, lingeringBfd };
  expect(sessionsText([both], true)).toContain(
    '  BFD at UDP port 3784 is no longer in the release, which has it at the other port, and goes on until the neighbour ends it\n',
  );
});

test('peerform sessions --explain says what only one end of a session carries', () => {
  const text = String(sessionsText([session({ notCarried: ['ipv6'], alsoOffered: ['ipv4'] })], true));
  expect(text).toContain('  the neighbour does not carry ipv6 unicast\n');
  expect(text).toContain('  the neighbour also offers ipv4 unicast, which this session does not carry\n');
});

test('peerform sessions --explain tells how BFD watches the neighbour', () => {
  const since = '2026-01-02T03:04:05.678Z';
  const lines = (bfd: SessionStatus['bfd']) =>
    String(sessionsText([session({ bfd })], true))
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line.includes('BFD'));
  const times = { transmitInterval: 300, detectionTime: 900 };
  const remote = { state: 'Up', diagnostic: 0, discriminator: 0x2a } as const;
  expect(lines({ state: 'Up', since, diagnostic: 0, localDiscriminator: 0xdeadbeef, remote, ...times })).toEqual([
    'BFD Up since 2026-01-02T03:04:05Z',
    'BFD sends every 300 ms, detects a failure within 900 ms, local discriminator 0xdeadbeef, remote 0x0000002a',
  ]);
  const reason = 'control detection time expired';
  const fell = { downs: 2, lastDown: since, lastDownReason: reason };
  expect(lines({ state: 'Down', since, diagnostic: 1, reason, isStrict: true, ...fell })).toEqual([
    `BFD Down since 2026-01-02T03:04:05Z; ${reason}; the neighbour sends no BFD packets; the session waits for it`,
    `BFD went down 2 times, last at 2026-01-02T03:04:05Z: ${reason}`,
  ]);
  expect(lines({ trouble: 'the BFD process does not respond' })).toEqual(['the BFD process does not respond']);
});

test('a session over a link without addresses shows its link, the neighbour that was found and the AS of its OPEN', () => {
  const over = {
    ...{ key: 'n1/local%eth1 n1%eth1 179', origin: 'peers.up', remoteNode: undefined, isInside: false },
    ...{ localAddress: 'n1/local%eth1', remoteAddress: 'n1%eth1', localAs: 67111 },
  };
  const [before, found] = [
    session({ ...over, remoteAs: UNKNOWN_AS, state: 'Idle', down: 'link eth1 is down' }),
    session({ ...over, remoteAs: 65001, linkLocal: 'fe80::2' }),
  ].map((one) => String(sessionsText([one], true)).split('\n')[0]);
  expect(before).toBe('n1%eth1 (AS ?) from eth1 (AS 67111)');
  expect(found).toBe('n1%eth1 at fe80::2 (AS 65001) from eth1 (AS 67111)');
  const table = String(sessionsText([session({ ...over, remoteAs: 65001, linkLocal: 'fe80::2' })], false));
  expect(table).toMatch(/^up +n1%eth1 +65001 /m);
});
