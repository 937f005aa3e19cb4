import { getEventListeners } from 'node:events';
import { pause } from '../../lib/control/pause';

test('a pause is over with its time, or with the run, and leaves no listener behind', async () => {
  const stop = new AbortController();
  await pause(1, stop.signal);
  expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
  const long = pause(3_600_000, stop.signal);
  stop.abort();
  await long;
  expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
});

test('a pause does not begin once it is stopped', async () => {
  const stop = new AbortController();
  const paused = pause(2 ** 30, stop.signal);
  stop.abort();
  await paused;
  await pause(2 ** 30, stop.signal);
  expect(stop.signal.aborted).toBe(true);
});
