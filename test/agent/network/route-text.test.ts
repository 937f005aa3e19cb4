import { attributeTexts } from '../../../lib/agent/network/route-text';
import { SEGMENT } from '../../../lib/bgp/wire/path-attributes';

test('the attributes of a route are as routers write them', () => {
  const asPath = [
    { type: SEGMENT.sequence, members: [64512, 4_200_000_000] },
    { type: SEGMENT.set, members: [65001, 65002] },
  ];
  const communities = [(64512 << 16) | 7, 0xffffff01];
  const largeCommunities: [number, number, number][] = [[4_200_000_000, 1, 4_294_967_295]];
  expect(attributeTexts({ asPath, origin: 2, localPref: 100, med: 0, communities, largeCommunities } as never)).toEqual(
    {
      asPath: '64512 4200000000 {65001,65002}',
      origin: 'incomplete',
      localPref: 100,
      med: 0,
      communities: ['64512:7', expect.any(String), '4200000000:1:4294967295'],
    },
  );
});

test('what a route does not have is left out', () => {
  expect(attributeTexts({} as never)).toEqual({ asPath: '' });
});
