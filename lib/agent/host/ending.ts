/** The signal that ends a service permanently: neighbours are notified that it leaves. */
const LEAVE = 'SIGUSR2';

/**
 * How a service ends. `restart`: so that the next run continues, and neighbours retain what they have. `leave`:
 * permanently, or for long.
 */
export type EndKind = 'restart' | 'leave';

/** Whether it ends permanently, by the signal that it received and what SIGTERM and SIGINT are to do. */
export const isForGood = (signal: EndSignal, onStop: EndKind): boolean => signal === LEAVE || onStop === 'leave';

/** A signal that ends a service. */
type EndSignal = 'SIGTERM' | 'SIGINT' | typeof LEAVE;

/**
 * Resolves with the signal that ends this process; rejects on an unexpected error of it. A service manager sends
 * SIGTERM after SIGUSR2, which changes nothing, even where the two arrive at once: a process that had no processor for
 * a while finds both, in either order, as the kernel gives the second to another thread. The same signal twice skips
 * the wait.
 */
export function ending(warn: (text: string) => void): Promise<EndSignal> {
  return new Promise((resolve, reject) => {
    // Signals that wait are all handled before an immediate is.
    for (const signal of ['SIGTERM', 'SIGINT'] as const)
      process.once(signal, () => setImmediate(() => resolve(signal)));
    process.on(LEAVE, () => resolve(LEAVE));
    process.on('uncaughtException', (error) => reject(error));
    process.on('unhandledRejection', (reason) => reject(reason));
    process.on('warning', (warning) => warn(warning.message));
  });
}
