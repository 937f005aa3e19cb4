/** The thread that opens a delivery: it reports the result and exits. */
import { parentPort, workerData } from 'node:worker_threads';
import { examineDelivery } from '../control/delivery';

parentPort?.postMessage(examineDelivery(workerData as Uint8Array));
