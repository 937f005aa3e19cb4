import { gatewaysOf, NeighbourRoutes } from '../../../lib/agent/network/neighbour-routes';
import type { SpeakerHost } from '../../../lib/bgp/net/host';
import type { Fib } from '../../../lib/kernel/fib/fib';
import { IpAddress } from '../../../lib/model/address';
import { Prefix } from '../../../lib/model/prefix';
import { sure } from '../../../lib/model/problem';
import { readFabric } from '../../../lib/model/read';
import type { RunningSession } from '../../../lib/node/sessions';

const ip = (text: string) => sure(IpAddress.parse(text));
const hop = (host: string, gateway: string) => ({ host: Prefix.host(ip(host)), gateway: ip(gateway) });

/** Neighbours that are configured, and one that came unnamed. */
function machine(...configured: string[]) {
  const pinned: string[] = [];
  const kept: string[][] = [];
  const fib = () =>
    ({ setNeighbours: (all: readonly IpAddress[]) => void kept.push(all.map(String)) }) as unknown as Fib;
  let table = fib();
  const host = { speaker: { configs: () => [{ remoteAddress: ip('192.0.2.9') }] } } as unknown as SpeakerHost;
  const routes = new NeighbourRoutes(
    host,
    {
      pin: (prefix, target) =>
        void pinned.push(`${prefix} ${typeof target === 'object' ? target.via.map(({ address }) => address) : 'gone'}`),
    },
    () => table,
    () => configured.map((one) => ({ config: { remoteAddress: ip(one) } }) as RunningSession),
  );
  const move = () => {
    table = fib();
  };
  return { routes, pinned, kept, move };
}

describe('how neighbours are reached', () => {
  test('is by the gateways of the fabric, and by no former ones', () => {
    const { routes, pinned } = machine();
    routes.reach([hop('192.0.2.1', '10.0.0.1'), hop('192.0.2.2', '10.0.0.1')]);
    routes.reach([hop('192.0.2.2', '10.0.0.2')]);
    expect(pinned).toEqual([
      '192.0.2.1/32 10.0.0.1',
      '192.0.2.2/32 10.0.0.1',
      '192.0.2.1/32 gone',
      '192.0.2.2/32 10.0.0.2',
    ]);
  });

  test('is else kept as the machine has it, for those that came unnamed, too', () => {
    const { routes, kept } = machine('192.0.2.1', '192.0.2.2');
    routes.reach([hop('192.0.2.2', '10.0.0.1')]);
    routes.keep();
    expect(kept).toEqual([['192.0.2.1', '192.0.2.9']]);
  });

  test('is said once while it stays the same, and again to another table', () => {
    const { routes, kept, move } = machine('192.0.2.1');
    routes.keep();
    routes.keep();
    expect(kept).toHaveLength(1);
    move();
    routes.keep();
    expect(kept).toHaveLength(2);
  });

  test('is found out once for many neighbours that come at a time', async () => {
    const { routes, kept } = machine('192.0.2.1');
    for (let i = 0; i < 5; i++) routes.keepSoon();
    expect(kept).toEqual([]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(kept).toHaveLength(1);
    routes.keepSoon();
    routes.close();
  });

  test('by a gateway is what the peers of a node say', () => {
    const { fabric } = readFabric({
      name: 'f',
      nodes: { n1: { ipv4Address: '10.0.0.1' }, n2: { ipv4Address: '10.0.0.2' } },
      peers: {
        tor: { node: 'n1', address: '192.0.2.1', asNumber: 65001, reachableBy: '10.0.0.254' },
        plain: { node: 'n1', address: '192.0.2.2', asNumber: 65001 },
      },
    });
    const texts = (node: string) => gatewaysOf(fabric!, node).map(({ host, gateway }) => `${host} ${gateway}`);
    expect([texts('n1'), texts('n2')]).toEqual([['192.0.2.1/32 10.0.0.254'], []]);
  });
});
