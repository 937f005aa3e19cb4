import { OutsideReader } from '../../../lib/agent/network/outside-reader';
import type { SessionConfig } from '../../../lib/bgp/session/config';
import type { SessionStatus } from '../../../lib/control/status';
import { Prefix } from '../../../lib/model/prefix';
import { sure } from '../../../lib/model/problem';
import { readFabric } from '../../../lib/model/read';
import { routingOf } from '../../../lib/node/routing';
import { runningSessions } from '../../../lib/node/sessions';
import { otherEndOf } from '../../../lib/preview/neighbour';
import { Simulation } from '../../../lib/preview/simulator';

const RACKS = ['10.0.0.250', '10.0.0.251'];
const fabric = readFabric({
  name: 'lab',
  nodes: { n1: { ipv4Address: '10.0.0.1' } },
  filters: { none: { import: [{ action: 'reject' }] } },
  peers: Object.fromEntries(
    RACKS.map((address, i) => [`rack${i}`, { node: 'n1', address, asNumber: 65001 + i, filters: ['none'] }]),
  ),
}).fabric!;

/** A node below two racks that send the same, of which it uses nothing. */
function network(...prefixes: string[]) {
  const simulation = new Simulation();
  const configs: SessionConfig[] = runningSessions({ active: { fabric } }, 'n1').map(({ config }) => config);
  simulation.add('n1', ['10.0.0.1']);
  simulation.give('n1', { kind: 'configure', routing: routingOf(fabric, 'n1'), sessions: configs });
  for (const [i, config] of configs.entries()) {
    const name = config.remoteAddress.toString();
    simulation.add(name, [name]);
    simulation.give(name, {
      kind: 'configure',
      routing: { routerId: i + 1 },
      sessions: [otherEndOf(config, 179, i + 1)],
    });
    for (const text of prefixes) simulation.give(name, { kind: 'originate', prefix: sure(Prefix.parse(text)) });
  }
  simulation.run(120_000);
  return { simulation, configs };
}
const statusOf = ({ key, localAddress, remoteAddress }: SessionConfig, more: object = {}) =>
  ({
    ...{ key, isInside: false, state: 'Established' },
    ...{ localAddress: String(localAddress), remoteAddress: String(remoteAddress), ...more },
  }) as SessionStatus;

test('an agent tells of each neighbour outside that is up what it sends, before policy, under a name that follows from that', async () => {
  const { simulation, configs } = network('203.0.113.0/24', '198.51.100.0/24');
  let now = 0;
  const reader = new OutsideReader(
    () => simulation.node('n1').speaker,
    () => now,
  );
  const list = await reader.list(configs.map((config) => statusOf(config)));
  expect(list).toMatchObject([
    { localAddress: '10.0.0.1', remoteAddress: RACKS[0], routerId: 1, retains: 'notification' },
    { localAddress: '10.0.0.1', remoteAddress: RACKS[1], routerId: 2, retains: 'notification' },
  ]);
  expect(reader.sent(list[0].routes)).toMatchObject({
    received: 2,
    sets: [{ nextHop: RACKS[0], prefixes: ['198.51.100.0/24', '203.0.113.0/24'] }],
  });
  expect(reader.sent('f'.repeat(32))).toBeUndefined();
  const again = network('198.51.100.0/24', '203.0.113.0/24'); // told in another order
  const other = new OutsideReader(
    () => again.simulation.node('n1').speaker,
    () => 0,
  );
  expect(await other.list(again.configs.map((config) => statusOf(config)))).toEqual(list);
  // A plan asks more than once within moments; then it is read again.
  const down = configs.map((config, i) => statusOf(config, i === 0 ? { state: 'Active' } : {}));
  expect(await reader.list(down)).toEqual(list);
  now = 60_000;
  expect(await reader.list(down)).toEqual(list.slice(1));
  expect(reader.sent(list[0].routes)).toBeDefined(); // for whoever was told of it just now
  now = 120_000;
  await reader.list([]);
  expect(reader.sent(list[0].routes)).toBeUndefined();
});

test('an agent tells nothing of nodes, and of nobody where nobody is there', async () => {
  const { simulation, configs } = network('203.0.113.0/24');
  const reader = new OutsideReader(
    () => simulation.node('n1').speaker,
    () => 0,
  );
  expect(await reader.list([statusOf(configs[0], { isInside: true })])).toEqual([]);
});
