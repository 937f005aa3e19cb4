import type { KernelLog } from '../log';
import type { KernelError } from '../system/error';
import { type DumpRequest, dump } from './dump';
import { Monitor, type MonitorEvents } from './monitor';
import { NetlinkSocket } from './socket';

/** A socket as those need it who ask the kernel to do something. */
export type Requests = Pick<NetlinkSocket, 'port' | 'privileged' | 'send' | 'sendAsync' | 'read' | 'close'>;

/** The source of the kernel's events. */
export type EventFeed = Pick<Monitor, 'drain' | 'close'>;

/** How the kernel's routing is spoken to; tests have one without a kernel. */
export interface NetlinkDriver {
  open(): Requests | KernelError;
  /** `filter`: a program that keeps our own echo away. */
  monitor(filter: Uint8Array, events: MonitorEvents, log: KernelLog): EventFeed | KernelError;
  dump(request: DumpRequest): Promise<KernelError | undefined>;
}

export const NETLINK: NetlinkDriver = {
  open: () => NetlinkSocket.open(),
  monitor: (filter, events, log) => Monitor.open(filter, events, log),
  dump,
};
