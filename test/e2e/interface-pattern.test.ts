import { Namespace } from '../kernel/namespace';
import { eventually, LocalNetwork } from './support/network';

/** A host with as many uplinks to one switch as are made, and one entry for all of them; no link has an address. */
const all = { import: [{ action: 'accept' as const }], export: [{ action: 'accept' as const }] };
const spec = (node: string, asNumber: number, link: string, address: string) => ({
  ...{ name: 'uplinks', asNumber, multipath: 4, filters: { all } },
  nodes: { [node]: { ipv4Address: address, advertise: [{ prefix: `${address}/32`, blackhole: false }] } },
  peers: { up: { interface: link, peerType: 'external', filters: ['all'], connectRetryTime: 1 } },
});

let network: LocalNetwork;
let host: Namespace;
let tor: Namespace;
beforeEach(() => {
  network = new LocalNetwork([]);
  [host, tor] = [Namespace.make(), Namespace.make()];
  host.ip('addr add 192.0.2.1/32 dev lo');
  tor.ip('addr add 192.0.2.9/32 dev lo');
});
afterEach(async () => {
  await network.remove();
  for (const one of [host, tor]) one.remove();
});

function cable(ordinal: number): void {
  host.ip(`link add up${ordinal} type veth peer name swp${ordinal} netns ${tor.name}`);
  for (const [machine, name] of [[host, `up${ordinal}`] as const, [tor, `swp${ordinal}`] as const]) {
    machine.run('sysctl', '-qw', `net.ipv6.conf.${name}.accept_dad=0`);
    machine.ip(`link set ${name} up`);
  }
}
const sessions = async () => (await network.client('h1').status()).sessions;
const settles = (...wanted: string[]) =>
  eventually(
    async () => expect((await sessions()).map((one) => `${one.remoteAddress} ${one.state}`)).toEqual(wanted),
    60,
  );
const leads = (...links: string[]) =>
  eventually(() => {
    const route = host.routes('192.0.2.9').join('\n');
    expect([...route.matchAll(/ dev (\S+)/g)].map(([, link]) => link).sort()).toEqual(links);
  }, 30);

test('one entry has a session on each interface that is up and matches, as these come and go', async () => {
  network.agent(host, 'h1', ['--fabric', network.write('h1.json', spec('h1', 64512, 'up*', '192.0.2.1'))]);
  network.agent(tor, 't1', ['--fabric', network.write('t1.json', spec('t1', 65001, 'swp*', '192.0.2.9'))]);
  await settles('h1%up* Idle');
  expect((await sessions())[0]).toMatchObject({ down: 'no interface that is up matches up*' });
  cable(1);
  cable(2);
  await settles('h1%up1 Established', 'h1%up2 Established');
  expect((await sessions()).map(({ pattern, remoteAs }) => [pattern, remoteAs])).toEqual([
    ['up*', 65001],
    ['up*', 65001],
  ]);
  await leads('up1', 'up2');
  // The cable is out: the session stays and says so. The interface is set down: it is no uplink.
  tor.ip('link set swp1 down');
  await eventually(async () => expect((await sessions())[0]).toMatchObject({ down: 'link up1 has no carrier' }), 10);
  await leads('up2');
  host.ip('link set up1 down');
  await settles('h1%up2 Established');
  cable(3);
  await settles('h1%up2 Established', 'h1%up3 Established');
  await leads('up2', 'up3');
  host.ip('link set up2 name eth2');
  await settles('h1%up3 Established');
  host.ip('link del up3');
  await settles('h1%up* Idle');
  await leads();
});
