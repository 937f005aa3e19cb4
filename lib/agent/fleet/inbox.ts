import type { EtcdClient } from '../../control/etcd/client';
import type { StoredKey } from '../../control/etcd/messages';
import { persistently } from '../../control/etcd/persistence';
import type { FleetKeys } from '../../control/fleet/keys';
import {
  digestOf,
  type FleetRequest,
  type FleetStep,
  LARGEST_VALUE,
  packReply,
  type Question,
  type Reply,
  readRequest,
  requestSteps,
  stepContext,
  UNANSWERED,
} from '../../control/fleet/message';
import type { SealingKey } from '../../control/fleet/sealing';
import { API } from '../../control/protocol';
import type { Log } from '../host/log';

/** Maximum number of requests executed at once; further ones wait. */
const AT_ONCE = 32;

/** Milliseconds that asking whether a request still stands may take: it is not executed later than that. */
const CLAIM_MS = 5_000;

/** Milliseconds in which etcd is asked again while it cannot say so: nobody waits longer for a reply. */
const PATIENCE_MS = 30_000;

/** Milliseconds in which etcd must take the reply. */
const ANSWER_MS = 10_000;

/** Milliseconds after which replies are deleted whose requests are gone, unless the next reply does it on the way. */
const SWEEP_MS = 30_000;

/** Replies that are deleted in one transaction. */
const SWEPT_AT_ONCE = 100;

/** Whether a step does no harm if it is executed late: it changes nothing, or uploads what a later one refers to. */
const isHarmless = ({ method, path }: FleetStep): boolean =>
  method === 'GET' || method === 'PUT' || path === `${API}/health`;

/** A request, also if it was written again: who sent it does that after an error of etcd. */
type RequestKey = Pick<StoredKey, 'key' | 'createRevision'>;

/** A request that was taken, until it is gone. */
interface Taken {
  isBusy: boolean;
  /** As it was written again while it was busy. */
  again?: StoredKey;
  /** It was executed, and etcd did not take this yet. */
  reply?: Reply;
  /** Its reply is in etcd. */
  isAnswered: boolean;
}

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
 * The requests to a node in one session. Before it executes a step that changes something it asks etcd whether the
 * request is still there: who sent it deletes it when it stops waiting, or its lease does. So it is not executed late.
 * A reply is written only while its request is there.
 */
export class Inbox {
  private readonly waiting: StoredKey[] = [];
  private readonly taken = new Map<string, Taken>();
  private readonly stale: string[] = [];
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
    const { isBusy, isAnswered, reply } = this.taken.get(id) ?? {};
    this.taken.delete(id);
    if (isAnswered || (reply && !isBusy)) this.discard([id]);
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

  private async take(stored: StoredKey): Promise<void> {
    const request = readRequest(stored.value);
    // Those to an earlier session are of before this agent connected, or of a backup that etcd was restored from.
    if (request?.session !== this.at.session) return;
    const id = this.idOf(stored.key);
    const taken = this.taken.get(id) ?? { isBusy: false, isAnswered: false };
    if (taken.isAnswered) return;
    if (taken.isBusy) {
      taken.again = stored;
      return;
    }
    taken.isBusy = true;
    this.taken.set(id, taken);
    try {
      await this.serve(request, stored, taken);
    } finally {
      this.rest(id, taken);
    }
  }

  /** Executes a request, unless that was done, and answers it. */
  private async serve(request: FleetRequest, at: RequestKey, taken: Taken): Promise<void> {
    const id = this.idOf(at.key);
    taken.reply ??= await this.inOrder(request, at);
    if (!taken.reply || !(await this.answer(at, id, taken.reply))) return;
    taken.isAnswered = true;
    taken.reply = undefined;
    if (this.taken.get(id) !== taken) this.discard([id]); // the request is gone by now
  }

  /** Where it has no answer it is taken again if it is written again, or was meanwhile. */
  private rest(id: string, taken: Taken): void {
    const { again, isAnswered, reply } = taken;
    taken.isBusy = false;
    taken.again = undefined;
    if (isAnswered || this.taken.get(id) !== taken) return;
    if (!reply) this.taken.delete(id);
    if (again) this.put(again);
  }

  /** The reply to the last step, or to the first that is refused and not optional; undefined if it was withdrawn. */
  private async inOrder(request: FleetRequest, at: RequestKey): Promise<Reply | undefined> {
    const id = this.idOf(at.key);
    let reply: Reply | undefined;
    for (const [i, step] of requestSteps(request).entries()) {
      if (!isHarmless(step) && !(await this.stands(at))) return undefined;
      reply = await this.reply(step, stepContext(id, i));
      if (reply.status !== 200 && !step.isOptional) return reply;
    }
    return reply;
  }

  private async reply(step: FleetStep, place: string): Promise<Reply> {
    const body = await this.bodyOf(step, place);
    if (body instanceof Error) return refusal(400, 'invalid', body.message);
    const { method, path } = step;
    return this.execute({ method, path, body }).catch((error: Error) => unanswered(error.message));
  }

  /**
   * Whether a request is still there, as of a moment ago: what etcd says late is asked again, and so is what it cannot
   * say, as while its members elect a leader.
   */
  private async stands(at: RequestKey): Promise<boolean> {
    const claim = async () => {
      const asked = performance.now();
      const isThere = await this.at.etcd.transact([at], [{ read: at.key }], CLAIM_MS);
      return { isThere, isLate: performance.now() - asked > CLAIM_MS };
    };
    while (!this.isClosed) {
      const { isThere, isLate } = await persistently(PATIENCE_MS, claim);
      if (!isThere) return false;
      if (!isLate) return !this.isClosed;
    }
    return false;
  }

  /** What a step carries; an Error if it cannot be had. */
  private async bodyOf(
    { body, sealed, stored }: FleetStep,
    place: string,
  ): Promise<string | Buffer | undefined | Error> {
    const { etcd, keys, sealing } = this.at;
    if (sealed !== undefined)
      return sealing.open(Buffer.from(sealed, 'base64'), place) ?? new Error('it was not sealed for this agent');
    if (stored === undefined) return body;
    const found = (await persistently(PATIENCE_MS, () => etcd.get(keys.body(stored))))?.value;
    if (!found) return new Error('its body is no longer in etcd');
    return stored.startsWith(`${digestOf(found)}-`)
      ? found
      : new Error('its body does not have the digest in its name');
  }

  /** Returns whether the request was still there. */
  private async answer({ key, createRevision }: RequestKey, id: string, reply: Reply): Promise<boolean> {
    const { etcd, keys, node, lease } = this.at;
    const packed = packReply(reply);
    const isTooLong = packed.length > LARGEST_VALUE;
    const value = isTooLong ? packReply(refusal(413, 'too-long', tooLong(packed.length))) : packed;
    const swept = this.stale.splice(0, SWEPT_AT_ONCE);
    const changes = [{ put: keys.answer(node, id), value, lease }, ...swept.map((old) => this.deletion(old))];
    const isKept = await persistently(ANSWER_MS, () => etcd.transact([{ key, createRevision }], changes)).catch(
      (error) => {
        this.discard(swept);
        throw error;
      },
    );
    if (!isKept) this.discard(swept);
    return isKept;
  }

  /** Deletes replies that nobody waits for: with the next reply, or later. */
  private discard(ids: readonly string[]): void {
    this.stale.push(...ids);
    if (this.stale.length > 0 && !this.isClosed) this.sweeping ??= setTimeout(() => this.sweep(), SWEEP_MS);
  }

  private sweep(): void {
    this.sweeping = undefined;
    const ids = this.stale.splice(0, SWEPT_AT_ONCE);
    this.discard([]);
    if (ids.length === 0) return;
    const changes = ids.map((id) => this.deletion(id));
    this.at.etcd.transact([], changes).catch(() => {}); // they end with the lease
  }

  private deletion(id: string): { readonly delete: string } {
    return { delete: this.at.keys.answer(this.at.node, id) };
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
