import { randomUUID } from 'node:crypto';
import type { EtcdEndpoint } from '../../model/endpoint';
import { EtcdClient } from '../etcd/client';
import { EtcdConnection } from '../etcd/connection';
import { EtcdError } from '../etcd/error';
import { HeldLease } from '../etcd/lease';
import type { StoredKey } from '../etcd/messages';
import { persistently } from '../etcd/persistence';
import { PrefixWatch } from '../etcd/watch';
import { etcdAccess } from './access';
import { isUnguarded, RIGHTS_OFF } from './condition';
import { Flow } from './flow';
import { FleetKeys } from './keys';
import {
  digestOf,
  type FleetRequest,
  LARGEST_VALUE,
  openReply,
  type Question,
  type Reply,
  UNANSWERED,
  writeRequest,
} from './message';
import { Outbox } from './outbox';
import { type Presence, readPresence, sealingKey } from './presence';
import { seal } from './sealing';

/** Seconds after which the requests of a client that is gone are gone, too: none is executed later. */
const LEASE_SECONDS = 15;

/** Milliseconds in which an agent that lost its connection may connect again. */
const CONNECT_MS = 2_000;

/** Milliseconds without requests, after which the connection to etcd is closed. */
const IDLE_MS = 500;

/** Milliseconds before a request is sent again that etcd could not take. */
const RESEND_MS = 300;

/**
 * Milliseconds in which a request is withdrawn before its sender is told that there is no reply. Without a leader for
 * longer than some 4 s, etcd ends the watches of agents, and they take no request that is older than that.
 */
const WITHDRAW_MS = 5_000;

/**
 * While replies of other agents arrive, at most {@link FLOW_MS} apart, a reply is waited for beyond its time, for at
 * most {@link MOST_FLOW_MS}: etcd has much to do. The first replies have as long.
 */
const FLOW_MS = 5_000;
const MOST_FLOW_MS = 20_000;

/** Milliseconds between two looks at whether replies arrive. */
const LOOK_MS = 1_000;

/** A body longer than this is stored once for all nodes that are sent the same. */
const INLINE = 4096;

/** A question to an agent, with what concerns its way there. */
interface Posted extends Question {
  /** Its body has secrets, and is sealed to the agent. */
  readonly isSecret: boolean;
  /** Its reply may take long for a good reason: it does not count in the pace. */
  readonly waits: boolean;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** A question that waits for its reply. */
interface Pending {
  readonly node: string;
  readonly question: Posted;
  /** The session that it was sent to. */
  session?: string;
  /** etcd may have it, also if it responded with an error. */
  wasSent?: boolean;
  readonly settle: (result: Reply | Error) => void;
}

/** The agents of a fabric, asked through etcd: each request is a key, and so is its reply (docs/fleet.md). */
export class FleetClient {
  private static readonly all = new Map<string, FleetClient>();

  private readonly keys: FleetKeys;
  private connected: Promise<Connected> | undefined;
  private readonly pending = new Map<string, Pending>();
  private readonly presences = new Map<string, Presence>();
  /** The keys below `nodes/` were read. */
  private isCurrent = false;
  private trouble: Error | undefined;
  /** The etcd applies no rights, as of the last connection. */
  private isUnguarded = false;
  private readonly flow = new Flow();
  /** When the last reply arrived, or the first requests were sent. */
  private heard = Number.NEGATIVE_INFINITY;
  private idle: NodeJS.Timeout | undefined;
  /** Counts connections: what an earlier one reports does not matter. */
  private run = 0;

  private constructor(
    private readonly hosts: readonly string[],
    private readonly prefix: string,
  ) {
    this.keys = new FleetKeys(prefix);
  }

  /** One for all agents of a fabric: they share a connection. */
  static to({ hosts, prefix }: EtcdEndpoint): FleetClient {
    const key = JSON.stringify([hosts, prefix]);
    const client = FleetClient.all.get(key) ?? new FleetClient(hosts, prefix);
    FleetClient.all.set(key, client);
    return client;
  }

  /** What is dangerous about each etcd that was connected to. */
  static warnings(): string[] {
    const dangerous = [...FleetClient.all.values()].filter((client) => client.isUnguarded);
    return [...new Set(dangerous.map(({ hosts }) => warningOf(hosts)))];
  }

  /** Rejects with an Error that says why there is no reply. */
  async ask(node: string, question: Posted): Promise<Reply> {
    if (question.waits) return this.post(node, question);
    await this.flow.enter();
    const began = performance.now();
    let ms: number | undefined;
    try {
      const reply = await this.post(node, question);
      ms = performance.now() - began;
      return reply;
    } finally {
      this.flow.leave(ms);
    }
  }

  private post(node: string, question: Posted): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const id = randomUUID();
      const { signal, timeoutMs } = question;
      const connectMs = Math.min(CONNECT_MS, timeoutMs);
      const connecting = setTimeout(() => this.isCurrent && !pending.session && settle(this.absence(node)), connectMs);
      const began = performance.now();
      const expire = () => {
        const now = performance.now();
        const isFlowing = now - this.heard < FLOW_MS && now - began < timeoutMs + MOST_FLOW_MS;
        if (isFlowing && pending.session !== undefined) timeout = setTimeout(expire, LOOK_MS);
        else settle(this.silence(pending, now - began));
      };
      let timeout = setTimeout(expire, timeoutMs);
      const aborted = () => settle(signal!.reason instanceof Error ? signal!.reason : new Error('stopped'));
      const settle = (result: Reply | Error) => {
        if (!this.pending.delete(id)) return;
        clearTimeout(connecting);
        clearTimeout(timeout);
        signal?.removeEventListener('abort', aborted);
        const withdrawn = pending.wasSent ? this.withdraw(node, id) : Promise.resolve();
        void withdrawn.then(() => this.rest());
        if (!(result instanceof Error)) return resolve(result);
        // Who is told that it was not answered may rely on it that it is not executed later.
        void withdrawn.then(() => reject(result));
      };
      const pending: Pending = { node, question, settle };
      this.pending.set(id, pending);
      if (signal?.aborted) return aborted();
      signal?.addEventListener('abort', aborted, { once: true });
      clearTimeout(this.idle);
      this.connection().then(
        () => this.send(id, pending),
        (error: Error) => settle(error),
      );
    });
  }

  /** Ends the connections to etcd now, as they end by themselves a moment after the last request. */
  static async closeAll(): Promise<void> {
    await Promise.all([...FleetClient.all.values()].map((client) => client.disconnect(new Error('closed'))));
  }

  /** The present one, or a new one. */
  private connection(): Promise<Connected> {
    if (this.connected) return this.connected;
    const connected = this.connect();
    this.connected = connected;
    connected.catch(() => {
      if (this.connected === connected) this.connected = undefined;
    });
    return connected;
  }

  private async connect(): Promise<Connected> {
    let client: EtcdClient | undefined;
    try {
      client = new EtcdClient(new EtcdConnection(etcdAccess(this.hosts)));
      const etcd = client;
      const { run } = this;
      const whileIn = <T extends unknown[]>(act: (...what: T) => void) => {
        return (...what: T) => void (run === this.run && act(...what));
      };
      const lost = whileIn(() => this.disconnect(this.lostLease()));
      const lease = await persistently(CONNECT_MS, () => HeldLease.hold(etcd, LEASE_SECONDS, lost));
      this.isUnguarded = await isUnguarded(etcd);
      const stored: Connected['stored'] = new Map();
      const watch = new PrefixWatch(etcd, this.keys.nodes, {
        restored: () => stored.clear(), // a backup may have the lease, and not what was stored since
        put: whileIn((key: StoredKey) => this.learn(key)),
        gone: whileIn((key) => this.forget(key)),
        current: whileIn(() => {
          this.isCurrent = true;
          this.heard = performance.now();
          this.trouble = undefined;
          this.sendAll();
        }),
        interrupted: whileIn((why) => {
          this.trouble = why;
          // It was never read, as without a right to it.
          if (!this.isCurrent && !why.isElsewhere) void this.disconnect(why);
        }),
      });
      return { etcd, lease, watch, outbox: new Outbox(etcd), stored };
    } catch (error) {
      client?.close();
      throw error;
    }
  }

  /** Ends the connection; the next request connects anew. */
  private async disconnect(why: Error): Promise<void> {
    const { connected } = this;
    this.run++;
    this.connected = undefined;
    this.isCurrent = false;
    this.presences.clear();
    for (const { settle } of [...this.pending.values()]) settle(why);
    clearTimeout(this.idle);
    const { etcd, lease, watch } = (await connected?.catch(() => undefined)) ?? {};
    watch?.close();
    await lease?.release();
    etcd?.close();
  }

  /** The connection would keep the process alive. */
  private rest(): void {
    clearTimeout(this.idle);
    if (this.pending.size > 0 || !this.connected) return;
    this.idle = setTimeout(() => void this.disconnect(new Error('idle')), IDLE_MS);
  }

  private learn({ key, value }: StoredKey): void {
    const what = this.keys.read(key);
    if (what?.answer !== undefined) {
      const pending = this.pending.get(what.answer);
      if (pending?.node !== what.node) return;
      this.heard = performance.now();
      const reply = openReply(value) ?? new Error('its agent wrote a reply that cannot be read');
      const isAnswer = reply instanceof Error || reply.status !== UNANSWERED;
      pending.settle(isAnswer ? reply : new Error(reply.body.toString('utf8')));
    } else if (what) {
      const presence = readPresence(value);
      if (!presence) return;
      this.presences.set(what.node, presence);
      if (this.isCurrent) this.sendAll(what.node);
    }
  }

  private forget(key: string): void {
    const what = this.keys.read(key);
    if (what && what.answer === undefined) this.presences.delete(what.node);
  }

  private sendAll(node?: string): void {
    for (const [id, pending] of this.pending) if ((node ?? pending.node) === pending.node) this.send(id, pending);
  }

  /** To the agent's session of now; again if it has another meanwhile, as every request is idempotent. */
  private send(id: string, pending: Pending): void {
    const presence = this.presences.get(pending.node);
    if (!this.isCurrent || !presence || presence.session === pending.session || !this.pending.has(id)) return;
    pending.session = presence.session;
    const fail = (error: unknown) => {
      const isBrief = error instanceof EtcdError && error.isElsewhere;
      if (!isBrief) return pending.settle(error as Error);
      this.trouble = error;
      pending.session = undefined;
      setTimeout(() => this.send(id, pending), RESEND_MS);
    };
    void this.connected
      ?.then(async (connected) => {
        const { outbox, lease } = connected;
        const request = await this.written(id, pending, presence, connected);
        if (!this.pending.has(id) || pending.session !== presence.session) return;
        pending.wasSent = true;
        outbox.add({ put: this.keys.request(pending.node, id), value: writeRequest(request), lease: lease.id }, fail);
      })
      .catch(fail);
  }

  private async written(
    id: string,
    { node, question: { method, path, body, isSecret } }: Pending,
    presence: Presence,
    connected: Connected,
  ): Promise<FleetRequest> {
    const request = { session: presence.session, method, path };
    if (body === undefined) return request;
    if (isSecret) {
      const key = sealingKey(presence, { prefix: this.prefix, node }, connected.etcd.connection.access.tls);
      if (typeof key === 'string') throw new Error(`the secrets for node ${node} were not sent: ${key}`);
      return { ...request, sealed: seal(Buffer.from(body), key, id).toString('base64') };
    }
    if (typeof body === 'string' && Buffer.byteLength(body) <= INLINE) return { ...request, body };
    return { ...request, stored: await this.store(Buffer.from(body), connected) };
  }

  /** Stores a body once, for as long as this client is connected; returns its name. */
  private async store(octets: Buffer, { etcd, lease, stored }: Connected): Promise<string> {
    if (octets.length > LARGEST_VALUE)
      throw new Error(
        `it has ${octets.length} octets, and etcd stores ${LARGEST_VALUE} under a key: use ssh:// or unix:// endpoints`,
      );
    // Each client has its own, which goes when the client does.
    const name = `${digestOf(octets)}-${lease.id}`;
    const done = stored.get(name) ?? etcd.transact([], [{ put: this.keys.body(name), value: octets, lease: lease.id }]);
    stored.set(name, done);
    await done;
    return name;
  }

  /** Resolves when the request is gone, or cannot be withdrawn soon; its lease ends then. */
  private async withdraw(node: string, id: string): Promise<void> {
    const connected = await this.connected?.catch(() => undefined);
    if (!connected) return;
    const change = { delete: this.keys.request(node, id) };
    const remove = () => new Promise<void>((made, failed) => connected.outbox.add(change, failed, made));
    await persistently(WITHDRAW_MS, remove).catch(() => {}); // its lease ends
  }

  private absence(node: string): Error {
    return new Error(`no agent of node ${node} is connected to etcd`);
  }

  private silence({ node, session }: Pending, ms: number): Error {
    if (this.trouble) return this.trouble;
    if (!this.isCurrent) return new Error(`etcd at ${this.hosts.join(', ')} does not respond`);
    if (session === undefined) return this.absence(node);
    return new Error(`no answer within ${Math.round(ms / 100) / 10} s`);
  }

  private lostLease(): Error {
    return this.trouble ?? new Error(`the connection to etcd at ${this.hosts.join(', ')} was lost`);
  }
}

const warningOf = (hosts: readonly string[]): string => `etcd at ${hosts.join(', ')}: ${RIGHTS_OFF}`;

/** A connection to etcd, with what this process has there. */
interface Connected {
  readonly etcd: EtcdClient;
  readonly lease: HeldLease;
  readonly watch: PrefixWatch;
  readonly outbox: Outbox;
  /** Bodies by their name. */
  readonly stored: Map<string, Promise<unknown>>;
}
