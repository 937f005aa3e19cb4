import type { NetlinkMessage } from '../codec/header';
import type { KernelLog } from '../log';
import { KernelError } from '../system/error';
import { GROUP, NetlinkSocket } from './socket';

const GROUPS = Object.values(GROUP);

/** What a monitor tells. */
export interface MonitorEvents {
  /** One event; the octets are valid during the call alone. */
  readonly message: (bytes: Uint8Array, message: NetlinkMessage) => void;
  /** After the events of one turn. */
  readonly drained?: () => void;
  /** The kernel dropped events: what is known must be compared with what is there. */
  readonly lost: () => void;
}

/** Receives every change of links, addresses, routes and rules in this network namespace, as it happens. */
export class Monitor {
  private lost = false;

  private constructor(
    private readonly socket: NetlinkSocket,
    private readonly events: MonitorEvents,
    private readonly log: KernelLog,
  ) {
    socket.watch((lost) => {
      if (lost) this.lost = true;
      this.drain();
    });
  }

  /** `filter`: a program that keeps our own echo away. */
  static open(filter: Uint8Array, events: MonitorEvents, log: KernelLog): Monitor | KernelError {
    const socket = NetlinkSocket.open({ groups: GROUPS, receiveBuffer: 16 << 20, filter });
    return socket instanceof KernelError ? socket : new Monitor(socket, events, log);
  }

  /** Handles the events that have come so far, at once: before a decision that depends on them. */
  drain(): void {
    let end = this.socket.read(this.events.message);
    while (end === 'lost') {
      this.lost = true;
      end = this.socket.read(this.events.message);
    }
    if (end instanceof KernelError) this.log('error', `monitor: ${end}`);
    if (end === 'empty' && this.lost) this.missed();
    this.events.drained?.();
  }

  close(): void {
    this.socket.close();
  }

  /**
   * Told only when the queue is empty. The kernel says ENOBUFS before the events that it still holds, and drops every
   * new one until those are read: a comparison made earlier would be older than the losses, and the held events older
   * than it.
   */
  private missed(): void {
    this.lost = false;
    this.log('warn', 'the kernel dropped events; comparing routes with the kernel');
    this.events.lost();
  }
}
