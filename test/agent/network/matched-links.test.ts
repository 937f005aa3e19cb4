import { MatchedLinks } from '../../../lib/agent/network/matched-links';
import type { RunningSession } from '../../../lib/node/sessions';

test('a pattern matches links that are up and belong to no other, and never the loopback interface', () => {
  const matched = new MatchedLinks();
  matched.run(
    [{ session: { interface: '*' } } as RunningSession],
    [
      { index: 1, name: 'lo', up: true, carrier: true },
      { index: 2, name: 'eth0', up: true, carrier: false },
      { index: 3, name: 'eth1', up: false, carrier: false },
      { index: 4, name: 'eth2', up: true, carrier: true, master: 9 },
    ],
  );
  expect(matched.all).toEqual(['eth0']);
});
