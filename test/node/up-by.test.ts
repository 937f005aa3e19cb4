import { upByOf } from '../../lib/node/up-by';

describe('sessions that are up otherwise than what runs has them', () => {
  const session = { key: 'tor', isInside: false, isRetiring: false, localAs: 65001, remoteAs: 65199 };
  const unmet = 'the neighbour is in AS 65199, not 65100';

  test('are told with the AS numbers that they have', () => {
    expect(upByOf([session, { ...session, key: 'up', unmet }])).toEqual({ up: { localAs: 65001, remoteAs: 65199 } });
  });

  test('are none between nodes, nor any that end with the deploy', () => {
    const others = [{ isInside: true }, { isRetiring: true }].map((more) => ({ ...session, unmet, ...more }));
    expect(upByOf(others)).toEqual({});
  });
});
