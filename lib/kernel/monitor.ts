import type { Message } from './codec/header';
import { KernelError } from './error';
import type { Log } from './log';
import { GROUP, NetlinkSocket } from './netlink';

const GROUPS = [GROUP.link, GROUP.ipv4Address, GROUP.ipv6Address, GROUP.ipv4Route, GROUP.ipv6Route];

/** What a monitor tells. */
export interface MonitorEvents {
  /** One event; the octets are valid during the call alone. */
  readonly message: (bytes: Uint8Array, message: Message) => void;
  /** After the events of one turn. */
  readonly drained?: () => void;
  /** The kernel dropped events: what is known must be compared with what is there. */
  readonly lost: () => void;
}

/** Hears of every change of links, addresses and routes in this network namespace, as it happens. */
export class Monitor {
  private constructor(
    private readonly socket: NetlinkSocket,
    private readonly events: MonitorEvents,
    private readonly log: Log,
  ) {
    socket.watch((lost) => {
      if (lost) this.missed();
      this.drain();
    });
  }

  /** `filter`: a program that keeps our own echo away. */
  static open(filter: Uint8Array, events: MonitorEvents, log: Log): Monitor | KernelError {
    const socket = NetlinkSocket.open({ groups: GROUPS, receiveBuffer: 16 << 20, filter });
    return socket instanceof KernelError ? socket : new Monitor(socket, events, log);
  }

  /** Handles the events that have come so far, at once: before a decision that depends on them. */
  drain(): void {
    const end = this.socket.read(this.events.message);
    if (end === 'lost') this.missed();
    else if (end instanceof KernelError) this.log('error', `monitor: ${end}`);
    this.events.drained?.();
  }

  close(): void {
    this.socket.close();
  }

  private missed(): void {
    this.log('warn', 'the kernel dropped events, comparing with what is there');
    this.events.lost();
  }
}
