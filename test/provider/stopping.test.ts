import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Stopping } from '../../lib/provider/stopping';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe('who waits for an answer in a run', () => {
  test('gets it, or its error', async () => {
    const stopping = new Stopping(new AbortController().signal);
    expect(await stopping.unlessStopped(Promise.resolve('yes'))).toBe('yes');
    await expect(stopping.unlessStopped(Promise.reject(new Error('no')))).rejects.toThrow('no');
  });

  test('is told when the run is stopped', async () => {
    const run = new AbortController();
    const stopping = new Stopping(run.signal);
    const answered = stopping.unlessStopped(Promise.resolve('yes'));
    const waiting = stopping.unlessStopped(new Promise(() => {}));
    await answered;
    run.abort();
    await expect(waiting).rejects.toThrow('stopped while waiting for an answer');
    expect(await answered).toBe('yes');
  });

  test('is not kept, nor is the answer, until the run ends', async () => {
    const stopping = new Stopping(new AbortController().signal);
    const asked = async () => new WeakRef(await stopping.unlessStopped(Promise.resolve({ large: true })));
    const answer = await asked();
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    expect(answer.deref()).toBeUndefined();
    expect(await stopping.unlessStopped(Promise.resolve('later'))).toBe('later');
  });
});
