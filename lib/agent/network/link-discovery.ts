import { KernelError } from '../../kernel/system/error';
import { RouterDiscoverySocket } from '../../kernel/system/router-discovery';
import type { IpAddress } from '../../model/address';
import { Discovery, type DiscoveryEffect, type SessionProgress } from '../../nd/discovery';
import { decodeMessage, encodeMessage, MESSAGE_TYPE } from '../../nd/message';
import { type Hindrance, hindrance } from './link-hindrance';

/** A link with our usable link-local address on it. */
interface OwnLink {
  readonly name: string;
  readonly index: number;
  readonly address: IpAddress;
  readonly linkLayer?: string;
  /** When it came up. */
  readonly upSince: number;
}

/** Receives what was found on a link. */
interface DiscoveryEvents {
  /**
   * The neighbour's link-local address; undefined: there is none any more. `isRepeated`: stations take turns, which was
   * reported just before.
   */
  neighbour(address: string | undefined, why: string, isRepeated: boolean): void;
  notice(text: string): void;
  progress(): SessionProgress | undefined;
}

/** Finds the neighbour on one link: drives {@link Discovery} over a socket. */
export class LinkDiscovery {
  private readonly discovery: Discovery;
  private link: OwnLink | undefined;
  private socket: RouterDiscoverySocket | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly events: DiscoveryEvents,
    private readonly now: () => number,
  ) {
    this.discovery = new Discovery(Math.random, () => events.progress());
  }

  /** The link is as given, or (undefined) cannot carry a session, and `why` not. Returns why it cannot be searched. */
  linkIs(link: OwnLink | undefined, why: string): Hindrance | undefined {
    const { link: before } = this;
    const isSame =
      before?.index === link?.index && before?.name === link?.name && String(before?.address) === String(link?.address);
    if (!isSame || this.socket?.isLost) {
      this.link = undefined;
      this.socket?.close();
      this.socket = undefined;
      // Another interface, perhaps of the same name.
      if (before?.index !== link?.index) this.carryOut(this.discovery.linkIs(undefined, why, this.now()));
      if (!link) return undefined;
      const failed = this.open(link);
      if (failed) return hindrance(lacksPrivilege(failed) ? 'privilege' : 'socket', link.name, String(failed));
      this.link = link;
    }
    if (!link) return undefined;
    const { address, linkLayer, upSince } = link;
    const own = { address: String(address), ...(linkLayer !== undefined && { linkLayer }) };
    this.carryOut(this.discovery.linkIs(own, why, this.now(), upSince));
    return undefined;
  }

  private open({ name, index, address: source }: OwnLink): KernelError | undefined {
    const opened = RouterDiscoverySocket.open({ name, index, source }, Object.values(MESSAGE_TYPE));
    if (opened instanceof KernelError) return opened;
    this.socket = opened;
    opened.watch(() => this.read());
    return undefined;
  }

  /** A session with the neighbour was established, or has ended. */
  sessionIs(isUp: boolean): void {
    this.carryOut(this.discovery.sessionIs(isUp, this.now()));
  }

  /** A station has connected that is not the neighbour, and was refused. */
  connected(address: string): void {
    this.carryOut(this.discovery.connected(address, this.now()));
  }

  /** A neighbour has refused a connection, or cannot be reached. */
  failed(address: string): void {
    this.carryOut(this.discovery.failed(address, this.now()));
  }

  /** The other stations on the link. */
  get others(): ReturnType<Discovery['othersAt']> {
    return this.discovery.othersAt(this.now());
  }

  /** Whether there are more of them than are remembered. */
  get hasMore(): boolean {
    return this.discovery.hasMoreAt(this.now());
  }

  close(): void {
    clearTimeout(this.timer);
    this.socket?.close();
    this.socket = undefined;
  }

  private read(): void {
    this.socket?.drain((octets, from, hopLimit) => {
      const message = decodeMessage(octets, from, hopLimit);
      if (typeof message !== 'string') this.carryOut(this.discovery.receive(message, from, this.now()));
    });
  }

  private carryOut(effects: readonly DiscoveryEffect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'notice') this.events.notice(effect.text);
      else if (effect.kind === 'neighbour')
        this.events.neighbour(effect.neighbour?.address, effect.why, effect.isRepeated ?? false);
      // One that cannot be sent is lost as on a wire; the series goes on.
      else
        this.socket?.send(encodeMessage(effect.message), effect.message.kind === 'solicitation' ? 'routers' : 'nodes');
    }
    clearTimeout(this.timer);
    const { wakeAt } = this.discovery;
    if (wakeAt === Number.POSITIVE_INFINITY) return;
    // What has arrived is read first: a response counts before the end of the wait for it.
    const wake = () => {
      this.read();
      this.carryOut(this.discovery.tick(this.now()));
    };
    this.timer = setTimeout(wake, Math.max(0, Math.ceil(wakeAt - this.now()))).unref();
  }
}

const lacksPrivilege = ({ code }: KernelError): boolean => code === 'EPERM' || code === 'EACCES';
