import type { KernelLog } from '../log';
import type { KernelError } from '../system/error';
import { type DumpRequest, dump } from './dump';
import { Monitor, type MonitorEvents } from './monitor';
import { NetlinkSocket } from './socket';

/** The part of a socket that sends requests. */
export type Requests = Pick<NetlinkSocket, 'port' | 'privileged' | 'send' | 'sendAsync' | 'read' | 'close'>;

/** The source of the kernel's events. */
export type EventFeed = Pick<Monitor, 'drain' | 'close'>;

/** The interface to the kernel's routing; tests replace it. */
export interface NetlinkDriver {
  open(): Requests | KernelError;
  /** `filter`: a BPF program that drops the echo of our own changes. */
  monitor(filter: Uint8Array, events: MonitorEvents, log: KernelLog): EventFeed | KernelError;
  dump(request: DumpRequest): Promise<KernelError | undefined>;
}

export const NETLINK: NetlinkDriver = {
  open: () => NetlinkSocket.open(),
  monitor: (filter, events, log) => Monitor.open(filter, events, log),
  dump,
};
