import { fleetNode, fleetNodes } from '../../lib/cli/fleet-url';

test.each([
  ['http://e1/lab', 'n1', 'http://e1/lab is not the URL of a fleet: write members and prefix'],
  ['etcd://e1:2379', 'any', 'etcd://e1:2379 is not the URL of a fleet: write members and prefix'],
  ['etcd://e1:2379/lab', 'a/b', 'a/b is not a valid name of a node'],
  ['etcd://e1:2379/lab', '', 'the name of a node is empty'],
])('of %s and node %s it says what is wrong', (url, node, why) => expect(() => fleetNode(url, node)).toThrow(why));

test.each([
  ['etcd://e1:2379/lab', '/'.repeat(5_000)],
  [`etcd://e1:2379/${'/'.repeat(5_000)}`, 'n1'],
])('of what is very long it shows the beginning: %#', (url, node) => {
  const { message } = refusal(url, node);
  expect(message).toContain('more characters)');
  expect(message.length).toBeLessThan(300);
});

test('of several nodes each is taken once, and one that is not valid is refused', () => {
  const { hosts, prefix, nodes } = fleetNodes('etcd://e1:2379/lab', ['n2', 'n1', 'n2']);
  expect({ hosts, prefix, nodes }).toEqual({ hosts: ['e1:2379'], prefix: 'lab', nodes: ['n2', 'n1'] });
  expect(() => fleetNodes('etcd://e1:2379/lab', ['n1', 'a/b'])).toThrow('a/b is not a valid name of a node');
});

const refusal = (url: string, node: string): Error => {
  try {
    fleetNode(url, node);
  } catch (error) {
    return error as Error;
  }
  throw new Error('it was accepted');
};
