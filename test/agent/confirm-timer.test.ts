import { ConfirmTimer } from '../../lib/agent/confirm-timer';
import { now } from '../../lib/agent/host/clock';

const tick = () => new Promise((resolve) => setTimeout(resolve, 20));
const past = () => ({ ...now(), at: 0 });

describe('the confirm timer', () => {
  test('acts once, at once where the time is over', async () => {
    let acted = 0;
    new ConfirmTimer(() => acted++).watch(past());
    await tick();
    expect(acted).toBe(1);
  });

  test('rests when the release is confirmed, and when the agent stops', async () => {
    let acted = 0;
    const timer = new ConfirmTimer(() => acted++);
    timer.watch(past());
    timer.watch(null);
    timer.watch(past());
    timer.stop();
    await tick();
    expect(acted).toBe(0);
  });

  test('waits for a moment that is further off than a timer can wait', async () => {
    let acted = 0;
    const timer = new ConfirmTimer(() => acted++);
    const { boot, at } = now();
    timer.watch({ boot, at: at + 2 ** 40 });
    await tick();
    timer.stop();
    expect(acted).toBe(0);
  });
});
