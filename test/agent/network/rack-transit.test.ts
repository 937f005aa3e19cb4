import { Prefix } from '../../../lib/model/prefix';
import { sure } from '../../../lib/model/problem';
import { readFabric } from '../../../lib/model/read';
import { routingOf } from '../../../lib/node/routing';
import { runningSessions } from '../../../lib/node/sessions';
import { routerId, Simulation, sessionTo } from '../../bgp/simulation';

/** A rack of two nodes, and at its top two switches, each of an AS of its own, which take and tell everything. */
const NODES = { r1: '10.0.0.1', r2: '10.0.0.2' };
const TOPS = { a: { address: '192.0.2.1', as: 65101 }, b: { address: '192.0.2.2', as: 65102 } };
const OWN = { r1: '10.65.1.0/24', r2: '10.65.2.0/24', a: '203.0.113.0/24', b: '198.51.100.0/24' };

function rack(edition: number): Simulation {
  const network = new Simulation();
  const nodes = Object.fromEntries(
    Object.entries(NODES).map(([name, address]) => [name, { ipv4Address: address, rack: 'r' }]),
  );
  const topOfRack = Object.values(TOPS).map(({ address, as }) => ({ ipv4Address: address, asNumber: as }));
  const { fabric } = readFabric({ name: 'f', edition, nodes, racks: { r: { asNumber: 65001, topOfRack } } });
  for (const [name, address] of Object.entries(NODES)) {
    network.add(name, [address]);
    const sessions = runningSessions({ active: { fabric: fabric! } }, name).map(({ config }) => config);
    network.give(name, { kind: 'configure', routing: routingOf(fabric!, name), sessions });
  }
  for (const [name, { address, as }] of Object.entries(TOPS)) {
    network.add(name, [address]);
    const acceptable = [{ localAs: as, remoteAs: 65001 }];
    const sessions = Object.values(NODES).map((node) => sessionTo(address, node, { acceptable, inside: false }));
    network.give(name, { kind: 'configure', routing: { routerId: routerId(address) }, sessions });
  }
  for (const [name, prefix] of Object.entries(OWN))
    network.give(name, { kind: 'originate', prefix: sure(Prefix.parse(prefix)) });
  network.run(60_000);
  return network;
}

/** Prefix and neighbour of every path that a speaker has of others. */
const heard = (network: Simulation, name: string) => {
  const { rib } = network.node(name).speaker;
  return [...rib.routes()]
    .flatMap(({ prefix, paths }) =>
      paths.flatMap(({ peer }) => (peer === 0 ? [] : [`${prefix} from ${String(rib.peer(peer)?.address)}`])),
    )
    .sort();
};

describe('a rack below two switches of different ASes', () => {
  test('is no transit between them, and its nodes stand in for one another', () => {
    const network = rack(2);
    const ofRack = ['10.65.1.0/24', '10.65.2.0/24'].flatMap((prefix) =>
      Object.values(NODES).map((node) => `${prefix} from ${node}`),
    );
    for (const top of ['a', 'b']) expect(heard(network, top)).toEqual(ofRack);
    for (const node of ['r1', 'r2'])
      expect(heard(network, node)).toEqual(
        expect.arrayContaining(['198.51.100.0/24 from 192.0.2.2', '203.0.113.0/24 from 192.0.2.1']),
      );
  });

  test('was transit in the first edition, and goes on being it there', () => {
    const network = rack(1);
    expect(heard(network, 'a')).toContain('198.51.100.0/24 from 10.0.0.1');
    expect(heard(network, 'b')).toContain('203.0.113.0/24 from 10.0.0.2');
  });
});
