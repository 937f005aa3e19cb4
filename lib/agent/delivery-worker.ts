/** The thread in which a delivery is opened: it says what it found, and ends. */
import { parentPort, workerData } from 'node:worker_threads';
import { examineDelivery } from '../control/delivery';

parentPort?.postMessage(examineDelivery(workerData as Uint8Array));
