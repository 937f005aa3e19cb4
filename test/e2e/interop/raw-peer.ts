import { once } from 'node:events';
import type * as net from 'node:net';
import { CAPABILITY, type Capability } from '../../../lib/bgp/wire/capability';
import type { WireContext } from '../../../lib/bgp/wire/context';
import { type Family, numbersOf } from '../../../lib/bgp/wire/family';
import { KEEPALIVE } from '../../../lib/bgp/wire/keepalive';
import { BGP_HEADER_LENGTH, frame, MESSAGE } from '../../../lib/bgp/wire/message';
import { decodeNotification } from '../../../lib/bgp/wire/notification';
import { decodeOpen, encodeOpen, type Open } from '../../../lib/bgp/wire/open';
import type { PathAttributes } from '../../../lib/bgp/wire/path-attributes';
import { SEGMENT } from '../../../lib/bgp/wire/path-attributes';
import { encodeAttributes, UpdateWriter } from '../../../lib/bgp/wire/update';
import type { NotificationContent } from '../../../lib/bgp/wire/verdict';
import { tcp } from '../../../lib/kernel/system/tcp';
import { IpAddress } from '../../../lib/model/address';
import { Prefix } from '../../../lib/model/prefix';
import { sure } from '../../../lib/model/problem';
import type { Namespace } from '../../kernel/namespace';
import { eventually } from '../support/network';

/** What came from the other side. */
export interface Message {
  readonly type: number;
  readonly body: Uint8Array;
}

export interface RawOptions {
  readonly local: string;
  readonly remote: string;
  readonly as: number;
  /** Seconds it offers; 0: none. */
  readonly holdTime?: number;
  readonly families?: readonly Family[];
  /** Beside multiprotocol and four-octet AS. */
  readonly capabilities?: readonly Capability[];
}

/** A peer that says what a test tells it to, right or wrong: it answers nothing by itself. */
export class RawPeer {
  readonly messages: Message[] = [];
  /** The other side closed, or the connection broke. */
  closed = false;
  private rest = new Uint8Array(0);

  private constructor(
    readonly socket: net.Socket,
    private readonly options: RawOptions,
  ) {
    socket.on('data', (chunk: Buffer) => this.read(chunk));
    socket.on('error', () => {});
    socket.on('close', () => {
      this.closed = true;
    });
  }

  /** Dials from a machine. */
  static async connect(machine: Namespace, options: RawOptions): Promise<RawPeer> {
    machine.enter();
    const socket = tcp.connect({ local: options.local, remote: options.remote, port: 179 });
    machine.leave();
    if (socket instanceof Error) throw socket;
    await once(socket, 'connect');
    socket.setNoDelay(true);
    return new RawPeer(socket, options);
  }

  /** Waits on a machine to be dialled. */
  static async accept(machine: Namespace, options: RawOptions): Promise<RawPeer> {
    machine.enter();
    const listening = tcp.listen({ address: options.local, port: 179 });
    machine.leave();
    const server = await listening;
    if (server instanceof Error) throw server;
    const [socket] = (await once(server, 'connection')) as [net.Socket];
    server.close();
    const peer = new RawPeer(socket, options);
    socket.resume();
    return peer;
  }

  send(...messages: readonly Uint8Array[]): void {
    this.socket.write(Buffer.concat(messages));
  }

  /** The whole way up: both OPENs and KEEPALIVEs. Answers the other side's OPEN. */
  async open(): Promise<Open> {
    this.send(this.openMessage());
    const { body } = await this.next(MESSAGE.open);
    this.send(KEEPALIVE);
    await this.next(MESSAGE.keepalive);
    return decodeOpen(body) as Open;
  }

  openMessage(change: Partial<Open> = {}): Uint8Array {
    const { as, holdTime = 0, families = ['ipv4 unicast'], capabilities = [], local } = this.options;
    const own: Capability[] = families.map((family) => {
      const { afi, safi } = numbersOf(family);
      return { code: CAPABILITY.multiprotocol, afi, safi };
    });
    const routerId = new DataView(sure(IpAddress.parse(local)).bytes.slice().buffer).getUint32(0);
    const all = [...own, { code: CAPABILITY.fourOctetAs, as }, ...capabilities];
    return encodeOpen({ version: 4, as, holdTime, routerId, capabilities: all, ...change });
  }

  /** Routes with these attributes; AS_PATH and NEXT_HOP are its own unless said otherwise. */
  announce(prefixes: readonly string[], attributes: PathAttributes = {}): void {
    this.send(this.update(prefixes, attributes));
  }

  update(prefixes: readonly string[], attributes: PathAttributes = {}): Uint8Array {
    const { as, local } = this.options;
    const { context } = this;
    const writer = new UpdateWriter(context, 1 << 20);
    const nextHop = attributes.nextHop ?? sure(IpAddress.parse(local)).bytes;
    const all: PathAttributes = {
      origin: 0,
      asPath: [{ type: SEGMENT.sequence, members: [as] }],
      ...attributes,
      nextHop,
    };
    writer.announce('ipv4 unicast', encodeAttributes(all, context), nextHop);
    return filled(writer, prefixes);
  }

  /** UPDATEs that withdraw these. */
  withdrawal(prefixes: readonly string[]): Uint8Array {
    const writer = new UpdateWriter(this.context, 1 << 20);
    writer.withdraw('ipv4 unicast');
    return filled(writer, prefixes);
  }

  /** The NOTIFICATION that came, if one did. */
  get notification(): NotificationContent | undefined {
    const found = this.messages.find(({ type }) => type === MESSAGE.notification);
    return found && decodeNotification(found.body);
  }

  /** How many messages of a type came. */
  count(type: number): number {
    return this.messages.filter((message) => message.type === type).length;
  }

  /** The first message of a type, as soon as it is there. */
  async next(type: number): Promise<Message> {
    let found: Message | undefined;
    await eventually(() => {
      found = this.messages.find((message) => message.type === type);
      expect(this.closed && !found ? this.notification : found).toBeDefined();
    });
    return found!;
  }

  close(): void {
    this.socket.destroy();
  }

  private get context(): WireContext {
    const { as, capabilities = [] } = this.options;
    const isExtended = capabilities.some(({ code }) => code === CAPABILITY.extendedMessage);
    return contextOf(as, isExtended);
  }

  private read(chunk: Buffer): void {
    const bytes = new Uint8Array(Buffer.concat([this.rest, chunk]));
    let at = 0;
    while (bytes.length - at >= BGP_HEADER_LENGTH) {
      const found = frame(bytes, at, bytes.length, 65535);
      if (found.kind !== 'message') break;
      this.messages.push({ type: found.type, body: bytes.slice(found.start, found.end) });
      at = found.end;
    }
    this.rest = bytes.slice(at);
  }
}

function filled(writer: UpdateWriter, prefixes: readonly string[]): Uint8Array {
  for (const prefix of prefixes) {
    const { address, length } = sure(Prefix.parse(prefix));
    if (!writer.addBytes(address.bytes, length)) throw new Error('too many prefixes for one go');
  }
  return writer.take();
}

const contextOf = (localAs: number, extendedMessage: boolean): WireContext => ({
  session: 'ebgp',
  as4: true,
  addPathReceive: new Set(),
  addPathSend: new Set(),
  extendedMessage,
  localAs,
  peerAs: 65001,
  families: new Set(['ipv4 unicast', 'ipv6 unicast']),
  extendedNextHop: new Set(),
});
