import { randomUUID } from 'node:crypto';
import { EtcdClient } from '../etcd/client';
import { EtcdConnection } from '../etcd/connection';
import { EtcdError, STATUS } from '../etcd/error';
import { HeldLease } from '../etcd/lease';
import type { StoredKey } from '../etcd/messages';
import { persistently } from '../etcd/persistence';
import { PrefixWatch } from '../etcd/watch';
import { etcdAccess } from './access';
import { readAgents } from './agent-keys';
import { isUnguarded, RIGHTS_OFF } from './condition';
import type { FleetKeys } from './keys';
import { Outbox } from './outbox';
import { type Presence, readPresence } from './presence';
import { RequestWriter } from './request-writer';

/** Seconds after which the requests of a client that is gone are gone, too: none is executed later. */
const LEASE_SECONDS = 15;

/** Milliseconds in which a lease is granted. */
const CONNECT_MS = 2_000;

/** Who is connected to a fabric's agents. Nothing of it may throw. */
interface Follower {
  /** Whether the reply of a node to a request is waited for. */
  awaits(node: string, id: string): boolean;
  /** The requests whose replies are waited for. */
  awaited(): Iterable<{ readonly node: string; readonly id: string }>;
  /** A reply is in etcd. */
  replied(node: string, id: string, value: Buffer): void;
  /** The agent of a node has a new session; of every node when all were read. */
  present(node?: string): void;
  /** The connection has ended: there will be no more replies. */
  ended(why: Error): void;
}

/** What there is while connected. */
interface Connected {
  readonly etcd: EtcdClient;
  readonly lease: HeldLease;
  readonly watch: PrefixWatch;
  readonly outbox: Outbox;
  readonly writer: RequestWriter;
}

/** A connection to the etcd of a fabric, opened when it is needed: it knows which agents are connected there. */
export class FleetLink {
  private connected: Promise<Connected> | undefined;
  private readonly presences = new Map<string, Presence>();
  /** What interrupted the watch. */
  private trouble: EtcdError | undefined;
  /** Why etcd did not take what was written last. */
  private refusal: EtcdError | undefined;
  /** The etcd applies no rights, as of the last connection. */
  private isUnguarded = false;
  /** Counts connections: what an earlier one reports does not matter. */
  private run = 0;
  /** The keys below `nodes/` were read. */
  isCurrent = false;

  constructor(
    private readonly hosts: readonly string[],
    private readonly keys: FleetKeys,
    private readonly follower: Follower,
  ) {}

  /** The present connection, or a new one. */
  open(): Promise<Connected> {
    if (this.connected) return this.connected;
    const connected = this.connect();
    this.connected = connected;
    connected.catch(() => {
      if (this.connected === connected) this.connected = undefined;
    });
    return connected;
  }

  get isOpen(): boolean {
    return this.connected !== undefined;
  }

  /** What is dangerous about the etcd. */
  get warning(): string | undefined {
    return this.isUnguarded ? `${this.name}: ${RIGHTS_OFF}` : undefined;
  }

  /** The present connection, if there is one. */
  async present(): Promise<Connected | undefined> {
    return this.connected?.catch(() => undefined);
  }

  /** What the agent of a node says of itself, as far as is known; undefined if none is connected. */
  presence(node: string): Presence | undefined {
    return this.isCurrent ? this.presences.get(node) : undefined;
  }

  /** Why etcd cannot be relied on at the moment; undefined if it can. */
  get why(): EtcdError | undefined {
    return this.trouble ?? this.refusal ?? (this.isCurrent ? undefined : this.silent());
  }

  /** That etcd does not respond. */
  silent(): EtcdError {
    return new EtcdError(STATUS.unavailable, 'it does not respond', this.hosts);
  }

  private get name(): string {
    return `etcd at ${this.hosts.join(', ')}`;
  }

  /** Whether etcd took what was written, or why not. */
  written(refusal?: EtcdError): void {
    this.refusal = refusal;
  }

  /** Ends the connection; {@link open} connects anew. */
  async close(why: Error): Promise<void> {
    const { connected } = this;
    this.run++;
    this.connected = undefined;
    this.isCurrent = false;
    this.refusal = undefined;
    this.presences.clear();
    this.follower.ended(why);
    const { etcd, lease, watch } = (await connected?.catch(() => undefined)) ?? {};
    watch?.close();
    await lease?.release();
    etcd?.close();
  }

  private async connect(): Promise<Connected> {
    const etcd = new EtcdClient(new EtcdConnection(etcdAccess(this.hosts)));
    const { run, keys } = this;
    const whileIn = <T extends unknown[]>(act: (...what: T) => void) => {
      return (...what: T) => void (run === this.run && act(...what));
    };
    try {
      const lost = whileIn(() => this.close(this.why ?? EtcdError.leaseGone(this.hosts)));
      const lease = await persistently(CONNECT_MS, () => {
        const key = { put: keys.guard(randomUUID()), value: '' };
        return HeldLease.hold(etcd, { ttl: LEASE_SECONDS, key, lost });
      });
      this.isUnguarded = await isUnguarded(etcd);
      const writer = new RequestWriter(etcd, keys, lease.id);
      const answers = () => [...this.follower.awaited()].map(({ node, id }) => keys.answer(node, id));
      const follower = {
        wants: (key: string) => this.matters(key),
        restored: () => writer.forget(),
        put: whileIn(({ key, value }: StoredKey) => this.learn(key, value)),
        gone: whileIn((key: string) => this.forget(key)),
        current: whileIn(() => {
          this.isCurrent = true;
          this.trouble = undefined;
          this.follower.present();
        }),
        interrupted: whileIn((why: EtcdError) => {
          this.trouble = why;
          // It was never read, as without a right to it.
          if (!this.isCurrent && !why.isElsewhere) void this.close(why);
        }),
      };
      const watch = new PrefixWatch(etcd, keys.nodes, follower, () => readAgents(etcd, keys, answers));
      return { etcd, lease, watch, outbox: new Outbox(etcd), writer };
    } catch (error) {
      etcd.close();
      throw error;
    }
  }

  /** A node may write more than agents do, as large as etcd takes it. */
  private matters(key: string): boolean {
    const what = this.keys.read(key);
    return what !== undefined && (what.answer === undefined || this.follower.awaits(what.node, what.answer));
  }

  private learn(key: string, value: Buffer): void {
    const what = this.keys.read(key);
    if (!what) return;
    if (what.answer !== undefined) {
      this.follower.replied(what.node, what.answer, value);
      return;
    }
    const presence = readPresence(value);
    if (!presence) return;
    this.presences.set(what.node, presence);
    if (this.isCurrent) this.follower.present(what.node);
  }

  private forget(key: string): void {
    const what = this.keys.read(key);
    if (what && what.answer === undefined) this.presences.delete(what.node);
  }
}
