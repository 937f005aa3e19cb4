import { keysFor, referencesIn, secretName, secretsOf, withDelivered } from '../../lib/lab/keys';
import type { FabricSpec } from '../../lib/model/fabric';
import { readFabric } from '../../lib/model/read';
import { sessionsOf } from '../../lib/topology/derive';

const spec: FabricSpec = {
  name: 'k',
  edition: 2,
  meshPassword: 'env:MESH',
  nodes: {
    node1: { ipv4Address: '10.0.0.1', rack: 'a' },
    node2: { ipv4Address: '10.0.0.2', rack: 'a', labels: { is: 'reflector' } },
    node3: { ipv4Address: '10.0.0.3' },
  },
  peers: { tor: { address: '192.0.2.1', asNumber: 65001, password: 'file:/etc/tor.key' } },
  racks: { a: { asNumber: 65010, topOfRack: [{ ipv4Address: '192.0.2.2', password: 'secret:top' }] } },
  routeReflectors: { rr: { nodes: ['node2'], clusterId: '1.1.1.1', password: 'secret:rr' } as never },
};
const read = (one: unknown) => {
  const { fabric, problems } = readFabric(one);
  return [fabric!, problems.map(String)] as const;
};

describe('the keys of a lab', () => {
  const { routeReflectors: _, ...rest } = spec;
  const [fabric, problems] = read(rest);
  const references = ['env:MESH', 'file:/etc/tor.key', 'secret:top'];

  test('are for every reference of the fabric', () => {
    expect(problems).toEqual([]);
    expect(referencesIn(fabric).sort()).toEqual(references);
  });

  test('are those that are known, else what is there, else made up, and stay as they are', () => {
    const real = (reference: string) => (reference === 'env:MESH' ? 'from-here' : undefined);
    const keys = keysFor(references, { 'secret:top': 'known' }, real);
    expect(keys).toEqual({
      'env:MESH': 'from-here',
      'secret:top': 'known',
      'file:/etc/tor.key': expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(keysFor(references, keys)).toEqual(keys);
    expect(keysFor([], {}, real)).toEqual({});
  });

  test.each(['a "word"', 'a\\b', 'two\nlines', 'with space', ''])(
    'are refused where a configuration cannot hold them: %j',
    (key) => {
      expect(() => keysFor(['env:X'], {}, () => key)).toThrow('the key env:X has characters that');
    },
  );

  test('are delivered as secrets, under the names that the fabric then has', () => {
    const keys = keysFor(referencesIn(fabric), {});
    const [delivered, more] = read(withDelivered(fabric));
    expect(more).toEqual([]);
    expect(referencesIn(delivered).sort()).toEqual(references.map((one) => `secret:${secretName(one)}`).sort());
    expect(Object.keys(secretsOf(keys)).sort()).toEqual(references.map(secretName).sort());
    for (const node of Object.keys(fabric.nodes))
      expect(sessionsOf(delivered, node).map(({ key, password }) => [key, password?.toString()])).toEqual(
        sessionsOf(fabric, node).map(({ key, password }) => [key, password && `secret:${secretName(password)}`]),
      );
  });
});
