import type { EtcdClient } from '../../control/etcd/client';
import type { StoredKey } from '../../control/etcd/messages';
import { persistently } from '../../control/etcd/persistence';
import type { FleetKeys } from '../../control/fleet/keys';
import {
  digestOf,
  type FleetRequest,
  LARGEST_VALUE,
  packReply,
  type Question,
  type Reply,
  readRequest,
  UNANSWERED,
} from '../../control/fleet/message';
import type { SealingKey } from '../../control/fleet/sealing';
import type { Log } from '../host/log';

/** Maximum number of requests executed at once; further ones wait. */
const AT_ONCE = 32;

/** Milliseconds that asking whether a request still stands may take: it is not executed later than that. */
const CLAIM_MS = 5_000;

/** Milliseconds in which etcd must take the reply. */
const ANSWER_MS = 10_000;

/** Milliseconds after which replies are deleted whose requests are gone. */
const SWEEP_MS = 1_000;

/** The agent's connection that requests are taken from. */
export interface FleetSession {
  readonly etcd: EtcdClient;
  readonly keys: FleetKeys;
  readonly node: string;
  /** Its name, which requests to it have. */
  readonly session: string;
  readonly lease: number;
  readonly sealing: SealingKey;
}

/** Executes a request as if it had come over the agent's socket. */
export type Execute = (question: Question) => Promise<Reply>;

/**
 * The requests to a node in one session. Before it executes one it asks etcd whether it is still there: who sent it
 * deletes it when it stops waiting, or its lease does. So a request that arrives late is not executed.
 */
export class Inbox {
  private readonly waiting: StoredKey[] = [];
  private readonly replied = new Set<string>();
  private stale: string[] = [];
  private running = 0;
  private sweeping: NodeJS.Timeout | undefined;
  private isClosed = false;

  constructor(
    private readonly at: FleetSession,
    private readonly execute: Execute,
    private readonly log: Pick<Log, 'warn'>,
  ) {}

  put(stored: StoredKey): void {
    if (this.isClosed) return;
    this.waiting.push(stored);
    this.next();
  }

  gone(key: string): void {
    const id = this.idOf(key);
    if (!this.replied.delete(id)) return;
    this.stale.push(id);
    this.sweeping ??= setTimeout(() => this.sweep(), SWEEP_MS);
  }

  close(): void {
    this.isClosed = true;
    this.waiting.length = 0;
    clearTimeout(this.sweeping);
  }

  private next(): void {
    while (this.running < AT_ONCE) {
      const stored = this.waiting.shift();
      if (!stored) return;
      this.running++;
      this.take(stored)
        .catch(({ message }: Error) => this.log.warn(`a request that came through etcd was not answered: ${message}`))
        .finally(() => {
          this.running--;
          if (!this.isClosed) this.next();
        });
    }
  }

  private async take({ key, value, modRevision }: StoredKey): Promise<void> {
    const { etcd, session } = this.at;
    const request = readRequest(value);
    const id = this.idOf(key);
    // Those to an earlier session are of before this agent connected, or of a backup that etcd was restored from.
    if (request?.session !== session || this.replied.has(id)) return;
    const asked = performance.now();
    const claim = () => etcd.transact([{ key, modRevision }], [{ read: key }], CLAIM_MS);
    const isThere = await persistently(CLAIM_MS, claim);
    if (!isThere || performance.now() - asked > CLAIM_MS || this.isClosed) return;
    this.replied.add(id);
    const body = await this.bodyOf(request, id);
    const { method, path } = request;
    const reply =
      body instanceof Error
        ? refusal(400, 'invalid', body.message)
        : await this.execute({ method, path, body }).catch((error: Error) => unanswered(error.message));
    await this.answer(id, reply);
  }

  /** What the request carries; an Error if it cannot be had. */
  private async bodyOf(
    { body, sealed, stored }: FleetRequest,
    id: string,
  ): Promise<string | Buffer | undefined | Error> {
    const { etcd, keys, sealing } = this.at;
    if (sealed !== undefined)
      return sealing.open(Buffer.from(sealed, 'base64'), id) ?? new Error('it was not sealed for this agent');
    if (stored === undefined) return body;
    const found = (await etcd.get(keys.body(stored)))?.value;
    if (!found) return new Error('what it was to carry is no longer in etcd');
    return stored.startsWith(`${digestOf(found)}-`) ? found : new Error('what it carries does not have its digest');
  }

  private async answer(id: string, reply: Reply): Promise<void> {
    const { etcd, keys, node, lease } = this.at;
    const packed = packReply(reply);
    const isTooLong = packed.length > LARGEST_VALUE;
    const value = isTooLong ? packReply(refusal(413, 'too-long', tooLong(packed.length))) : packed;
    await persistently(ANSWER_MS, () => etcd.transact([], [{ put: keys.answer(node, id), value, lease }]));
  }

  private sweep(): void {
    const { etcd, keys, node } = this.at;
    this.sweeping = undefined;
    const ids = this.stale.splice(0, 100);
    if (this.stale.length > 0) this.sweeping = setTimeout(() => this.sweep(), SWEEP_MS);
    etcd
      .transact(
        [],
        ids.map((id) => ({ delete: keys.answer(node, id) })),
      )
      .catch(() => {}); // they end with the lease
  }

  private idOf(key: string): string {
    return key.slice(this.at.keys.requests(this.at.node).length);
  }
}

const tooLong = (octets: number): string =>
  `the answer has ${octets} octets, packed, and etcd stores ${LARGEST_VALUE} under a key: ask through the agent's socket or an ssh:// endpoint`;

const unanswered = (why: string): Reply => ({ status: UNANSWERED, body: Buffer.from(why) });

const refusal = (status: number, code: string, message: string): Reply => ({
  status,
  body: Buffer.from(JSON.stringify({ error: { code, message } })),
});
