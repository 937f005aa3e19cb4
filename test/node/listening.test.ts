import type { FabricSpec } from '../../lib/model/fabric';
import type { NodeSpec } from '../../lib/model/node';
import { readFabric } from '../../lib/model/read';
import { listeningOf } from '../../lib/node/listening';

const listening = (more: Partial<FabricSpec>, node: NodeSpec = {}) => {
  const nodes = { n1: { ipv4Address: '10.0.0.1', ...node } };
  const { fabric, problems } = readFabric({ name: 'f', asNumber: 65001, ...more, nodes });
  expect(problems).toEqual([]);
  return listeningOf(fabric!, 'n1').map(({ address, port }) => `${address} ${port}`);
};
const overLink = { tor: { interface: 'eth0', peerType: 'external' } } as const;

describe('a node listens', () => {
  test('at all addresses of its families, at the port of its fabric', () => {
    expect(listening({})).toEqual(['0.0.0.0 179']);
    expect(listening({ listenPort: 1179 }, { ipv6Address: '2001:db8::1' })).toEqual(['0.0.0.0 1179', ':: 1179']);
  });

  test('at its own address alone, where the fabric says so', () => {
    expect(listening({ bindMode: 'nodeAddress' })).toEqual(['10.0.0.1 179']);
  });

  test('at link-local addresses, too, where it has a neighbour on a link without addresses', () => {
    expect(listening({ peers: overLink })).toEqual(['0.0.0.0 179', ':: 179']);
  });
});
