import { warmUpSteps } from '../../lib/bgp/warm-up';

test('a rehearsal brings routes in and out, in many small steps', () => {
  const steps = warmUpSteps(['ipv4 unicast', 'ipv6 unicast']);
  let count = 0;
  let last = steps.next();
  for (; !last.done; last = steps.next()) count++;
  expect(count).toBeGreaterThan(200);
  expect(last.value).toBeGreaterThan(4_000_000); // less where a table is cut short
});
