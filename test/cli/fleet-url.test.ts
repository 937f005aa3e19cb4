import { fleetNode } from '../../lib/cli/fleet-url';

test.each([
  ['http://e1/lab', 'n1', 'http://e1/lab is not the URL of a fleet: write members and prefix'],
  ['etcd://e1:2379', 'any', 'etcd://e1:2379 is not the URL of a fleet: write members and prefix'],
  ['etcd://e1:2379/lab', 'a/b', 'a/b is not a valid name of a node'],
])('of %s and node %s it says what is wrong', (url, node, why) => expect(() => fleetNode(url, node)).toThrow(why));
