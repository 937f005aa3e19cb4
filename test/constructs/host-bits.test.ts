import { Fabric } from '../../lib/constructs/fabric';
import { Filter } from '../../lib/constructs/filter';
import { Node } from '../../lib/constructs/node';
import { newStack, written } from './app';

test('prefixes with host bits are named in warnings of what holds them', () => {
  const stack = newStack();
  const fabric = new Fabric(stack, 'f', {
    name: 'lab',
    prefixAdvertisements: [{ prefix: '10.2.0.1/16', communities: ['64512:1'] }],
  });
  const advertise = [{ prefix: '10.1.0.0/16' }, { prefix: '192.0.2.9/24' }];
  new Node(fabric, 'n1', { name: 'n1', endpoint: 'unix:///n1', ipv4Address: '10.0.0.1', advertise });
  new Filter(fabric, 'in', { name: 'in', import: [{ prefix: '10.0.0.1/8', action: 'accept' }] });
  expect(written(stack).annotations.map(({ constructPath, message }) => [constructPath, message])).toEqual([
    [
      'stack/f',
      'prefixAdvertisements[0].prefix: 10.2.0.1/16 has host bits set and means 10.2.0.0/16; write that, or 10.2.0.1/32.',
    ],
    [
      'stack/f/n1',
      'nodes.n1.advertise[1].prefix: 192.0.2.9/24 has host bits set and means 192.0.2.0/24; write that, or 192.0.2.9/32.',
    ],
    [
      'stack/f/in',
      'filters.in.import[0].prefix: 10.0.0.1/8 has host bits set and means 10.0.0.0/8; write that, or 10.0.0.1/32.',
    ],
  ]);
});
