import { Fabric } from '../../lib/constructs/fabric';
import { Node } from '../../lib/constructs/node';
import { PeerGroup } from '../../lib/constructs/peer';
import { RouteReflectors } from '../../lib/constructs/route-reflectors';
import { newStack, written } from './app';

function annotationsOf(labels: Record<string, string>) {
  const stack = newStack();
  const fabric = new Fabric(stack, 'f', { name: 'lab' });
  for (const i of [1, 2])
    new Node(fabric, `n${i}`, { name: `n${i}`, endpoint: `unix:///n${i}`, ipv4Address: `10.0.0.${i}`, labels });
  new PeerGroup(fabric, 'p', { name: 'p', nodeSelector: "rack == 'a'", peerSelector: 'has(spine)' });
  new RouteReflectors(fabric, 'r', { name: 'r', reflectors: ['n1'], clientSelector: "rack == 'a'" });
  return written(stack).annotations.map(({ constructPath, message }) => [constructPath, message.split(':')[0]]);
}

test('selectors that choose no node are named in warnings', () => {
  expect(annotationsOf({})).toEqual([
    ['stack/f/p', 'peers.p.nodeSelector matches no node'],
    ['stack/f/p', 'peers.p.peerSelector matches no node'],
    ['stack/f/r', 'routeReflectors.r.clientSelector matches no node'],
  ]);
  expect(annotationsOf({ rack: 'a', spine: '' })).toEqual([]);
});
