import { existsSync } from 'node:fs';
import type { RouteStatus } from '../../lib/control/status';
import type { FabricSpec } from '../../lib/model/fabric';
import { MARTIANS } from '../../lib/model/martian';
import { Prefix } from '../../lib/model/prefix';
import { sure } from '../../lib/model/problem';
import type { Namespace } from '../kernel/namespace';
import { ExaBgp } from './interop/exabgp';
import { skipUnless } from './interop/run-cells';
import { eventually, LocalNetwork } from './support/network';

const both = { families: ['ipv4' as const, 'ipv6' as const] };

/**
 * One neighbour that says everything, of which an import rule lets in what lies within 240.1.0.0/16; another one that
 * hears what is told on.
 */
const fabric: FabricSpec = {
  name: 'martians',
  edition: 2,
  asNumber: 65001,
  nodes: { n1: { ipv4Address: '10.0.0.1', ipv6Address: 'fd00::1' } },
  peers: {
    exabgp: { address: '10.0.0.2', asNumber: 65002, filters: ['named', 'all'], ...both },
    bird: { address: '10.0.0.3', asNumber: 65003, filters: ['all'], ...both },
  },
  filters: {
    named: { import: ['240.1.0.0/16', '127.0.0.0/8'].map((prefix) => ({ prefix, action: 'accept' })) },
    all: { import: [{ action: 'accept' }], export: [{ action: 'accept' }] },
  },
};

const BIRD = `
router id 10.0.0.3;
protocol device {}
protocol bgp n1 {
  local 10.0.0.3 as 65003; neighbor 10.0.0.1 as 65001;
  ipv4 { import all; export none; };
  ipv6 { import all; export none; };
}
`;

/** At any length, covering and covered. */
const ORDINARY = [
  ...['0.0.0.0/0', '10.9.0.0/16', '10.9.9.9/32', '100.64.7.0/24', '198.18.0.0/15', '203.0.113.7/32'],
  ...['::/0', 'fd09::/16', '2001:db8:9::9/128', '100::/64', 'fec0::/10'],
];
/** ExaBGP says what begins as IPv4 multicast in a family of its own: unit tests have these. */
const RANGES = MARTIANS.map(({ range }) => String(range)).filter((range) => range !== '224.0.0.0/4');
const WITHIN = ['0.1.2.0/24', '127.0.0.1/32', '169.254.169.254/32', '255.255.255.255/32', 'fe80::/64', 'ff02::1/128'];

const missing = [...ExaBgp.missing, ...['/usr/sbin/bird'].filter((path) => !existsSync(path))];
skipUnless('ExaBGP and BIRD beside an agent', missing, [{ title: 'martians' }], () => {
  let network: LocalNetwork;
  let n1: Namespace;
  let exabgp: ExaBgp;
  const say = (verb: 'announce' | 'withdraw', prefixes: readonly string[]) => {
    for (const prefix of prefixes)
      exabgp.say(`${verb} route ${prefix} next-hop ${prefix.includes(':') ? 'fd00::2' : '10.0.0.2'}`);
  };
  const routes = async () => {
    const all: RouteStatus[] = [];
    for await (const route of network.client('n1').routes()) all.push(route);
    return all;
  };
  const one = (prefix: string) => String(sure(Prefix.parse(prefix)));
  const sorted = (prefixes: readonly string[]) => prefixes.map(one).sort();
  /** What BIRD was told. */
  const told = () =>
    [...network.birdc(network.machines[2], 'show route protocol n1').matchAll(/^([0-9a-f:.]+\/\d+) /gm)]
      .map(([, prefix]) => one(prefix))
      .sort();
  const written = () => [n1.routes('table all proto 114'), n1.routes('table all proto 114', 6)].flat();

  beforeAll(async () => {
    network = new LocalNetwork([1, 2, 3]);
    [n1] = network.machines;
    network.bird(network.machines[2], BIRD);
    exabgp = ExaBgp.start({ network, machine: (n: number) => network.machines[n - 1] } as never, { as: 65002 });
    network.agent(n1, 'n1', ['--fabric', network.write('fabric.json', fabric)]);
    await eventually(async () => {
      const { sessions } = await network.client('n1').status();
      expect(sessions.map(({ state }) => state)).toEqual(['Established', 'Established']);
    }, 60);
    say('announce', [...RANGES, ...WITHIN, '240.1.2.0/24', ...ORDINARY]);
  });
  afterAll(() => network.remove());

  test('that a neighbour tells are known, and neither used, in the kernel, nor told on; what a rule names is, but for loopback', async () => {
    await eventually(async () => {
      const there = await routes();
      expect(sorted(there.map(({ prefix }) => prefix))).toEqual(
        sorted([...RANGES, ...WITHIN, '240.1.2.0/24', ...ORDINARY]),
      );
    }, 20);
    const all = await routes();
    const unused = all.filter(({ isBest }) => !isBest);
    expect(sorted(unused.map(({ prefix }) => prefix))).toEqual(sorted([...RANGES, ...WITHIN]));
    for (const { reason } of unused) expect(reason).toContain('martian');
    await eventually(() => expect(told()).toEqual(sorted(['240.1.2.0/24', ...ORDINARY])));
    await eventually(() => expect(written().join('\n')).toContain('240.1.2.0/24 via 10.0.0.2 dev eth0'));
    expect(written().join('\n')).not.toMatch(/(^|\n)(127\.|169\.254|0\.1\.2|25\d\.|fe80|ff0)/);
  });

  test('are counted for their neighbour, and told with their number', async () => {
    const { sessions } = await network.client('n1').status();
    const { routes: counts } = sessions.find(({ remoteAddress }) => remoteAddress === '10.0.0.2')!;
    expect((counts.ipv4?.martians ?? 0) + (counts.ipv6?.martians ?? 0)).toBe(RANGES.length + WITHIN.length);
    await eventually(async () => {
      const events = await network.client('n1').events(0);
      const about = events.map(({ message }) => message).filter((message) => message.includes('martian'));
      expect(about.length).toBeGreaterThan(0);
      expect(about.length).toBeLessThan(3);
    });
  });

  test('are withdrawn without harm to others', async () => {
    say('withdraw', [...RANGES, ...WITHIN, '240.1.2.0/24']);
    await eventually(async () =>
      expect(sorted((await routes()).map(({ prefix }) => prefix))).toEqual(sorted(ORDINARY)),
    );
    await eventually(() => expect(told()).toEqual(sorted(ORDINARY)));
    const { sessions } = await network.client('n1').status();
    expect(sessions.map(({ state }) => state)).toEqual(['Established', 'Established']);
  });
});
