import { FleetKeys } from '../../../lib/control/fleet/keys';

describe('the keys of a fabric in etcd', () => {
  const keys = new FleetKeys('lab');

  test('of a node lie below its name', () => {
    for (const key of [keys.agent('n1'), keys.answer('n1', 'r')]) expect(key.startsWith(keys.ofNode('n1'))).toBe(true);
    expect(keys.agent('n10').startsWith(keys.ofNode('n1'))).toBe(false);
  });

  test('say whose they are', () => {
    expect(keys.read(keys.agent('n1'))).toEqual({ node: 'n1' });
    expect(keys.read(keys.answer('n1', 'r'))).toEqual({ node: 'n1', answer: 'r' });
  });

  test.each([
    ['a', ''],
    ['requests/n1/r', 'requests/'],
    ['releases/x', 'releases/'],
    ['nodes/x', 'nodes/'],
    ['nodes/n1/answers/r', 'nodes/n1/'],
  ])('have their place: %s below %s', (key, below) =>
    expect(keys.place(`${keys.root}${key}`)).toBe(`${keys.root}${below}`),
  );

  test.each([
    '/peerform/v1/lab/nodes/n1',
    '/peerform/v1/lab/nodes/n1/agent/x',
    '/peerform/v1/lab/nodes/n1/answers',
    '/peerform/v1/lab/nodes/n1/answers/r/x',
    '/peerform/v1/other/nodes/n1/agent',
  ])('%s is none of them', (key) => expect(keys.read(key)).toBeUndefined());
});
