import { getEventListeners } from 'node:events';
import { pause } from '../../lib/provider/pause';

test('a pause is over with its time, or with the run, and leaves no listener behind', async () => {
  const stop = new AbortController();
  await pause(1, stop.signal);
  expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
  const long = pause(3_600_000, stop.signal);
  stop.abort();
  await long;
  expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
});
