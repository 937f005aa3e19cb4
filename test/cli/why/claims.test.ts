import { claimed, claimsOf } from '../../../lib/cli/why/claims';
import { readFabric } from '../../../lib/model/read';
import { prefixOf } from '../../bgp/rib/world';

const { fabric } = readFabric({
  name: 'f',
  nodes: {
    n1: { ipv4Address: '10.0.0.1', advertise: [{ prefix: '10.65.0.0/16' }, { prefix: '10.65.1.0/24' }] },
    n2: { ipv4Address: '10.0.0.2', advertise: [{ prefix: '10.65.1.0/24' }] },
    n3: { ipv4Address: '10.0.0.3' },
  },
});

test.each<[string, string[], string | undefined]>([
  ['10.65.1.0/24', ['n1', 'n2'], '10.65.1.0/24'],
  ['10.65.1.7/32', ['n1', 'n2'], '10.65.1.0/24'],
  ['10.65.2.0/24', ['n1'], '10.65.0.0/16'],
  ['10.66.0.0/16', [], undefined],
  ['2001:db8::/32', [], undefined],
])('the fabric has %s advertised by %j', (prefix, nodes, what) => {
  const claims = claimsOf(fabric!, prefixOf(prefix));
  expect(claims.map(({ node }) => node)).toEqual(nodes);
  expect(claimed(claims)?.toString()).toBe(what);
});
