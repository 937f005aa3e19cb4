import { setMaxListeners } from 'node:events';

/**
 * Those who wait for an answer in a run, and are told when it is stopped. `Promise.race` would not do: it keeps each
 * answer for as long as what it is raced with is pending, which is until the run ends.
 */
export class Stopping {
  private readonly waiting = new Set<(why: Error) => void>();

  constructor(stop: AbortSignal) {
    setMaxListeners(0, stop);
    const tell = () => {
      for (const reject of this.waiting) reject(new Error('stopped while waiting for an answer'));
    };
    stop.addEventListener('abort', tell, { once: true });
  }

  /** The answer, unless the run is stopped before. */
  unlessStopped<T>(answer: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.waiting.add(reject);
      const settled = () => this.waiting.delete(reject);
      answer.then(resolve, reject).finally(settled);
    });
  }
}
