import type { Server, Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { IpAddress } from '../../model/address';
import type { BestRouteChange } from '../rib/rib';
import { endTexts, type SessionConfig, transportOf } from '../session/config';
import { type SessionTemplate, templateFor } from '../session/template';
import {
  type Effect,
  type Input,
  type RoutingOptions,
  Speaker,
  type SpeakerEvent,
  type SpeakerOptions,
} from '../speaker';
import { Dialling } from './dialling';
import { type ListenFailure, listenFailure } from './failure';
import { Farewell } from './farewell';
import { Pacer } from './pacer';
import { plainTcp, type TcpFactory } from './tcp';
import { type ConnectionEvents, TcpConnection } from './tcp-connection';

/** Where to listen: an address literal (0.0.0.0 and :: for all) and a port. */
interface ListenAt {
  readonly address: string;
  readonly port: number;
}

export interface HostOptions extends SpeakerOptions {
  /** Default: plain Node, which supports neither TCP MD5 nor GTSM. */
  readonly tcp?: TcpFactory;
  /** The value of a secret by its name (`authentication` of a session); undefined if missing. Never logged. */
  readonly secret?: (name: string) => string | undefined;
  readonly onEvent?: (event: SpeakerEvent) => void;
  /** Required with `asksNextHops`: answer through `nextHops`, now and on every change. */
  readonly onNextHops?: (ask: readonly IpAddress[], forget: readonly IpAddress[]) => void;
  /** Best routes changed; `more`: further ones follow. */
  readonly onRoutes?: (changes: readonly BestRouteChange[], more: boolean) => void;
  /** Milliseconds, monotonic. Default: the system's. */
  readonly clock?: () => number;
  /** Every input with its time and effects, for recording. */
  readonly onInput?: (at: number, input: Input, effects: readonly Effect[]) => void;
}

/**
 * Runs a {@link Speaker} on real sockets and a real clock: turns effects into connections and timers, and their events
 * into inputs.
 */
export class SpeakerHost {
  readonly speaker: Speaker;

  private readonly tcp: TcpFactory;
  private readonly servers = new Map<string, { at: ListenAt; server: Server }>();
  private readonly connections = new Map<number, TcpConnection>();
  private readonly farewell = new Farewell();
  private readonly pacer = new Pacer(() => performance.now());
  private readonly dialling = new Dialling();
  /** By local and remote address, for incoming connections. */
  private byAddresses = new Map<string, SessionConfig[]>();
  private templates: readonly SessionTemplate[] = [];
  private keys: readonly Key[] = [];
  /** Sessions and templates whose protection could not be set on a listener, and why. */
  private readonly unprotected = new Map<string, string>();
  private readonly inbox: Input[] = [];
  private isBusy = false;
  private isClosed = false;
  private lastAccepted = -1;
  private timeout: NodeJS.Timeout | undefined;
  private immediate: NodeJS.Immediate | undefined;
  /** Everything that arrived by this time has been read. */
  private heard = 0;
  private readonly clock: () => number;

  constructor(private readonly options: HostOptions) {
    this.speaker = new Speaker(options);
    this.tcp = options.tcp ?? plainTcp;
    this.clock = options.clock ?? (() => performance.now());
  }

  /** Milliseconds of the speaker's clock. */
  now(): number {
    return this.clock();
  }

  /** Listens on these and on nothing else. Returns those that failed; the rest works. */
  async listen(wanted: readonly ListenAt[]): Promise<ListenFailure[]> {
    const names = new Set(wanted.map(nameOf));
    const failures: ListenFailure[] = [];
    for (const [name, { server }] of this.servers) {
      if (names.has(name)) continue;
      this.servers.delete(name);
      server.close(); // not awaited: it calls back only when the last connection is gone
    }
    for (const at of wanted) {
      if (this.servers.has(nameOf(at))) continue;
      try {
        this.serve(at, await this.tcp.listen(at));
      } catch (error) {
        failures.push(listenFailure(at.address, at.port, error as NodeJS.ErrnoException));
      }
    }
    return failures;
  }

  private serve(at: ListenAt, server: Server): void {
    this.servers.set(nameOf(at), { at, server });
    server.on('error', () => {}); // a failed accept affects one connection, which the neighbour will retry
    this.protect();
    // Sockets become ready in any order: events of the previous connection, such as its end, are read first.
    server.on('connection', (socket) => {
      socket.on('error', () => {});
      setImmediate(() => this.accept(socket));
    });
  }

  /** Where it listens, with the system's choice for port 0. */
  get listening(): ListenAt[] {
    return [...this.servers.values()].map(({ at, server }) => {
      const bound = server.address();
      return { address: at.address, port: typeof bound === 'object' && bound ? bound.port : at.port };
    });
  }

  /**
   * Sets the sessions to run, and the templates for unnamed neighbours. Resolves when all are configured: very many
   * take several turns of the event loop.
   */
  async configure(
    routing: RoutingOptions,
    sessions: readonly SessionConfig[],
    templates: readonly SessionTemplate[] = [],
  ): Promise<void> {
    this.byAddresses = new Map();
    for (const config of sessions) {
      const addresses = endTexts(config).join(' ');
      this.byAddresses.set(addresses, [...(this.byAddresses.get(addresses) ?? []), config]);
    }
    this.templates = templates;
    const before = this.keys;
    this.keys = keysOf(sessions, templates);
    this.protect(before);
    this.give({ kind: 'configure', routing, sessions, ...(templates.length > 0 && { templates }) });
    while (this.speaker.isConfiguring && !this.isClosed) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Passes an input to the speaker and executes the effects. */
  give(input: Input): void {
    this.inbox.push(input);
    if (this.isBusy || this.isClosed) return;
    this.isBusy = true;
    try {
      for (let next = this.inbox.shift(); next; next = this.inbox.shift()) this.take(next);
    } finally {
      this.isBusy = false;
    }
  }

  /**
   * Closes every session and connection. `graceful`: without a NOTIFICATION, so that neighbours retain our routes until
   * we are back. Resolves when the last connection is gone.
   */
  async close({ text, graceful }: { text?: string; graceful?: boolean } = {}): Promise<void> {
    if (this.isClosed) return;
    this.give({ kind: 'stop', ...(text !== undefined && { text }), ...(graceful && { graceful }) });
    this.isClosed = true;
    clearTimeout(this.timeout);
    if (this.immediate) clearImmediate(this.immediate);
    this.pacer.close();
    this.dialling.close();
    for (const connection of this.connections.values()) connection.close();
    this.connections.clear();
    // A server is only closed when its last connection is.
    await Promise.all([...this.servers.values()].map(({ server }) => new Promise((resolve) => server.close(resolve))));
    this.servers.clear();
  }

  private take(input: Input): void {
    const effects = this.handle(input);
    if (effects.length === 0) return;
    const written = new Set<TcpConnection>();
    for (const effect of effects) {
      if (effect.kind === 'send') {
        const connection = this.connections.get(effect.connection);
        connection?.send(effect.bytes);
        if (connection) written.add(connection);
      } else this.carryOut(effect);
    }
    for (const connection of written) connection.flush();
  }

  private handle(input: Input): readonly Effect[] {
    const at = this.now();
    const { onInput } = this.options;
    if (!onInput) return this.speaker.handle(input, at);
    let effects: readonly Effect[] = [];
    try {
      effects = this.speaker.handle(input, at);
    } finally {
      // An input that makes the speaker throw is the most important one to record.
      onInput(at, input, effects);
    }
    return effects;
  }

  private carryOut(effect: Exclude<Effect, { kind: 'send' }>): void {
    if (effect.kind === 'connect') this.dialling.begin(effect.connection, () => this.connect(effect));
    else if (effect.kind === 'close') {
      this.dialling.forget(effect.connection);
      this.connections.get(effect.connection)?.close();
      this.connections.delete(effect.connection);
    } else if (effect.kind === 'timer') this.arm(effect.at);
    else if (effect.kind === 'routes') this.options.onRoutes?.(effect.changes, effect.more);
    else if (effect.kind === 'nextHops') this.options.onNextHops?.(effect.ask, effect.forget);
    else this.options.onEvent?.(effect.event);
  }

  private arm(at: number): void {
    if (this.immediate) return; // already due sooner
    clearTimeout(this.timeout);
    const fire = () => {
      this.immediate = setImmediate(() => this.wake());
    };
    const wait = at - this.now();
    if (wait <= 0) fire();
    else this.timeout = setTimeout(fire, Math.min(Math.ceil(wait), 0x7fffffff));
  }

  /**
   * Everything that has arrived is read before timers expire: a KEEPALIVE in the socket must not lose against the hold
   * timer. Between two of these the event loop has checked every socket once; a turn may take long, though, and what
   * arrives meanwhile is only read in the next.
   */
  private wake(): void {
    const { heard } = this;
    this.immediate = undefined;
    this.heard = this.now();
    this.give({ kind: 'timer', heard });
  }

  private connect({ connection, session, local, remote, port, transport }: Extract<Effect, { kind: 'connect' }>): void {
    const { authentication, ...rest } = transport;
    const password = authentication === undefined ? undefined : this.options.secret?.(authentication);
    const socket =
      authentication !== undefined && password === undefined
        ? new Error(missing(authentication))
        : this.tcp.connect({ local, remote, port, ...rest, ...(password !== undefined && { password }) });
    if (socket instanceof Error) this.give({ kind: 'failed', connection, reason: `${session}: ${socket.message}` });
    else this.adopt(connection, socket, 'failed');
  }

  /** Handles a socket's events. `failed`: called if it ends before it is connected. */
  private adopt(connection: number, socket: Socket, before: 'failed' | 'closed'): void {
    let isOpen = before === 'closed';
    const events: ConnectionEvents = {
      opened: () => {
        isOpen = true;
        this.give({ kind: 'opened', connection });
      },
      bytes: (bytes) => this.pacer.run(socket, () => this.give({ kind: 'bytes', connection, bytes })),
      written: (octets) => this.give({ kind: 'written', connection, octets }),
      gone: (failure) => {
        this.connections.delete(connection);
        if (isOpen) this.give({ kind: 'closed', connection, ...(failure && { reason: failure.text }) });
        else {
          const { text, reason: fault } = failure ?? { text: 'the connection could not be made' };
          this.give({ kind: 'failed', connection, reason: text, ...(fault && { fault }) });
        }
      },
    };
    this.connections.set(connection, new TcpConnection(socket, events, this.farewell));
  }

  private accept(socket: Socket): void {
    const [local, remote] = [plainAddress(socket.localAddress), plainAddress(socket.remoteAddress)];
    const port = socket.localPort;
    const config = this.configFor(local, remote, port);
    const refusal = config && this.check(socket, config);
    if (this.isClosed || local === undefined || remote === undefined || refusal !== undefined) {
      socket.destroy();
      if (config && refusal !== undefined) this.refuse(config, refusal);
      return;
    }
    this.lastAccepted += 2;
    this.adopt(this.lastAccepted, socket, 'closed');
    this.give({
      ...{ kind: 'accepted', connection: this.lastAccepted, local, remote },
      ...(port !== undefined && { port }),
    });
    socket.resume(); // a listener may hand over sockets paused until their options are set
  }

  private configFor(
    local: string | undefined,
    remote: string | undefined,
    port: number | undefined,
  ): SessionConfig | SessionTemplate | undefined {
    const sessions = this.byAddresses.get(`${local} ${remote}`) ?? [];
    const session = sessions.find(({ listenPort }) => listenPort === port) ?? sessions[0];
    if (session || this.templates.length === 0) return session;
    const [here, there] = [IpAddress.parse(local), IpAddress.parse(remote)];
    return here instanceof IpAddress && there instanceof IpAddress
      ? templateFor(this.templates, here, there)
      : undefined;
  }

  /** Why an accepted connection must not be used, if so: its session requires a protection that is missing. */
  private check(socket: Socket, config: SessionConfig | SessionTemplate): string | undefined {
    const { ttl, minTtl, authentication } = transportOf(config);
    const failed = this.unprotected.get(config.key);
    const password = authentication === undefined ? undefined : this.options.secret?.(authentication);
    if (failed !== undefined) return failed;
    if (authentication !== undefined && password === undefined) return missing(authentication);
    if (ttl === undefined && minTtl === undefined && password === undefined) return undefined;
    // The key is set on the listener, but the connection may have been made just before.
    const wanted = {
      ...(ttl !== undefined && { ttl }),
      ...(minTtl !== undefined && { minTtl }),
      ...(password !== undefined && { password }),
    };
    const error = this.tcp.restrict
      ? this.tcp.restrict(socket, wanted)
      : (minTtl !== undefined || password !== undefined) &&
        new Error('this platform supports neither GTSM nor TCP MD5');
    return error ? error.message : undefined;
  }

  private refuse(config: SessionConfig | SessionTemplate, why: string): void {
    const { key, name } = config;
    const template = 'range' in config ? key : config.template;
    this.options.onEvent?.({
      ...{ session: key, name, type: 'rejected', text: `its connection was refused: ${why}` },
      ...(template !== undefined && { template }),
    });
  }

  /** Sets the passwords of all sessions on all listeners; removes those in `before` that are no longer needed. */
  private protect(before: readonly Key[] = []): void {
    this.unprotected.clear();
    const wanted = new Set(this.keys.map(placeOf));
    for (const key of before) if (!wanted.has(placeOf(key))) this.setPassword(key, undefined);
    for (const key of this.keys) {
      const password = this.options.secret?.(key.authentication);
      if (password === undefined) this.unprotected.set(key.key, missing(key.authentication));
      else this.setPassword(key, password);
    }
  }

  private setPassword({ key, remote, prefixLength }: Key, password: string | undefined): void {
    for (const { at, server } of this.servers.values()) {
      if (at.address.includes(':') !== remote.includes(':')) continue;
      const protection = {
        remote,
        ...(prefixLength !== undefined && { prefixLength }),
        ...(password !== undefined && { password }),
      };
      const error = this.tcp.protect
        ? this.tcp.protect(server, protection)
        : password !== undefined && new Error('this platform does not support TCP MD5');
      if (error && password !== undefined) this.unprotected.set(key, error.message);
    }
  }
}

/** Whose connections must be signed: one neighbour's, or those from a prefix (`remote` is then its address). */
interface Key {
  /** Of the session or template. */
  readonly key: string;
  readonly remote: string;
  readonly prefixLength?: number;
  readonly authentication: string;
}

const placeOf = ({ remote, prefixLength }: Key): string => `${remote} ${prefixLength}`;

function keysOf(sessions: readonly SessionConfig[], templates: readonly SessionTemplate[]): Key[] {
  const named = ({ authentication }: { readonly authentication?: string }) => authentication !== undefined;
  return [
    ...sessions.filter(named).map(({ key, remoteAddress, authentication }) => ({
      ...{ key, remote: String(remoteAddress), authentication: authentication! },
    })),
    ...templates.filter(named).map(({ key, range, authentication }) => ({
      ...{ key, remote: String(range.address), prefixLength: range.length, authentication: authentication! },
    })),
  ];
}

const nameOf = ({ address, port }: ListenAt): string => `${address} ${port}`;

const missing = (name: string): string =>
  `the secret ${name} is missing on this node: the session stays down without it`;

/**
 * An address as in the configuration: IPv4 even if it arrived over an IPv6 socket. A link-local one has its interface,
 * as in {@link endTexts}.
 */
const plainAddress = (address: string | undefined): string | undefined => address?.replace(/^::ffff:(?=\d+\.)/i, '');
