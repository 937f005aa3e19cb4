import type { NetlinkMessage } from '../codec/header';
import type { KernelLog } from '../log';
import { KernelError } from '../system/error';
import { GROUP, NetlinkSocket } from './socket';

const GROUPS = Object.values(GROUP);

/** Callbacks of a monitor. */
export interface MonitorEvents {
  /** One event; the octets are only valid during the call. */
  readonly message: (bytes: Uint8Array, message: NetlinkMessage) => void;
  /** After the events of one turn. */
  readonly drained?: () => void;
  /** The kernel dropped events: the known state must be compared with the kernel. */
  readonly lost: () => void;
}

/** Receives every change of links, addresses, routes and rules in this network namespace. */
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

  /** `filter`: a BPF program that drops the echo of our own changes. */
  static open(filter: Uint8Array, events: MonitorEvents, log: KernelLog): Monitor | KernelError {
    const socket = NetlinkSocket.open({ groups: GROUPS, receiveBuffer: 16 << 20, filter });
    return socket instanceof KernelError ? socket : new Monitor(socket, events, log);
  }

  /** Handles all queued events at once, before a decision that depends on them. */
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
   * Called only when the queue is empty. The kernel reports ENOBUFS ahead of the events that it still holds, and drops
   * every new one until those are read: a comparison made earlier would miss the losses, and the held events would be
   * older than it.
   */
  private missed(): void {
    this.lost = false;
    this.log('warn', 'the kernel dropped events; comparing routes with the kernel');
    this.events.lost();
  }
}
