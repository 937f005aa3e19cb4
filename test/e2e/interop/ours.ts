import { speakerTcp } from '../../../lib/agent/network/tcp';
import { SpeakerHost } from '../../../lib/bgp/net/host';
import type { TcpFactory } from '../../../lib/bgp/net/tcp';
import type { SessionConfig } from '../../../lib/bgp/session/config';
import type { SessionTemplate } from '../../../lib/bgp/session/template';
import type { SpeakerEvent, SpeakerOptions, SpeakerSession } from '../../../lib/bgp/speaker';
import { BGP_HEADER_LENGTH, MESSAGE } from '../../../lib/bgp/wire/message';
import type { PathAttributes, UnknownAttribute } from '../../../lib/bgp/wire/path-attributes';
import { IpAddress } from '../../../lib/model/address';
import { Prefix } from '../../../lib/model/prefix';
import { sure } from '../../../lib/model/problem';
import type { Namespace } from '../../kernel/namespace';
import { type Announcement, isIpv6, type SeenPath, type Speaker } from './speaker';

const ip = (text: string) => sure(IpAddress.parse(text));
const PORT = 179;

/** A session of ours by the neighbour's address; what is not said is the plainest session between two ASs. */
export type OurSession = Partial<Omit<SessionConfig, 'key'>> & { readonly remote: string; readonly remoteAs: number };

export interface OurOptions extends Partial<SpeakerOptions> {
  /** Machine number: 10.0.0.n and fd00::n. */
  readonly number: number;
  readonly as: number;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly clusterId?: number;
  /** Paths that may be used side by side; absent: one. */
  readonly multipath?: number;
  /** Instead of the one made from its address. */
  readonly routerId?: number;
  /** Connections that come in are kept waiting until {@link Ours.letIn}. */
  readonly keepsOut?: boolean;
}

/** Its clock can be set forward, so that a timer of minutes is a matter of milliseconds. */
class Host extends SpeakerHost {
  private ahead = 0;
  private stopped: number | undefined;

  override now(): number {
    if (this.stopped !== undefined) return this.stopped;
    return super.now() + this.ahead;
  }

  /** While its clock stands still no timer runs out. */
  stopClock(stands: boolean): void {
    const now = this.now();
    this.stopped = undefined;
    if (stands) this.stopped = now;
    else this.ahead = now - super.now();
    this.give({ kind: 'timer' });
  }

  advance(seconds: number): void {
    this.ahead += seconds * 1000;
    this.give({ kind: 'timer' });
  }
}

/** Our speaker on the kernel's sockets, in this process and on a machine of the test network. */
export class Ours implements Speaker {
  readonly address: string;
  readonly address6: string;
  readonly events: SpeakerEvent[] = [];
  /** Subtypes of the ROUTE-REFRESH messages sent: 1 and 2 are the marks of RFC 7313. */
  readonly refreshMarks: number[] = [];
  /** Connections of ours that were made. */
  dialled = 0;
  private readonly door: Door;
  readonly host: Host;
  private sessions: SessionConfig[] = [];
  /** Where packets go, by prefix. */
  private readonly hops = new Map<string, readonly string[]>();

  private constructor(
    machine: Namespace,
    private readonly options: OurOptions,
  ) {
    this.address = `10.0.0.${options.number}`;
    this.address6 = `fd00::${options.number}`;
    this.door = new Door(machine, !options.keepsOut);
    this.host = new Host({
      seed: options.number,
      ...(options.restartingFor !== undefined && { restartingFor: options.restartingFor }),
      tcp: this.door.tcp,
      secret: (name) => options.secrets?.[name],
      onEvent: (event) => this.events.push(event),
      onRoutes: (changes) => {
        for (const { prefix, nextHops } of changes)
          if (nextHops) this.hops.set(String(prefix), nextHops.map(String));
          else this.hops.delete(String(prefix));
      },
    });
    this.watch();
  }

  static async start(machine: Namespace, options: OurOptions, sessions: readonly OurSession[] = []): Promise<Ours> {
    const ours = new Ours(machine, options);
    try {
      expect(await ours.host.listen(['0.0.0.0', '::'].map((address) => ({ address, port: PORT })))).toEqual([]);
      ours.configure(sessions);
      return ours;
    } catch (error) {
      await ours.close();
      throw error;
    }
  }

  get as(): number {
    return this.options.as;
  }

  get routerId(): number {
    return this.options.routerId ?? new DataView(ip(this.address).bytes.slice().buffer).getUint32(0);
  }

  /**
   * Runs these sessions and no others, but for those of neighbours from `range` where there is one: as the first
   * session is.
   */
  configure(sessions: readonly OurSession[], range?: string, limit = 1): void {
    this.sessions = sessions.map((session) => this.sessionOf(session));
    const { clusterId, multipath } = this.options;
    const routing = {
      routerId: this.routerId,
      ...(clusterId !== undefined && { clusterId }),
      ...(multipath !== undefined && { multipath }),
    };
    if (range === undefined) this.host.configure(routing, this.sessions);
    else this.host.configure(routing, [], [templateOf(this.sessions[0], range, limit)]);
  }

  /** The next hops that packets to a prefix are given. */
  nextHops(prefix: string): readonly string[] {
    return this.hops.get(prefix) ?? [];
  }

  /** Tells all neighbours that we are about to go, or no longer (RFC 8326). */
  leave(on: boolean): void {
    this.host.give({ kind: 'gracefulShutdown', on });
  }

  session(remote: string): SpeakerSession {
    const found = this.host.speaker
      .status(this.host.now())
      .find(({ remoteAddress }) => remoteAddress === String(ip(remote)));
    if (!found) throw new Error(`there is no session with ${remote}`);
    return found;
  }

  async isUp(neighbour: string): Promise<boolean> {
    return this.session(neighbour).state === 'Established';
  }

  async paths(prefix: string): Promise<SeenPath[]> {
    const wanted = sure(Prefix.parse(prefix));
    return [...this.host.speaker.rib.routes({ prefix: wanted })].flatMap(({ paths, best }) =>
      [...paths]
        .sort((a, b) => Number(b === paths[best]) - Number(a === paths[best]))
        .map((path) => seen(path.attributes)),
    );
  }

  /** Paths that are kept over a restart of their neighbour. */
  stale(prefix: string): number {
    const wanted = sure(Prefix.parse(prefix));
    return [...this.host.speaker.rib.routes({ prefix: wanted })].flatMap(({ paths }) =>
      paths.filter(({ stale }) => stale),
    ).length;
  }

  /** Attributes that nobody here knows, of the best path to a prefix. */
  unknown(prefix: string): readonly UnknownAttribute[] {
    const wanted = sure(Prefix.parse(prefix));
    const [entry] = this.host.speaker.rib.routes({ prefix: wanted });
    return entry?.paths[entry.best]?.attributes.unknown ?? [];
  }

  async announce({ prefix, communities, large, targets }: Announcement): Promise<void> {
    if (large || targets) throw new Error('a route of our own has standard communities only');
    const attributes = communities && { communities: communities.map(communityNumber) };
    this.host.give({
      kind: 'originate',
      prefix: sure(Prefix.parse(prefix)),
      ...(attributes && { attributes }),
    });
  }

  async withdraw(prefix: string): Promise<void> {
    this.host.give({ kind: 'withdraw', prefix: sure(Prefix.parse(prefix)) });
  }

  reset(remote: string): void {
    this.host.give({ kind: 'reset', session: this.session(remote).key });
  }

  /** Lets time pass for this speaker alone. */
  advance(seconds: number): void {
    this.host.advance(seconds);
  }

  /** Says nothing by itself any more, as a speaker that hangs; it still hears. */
  mute(isMute: boolean): void {
    this.host.stopClock(isMute);
  }

  async close(options: { readonly text?: string; readonly graceful?: boolean } = {}): Promise<void> {
    await this.host.close(options);
  }

  /** Connections that wait before the door, and how to let them in. */
  get waiting(): number {
    return this.door.waiting;
  }

  letIn(): void {
    this.door.open();
  }

  private watch(): void {
    const { speaker } = this.host;
    const handle = speaker.handle.bind(speaker);
    speaker.handle = (input, now) => {
      const effects = handle(input, now);
      if (input.kind === 'opened') this.dialled++;
      for (const effect of effects) if (effect.kind === 'send') this.note(effect.bytes);
      return effects;
    };
  }

  private note(bytes: Uint8Array): void {
    for (let at = 0; at + BGP_HEADER_LENGTH <= bytes.length; at += (bytes[at + 16] << 8) | bytes[at + 17])
      if (bytes[at + 18] === MESSAGE.routeRefresh) this.refreshMarks.push(bytes[at + BGP_HEADER_LENGTH + 2]);
  }

  private sessionOf({ remote, remoteAs, ...more }: OurSession): SessionConfig {
    const own = isIpv6(remote) ? this.address6 : this.address;
    return {
      key: `${own} ${remote} ${PORT}`,
      name: remote,
      reason: 'interop',
      localAddress: ip(own),
      remoteAddress: ip(remote),
      port: PORT,
      acceptable: [{ localAs: this.as, remoteAs }],
      routerId: this.routerId,
      families: [isIpv6(remote) ? 'ipv6 unicast' : 'ipv4 unicast'],
      dial: 'first',
      holdTime: 90,
      keepaliveTime: 30,
      connectRetryTime: 1,
      multihop: false,
      inside: false,
      importPolicy: { rules: [], otherwise: 'accept' },
      exportPolicy: { rules: [], otherwise: 'accept' },
      nextHop: 'auto',
      routeReflectorClient: false,
      allowOwnAs: 0,
      localAddresses: { ipv4: ip(this.address), ipv6: ip(this.address6) },
      ...more,
    };
  }
}

function templateOf(session: SessionConfig, text: string, limit: number): SessionTemplate {
  const { remoteAddress: _, dial: __, ...rest } = session;
  const range = sure(Prefix.parse(text));
  return { ...rest, key: `${rest.localAddress} ${range} ${PORT}`, name: text, range, limit };
}

/** Sockets made on a machine, wherever this process is; those that come in may be kept waiting. */
class Door {
  private readonly held: (() => void)[] = [];

  constructor(
    private readonly machine: Namespace,
    private isOpen: boolean,
  ) {}

  readonly tcp: TcpFactory = {
    ...speakerTcp,
    connect: (target) => this.inside(() => speakerTcp.connect(target)),
    listen: async (at) => {
      const server = await this.inside(() => speakerTcp.listen(at));
      const emit = server.emit.bind(server);
      server.emit = (event: string, ...args: unknown[]): boolean => {
        if (event !== 'connection' || this.isOpen) return emit(event, ...args);
        this.held.push(() => emit(event, ...args));
        return true;
      };
      return server;
    },
  };

  get waiting(): number {
    return this.held.length;
  }

  open(): void {
    this.isOpen = true;
    for (const pass of this.held.splice(0)) pass();
  }

  private inside<T>(make: () => T): T {
    this.machine.enter();
    try {
      return make();
    } finally {
      this.machine.leave();
    }
  }
}

const communityNumber = (text: string): number => {
  const [high, low] = text.split(':').map(Number);
  return ((high << 16) | low) >>> 0;
};

const dotted = (id: number): string => [24, 16, 8, 0].map((shift) => (id >>> shift) & 0xff).join('.');

/** Route targets of both AS number sizes (RFC 4360, 5668) as everyone writes them; others as they are. */
function extendedText(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const isTarget = bytes[1] === 2;
  if (isTarget && bytes[0] === 0) return `rt ${view.getUint16(2)}:${view.getUint32(4)}`;
  if (isTarget && bytes[0] === 2) return `rt ${view.getUint32(2)}:${view.getUint16(6)}`;
  return Buffer.from(bytes).toString('hex');
}

function seen(attributes: PathAttributes): SeenPath {
  const { nextHop, asPath = [], med, localPref, onlyToCustomer, originatorId, clusterList } = attributes;
  return {
    nextHop: nextHop ? String(sure(IpAddress.fromBytes(nextHop))) : 'self',
    asPath: asPath.flatMap(({ members }) => members),
    med,
    localPref,
    communities: (attributes.communities ?? []).map((community) => `${community >>> 16}:${community & 0xffff}`).sort(),
    large: (attributes.largeCommunities ?? []).map((parts) => parts.join(':')).sort(),
    extended: (attributes.extendedCommunities ?? []).map(extendedText).sort(),
    otc: onlyToCustomer,
    originator: originatorId === undefined ? undefined : dotted(originatorId),
    clusters: clusterList?.map(dotted),
  };
}
