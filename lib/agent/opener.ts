import { extname, join } from 'node:path';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import { assembleDelivery, type Delivery, type Examined } from '../control/delivery';

/** Beside this file, and in the same language. */
const WORKER = join(__dirname, `delivery-worker${extname(__filename)}`);

/** MB of heap that a delivery may take: a release of 5,000 nodes takes some 100. */
const HEAP = { maxOldGenerationSizeMb: 384, maxYoungGenerationSizeMb: 64 };

/** Milliseconds that it may take: who deploys waits for 30 s. */
const LONGEST_MS = 25_000;

/** Deliveries that wait while one is opened. */
const WAITING = 8;

/**
 * Opens deliveries in a thread of their own, one after another, so that neither a large one nor one that is made to
 * take all time and memory keeps the sessions waiting or ends the process: it is refused instead.
 */
export class DeliveryOpener {
  private waiting = 0;
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: Pick<WorkerOptions, 'execArgv'> = {}) {}

  /** What was delivered, or what is wrong with it. */
  open(octets: Uint8Array): Promise<Delivery | readonly string[]> {
    if (this.waiting >= WAITING) return Promise.resolve(['too many releases are delivered at once: deploy again']);
    this.waiting++;
    const opened = this.last.then(async () => {
      const examined = await this.examine(octets);
      return 'parts' in examined ? assembleDelivery(examined) : examined;
    });
    this.last = opened.catch(() => undefined).finally(() => this.waiting--);
    return opened;
  }

  private examine(octets: Uint8Array): Promise<Examined | readonly string[]> {
    const worker = new Worker(WORKER, { execArgv: [], ...this.options, workerData: octets, resourceLimits: HEAP });
    return new Promise((resolve) => {
      const refuse = (why: string) => resolve([`the release cannot be read: ${why}`]);
      const timer = setTimeout(() => {
        refuse(`it takes more than ${LONGEST_MS / 1000} s`);
        void worker.terminate();
      }, LONGEST_MS);
      worker.once('message', resolve);
      worker.once('error', (error: NodeJS.ErrnoException) =>
        refuse(
          error.code === 'ERR_WORKER_OUT_OF_MEMORY'
            ? `it takes more than ${HEAP.maxOldGenerationSizeMb} MB of memory`
            : error.message,
        ),
      );
      worker.once('exit', () => {
        clearTimeout(timer);
        refuse('its reader ended');
      });
    });
  }
}
