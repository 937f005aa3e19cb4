import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { FabricSpec } from '../../lib/model/fabric';
import { share } from '../breadth';
import { Namespace } from '../kernel/namespace';
import { skipUnless } from './interop/run-cells';
import { Debian, wantedReleases } from './support/debian';
import { FRR_PROGRAMS, startBgpd, startFrr } from './support/frr';
import { eventually, LocalNetwork } from './support/network';

/** A host with two uplinks, to a top-of-rack switch each; no link has an address. */
const all = { import: [{ action: 'accept' as const }], export: [{ action: 'accept' as const }] };

let network: LocalNetwork;
let machines: Namespace[];
let host: Namespace;
let tor1: Namespace;
let tor2: Namespace;

/** Both ends of a cable without addresses. */
function cable(a: Namespace, on: string, b: Namespace, to: string): void {
  a.ip(`link add ${on} type veth peer name ${to} netns ${b.name}`);
  for (const [machine, name] of [[a, on] as const, [b, to] as const]) {
    machine.run('sysctl', '-qw', `net.ipv6.conf.${name}.accept_dad=0`);
    machine.ip(`link set ${name} up`);
  }
}

const frr = (as: number, id: string, peerType: string, more = '') => `
router bgp ${as}
 bgp router-id ${id}
 no bgp ebgp-requires-policy
 no bgp network import-check
 neighbor swp1 interface remote-as ${peerType}
 neighbor swp1 timers connect 1
 address-family ipv4 unicast
  network 203.0.113.0/24
  network ${id}/32
 exit-address-family
 address-family ipv6 unicast
  neighbor swp1 activate
  network 2001:db8:3::/48
 exit-address-family
 ${more}
exit
`;

/**
 * BIRD does not dial: it accepts whom it hears on the link. An internal neighbour may be several hops away unless it is
 * `direct`, and such a session cannot be bound to an interface.
 */
const bird = (peerType: 'external' | 'internal', more = peerType === 'internal' ? 'direct;' : '') => `
router id 10.9.0.1;
protocol device { }
protocol kernel kernel4 { ipv4 { export all; }; }
protocol kernel kernel6 { ipv6 { export all; }; }
protocol static static4 { ipv4; route 203.0.113.0/24 unreachable; }
protocol static static6 { ipv6; route 2001:db8:3::/48 unreachable; }
protocol radv { interface "swp1" { max ra interval 10; default lifetime 0; }; }
protocol bgp host {
  local as ${peerType === 'internal' ? 64512 : 65001};
  neighbor range fe80::/10 ${peerType};
  interface "swp1";
  ${more}
  ipv4 { extended next hop on; import all; export all; };
  ipv6 { import all; export all; };
}
`;

const fabric = (peers: FabricSpec['peers'], more: Partial<FabricSpec> = {}): FabricSpec => ({
  ...{ name: 'unnumbered', asNumber: 64512 },
  nodes: {
    h1: {
      ...{ ipv4Address: '192.0.2.1', ipv6Address: 'fd00::1' },
      advertise: [
        { prefix: '192.0.2.1/32', blackhole: false },
        { prefix: 'fd00::1/128', blackhole: false },
      ],
    },
  },
  ...{ multipath: 4, peers, filters: { all }, ...more },
});
const uplink = (name: string, more: object = {}) => ({
  ...{ interface: name, peerType: 'external' as const, filters: ['all'], connectRetryTime: 1, ...more },
});

const linkLocalOf = (machine: Namespace, name: string) =>
  /inet6 (fe80::[0-9a-f:]+)/.exec(machine.ip(`-6 addr show dev ${name} scope link`))![1];
const sessions = async () => (await network.client('h1').status()).sessions;
const states = async () => (await sessions()).map(({ remoteAddress, state }) => `${remoteAddress} ${state}`);
/** Where each release has BIRD 2 and BIRD 3 (scripts/debian-tree.mjs). */
const BOTH = [
  ['BIRD 2', '/opt/bird2/usr/sbin/bird'],
  ['BIRD 3', '/usr/sbin/bird'],
] as const;
const BIRDS = { bookworm: [['BIRD 2', '/usr/sbin/bird']], trixie: BOTH, sid: BOTH } as const;
const MAIN = resolve(__dirname, '../../dist/cli/main.js');
const ADVERTISE = resolve(__dirname, 'support/advertise.js');
const setting = (link: string) =>
  execFileSync('ip', ['netns', 'exec', host.name, 'cat', `/proc/sys/net/ipv6/conf/${link}/accept_ra_defrtr`], {
    encoding: 'utf8',
  }).trim();
const FLAPS = share(50);
/** TCP connections of the host's kernel, whatever their state, and whom it knows on its links. */
const socketsOf = () =>
  execFileSync('ip', ['netns', 'exec', host.name, 'ss', '-Htan'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('TIME-WAIT')).length;
const neighboursOf = () => new Set(host.ip('-6 neigh show').match(/^fe80\S+ dev \S+/gm)).size;
const own = (family: 4 | 6) => host.routes('proto 114', family).join('\n');

skipUnless(
  'FRR at the other end of links without addresses',
  FRR_PROGRAMS.filter((path) => !existsSync(path)),
  [{ title: 'unnumbered sessions' }],
  () => {
    beforeEach(() => {
      network = new LocalNetwork([]);
      machines = [host, tor1, tor2] = Array.from({ length: 3 }, () => Namespace.make());
      cable(host, 'up1', tor1, 'swp1');
      cable(host, 'up2', tor2, 'swp1');
      host.ip('addr add 192.0.2.1/32 dev lo');
      host.ip('addr add fd00::1/128 dev lo');
    });
    afterEach(async () => {
      await network.remove();
      for (const one of machines) one.remove();
    });

    const start = (spec: FabricSpec) => network.agent(host, 'h1', ['--fabric', network.write('fabric.json', spec)]);
    const settles = (...wanted: string[]) =>
      eventually(async () => expect(await states()).toEqual(wanted.map((one) => `h1%${one}`)), 60);
    /** The kernel's route to what both switches advertise leads to these links. */
    const leads = (...links: string[]) =>
      eventually(() => {
        for (const family of [4, 6] as const)
          expect(
            [...own(family).matchAll(/ dev (\S+)/g)]
              .map(([, link]) => link)
              .filter(isUplink)
              .sort(),
          ).toEqual(expect.arrayContaining(links));
        for (const link of ['up1', 'up2']) if (!links.includes(link)) expect(own(4) + own(6)).not.toContain(link);
      }, 30);
    const isUplink = (link: string) => link.startsWith('up');

    test('external neighbours are two equal ways for both families, and neither is a default router', async () => {
      const spec = fabric({ up1: uplink('up1'), up2: uplink('up2') });
      const agent = start(spec);
      await settles('up1 Idle', 'up2 Idle');
      expect((await sessions())[0]).toMatchObject({ downBy: 'awaits-neighbour', remoteAs: 0 });
      await startFrr(network, tor1, frr(65001, '10.9.0.1', 'external'));
      await startFrr(network, tor2, frr(65002, '10.9.0.2', 'external'));
      await settles('up1 Established', 'up2 Established');
      const [one, two] = [linkLocalOf(tor1, 'swp1'), linkLocalOf(tor2, 'swp1')];
      expect((await sessions()).map(({ linkLocal, remoteAs }) => [linkLocal, remoteAs])).toEqual([
        [one, 65001],
        [two, 65002],
      ]);
      await leads('up1', 'up2');
      expect(own(4)).toContain(`via inet6 ${one} dev up1`);
      expect(own(4)).toContain(`via inet6 ${two} dev up2`);
      // The switches have the host's addresses over its link-local one, for both families.
      const ours = linkLocalOf(host, 'up1');
      await eventually(() => {
        expect(tor1.routes('192.0.2.1').join()).toContain(`via inet6 ${ours} dev swp1`);
        expect(tor1.routes('fd00::1', 6).join()).toContain(`via ${ours} dev swp1`);
      }, 30);
      expect(host.ip('route get 203.0.113.1 from 192.0.2.1')).toContain('via inet6 fe80:');
      expect(host.routes('default', 6)).toEqual([]);
      expect(tor1.routes('default', 6)).toEqual([]);
      expect(setting('up1')).toBe('0');
      await agent.kill('SIGTERM');
      expect(setting('up1')).toBe('0');
      const again = start(spec);
      await settles('up1 Established', 'up2 Established');
      expect(host.routes('default', 6)).toEqual([]);
      await again.kill('SIGUSR2');
      expect(setting('up1')).toBe('1');
    });

    test('a setting that another program sets back is 0 again, and a default route learned over the link is reported', async () => {
      host.run('sysctl', '-qw', 'net.ipv6.conf.up1.accept_ra=0');
      await startFrr(network, tor1, frr(65001, '10.9.0.1', 'external'));
      const agent = start(fabric({ up1: uplink('up1') }));
      await settles('up1 Established');
      expect(setting('up1')).toBe('0');
      host.run('sysctl', '-qw', 'net.ipv6.conf.up1.accept_ra=1', 'net.ipv6.conf.up1.accept_ra_defrtr=1');
      await eventually(() => expect(setting('up1')).toBe('0'), 30);
      await eventually(() =>
        expect(agent.text).toContain('another program set net/ipv6/conf/up1/accept_ra_defrtr to 1'),
      );
      host.ip(`-6 route replace default via ${linkLocalOf(tor1, 'swp1')} dev up1 proto ra metric 1025`);
      await eventually(
        async () =>
          expect((await sessions())[0]).toMatchObject({
            learnedDefault: expect.stringContaining('ip -6 route del default dev up1 proto ra'),
          }),
        30,
      );
      await eventually(() => expect(agent.text).toContain('leads over up1'), 30);
      while (host.routes('default proto ra', 6).length > 0) host.ip('-6 route del default dev up1 proto ra');
      await eventually(async () => expect((await sessions())[0]).not.toHaveProperty('learnedDefault'), 30);
      expect((await states())[0]).toBe('h1%up1 Established');
    });

    test('a family that the neighbour does not negotiate is reported, though the session is up', async () => {
      const lacking = frr(65001, '10.9.0.1', 'external').replace('  neighbor swp1 activate\n', '');
      await startFrr(network, tor1, lacking);
      const agent = start(fabric({ up1: uplink('up1') }));
      await settles('up1 Established');
      expect((await sessions())[0]).toMatchObject({ notCarried: ['ipv6'] });
      expect(agent.text.split('the neighbour does not carry ipv6 unicast').length - 1).toBe(1);
    });

    test('an agent that starts again takes over its routes over links without addresses, and loses none', async () => {
      await startFrr(network, tor1, frr(65001, '10.9.0.1', 'external'));
      const spec = fabric({ up1: uplink('up1') });
      const first = start(spec);
      await settles('up1 Established');
      await leads('up1');
      const heard = network.start(host, ['ip', 'monitor', 'route']);
      await eventually(() => expect(tor1.routes('192.0.2.1').join()).toContain('via inet6'), 30);
      await first.kill('SIGKILL');
      start(spec);
      await settles('up1 Established');
      await eventually(async () => expect((await network.client('h1').status()).kernel.wanted).toBe(3), 30);
      await leads('up1');
      expect(heard.text).not.toMatch(/Deleted 203\.0\.113\.0/);
      expect(heard.text).not.toMatch(/Deleted 2001:db8:3::/);
    });

    test('a link that goes takes its routes with it at once, many times, and the other one carries on', async () => {
      await startFrr(network, tor1, frr(65001, '10.9.0.1', 'external'));
      await startFrr(network, tor2, frr(65002, '10.9.0.2', 'external'));
      start(fabric({ up1: uplink('up1'), up2: uplink('up2') }));
      await settles('up1 Established', 'up2 Established');
      await leads('up1', 'up2');
      const [sockets, neighbours] = [socketsOf(), neighboursOf()];
      for (let flap = 0; flap < FLAPS; flap++) {
        tor1.ip('link set swp1 down');
        await eventually(
          async () => expect((await sessions())[0]).toMatchObject({ down: 'link up1 has no carrier' }),
          5,
        );
        await leads('up2');
        tor1.ip('link set swp1 up');
        await leads('up1', 'up2');
      }
      await settles('up1 Established', 'up2 Established');
      // The kernel keeps those of the last flaps until it has given up sending what they had in hand.
      await eventually(() => expect([socketsOf(), neighboursOf()]).toEqual([sockets, neighbours]), 120);
    });

    test('a link-layer address that changes at either end costs no session and no more than the packets meanwhile', async () => {
      await startFrr(network, tor1, frr(65001, '10.9.0.1', 'external'));
      const agent = start(fabric({ up1: uplink('up1') }));
      await settles('up1 Established');
      await eventually(() => expect(tor1.routes('192.0.2.1').join()).toContain('via inet6'), 30);
      const [{ since }] = await sessions();
      const known = (at: Namespace, link: string, of: Namespace, on: string) => {
        const [neighbour] = at.ip(`-6 neigh show ${linkLocalOf(of, on)} dev ${link}`).split('\n');
        return / lladdr (\S+)/.exec(neighbour)?.[1];
      };
      host.ip('link set up1 address 02:00:00:00:00:77');
      await eventually(() => expect(known(tor1, 'swp1', host, 'up1')).toBe('02:00:00:00:00:77'), 3);
      tor1.ip('link set swp1 address 02:00:00:00:00:88');
      await eventually(() => expect(known(host, 'up1', tor1, 'swp1')).toBe('02:00:00:00:00:88'), 30);
      await eventually(() => expect(agent.text).toContain('has link-layer address 02:00:00:00:00:88 now'), 30);
      expect((await sessions())[0]).toMatchObject({ state: 'Established', since });
    });

    test('an agent that was killed restores what it had set, when it runs without the peer', async () => {
      const killed = start(fabric({ up1: uplink('up1') }));
      await eventually(() => expect(setting('up1')).toBe('0'));
      await killed.kill('SIGKILL');
      expect(setting('up1')).toBe('0');
      const again = start(fabric({ up2: uplink('up2') }));
      await eventually(() => expect([setting('up1'), setting('up2')]).toEqual(['1', '0']));
      await again.kill('SIGUSR2');
      expect([setting('up1'), setting('up2')]).toEqual(['1', '1']);
    });

    test('`agent cleanup` restores what an agent has left set', async () => {
      const agent = start(fabric({ up1: uplink('up1') }));
      await eventually(() => expect(setting('up1')).toBe('0'));
      await agent.kill('SIGTERM');
      expect(setting('up1')).toBe('0');
      host.run(process.execPath, MAIN, 'agent', '--state', network.path('state-h1'), 'cleanup');
      expect(setting('up1')).toBe('1');
    });

    test('an interface that is renamed while it is up is restored under its new name', async () => {
      const agent = start(fabric({ up: uplink('up*') }));
      await eventually(() => expect([setting('up1'), setting('up2')]).toEqual(['0', '0']));
      host.ip('link set up2 name up22');
      await settles('up1 Idle', 'up22 Idle');
      await agent.kill('SIGUSR2');
      expect([setting('up1'), setting('up22')]).toEqual(['1', '1']);
    });

    test('an internal neighbour is found, signed and with TTL security; in another AS it is refused, with the reason', async () => {
      writeFileSync(network.path('key'), 'secret\n', { mode: 0o600 });
      const secured = 'neighbor swp1 password secret\n neighbor swp1 ttl-security hops 1';
      const bgpd = await startFrr(network, tor1, frr(64512, '10.9.0.1', 'internal', secured));
      const peer = { peerType: 'internal', password: `file:${network.path('key')}`, ttlSecurity: 1 } as const;
      start(fabric({ up1: uplink('up1', peer) }));
      await settles('up1 Established');
      expect((await sessions())[0]).toMatchObject({ remoteAs: 64512, localAs: 64512 });
      await leads('up1');
      await eventually(() => expect(tor1.routes('192.0.2.1').join()).toContain('via inet6'), 30);
      await bgpd.kill('SIGKILL');
      await startBgpd(network, tor1, frr(65001, '10.9.0.1', 'external', secured));
      await eventually(
        async () => expect((await sessions())[0].lastError?.text).toContain('it is in AS 65001, not 64512'),
        60,
      );
    });

    test('BFD watches the neighbour that was found', async () => {
      const more = { bfd: {}, connectRetryTime: 1 };
      network.bfd(host, 'h1');
      start(fabric({ up1: uplink('up1', more) }));
      await startFrr(network, tor1, frr(65001, '10.9.0.1', 'external', 'neighbor swp1 bfd'), { bfd: '' });
      await settles('up1 Established');
      await eventually(async () => expect((await sessions())[0].bfd).toMatchObject({ state: 'Up' }), 30);
    });

    test('an external neighbour may change its AS number; one in our own AS is refused, with the reason', async () => {
      let bgpd = await startFrr(network, tor1, frr(65001, '10.9.0.1', 'external'));
      start(fabric({ up1: uplink('up1') }));
      await settles('up1 Established');
      await bgpd.kill('SIGKILL');
      bgpd = await startBgpd(network, tor1, frr(65002, '10.9.0.1', 'external'));
      await eventually(
        async () => expect((await sessions())[0]).toMatchObject({ remoteAs: 65002, state: 'Established' }),
        60,
      );
      await bgpd.kill('SIGKILL');
      await startBgpd(network, tor1, frr(64512, '10.9.0.1', 'internal'));
      await eventually(
        async () =>
          expect((await sessions())[0].lastError?.text).toContain('it is in AS 64512, not any other than 64512'),
        60,
      );
    });

    /** A switch between the host, the neighbour and other stations. */
    const onSegment = (...others: readonly Namespace[]) => {
      const wire = Namespace.make();
      machines.push(wire, ...others);
      wire.ip('link add br0 type bridge mcast_snooping 0');
      wire.ip('link set br0 up');
      tor1.ip('link del swp1');
      for (const [i, machine] of [host, tor1, ...others].entries()) {
        cable(machine, machine === host ? 'lan' : 'swp1', wire, `port${i}`);
        wire.ip(`link set port${i} master br0`);
      }
    };

    test('a station that only advertises itself keeps the neighbour out for a few seconds, and is named', async () => {
      const evil = Namespace.make();
      onSegment(evil);
      evil.ip('addr add fe80::bad/64 dev swp1 nodad');
      network.start(evil, [process.execPath, ADVERTISE, 'swp1', '255', '1000/300', 'fe80::bad']);
      const agent = start(fabric({ lan: uplink('lan') }));
      await eventually(async () => expect((await sessions())[0]).toMatchObject({ linkLocal: 'fe80::bad' }), 30);
      // It answers nothing: not even neighbour solicitations.
      evil.ip('addr del fe80::bad/64 dev swp1');
      await startFrr(network, tor1, frr(65001, '10.9.0.1', 'external'));
      await eventually(
        async () =>
          expect((await sessions())[0]).toMatchObject({
            ...{ state: 'Established', linkLocal: linkLocalOf(tor1, 'swp1') },
            otherStations: [{ address: 'fe80::bad', advertises: true }],
          }),
        60,
      );
      expect(agent.text).toContain('it takes the place of fe80::bad, which has no session');
      await eventually(() => expect(agent.text).toContain('fe80::bad advertises itself too and is refused'), 30);
      await eventually(() => expect(own(4)).toContain(`via inet6 ${linkLocalOf(tor1, 'swp1')} dev lan`), 30);
    });

    test('a successor of the neighbour has its turn at once, though a station advertises itself from six addresses', async () => {
      const evil = Namespace.make();
      onSegment(evil);
      const addresses = Array.from({ length: 6 }, (_, i) => `fe80::bad:${i + 1}`);
      for (const one of addresses) evil.ip(`addr add ${one}/64 dev swp1 nodad`);
      const config = frr(65001, '10.9.0.1', 'external');
      const bgpd = await startFrr(network, tor1, config);
      const agent = start(fabric({ lan: uplink('lan', { holdTime: 3, keepaliveTime: 1 }) }));
      await settles('lan Established');
      const former = linkLocalOf(tor1, 'swp1');
      network.start(evil, [process.execPath, ADVERTISE, 'swp1', '255', '1000/1200', ...addresses]);
      await eventually(async () => expect((await sessions())[0].otherStations).toHaveLength(6), 30);
      // It answers nothing at half of them: not even neighbour solicitations.
      for (const one of addresses.slice(3)) evil.ip(`addr del ${one}/64 dev swp1`);
      tor1.ip('link set swp1 down');
      tor1.ip('link set swp1 address 02:00:00:00:00:99');
      tor1.ip('link set swp1 up');
      const successor = linkLocalOf(tor1, 'swp1');
      expect(successor).not.toBe(former);
      await eventually(
        async () => expect((await sessions())[0]).toMatchObject({ state: 'Established', linkLocal: successor }),
        60,
      );
      const turns = agent.text.split('\n').filter((line) => line.includes('it takes the place of'));
      expect(turns.length).toBeLessThanOrEqual(addresses.length + 1);
      await bgpd.kill('SIGKILL');
    });

    test('the routes of a neighbour that restarts gracefully stay, though another station advertises itself meanwhile', async () => {
      const evil = Namespace.make();
      onSegment(evil);
      const restarts = 'bgp graceful-restart\n bgp graceful-restart preserve-fw-state';
      const config = frr(65001, '10.9.0.1', 'external', restarts);
      const bgpd = await startFrr(network, tor1, config);
      const agent = start(fabric({ lan: uplink('lan') }));
      await settles('lan Established');
      const neighbour = linkLocalOf(tor1, 'swp1');
      await eventually(() => expect(own(4)).toContain(`203.0.113.0/24 via inet6 ${neighbour} dev lan`), 30);
      await eventually(() => expect(agent.text).toContain('all routes of ipv6 unicast were received'), 30);
      const heard = network.start(host, ['ip', 'monitor', 'route']);
      await bgpd.kill('SIGKILL');
      await eventually(() => expect(agent.text).toContain('retaining routes for'), 30);
      // Longer than two turns.
      const station = linkLocalOf(evil, 'swp1');
      const forged = network.start(evil, [process.execPath, ADVERTISE, 'swp1', '255', '40/300', station]);
      await forged.ended;
      expect((await sessions())[0]).toMatchObject({ linkLocal: neighbour, otherStations: [{ address: station }] });
      await startBgpd(network, tor1, config);
      await settles('lan Established');
      await eventually(() => expect(agent.text.split('all routes of ipv6 unicast were received')).toHaveLength(3), 30);
      expect(own(4)).toContain(`203.0.113.0/24 via inet6 ${neighbour} dev lan`);
      expect(heard.text).not.toMatch(/Deleted (203\.0\.113\.0|2001:db8:3::)/);
      expect(agent.text).not.toContain('it takes the place of');
    });

    test('a neighbour that dials and does not advertise itself is named', async () => {
      const dial = `require('net').connect(179, '${linkLocalOf(host, 'up1')}%swp1').on('error', () => {})`;
      network.start(tor1, [process.execPath, '-e', `setInterval(() => ${dial}, 500)`]);
      const agent = start(fabric({ up1: uplink('up1') }));
      await eventually(
        async () =>
          expect((await sessions())[0]).toMatchObject({
            ...{ state: 'Idle', linkHindrance: 'unadvertised' },
            down: `${linkLocalOf(tor1, 'swp1')} has connected, and does not advertise itself on the link (router advertisement, RFC 4861)`,
          }),
        60,
      );
      expect(agent.text).toContain('refused: it has not advertised itself on up1 yet');
    });

    test('a second station on the link is reported and refused, a flood and forged advertisements have no effect, a successor is found', async () => {
      const [evil, next] = [Namespace.make(), Namespace.make()];
      onSegment(evil, next);
      const agent = start(fabric({ lan: uplink('lan') }));
      await settles('lan Idle');
      const bgpd = await startFrr(network, tor1, frr(65001, '10.9.0.1', 'external'));
      await settles('lan Established');
      const neighbour = (await sessions())[0].linkLocal;
      expect(neighbour).toBe(linkLocalOf(tor1, 'swp1'));

      const station = linkLocalOf(evil, 'swp1');
      const sources = Array.from({ length: 50 }, (_, i) => `fe80::bad:${i + 1}`);
      for (const source of sources) evil.ip(`addr add ${source}/64 dev swp1 nodad`);
      const advertise = (hopLimit: number, count: number, ...from: string[]) =>
        evil.run(process.execPath, ADVERTISE, 'swp1', String(hopLimit), String(count), ...from);
      const refused = () => agent.text.split('advertises itself too and is refused').length - 1;
      advertise(254, 5, station);
      advertise(255, 1, station);
      await eventually(() => expect(agent.text).toContain(`${station} advertises itself too and is refused`));
      advertise(255, 100, ...sources);
      await eventually(async () => expect(await states()).toEqual(['h1%lan Established']));
      expect(refused()).toBe(1);
      expect((await sessions())[0]).toMatchObject({ linkLocal: neighbour, state: 'Established' });
      expect(host.routes('default', 6)).toEqual([]);

      // The neighbour is replaced: another machine, with another address.
      await bgpd.kill('SIGKILL');
      tor1.ip('link del swp1');
      await startFrr(network, next, frr(65009, '10.9.0.9', 'external'));
      await eventually(
        async () =>
          expect((await sessions())[0]).toMatchObject({
            linkLocal: linkLocalOf(next, 'swp1'),
            state: 'Established',
            remoteAs: 65009,
          }),
        60,
      );
    });

    test('is not found by advertisements that a router forwarded, and says what it waits for', async () => {
      start(fabric({ up1: uplink('up1'), up9: uplink('up9') }));
      await settles('up1 Idle', 'up9 Idle');
      tor1.run(process.execPath, ADVERTISE, 'swp1', '254', '20', linkLocalOf(tor1, 'swp1'));
      expect((await sessions()).map(({ down }) => down)).toEqual([
        'no neighbour has advertised itself on the link yet (router advertisement, RFC 4861)',
        'there is no interface up9',
      ]);
      tor1.run(process.execPath, ADVERTISE, 'swp1', '255', '1', linkLocalOf(tor1, 'swp1'));
      await eventually(async () =>
        expect((await sessions())[0]).toMatchObject({ linkLocal: linkLocalOf(tor1, 'swp1') }),
      );
    });

    describe.each(wantedReleases(['bookworm']))('with the daemons of Debian %s', (release) => {
      const files = Debian.of(release);
      /** Each end has the other's routes of both families over the link-local address. */
      const exchanged = () =>
        eventually(() => {
          const [theirs, ours] = [linkLocalOf(tor1, 'swp1'), linkLocalOf(host, 'up1')];
          expect(own(4)).toContain(`203.0.113.0/24 via inet6 ${theirs} dev up1`);
          expect(own(6)).toContain(`2001:db8:3::/48 via ${theirs} dev up1`);
          expect(tor1.routes('192.0.2.1').join()).toContain(`via inet6 ${ours} dev swp1`);
          expect(tor1.routes('fd00::1', 6).join()).toContain(`via ${ours} dev swp1`);
        }, 30);

      describe.each<readonly [name: string, path: string]>(BIRDS[release])('%s', (_name, path) => {
        const command = (config: string, ...more: string[]) =>
          files.command(network.folder, [path, '-c', network.write('bird.conf', config), ...more]);

        test.each(['external', 'internal'] as const)('is an %s neighbour', async (peerType) => {
          network.start(tor1, command(bird(peerType), '-f', '-s', network.path('bird.ctl')));
          start(fabric({ up1: uplink('up1', { peerType }) }));
          await settles('up1 Established');
          await exchanged();
        });

        test('refuses a configuration for an internal one without `direct`', () => {
          const parse = (config: string) => () => tor1.run(...command(config, '-p'));
          expect(parse(bird('internal', ''))).toThrow('Multihop BGP cannot be bound to interface');
          expect(parse(bird('internal'))).not.toThrow();
        });
      });

      test('FRR is an external neighbour', async () => {
        const before = files.command(network.folder, []);
        await startFrr(network, tor1, frr(65001, '10.9.0.1', 'external'), { before, owner: files.owner('frr') });
        start(fabric({ up1: uplink('up1') }));
        await settles('up1 Established');
        await exchanged();
      });
    });
  },
);
