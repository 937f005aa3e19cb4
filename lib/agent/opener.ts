import { extname, join } from 'node:path';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import { assembleDelivery, type Delivery, type Examined, type Unreadable } from '../control/delivery';

/** Next to this file, with the same extension. */
const WORKER = join(__dirname, `delivery-worker${extname(__filename)}`);

/** Maximum MB of heap for a delivery: a release of 5,000 nodes takes some 100. */
const HEAP = { maxOldGenerationSizeMb: 384, maxYoungGenerationSizeMb: 64 };

/** Time limit in milliseconds: the deploying side waits for 30 s. */
const LONGEST_MS = 25_000;

/** Maximum number of queued deliveries. */
const WAITING = 8;

/**
 * Opens deliveries in a separate thread, one at a time, so that neither a large one nor one crafted to exhaust time or
 * memory delays the sessions or ends the process: it is refused instead.
 */
export class DeliveryOpener {
  private waiting = 0;
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: Pick<WorkerOptions, 'execArgv'> = {}) {}

  /** The delivery, or what is wrong with it. */
  open(octets: Uint8Array): Promise<Delivery | Unreadable> {
    if (this.waiting >= WAITING)
      return Promise.resolve(because('too many releases are delivered at once: deploy again'));
    this.waiting++;
    const opened = this.last.then(async () => {
      const examined = await this.examine(octets);
      return 'parts' in examined ? assembleDelivery(examined) : examined;
    });
    this.last = opened.catch(() => undefined).finally(() => this.waiting--);
    return opened;
  }

  private examine(octets: Uint8Array): Promise<Examined | Unreadable> {
    const worker = new Worker(WORKER, { execArgv: [], ...this.options, workerData: octets, resourceLimits: HEAP });
    return new Promise((resolve) => {
      const refuse = (why: string) => resolve(because(`the release cannot be read: ${why}`));
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

const because = (problem: string): Unreadable => ({ problems: [problem], unknownFields: [] });
