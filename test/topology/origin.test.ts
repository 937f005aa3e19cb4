import { originName, readOrigin } from '../../lib/topology/origin';

test.each([
  ['peers.tor', { map: 'peers', name: 'tor' }],
  ['racks.a.b', { map: 'racks', name: 'a.b' }],
  ['routeReflectors.rr', { map: 'routeReflectors', name: 'rr' }],
  ['nodeToNodeMesh', undefined],
])('%s is read as the object that it names', (origin, entry) => {
  expect(readOrigin(origin)).toEqual(entry);
  expect(originName(origin)).toBe(entry?.name ?? origin);
});
