import { Fabric } from '../../lib/constructs/fabric';
import { Filter } from '../../lib/constructs/filter';
import { Node } from '../../lib/constructs/node';
import { GlobalPeer, NodePeer } from '../../lib/constructs/peer';
import { newStack, written } from './app';

function fabricOfTwo() {
  const stack = newStack();
  const fabric = new Fabric(stack, 'f', { name: 'lab', asNumber: 64512 });
  for (const i of [1, 2])
    new Node(fabric, `n${i}`, { name: `n${i}`, endpoint: `unix:///n${i}`, ipv4Address: `10.0.0.${i}` });
  new Filter(fabric, 'in', { name: 'in', import: [{ action: 'accept' }] });
  new Filter(fabric, 'out', { name: 'out', export: [{ action: 'accept' }] });
  return { stack, fabric };
}

test('an outside eBGP neighbour without filters is named in one warning', () => {
  const { stack, fabric } = fabricOfTwo();
  new GlobalPeer(fabric, 'tor', { name: 'tor', address: '10.0.0.254', asNumber: 65000 });
  expect(written(stack).annotations).toMatchObject([
    {
      constructPath: 'stack/f/tor',
      level: '@cdktf/warn',
      message: expect.stringMatching(
        /^Peer tor \(10\.0\.0\.254\) accepts and advertises no routes: .*RFC 8212.*Give it filters/,
      ),
    },
  ]);
});

test('neighbours by prefix are named by it', () => {
  const { stack, fabric } = fabricOfTwo();
  new GlobalPeer(fabric, 'any', { name: 'any', prefix: '10.1.0.0/16', asNumber: 65000 });
  expect(written(stack).annotations.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^Peer any \(10\.1\.0\.0\/16\) accepts and advertises no routes/),
  ]);
});

test('one direction with rules leaves the other shut, and the warning says which', () => {
  const { stack, fabric } = fabricOfTwo();
  new NodePeer(fabric, 'a', { name: 'a', node: 'n1', address: '10.0.0.253', asNumber: 65000, filters: ['in'] });
  new NodePeer(fabric, 'b', { name: 'b', node: 'n2', address: '10.0.0.252', asNumber: 65000, filters: ['out'] });
  expect(written(stack).annotations.map(({ message }) => message.split(':')[0])).toEqual([
    'Peer a (10.0.0.253) advertises no routes',
    'Peer b (10.0.0.252) accepts no routes',
  ]);
});

test('iBGP neighbours, neighbours with rules both ways, and nodes of the fabric are passed over', () => {
  const { stack, fabric } = fabricOfTwo();
  new GlobalPeer(fabric, 'ibgp', { name: 'ibgp', address: '10.0.0.254', asNumber: 64512 });
  new GlobalPeer(fabric, 'both', { name: 'both', address: '10.0.0.253', asNumber: 65000, filters: ['in', 'out'] });
  new Node(fabric, 'n3', { name: 'n3', endpoint: 'unix:///n3', ipv4Address: '10.0.0.3', asNumber: 65003 });
  new NodePeer(fabric, 'inner', { name: 'inner', node: 'n1', address: '10.0.0.3', asNumber: 65003 });
  // n3 has an AS number of its own, so that the iBGP neighbour of the others is an eBGP one to it.
  expect(written(stack).annotations.map(({ constructPath }) => constructPath)).toEqual(['stack/f/ibgp']);
});
