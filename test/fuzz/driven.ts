import type { SessionConfig } from '../../lib/bgp/session/config';
import type { BgpSession } from '../../lib/bgp/session/session';
import { type SessionTemplate, WAITING } from '../../lib/bgp/session/template';
import { type Effect, type Input, Speaker, type SpeakerOptions } from '../../lib/bgp/speaker';
import type { WireContext } from '../../lib/bgp/wire/context';
import { frame } from '../../lib/bgp/wire/message';
import { isNotification } from '../../lib/bgp/wire/notification';
import { decodeOpen } from '../../lib/bgp/wire/open';
import { decodeRouteRefresh } from '../../lib/bgp/wire/route-refresh';
import { decodeUpdate } from '../../lib/bgp/wire/update';
import { Prefix } from '../../lib/model/prefix';
import { mix } from './digest';
import { fail, hold } from './oracle';
import { bucket, type Note, reasonNumber } from './target';

/** A connection as the network has it. */
interface Connection {
  readonly number: number;
  readonly local: string;
  readonly remote: string;
  /** Dialled, and nobody answered yet. */
  isPending: boolean;
  /** What its connection agreed on, once it did. */
  context?: WireContext;
  outstanding: number;
}

/** Inputs that one thing from outside may lead to, by timers that are due at once. */
const MOST_TURNS = 2000;

/**
 * A speaker on a network that is nothing but numbers: gives inputs, carries effects out, and checks after each what
 * must always hold.
 */
export class Driven {
  readonly speaker: Speaker;
  readonly connections = new Map<number, Connection>();
  now = 0;
  configs: readonly SessionConfig[] = [];
  templates: readonly SessionTemplate[] = [];
  /** What the speaker was told to originate, by text. */
  readonly origins = new Map<string, Prefix>();
  note: Note = () => {};
  private readonly used = new Set<number>();
  private wake = Number.POSITIVE_INFINITY;
  private lastAccepted = -1;
  private turns = 0;

  constructor(options: SpeakerOptions = { seed: 7 }) {
    this.speaker = new Speaker(options);
  }

  configure(
    configs: readonly SessionConfig[],
    routerId = 0x0a000001,
    templates: readonly SessionTemplate[] = [],
    multipath = 1,
  ): void {
    this.configs = configs;
    this.templates = templates;
    this.give({ kind: 'configure', routing: { routerId, multipath }, sessions: configs, templates });
  }

  give(input: Input): void {
    if (input.kind === 'timer') this.wake = Number.POSITIVE_INFINITY;
    const effects = this.speaker.handle(input, this.now);
    for (const effect of effects) this.carryOut(effect);
    this.check();
    this.note(mix(input.kind.length, bucket(effects.length)));
  }

  /** A connection comes in. */
  accept(local: string, remote: string): Connection {
    this.lastAccepted += 2;
    const connection = { number: this.lastAccepted, local, remote, isPending: false, outstanding: 0 };
    this.connections.set(connection.number, connection);
    this.give({ kind: 'accepted', connection: connection.number, local, remote });
    return connection;
  }

  /** Octets arrive, if the connection is still there. */
  receive(connection: Connection, bytes: Uint8Array): void {
    if (!this.isOpen(connection)) return;
    this.give({ kind: 'bytes', connection: connection.number, bytes });
    this.settle();
  }

  isOpen(connection: Connection): boolean {
    return this.connections.get(connection.number) === connection;
  }

  lose(connection: Connection): void {
    if (!this.connections.delete(connection.number)) return;
    const { number, isPending } = connection;
    this.give(
      isPending ? { kind: 'failed', connection: number, reason: 'refused' } : { kind: 'closed', connection: number },
    );
    this.settle();
  }

  /** The network takes all that was sent. */
  drain(): void {
    for (const connection of [...this.connections.values()]) {
      const octets = connection.outstanding;
      connection.outstanding = 0;
      if (octets > 0) this.give({ kind: 'written', connection: connection.number, octets });
    }
  }

  /** Does what is due now. */
  settle(): void {
    this.turns = 0;
    while (this.wake <= this.now) {
      if (++this.turns > MOST_TURNS) fail('the speaker does not come to rest');
      this.give({ kind: 'timer' });
      this.drain();
    }
  }

  /** Lets time pass. */
  advance(milliseconds: number): void {
    const until = this.now + milliseconds;
    let steps = 0;
    this.settle();
    while (this.wake <= until) {
      if (++steps > 20_000) fail('timers without end');
      this.now = Math.max(this.now, this.wake);
      this.settle();
    }
    this.now = until;
  }

  session(config: SessionConfig): BgpSession | undefined {
    return this.speaker.session(config.key);
  }

  /** Sessions that neighbours which came unnamed have. */
  private unnamed(): BgpSession[] {
    if (this.templates.length === 0) return [];
    return this.speaker
      .status(this.now)
      .filter(({ template }) => template !== undefined)
      .map(({ key }) => this.speaker.session(key)!);
  }

  private carryOut(effect: Effect): void {
    switch (effect.kind) {
      case 'connect': {
        const { connection: number, local, remote } = effect;
        hold(number % 2 === 0 && !this.used.has(number), `connection ${number} is dialled again`);
        this.used.add(number);
        this.connections.set(number, { number, local, remote, isPending: true, outstanding: 0 });
        break;
      }
      case 'send': {
        const connection = this.connections.get(effect.connection);
        if (!connection) fail('octets are sent on a connection that is closed');
        hold(!connection.isPending, 'octets are sent on a connection that is not open yet');
        connection.outstanding += effect.bytes.length;
        this.read(connection, effect.bytes);
        break;
      }
      case 'close':
        hold(this.connections.delete(effect.connection), 'a connection is closed twice');
        break;
      case 'timer':
        hold(Number.isFinite(effect.at), 'a timer is asked for at no time');
        this.wake = effect.at;
        break;
      case 'event':
        this.note(mix(effect.event.type.length, reasonNumber(effect.event.text.replace(/".*"/s, '""'))));
        break;
      case 'routes':
        hold(effect.changes.length > 0 || !effect.more, 'routes are announced and none comes');
    }
  }

  /** What is sent must be whole messages that the neighbour can read. */
  private read(connection: Connection, bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const most = connection.context?.extendedMessage ? 65535 : 4096;
      const found = frame(bytes, at, bytes.length, most);
      if (found.kind !== 'message') fail('what is sent is no whole message');
      const body = bytes.subarray(found.start, found.end);
      this.note(mix(90, found.type));
      if (found.type === 1 && isNotification(decodeOpen(body))) fail('our own OPEN can not be read');
      if (found.type === 5) hold('subtype' in decodeRouteRefresh(body), 'our own ROUTE-REFRESH can not be read');
      if (found.type === 2) this.readUpdate(connection.context, body);
      at = found.end;
    }
  }

  private readUpdate(context: WireContext | undefined, body: Uint8Array): void {
    if (!context) fail('an UPDATE is sent on a session that is not up');
    const { localAs, peerAs, addPathReceive, addPathSend } = context;
    const theirs = {
      ...context,
      localAs: peerAs,
      peerAs: localAs,
      addPathReceive: addPathSend,
      addPathSend: addPathReceive,
    };
    const { verdict } = decodeUpdate(body, 0, body.length, theirs);
    if (verdict.kind !== 'accept') fail(`our own UPDATE is judged ${verdict.kind}: ${verdict.reason}`);
  }

  private check(): void {
    const configured = this.configs.map((config) => this.session(config));
    for (const session of [...configured, ...this.unnamed()]) {
      if (!session) fail('a session that is configured is not there');
      const both = [session.outgoing, session.incoming];
      const far = both.filter(({ state }) => state === 'OpenConfirm' || state === 'Established');
      hold(far.length < 2, `both connections are ${far.map(({ state }) => state).join(' and ')}`);
      for (const one of both) {
        const connection = one.id === undefined ? undefined : this.connections.get(one.id);
        if (one.id !== undefined && !connection) fail(`a connection that is ${one.state} is closed`);
        if (one.state === 'Idle' || one.state === 'Active') {
          hold(
            one.id === undefined || (one.state === 'Active' && one.kind === 'accepted'),
            `a connection that is ${one.state} is open`,
          );
        } else hold(connection !== undefined, `a connection that is ${one.state} is not open`);
        if (connection && one.agreed) connection.context = one.agreed.context;
        this.note(mix(one.kind.length, reasonNumber(one.state)));
      }
    }
  }

  /** Looks at everything at once: counts, status, and whom connections belong to. */
  audit(): void {
    if (this.configs.length + this.templates.length === 0) return;
    const { speaker } = this;
    const status = speaker.status(this.now);
    const unnamed = this.unnamed();
    hold(status.length === this.configs.length + unnamed.length, 'there are other sessions than those configured');
    for (const { key, limit, range } of this.templates) {
      const made = unnamed.filter(({ config }) => config.template === key);
      const placed = made.filter(({ hasPlace }) => hasPlace).length;
      hold(placed <= limit, `${placed} neighbours have a place of a template that allows ${limit}`);
      hold(made.length - placed <= limit + WAITING, `${made.length} neighbours are on their way to a template`);
      hold(
        made.every(({ config }) => range.contains(Prefix.host(config.remoteAddress))),
        'a neighbour came from elsewhere',
      );
    }
    let received = 0;
    for (const { state, routes, retaining, counters, established } of status) {
      for (const count of Object.values(routes)) {
        received += count.received;
        hold(count.accepted >= 0 && count.accepted <= count.received, 'more routes are accepted than received');
        hold(count.advertised >= 0, 'fewer than no routes are advertised');
        if (state === 'Established') continue;
        hold(count.advertised === 0, 'a session that is down has routes advertised');
        hold(retaining || count.received === 0, 'a session that is down has routes and retains none');
      }
      hold(
        Object.values(counters).every((count) => Number.isInteger(count) && count >= 0),
        'a counter is no number',
      );
      hold(Number.isInteger(established), 'the session came up no number of times');
    }
    const { paths, prefixes } = speaker.rib.size;
    hold(paths >= received && prefixes >= 0, `${received} routes received, ${paths} in the RIB`);
    hold(JSON.stringify(status).length > 0, 'the status can not be printed');
    const held = [...this.configs.map((config) => this.session(config)!), ...unnamed].flatMap((session) => [
      session.outgoing.id,
      session.incoming.id,
    ]);
    for (const number of this.connections.keys())
      hold(held.includes(number), 'an open connection belongs to no session');
  }
}
