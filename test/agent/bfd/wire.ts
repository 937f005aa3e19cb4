import type { SavedSession } from '../../../lib/agent/bfd/driven-session';
import { BfdDriver } from '../../../lib/agent/bfd/driver';
import { type BfdSpec, type BfdStatus, bfdKey } from '../../../lib/agent/bfd/protocol';
import type { PortTaken, Receiver, Sender } from '../../../lib/agent/bfd/sockets';

interface Waiting {
  readonly octets: Uint8Array;
  readonly from: string;
  readonly hopLimit: number;
  /** The index of the interface. Default: 1, where neighbours are. */
  readonly link?: number;
  /** When it arrived. Default: now. */
  readonly at?: number;
}

/** A receiving socket of a machine on the wire. */
interface Socket {
  readonly waiting: Waiting[];
  readable: () => void;
}

export const spec = (local: string, remote: string, more: Partial<BfdSpec> = {}): BfdSpec => {
  const ends = { local, remote, multihop: false, ...more };
  return {
    key: bfdKey(ends),
    ...ends,
    ...{ minimumTtl: 255, transmitInterval: 300, receiveInterval: 300, detectMultiplier: 3, passive: false, ...more },
  };
};

const placeOf = ({ local, multihop }: Pick<BfdSpec, 'local' | 'multihop'>): string =>
  multihop ? `${local} multihop` : local;

/** Machines by their addresses, joined by a wire on which datagrams arrive, unless it is cut. */
export class Wire {
  isCut = false;
  /** Milliseconds that a datagram takes. Default: it arrives within the call that sends it. */
  latency: number | undefined;
  hopLimit = 255;
  /** What waits at a machine is not told to it: it stands still, as a process that is stopped does. */
  readonly frozen = new Set<string>();
  /** Source ports in the order in which sockets were asked for, and those that somebody else has. */
  readonly ports: number[] = [];
  readonly taken = new Set<number>();
  readonly receivers: Receiver[] = [];
  /** Machines whose queue is full: the kernel drops what arrives. */
  readonly full = new Set<string>();
  /** What the kernel was told to expect, at each place. */
  readonly expected = new Map<string, readonly (string | number)[]>();
  /** Datagrams that are read at once. */
  most = Number.POSITIVE_INFINITY;
  /** Receiving sockets whose interface is gone. */
  readonly lost = new Set<Receiver>();
  /** Why nothing can be sent. */
  failure: string | undefined;
  readonly sent: { readonly from: string; readonly octets: Uint8Array }[] = [];
  private readonly sockets = new Map<string, Socket>();

  /** Machines that cannot open a receiving socket. */
  readonly deaf = new Map<string, PortTaken | string>();
  /** Addresses at which something else listens for BFD, or refuses it. */
  readonly occupied = new Set<string>();
  readonly refusing = new Set<string>();

  give(to: string, datagram: Waiting, multihop = false): void {
    const socket = this.sockets.get(placeOf({ local: to, multihop }));
    if (!this.full.has(to)) socket?.waiting.push({ at: performance.now(), ...datagram });
    if (!this.frozen.has(to)) socket?.readable();
  }

  machine(saved: readonly SavedSession[] = []): { driver: BfdDriver; changes: BfdStatus[] } {
    const changes: BfdStatus[] = [];
    let dice = 1;
    const driver = new BfdDriver({
      sockets: {
        receiver: (spec) => this.deaf.get(spec.local) ?? this.receiver(spec),
        lookout: (spec) => (this.occupied.has(spec.local) ? 'EADDRINUSE' : this.receiver(spec)),
        sender: (spec, port) => this.sender(spec, port),
        strayLink: ({ multihop }, link) => (multihop || link === 1 ? undefined : `eth${link}`),
      },
      now: () => performance.now(),
      time: () => new Date().toISOString(),
      random() {
        dice = (dice * 48271) % 0x7fffffff;
        return dice / 0x7fffffff;
      },
      changed: (status) => changes.push(status),
    });
    for (const session of saved) driver.resume(session, true);
    return { driver, changes };
  }

  /** Where machines receive. */
  get places(): string[] {
    return [...this.sockets.keys()];
  }

  private receiver(spec: BfdSpec): Receiver {
    const { local } = spec;
    const socket: Socket = { waiting: [], readable: () => {} };
    this.sockets.set(placeOf(spec), socket);
    const { lost, full } = this;
    const most = () => this.most;
    const receiver: Receiver = {
      get isFull() {
        return full.has(local);
      },
      get isLost() {
        return lost.has(receiver);
      },
      drain(take) {
        for (const { octets, from, hopLimit, link = 1, at } of socket.waiting.splice(0, most()))
          take({ octets, from, hopLimit, link, age: performance.now() - at! });
        return socket.waiting.length === 0;
      },
      expect: (sources, minimumTtl) => this.expected.set(placeOf(spec), [...sources, minimumTtl]),
      watch(readable) {
        socket.readable = readable;
        if (socket.waiting.length > 0) readable();
      },
      unwatch() {
        socket.readable = () => {};
      },
      close: () => this.sockets.get(placeOf(spec)) === socket && this.sockets.delete(placeOf(spec)),
    };
    this.receivers.push(receiver);
    return receiver;
  }

  private sender({ local, remote, multihop }: BfdSpec, port: number): Sender | 'taken' {
    this.ports.push(port);
    if (this.taken.has(port)) return 'taken';
    const { refusing } = this;
    return {
      get isRefused() {
        return refusing.has(remote);
      },
      send: (octets) => {
        if (this.failure !== undefined) return this.failure;
        this.sent.push({ from: local, octets });
        const { latency, hopLimit } = this;
        const arrive = () => this.isCut || this.give(remote, { octets, from: local, hopLimit }, multihop);
        if (latency === undefined) arrive();
        else setTimeout(arrive, latency);
        return undefined;
      },
      close() {},
    };
  }
}
