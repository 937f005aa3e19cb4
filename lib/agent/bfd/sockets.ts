import type { DirectLinks } from '../../kernel/netlink/direct-links';
import { KernelError } from '../../kernel/system/error';
import { holderOfPort } from '../../kernel/system/port-holder';
import { type Datagram, UdpReceiver, UdpSender } from '../../kernel/system/udp';
import { IpAddress } from '../../model/address';
import type { BfdSpec } from './protocol';

/** RFC 5881 section 4, RFC 5883 section 5. */
const PORT = { direct: 3784, multihop: 4784 } as const;

/** The socket at which packets of sessions with one local address arrive. */
export interface Receiver {
  /** Reads datagrams; returns whether those were all. */
  drain(take: (datagram: Datagram) => void): boolean;
  /** Datagrams may have been lost, as no more fit into the queue. */
  readonly isFull: boolean;
  /** The kernel may drop what comes from others, or with a lower TTL or hop limit. */
  expect(sources: readonly string[], minimumTtl: number): void;
  watch(readable: () => void): void;
  unwatch(): void;
  /** It no longer receives, as its interface is gone; there may be another with that name. */
  readonly isLost: boolean;
  close(): void;
}

/** The sending socket of a session. */
export interface Sender {
  /** Returns an error if sending failed. */
  send(octets: Uint8Array): string | undefined;
  /** The neighbour has refused the datagram before the last one: nothing listens at its port. */
  readonly isRefused: boolean;
  close(): void;
}

/** Why a socket cannot be opened: another program has the port, whatever the link and the neighbour do. */
export class PortTaken {
  constructor(readonly why: string) {}
}

/** The driver's interface to the network; a string is the reason why a socket cannot be opened. */
export interface Sockets {
  receiver(spec: BfdSpec): Receiver | PortTaken | string;
  /** The same, unless anything else listens at that address and port. */
  lookout(spec: BfdSpec): Receiver | PortTaken | string;
  /** `taken`: another socket has this port. */
  sender(spec: BfdSpec, port: number): Sender | 'taken' | string;
  /**
   * The name of the interface of this index, if the neighbour of a session on the link is not there, so that the packet
   * is somebody else's.
   */
  strayLink(spec: BfdSpec, link: number): string | undefined;
}

const addressOf = (text: string): IpAddress | string => {
  const address = IpAddress.parse(text);
  return address instanceof IpAddress ? address : String(address);
};

const placeOf = (spec: BfdSpec, address: IpAddress, port: number) => ({
  ...{ address, port },
  ...(spec.interface !== undefined && { interface: spec.interface }),
});

export const portOf = ({ multihop }: Pick<BfdSpec, 'multihop'>): number => (multihop ? PORT.multihop : PORT.direct);

/** The implementation for this machine's kernel. Without `links`, packets may arrive at any interface. */
export const kernelSockets = (links?: Pick<DirectLinks, 'leadTo' | 'nameOf'>): Sockets => ({
  receiver: (spec) => receiverOf(spec, false),
  lookout: (spec) => receiverOf(spec, true),

  sender(spec, port) {
    const [local, remote] = [addressOf(spec.local), addressOf(spec.remote)];
    if (typeof local === 'string') return local;
    if (typeof remote === 'string') return remote;
    const sender = UdpSender.open(placeOf(spec, local, port), { address: remote, port: portOf(spec) });
    if (sender instanceof KernelError) return sender.code === 'EADDRINUSE' ? 'taken' : String(sender);
    return {
      send(octets) {
        const failed = sender.send(octets);
        return failed && String(failed);
      },
      get isRefused() {
        return sender.isRefused;
      },
      close: () => sender.close(),
    };
  },

  strayLink(spec, link) {
    // A socket of a session with an interface is bound to it.
    if (!links || spec.multihop || spec.interface !== undefined || links.leadTo(spec.remote, link)) return undefined;
    return links.nameOf(link);
  },
});

/** The port is that of the protocol: there is no other. */
function takenText(local: IpAddress, port: number): string {
  const holder = holderOfPort(local, port);
  return `UDP port ${port} of ${local} is taken${holder ? ` by ${holder}` : ''}. Stop that program ("ss -lunp sport = :${port}" as root shows it)`;
}

function receiverOf(spec: BfdSpec, isSoleListener: boolean): Receiver | PortTaken | string {
  const local = addressOf(spec.local);
  if (typeof local === 'string') return local;
  const receiver = UdpReceiver.open(placeOf(spec, local, portOf(spec)), {
    expected: { minimumTtl: spec.multihop ? 1 : spec.minimumTtl },
    isSoleListener,
  });
  if (receiver instanceof KernelError)
    return receiver.code === 'EADDRINUSE' ? new PortTaken(takenText(local, portOf(spec))) : String(receiver);
  return {
    get isLost() {
      return spec.interface !== undefined && receiver.isLost;
    },
    get isFull() {
      return receiver.isFull;
    },
    drain: (take) => receiver.drain(take),
    expect: (sources, minimumTtl) =>
      receiver.expect({ minimumTtl, sources: sources.map(addressOf).filter((one) => typeof one !== 'string') }),
    watch: (readable) => receiver.watch(readable),
    unwatch: () => receiver.unwatch(),
    close: () => receiver.close(),
  };
}
