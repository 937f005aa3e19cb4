import { readFabric } from '../../lib/model/read';
import { without } from '../../lib/topology/without';

test('a fabric without some nodes has neither these nor the peers that they have or are', () => {
  const { fabric, problems } = readFabric({
    name: 'lab',
    nodes: { n1: { ipv4Address: '10.0.0.1' }, n2: { ipv4Address: '10.0.0.2' }, n3: { ipv4Address: '10.0.0.3' } },
    peers: {
      all: { address: '192.0.2.1', asNumber: 65100 },
      its: { node: 'n3', address: '192.0.2.2', asNumber: 65100 },
      to: { node: 'n1', address: '10.0.0.3', asNumber: 64512 },
      other: { node: 'n1', address: '10.0.0.2', asNumber: 64512 },
    },
  });
  expect(problems).toEqual([]);
  const left = without(fabric!, ['n3', 'nobody']);
  expect([Object.keys(left.nodes), Object.keys(left.peers)]).toEqual([
    ['n1', 'n2'],
    ['all', 'other'],
  ]);
  expect(without(fabric!, ['nobody'])).toBe(fabric);
});
