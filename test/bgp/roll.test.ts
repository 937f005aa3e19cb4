import fc from 'fast-check';
import { Roll } from '../../lib/bgp/roll';
import type { SessionConfig } from '../../lib/bgp/session/config';
import { IpAddress } from '../../lib/model/address';
import { sure } from '../../lib/model/problem';

const [LOCAL, OTHER] = ['192.0.2.254', '192.0.2.253'];
const address = (text: string) => sure(IpAddress.parse(text));
const remoteOf = (n: number) => `198.51.${n >> 8}.${n & 255}`;

/** What a roll knows of a session. */
const session = (local: string, remote: string, port = 179): SessionConfig =>
  ({
    key: `${local} ${remote} ${port}`,
    localAddress: address(local),
    remoteAddress: address(remote),
  }) as SessionConfig;

const rollOf = (...configs: readonly SessionConfig[]) =>
  new Roll(new Map(configs.map((config) => [config.key, config])));
const keys = (configs: Iterable<SessionConfig>) => [...configs].map(({ key }) => key);

test('a neighbour that comes before its turn gets all sessions of its two addresses, and no other', () => {
  const roll = rollOf(
    session(LOCAL, remoteOf(1)),
    session(LOCAL, remoteOf(1), 1790),
    session(OTHER, remoteOf(1)),
    session(LOCAL, remoteOf(2)),
  );
  expect(keys(roll.between(LOCAL, remoteOf(1)))).toEqual([
    `${LOCAL} ${remoteOf(1)} 179`,
    `${LOCAL} ${remoteOf(1)} 1790`,
  ]);
  expect(keys(roll.between(LOCAL, remoteOf(1)))).toEqual([]);
  expect(keys(roll.next())).toEqual([`${OTHER} ${remoteOf(1)} 179`, `${LOCAL} ${remoteOf(2)} 179`]);
  expect(roll.isHandedOut).toBe(true);
});

test('every session is handed out once, in whatever order neighbours come and turns are taken', () => {
  const action = fc.oneof(fc.constant('turn' as const), fc.nat({ max: 299 }));
  fc.assert(
    fc.property(fc.array(action, { maxLength: 50 }), (actions) => {
      const all = Array.from({ length: 300 }, (_, n) => session(LOCAL, remoteOf(n)));
      const roll = rollOf(...all);
      const got = actions.flatMap((one) => keys(one === 'turn' ? roll.next() : roll.between(LOCAL, remoteOf(one))));
      while (!roll.isHandedOut) got.push(...keys(roll.next()));
      expect(got.toSorted()).toEqual(all.map(({ key }) => key).toSorted());
    }),
    { numRuns: 50 },
  );
});

test('the sessions of thousands of neighbours that come at once are found without looking at all the others', () => {
  let looks = 0;
  const counted = Array.from({ length: 2000 }, (_, n) => {
    const config = session(LOCAL, remoteOf(n));
    return Object.defineProperty({ ...config }, 'remoteAddress', {
      get: () => {
        looks++;
        return config.remoteAddress;
      },
    });
  });
  const roll = rollOf(...counted);
  for (let n = 0; n < 2000; n++) expect(keys(roll.between(LOCAL, remoteOf(n)))).toHaveLength(1);
  expect(looks).toBeLessThanOrEqual(2 * 2000);
});
