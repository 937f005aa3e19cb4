import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Namespace } from '../kernel/namespace';
import { CdktfProject } from './cdktf-project';
import { skipUnless } from './interop/run-cells';
import { Debian, wantedReleases } from './support/debian';
import { FRR_PROGRAMS, startFrr } from './support/frr';
import { eventually, LocalNetwork } from './support/network';
import { note } from './transaction/report';
import { Stream } from './transaction/stream';

const NAME = 'bgp-to-the-host-unnumbered';
const GUIDE = readFileSync(join(__dirname, `../../docs/guides/${NAME}.md`), 'utf8');
/** What the guide has for a switch: the block that begins with this. */
const configuration = (beginning: string): string =>
  [...GUIDE.matchAll(/^```\w*\n([\s\S]*?)^```$/gm)]
    .map(([, block]) => block)
    .find((block) => block.startsWith(beginning))!;

/** Packets a second from either host to the other, half of them IPv4, half IPv6. */
const RATE = 400;
const HOSTS = ['host1', 'host2'];
const UPLINKS = ['eth1', 'eth2'];
const addressesOf = (host: string) => [`10.255.0.${host.slice(-1)}`, `fd00:255::${host.slice(-1)}`];

/** Debian 13 where its files are; all that are wanted in CI. BIRD 2 has another place where BIRD 3 is. */
const RELEASES = wantedReleases([Debian.of('trixie').has(FRR_PROGRAMS[0]) ? 'trixie' : 'bookworm']);
const birdOf = (debian: Debian) => ['/opt/bird2/usr/sbin/bird', '/usr/sbin/bird'].find((path) => debian.has(path));

describe.each(RELEASES)('two hosts between FRR and BIRD of Debian %s, without an address on any link', (release) => {
  const debian = Debian.of(release);
  const bird = birdOf(debian);
  const missing = [...FRR_PROGRAMS.filter((path) => !debian.has(path)), ...(bird ? [] : ['BIRD 2'])];
  skipUnless('the guide', missing, [{ title: NAME }], () => {
    let network: LocalNetwork;
    let machines: Record<string, Namespace>;
    let project: CdktfProject;
    let stream: Stream;

    beforeAll(async () => {
      network = new LocalNetwork([]);
      machines = Object.fromEntries(['host1', 'host2', 'tor1', 'tor2'].map((name) => [name, Namespace.make()]));
      for (const [i, host] of HOSTS.entries()) {
        for (const [j, uplink] of UPLINKS.entries()) cable(host, uplink, `tor${j + 1}`, `swp${i + 1}`);
        for (const address of addressesOf(host)) machines[host].ip(`addr add ${address} dev lo`);
      }
      for (const tor of ['tor1', 'tor2'])
        for (const family of ['ipv4', 'ipv6'])
          machines[tor].run('sysctl', '-qw', `net.${family}.conf.all.forwarding=1`);
      await startFrr(network, machines.tor1, configuration('router bgp'), {
        before: debian.command(network.folder, []),
        owner: debian.owner('frr'),
      });
      const config = network.write('bird.conf', configuration('router id'));
      const command = [bird!, '-f', '-c', config, '-s', network.path('bird.ctl')];
      network.start(machines.tor2, debian.command(network.folder, command));
      for (const host of HOSTS) {
        network.agent(machines[host], host);
        mkdirSync(network.path(host));
        symlinkSync(network.path(`${host}.sock`), network.path(`${host}/agent.sock`));
      }
      project = new CdktfProject(NAME, { PEERFORM_LAB: network.folder });
      await eventually(() => Promise.all(HOSTS.map((host) => network.client(host).status())));
    });
    afterAll(async () => {
      await stream?.end();
      project?.remove();
      await network.remove();
      for (const machine of Object.values(machines)) machine.remove();
    });

    function cable(host: string, uplink: string, tor: string, port: string): void {
      machines[host].ip(`link add ${uplink} type veth peer name ${port} netns ${machines[tor].name}`);
      for (const [machine, link] of [[machines[host], uplink] as const, [machines[tor], port] as const]) {
        machine.run('sysctl', '-qw', `net.ipv6.conf.${link}.accept_dad=0`, `net.ipv6.conf.${link}.accept_ra=0`);
        machine.ip(`link set ${link} up`);
      }
    }

    const sessions = async () =>
      (await Promise.all(HOSTS.map(async (host) => (await network.client(host).status()).sessions))).flat();

    /** Each host reaches the other over these uplinks, and each of their switches knows its way to both. */
    const hostsUse = (...uplinks: string[]) =>
      eventually(() => {
        for (const host of HOSTS)
          for (const [i, address] of addressesOf(host === 'host1' ? 'host2' : 'host1').entries()) {
            const route = machines[host].routes(address, i === 0 ? 4 : 6).join('\n');
            expect([...route.matchAll(/ dev (eth\d)/g)].map(([, link]) => link).sort()).toEqual(uplinks);
          }
        for (const uplink of uplinks)
          for (const host of HOSTS)
            for (const [i, address] of addressesOf(host).entries())
              expect(machines[uplink.replace('eth', 'tor')].routes(address, i === 0 ? 4 : 6)).not.toEqual([]);
      }, 60);

    const NONE = { 'host1 4': 0, 'host1 6': 0, 'host2 4': 0, 'host2 6': 0 };
    async function lossIn(act: () => Promise<unknown>): Promise<Record<string, number>> {
      await stream.report();
      await act();
      const { flows, late } = await stream.report();
      expect([late, flows.every(({ sent }) => sent > 0)]).toEqual([0, true]);
      return Object.fromEntries(flows.map(({ from, family, lost }) => [`${from} ${family}`, lost]));
    }

    test('become a network by one deploy', async () => {
      expect(await project.cdktf('deploy', '--auto-approve')).toMatchObject({ code: 0 });
      await hostsUse('eth1', 'eth2');
      expect((await sessions()).map(({ remoteAddress, remoteAs, state }) => [remoteAddress, remoteAs, state])).toEqual(
        HOSTS.flatMap((host) => UPLINKS.map((uplink, i) => [`${host}%${uplink}`, 65101 + i, 'Established'])),
      );
      for (const name of Object.keys(machines)) {
        const global = machines[name].ip('-o addr show scope global').split('\n').filter(Boolean);
        expect([name, global.filter((line) => !/^\d+: lo /.test(line))]).toEqual([name, []]);
        expect([name, machines[name].routes('default', 4), machines[name].routes('default', 6)]).toEqual([
          name,
          [],
          [],
        ]);
      }
      const ping = ['ip', 'netns', 'exec', machines.host1.name, 'ping', '-c', '1', '-W', '5'];
      for (const address of addressesOf('host2')) execFileSync(ping[0], [...ping.slice(1), address]);
    });

    test.each([
      ['host1', 'eth1', 'eth2'],
      ['host1', 'eth2', 'eth1'],
      ['tor1', 'swp1', 'eth2'],
      ['tor2', 'swp1', 'eth1'],
    ])('go on when %s sets down %s, under packets', async (machine, link, left) => {
      stream ??= new Stream(
        {
          membersOf: () =>
            HOSTS.map((host) => [host, { namespace: machines[host].name, addresses: addressesOf(host) }]),
        },
        RATE,
      );
      await stream.only(HOSTS);
      await eventually(async () => expect(await lossIn(() => sleep(200))).toEqual(NONE));
      const during = await lossIn(async () => {
        machines[machine].ip(`link set ${link} down`);
        await hostsUse(left);
      });
      note(`Debian ${release}, ${machine} ${link} down: lost, of ${RATE / 2} a second: ${JSON.stringify(during)}`);
      for (const lost of Object.values(during)) expect(lost).toBeLessThan(RATE / 2);
      expect(await lossIn(() => sleep(1000))).toEqual(NONE);
      const back = await lossIn(async () => {
        machines[machine].ip(`link set ${link} up`);
        await hostsUse('eth1', 'eth2');
      });
      note(`Debian ${release}, ${machine} ${link} up again: lost: ${JSON.stringify(back)}`);
    });
  });
});
