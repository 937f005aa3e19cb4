import { headerLine, type ReplayStep, stepLine } from '../../lib/bgp/recording';
import type { SessionConfig } from '../../lib/bgp/session/config';
import { buildOpen } from '../../lib/bgp/session/negotiation';
import { type Effect, type Input, Speaker, type SpeakerEvent, type SpeakerOptions } from '../../lib/bgp/speaker';
import { CAPABILITY } from '../../lib/bgp/wire/capability';
import type { WireContext } from '../../lib/bgp/wire/context';
import { MESSAGE } from '../../lib/bgp/wire/message';
import { encodeOpen, type Open } from '../../lib/bgp/wire/open';
import { encodeAttributes, UpdateWriter } from '../../lib/bgp/wire/update';
import { IpAddress } from '../../lib/model/address';
import { Prefix } from '../../lib/model/prefix';
import { sure } from '../../lib/model/problem';
import { routerId, sessionTo } from './simulation';

const ip = (text: string) => sure(IpAddress.parse(text));

/**
 * One speaker among neighbours that say what a test has them say, with virtual time, and a kernel that takes its
 * routes.
 */
export class Script {
  readonly speaker: Speaker;
  now = 0;
  /** Connections that are there, by name, with what was sent over them. */
  readonly open = new Map<number, Uint8Array[]>();
  readonly dialled = new Set<number>();
  readonly events: SpeakerEvent[] = [];
  /** What the kernel has: routes of the run before, which nobody has claimed yet, and routes of this one. */
  readonly kept = new Set<string>();
  readonly kernel = new Set<string>();
  effects = 0;
  private readonly steps: ReplayStep[] = [];
  private lastAccepted = -1;
  private wake = Number.POSITIVE_INFINITY;
  private hasReconciled = false;

  constructor(
    private readonly options: Partial<SpeakerOptions> = {},
    private readonly local = '10.0.0.1',
  ) {
    this.speaker = new Speaker({ seed: 1, ...options });
  }

  /** Runs these sessions; the addresses of their neighbours are reached. */
  configure(
    sessions: readonly SessionConfig[],
    { restartTime, ...more }: Partial<Extract<Input, { kind: 'configure' }>> & { readonly restartTime?: number } = {},
  ): void {
    const routing = { routerId: routerId(this.local), ...(restartTime !== undefined && { restartTime }) };
    this.give({ kind: 'configure', routing, sessions, ...more });
    const state = { reachable: true, metric: 0 };
    this.give({ kind: 'nextHops', changes: sessions.map(({ remoteAddress: address }) => ({ address, state })) });
  }

  give(input: Input): Effect[] {
    if (input.kind === 'timer') this.wake = Number.POSITIVE_INFINITY;
    const effects = this.speaker.handle(input, this.now);
    this.steps.push({ at: this.now, input, effects });
    this.effects += effects.length;
    for (const effect of effects) {
      if (effect.kind === 'connect') this.dialled.add(effect.connection);
      else if (effect.kind === 'timer') this.wake = effect.at;
      else if (effect.kind === 'event') this.events.push(effect.event);
      else if (effect.kind === 'send') this.open.get(effect.connection)?.push(effect.bytes.slice());
      else if (effect.kind === 'close') {
        this.open.delete(effect.connection);
        this.dialled.delete(effect.connection);
      }
    }
    for (const effect of effects) if (effect.kind === 'routes') this.take(effect);
    return effects;
  }

  /** Lets time pass until `until`. */
  to(until: number): void {
    while (this.wake <= until) {
      this.now = Math.max(this.now, this.wake);
      this.give({ kind: 'timer' });
    }
    this.now = Math.max(this.now, until);
  }

  pass(milliseconds: number): void {
    this.to(this.now + milliseconds);
  }

  /** A neighbour connects. */
  accept(remote: string): number {
    this.lastAccepted += 2;
    const connection = this.lastAccepted;
    this.open.set(connection, []);
    this.give({ kind: 'accepted', connection, local: this.local, remote });
    return connection;
  }

  /** A connection that we dial is made. */
  opened(connection: number): void {
    if (!this.dialled.delete(connection)) return;
    this.open.set(connection, []);
    this.give({ kind: 'opened', connection });
  }

  /** Code and subcode of the last NOTIFICATION that was sent over a connection, closed or not. */
  lastNotification(connection: number): [number, number] | undefined {
    const sent = this.steps.flatMap(({ effects }) =>
      effects.flatMap((effect) => (effect.kind === 'send' && effect.connection === connection ? [effect.bytes] : [])),
    );
    const found = sent.findLast((bytes) => bytes[18] === MESSAGE.notification);
    return found && [found[19], found[20]];
  }

  /** It says this, where its connection is still there. */
  say(connection: number, ...messages: Uint8Array[]): void {
    for (const bytes of messages) if (this.open.has(connection)) this.give({ kind: 'bytes', connection, bytes });
  }

  /** It breaks the connection. */
  break(connection: number): void {
    if (this.open.delete(connection)) this.give({ kind: 'closed', connection });
  }

  /** All that happened. */
  get log(): readonly ReplayStep[] {
    return this.steps;
  }

  /** The run so far as a recording. */
  recording(): string[] {
    return [headerLine({ seed: 1, ...this.options }), ...this.steps.map(stepLine)];
  }

  /** As KernelRoutes of the agent does. */
  private take({ changes, more }: Extract<Effect, { kind: 'routes' }>): void {
    for (const { prefix, nextHops, local } of changes) {
      const key = String(prefix);
      this.kept.delete(key);
      if (nextHops === null || local) this.kernel.delete(key);
      else this.kernel.add(key);
    }
    if (more || this.speaker.keepsForwarding || this.hasReconciled) return;
    this.hasReconciled = true;
    this.kept.clear();
  }
}

/** The OPEN of a neighbour at `remote`; what is not said is as its session is configured. */
export function openOf(
  remote: string,
  more: Partial<SessionConfig> & {
    readonly restarting?: boolean;
    readonly helpsOnly?: boolean;
    readonly isBeforeRfc8538?: boolean;
  } = {},
  local = '10.0.0.1',
): Uint8Array {
  const { restarting = false, helpsOnly = false, isBeforeRfc8538 = false, ...rest } = more;
  const config = sessionTo(remote, local, rest);
  const open = buildOpen(config, config.acceptable[0], { restarting, preserved: restarting });
  const capabilities = open.capabilities.map((one) =>
    one.code === CAPABILITY.gracefulRestart
      ? { ...one, ...(helpsOnly && { families: [] }), ...(isBeforeRfc8538 && { notification: false }) }
      : one,
  );
  return encodeOpen({ ...open, capabilities } as Open);
}

/** What a plain neighbour inside the AS has negotiated. */
export const CONTEXT: WireContext = {
  session: 'ibgp',
  as4: true,
  addPathReceive: new Set(),
  addPathSend: new Set(),
  extendedMessage: false,
  localAs: 64512,
  peerAs: 64512,
  families: new Set(['ipv4 unicast']),
  extendedNextHop: new Set(),
};

/** An UPDATE of a neighbour inside the AS that announces IPv4 prefixes. */
export function announce(nextHop: string, prefixes: readonly string[]): Uint8Array {
  const attributes = { origin: 0, asPath: [], localPref: 100, nextHop: ip(nextHop).bytes } as const;
  const writer = new UpdateWriter(CONTEXT);
  writer.announce('ipv4 unicast', encodeAttributes(attributes, CONTEXT, 'ipv4 unicast'), attributes.nextHop);
  add(writer, prefixes);
  return writer.take();
}

/** One that withdraws them. */
export function withdraw(prefixes: readonly string[]): Uint8Array {
  const writer = new UpdateWriter(CONTEXT);
  writer.withdraw('ipv4 unicast');
  add(writer, prefixes);
  return writer.take();
}

function add(writer: UpdateWriter, prefixes: readonly string[]): void {
  for (const text of prefixes) {
    const { address, length } = sure(Prefix.parse(text));
    writer.addBytes(address.bytes, length);
  }
}
