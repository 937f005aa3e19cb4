import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { outsideConfig } from '../../../lib/lab/daemon/config';
import { DAEMONS, OUTSIDE_KINDS } from '../../../lib/lab/daemon/daemons';
import { keysFor, referencesIn } from '../../../lib/lab/keys';
import { planLab } from '../../../lib/lab/plan';
import { SAMPLE } from '../../../lib/lab/sample';
import type { FabricSpec } from '../../../lib/model/fabric';
import { readFabric } from '../../../lib/model/read';

type DaemonKind = keyof typeof DAEMONS;

const EVERYTHING: FabricSpec = {
  ...SAMPLE,
  nodes: {
    ...SAMPLE.nodes,
    'rack.1-a': { ipv4Address: '10.9.0.1', asNumber: 65010 },
    'rack-1.a': { ipv6Address: 'fd09::1' },
    host: { ipv4Address: '10.9.0.9', rack: 'r' },
  },
  racks: { r: { asNumber: 65020, topOfRack: [{ ipv4Address: '192.0.2.20' }] } },
  peers: {
    both: { address: '192.20.30.40', asNumber: '1.1575', families: ['ipv4', 'ipv6'], port: 1179, holdTime: 30 },
    six: { node: 'node1', address: 'aa:bb::ff', asNumber: 65099, password: 'file:/tor.key', ttlSecurity: 1 },
    far: { node: 'node2', address: '192.20.30.41', asNumber: 65098, password: 'secret:far', ttlSecurity: 3 },
    cabled: { node: 'node3', address: '192.0.2.8', localAddress: '192.0.2.9', asNumber: 65097, ttlSecurity: 1 },
    node2: { node: 'node1', address: '10.0.0.2', asNumber: 67111 },
  },
  nodeToNodeMesh: false,
};

/** The configuration of the machine with this address in the words of a daemon. */
const filesOf = (kind: DaemonKind, spec: FabricSpec, address: string) => {
  const { fabric, problems } = readFabric(spec);
  expect(problems.map(String)).toEqual([]);
  const plan = planLab(fabric!);
  const keys = keysFor(referencesIn(fabric!), { 'file:/tor.key': 'tor-key', 'secret:far': 'far-key' });
  const machine = plan.machines.find(({ sessions }) => sessions.some((one) => String(one.localAddress) === address))!;
  return DAEMONS[kind].files(outsideConfig(plan, machine, keys));
};
const MAIN_FILE: Record<DaemonKind, string> = {
  bird: 'bird.conf',
  frr: 'bgpd.conf',
  gobgp: 'gobgpd.toml',
  openbgpd: 'bgpd.conf',
};
const textOf = (kind: DaemonKind, spec: FabricSpec, address: string) => filesOf(kind, spec, address)[MAIN_FILE[kind]];
const KINDS = Object.keys(DAEMONS) as DaemonKind[];
const BIRD_BFD = 'bfd { min tx interval 100 ms; min rx interval 200 ms; multiplier 5; };';

/**
 * What each says of the same: the two ends of a session with its ports, its hold time, its key, GTSM on the link and 3
 * hops away, a reflector's client, and the host that is announced.
 */
const SAYS: Record<DaemonKind, Record<string, readonly [address: string, text: string]>> = {
  bird: {
    ends: ['192.20.30.40', 'local 192.20.30.40 port 1179 as 67111;\n  neighbor 10.9.0.1 port 179 as 65010;'],
    hold: ['192.20.30.40', 'hold time 30;'],
    key: ['aa:bb::ff', 'password "tor-key";'],
    link: ['aa:bb::ff', 'multihop 1;\n  ttl security on;'],
    cable: ['192.0.2.8', 'direct;\n  check link;\n  ttl security on;'],
    far: ['192.20.30.41', 'multihop 3;\n  ttl security on;\n  password "far-key";'],
    client: ['192.0.2.20', 'rr client;'],
    host: ['192.20.30.40', 'route 203.0.113.1/32 via "lan1";'],
  },
  frr: {
    ends: ['192.20.30.40', 'neighbor 10.9.0.1 remote-as 65010'],
    port: ['192.20.30.40', 'neighbor 10.9.0.1 port 179'],
    source: ['192.20.30.40', 'neighbor 10.9.0.1 update-source 192.20.30.40'],
    hold: ['192.20.30.40', 'neighbor 10.9.0.1 timers 10 30'],
    key: ['aa:bb::ff', 'neighbor fd00:10::1 password tor-key'],
    link: ['aa:bb::ff', 'neighbor fd00:10::1 ttl-security hops 1'],
    cable: ['192.0.2.8', 'neighbor 192.0.2.9 ttl-security hops 1'],
    far: ['192.20.30.41', 'neighbor 10.0.0.2 ttl-security hops 3'],
    client: ['192.0.2.20', 'neighbor 10.9.0.9 route-reflector-client'],
    host: ['192.20.30.40', '  network 203.0.113.1/32'],
  },
  gobgp: {
    ends: ['192.20.30.40', 'neighbor-address = "10.9.0.1"\n    peer-as = 65010'],
    port: ['192.20.30.40', '  port = 1179'],
    source: ['192.20.30.40', 'local-address = "192.20.30.40"\n    remote-port = 179'],
    hold: ['192.20.30.40', 'hold-time = 30'],
    key: ['aa:bb::ff', 'auth-password = "tor-key"'],
    link: ['aa:bb::ff', 'ttl-min = 255'],
    cable: ['192.0.2.8', 'ttl-min = 255'],
    far: ['192.20.30.41', 'ttl-min = 253'],
    client: ['192.0.2.20', 'route-reflector-client = true'],
  },
  openbgpd: {
    ends: ['192.20.30.40', 'neighbor 10.9.0.1 {\n  remote-as 65010'],
    port: ['192.20.30.40', 'listen on 192.20.30.40 port 1179'],
    source: ['192.20.30.40', 'local-address 192.20.30.40\n  port 179'],
    hold: ['192.20.30.40', 'holdtime 30'],
    key: ['aa:bb::ff', 'tcp md5sig password "tor-key"'],
    link: ['aa:bb::ff', 'ttl-security yes'],
    cable: ['192.0.2.8', 'ttl-security yes'],
    far: ['192.20.30.41', 'multihop 3'],
    client: ['192.0.2.20', 'route-reflector'],
    host: ['192.20.30.40', 'network 203.0.113.1/32 set nexthop 192.20.30.40'],
  },
};

describe.each(KINDS)('the configuration of %s as an outside neighbour', (kind) => {
  test.each(Object.entries(SAYS[kind]))('says %s', (_, [address, text]) => {
    expect(textOf(kind, EVERYTHING, address)).toContain(text);
  });

  test('says neither key nor GTSM where the fabric has none', () => {
    for (const content of Object.values(filesOf(kind, SAMPLE, '192.20.30.40')))
      expect(content).not.toMatch(/password|ttl.security|md5sig/i);
  });

  test('is the same for what stays when another node comes and goes', () => {
    const more: FabricSpec = { ...SAMPLE, nodes: { node0: { ipv4Address: '10.0.0.9' }, ...SAMPLE.nodes } };
    const [now, then] = [SAMPLE, more].map((spec) => textOf(kind, spec, '192.20.30.40'));
    const added = then.replaceAll(/[^\n]*(10\.0\.0\.9|10_0_0_9|node0)[^\n]*\n/g, '');
    for (const line of now.split('\n')) expect(added).toContain(line);
  });
});

describe('BIRD as an outside neighbour', () => {
  test('takes its next hop for a family that is not the one of the session from the machine', () => {
    const conf = textOf('bird', EVERYTHING, '192.20.30.40');
    expect(conf).toMatch(/ipv6 { .* next hop address 2001:2::1; /);
    expect(conf).toMatch(/ipv4 { .* next hop self; /);
  });

  test('announces the host behind it and what it learned by BGP, and not the routes of the wiring', () => {
    const conf = textOf('bird', SAMPLE, '192.20.30.40');
    expect(conf).toContain('protocol static outside_ipv4 {\n  ipv4;\n  route 203.0.113.1/32 via "lan1";\n}');
    expect(conf).toContain('route fd00:10::3/128 via "eth0";');
    expect(conf.match(/export where proto = "outside_ipv6" \|\| source = RTS_BGP;/g)).toHaveLength(3);
  });
});

/** How each checks a file without running; those that are not installed are left out. */
const CHECKS: Partial<Record<DaemonKind, (path: string) => readonly string[]>> = {
  bird: (path) => ['bird', '-p', '-c', path],
  frr: (path) => ['/usr/lib/frr/bgpd', '--dryrun', '-f', path],
  gobgp: (path) => ['gobgpd', '--dry-run', '-f', path],
  openbgpd: (path) => ['/usr/sbin/bgpd', '-n', '-f', path],
};

describe.each(Object.entries(CHECKS) as [DaemonKind, (path: string) => readonly string[]][])('%s', (kind, check) => {
  const [program, ...flag] = DAEMONS[kind].version.argv();
  const version = spawnSync(program, flag, { encoding: 'utf8' });
  const isInstalled = DAEMONS[kind].version.pattern.test(`${version.stdout}${version.stderr}`);
  (isInstalled ? test : test.skip)('reads what is written for it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'daemon-'));
    for (const [spec, address] of [
      [SAMPLE, '192.20.30.40'],
      ...['192.20.30.40', 'aa:bb::ff', '192.20.30.41', '192.0.2.8', '192.0.2.20'].map((one) => [EVERYTHING, one]),
    ] as [FabricSpec, string][]) {
      const path = join(folder, MAIN_FILE[kind]);
      writeFileSync(path, textOf(kind, spec, address), { mode: 0o600 });
      const [command, ...args] = check(path);
      const { status, stderr } = spawnSync(command, args, { encoding: 'utf8', cwd: folder });
      expect([address, status, status === 0 ? '' : stderr]).toEqual([address, 0, '']);
    }
    rmSync(folder, { recursive: true });
  });
});

const BIRD_SHOWS = `BIRD 2.0.12 ready.
Access restricted
Name       Proto      Table      State  Since         Info
device1    Device     ---        up     16:51:49.458  
n1_tor     BGP        ---        up     2026-11-29 16:51:49  Established   
n2_tor     BGP        ---        start  16:51:49.458  Active        Socket: Established elsewhere
n3_tor     BGP        ---        down   16:51:49.458  
`;

/** What each shows of a session that is up and of one that is not. */
const SHOWN: Record<DaemonKind, string> = {
  bird: BIRD_SHOWS.replace(/^n3.*\n/m, ''),
  frr: JSON.stringify({
    ipv4Unicast: { peers: { '10.0.0.1': { state: 'Established' }, '10.0.0.2': { state: 'Active' } } },
    ipv6Unicast: { peers: { '10.0.0.1': { state: 'Established' } } },
  }),
  gobgp: JSON.stringify([{ state: { session_state: 6 } }, { state: { session_state: 3 } }]),
  openbgpd: JSON.stringify({ neighbors: [{ state: 'Established' }, { state: 'Connect' }] }),
};

test.each(KINDS)('the sessions of %s are read from what it shows', (kind) => {
  expect(DAEMONS[kind].sessions.read(SHOWN[kind])).toEqual([true, false]);
});

test('the sessions of BIRD are read by column', () => {
  expect(DAEMONS.bird.sessions.read(BIRD_SHOWS)).toEqual([true, false, false]);
});

test('what may be asked for as outside is every daemon, and our own agent', () => {
  expect(OUTSIDE_KINDS).toEqual(['bird', 'frr', 'gobgp', 'openbgpd', 'agent']);
});

test.each<[string, DaemonKind, string, string[]]>([
  ['at the end of a cable BIRD watches as the node does', 'bird', '192.0.2.8', ['protocol bfd {}', BIRD_BFD]],
  ['and several hops away', 'bird', '192.20.30.41', ['protocol bfd {}', BIRD_BFD]],
  ['over the switch it would look farther than the node', 'bird', '192.0.2.20', []],
  ['and so does FRR', 'frr', '192.0.2.8', ['neighbor 192.0.2.9 bfd 5 200 100']],
  ['several hops away as well', 'frr', '192.20.30.41', ['bfd 5 200 100']],
  ['and not where it would look farther than the node', 'frr', '192.0.2.20', []],
])('BFD: %s', (_, kind, address, lines) => {
  const bfd = { transmitInterval: 100, receiveInterval: 200, detectMultiplier: 5 };
  const spec: FabricSpec = {
    ...EVERYTHING,
    racks: { r: { ...EVERYTHING.racks!.r, topOfRack: [{ ipv4Address: '192.0.2.20', bfd }] } },
    peers: Object.fromEntries(
      Object.entries(EVERYTHING.peers!).map(([name, peer]) => [
        name,
        ['far', 'cabled'].includes(name) ? { ...peer, bfd } : peer,
      ]),
    ),
  };
  const text = textOf(kind, spec, address);
  for (const line of lines) expect(text).toContain(line);
  if (lines.length === 0) expect(text).not.toContain('bfd');
});

test('BFD: FRR watches an external neighbour over several hops where the node does', () => {
  const top = { ipv4Address: '192.0.2.20', asNumber: 65096, bfd: { multihop: true } };
  const text = textOf('frr', { ...EVERYTHING, racks: { r: { asNumber: 65020, topOfRack: [top] } } }, '192.0.2.20');
  expect(text).toContain(' neighbor 10.9.0.9 ebgp-multihop 255\n neighbor 10.9.0.9 bfd 3 300 300\n');
});
