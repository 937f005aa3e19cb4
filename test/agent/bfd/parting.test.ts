import { type AgentPresence, parted } from '../../../lib/agent/bfd/parting';

/** Ends where the agent is seen like this, one after the other, and then like the last for as long as it takes. */
async function end(isForGood: boolean, ...seen: AgentPresence[]) {
  let looks = 0;
  let awaited = 0;
  const agent = () => seen[Math.min(looks++, seen.length - 1)];
  const result = await parted(agent, isForGood, () => awaited++, { grace: 30, apart: 1 });
  return { isForGood: result, looks, awaited };
}

test.each([false, true])('without an agent the process ends at once, for good: %s', async (isForGood) => {
  expect(await end(isForGood, 'absent')).toEqual({ isForGood, looks: 1, awaited: 0 });
});

test.each([false, true])('an agent that stays is given a moment to say otherwise, for good: %s', async (isForGood) => {
  const { looks, ...ended } = await end(isForGood, 'present');
  expect(ended).toEqual({ isForGood, awaited: 0 });
  expect(looks).toBeGreaterThan(1);
});

test.each([false, true])(
  'an agent that leaves is waited for, and the process leaves too, asked to: %s',
  async (asked) => {
    const long = Array<AgentPresence>(100).fill('leaves');
    const ended = { isForGood: true, looks: 103, awaited: 1 };
    expect(await end(asked, 'present', 'present', ...long.slice(1), 'leaves', 'left')).toEqual(ended);
  },
);

test('an agent that has left takes the process with it, however that is ended', async () => {
  expect(await end(false, 'left')).toEqual({ isForGood: true, looks: 1, awaited: 0 });
});

test('the run that follows one that left is another', async () => {
  expect(await end(false, 'absent')).toMatchObject({ isForGood: false });
  expect(await end(false, 'present')).toMatchObject({ isForGood: false });
});
