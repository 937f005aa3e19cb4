import { randomUUID } from 'node:crypto';
import type { EtcdEndpoint } from '../../model/endpoint';
import { EtcdError, EtcdUnusable } from '../etcd/error';
import { persistently } from '../etcd/persistence';
import { Flow } from './flow';
import { FleetKeys } from './keys';
import { FleetLink } from './link';
import { openReply, type Reply, UNANSWERED, writeRequest } from './message';
import { Pending, type Posted } from './pending';

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
 * While replies of other agents arrive, or agents connect again, at most {@link FLOW_MS} apart, a reply is waited for
 * beyond its time, for at most {@link MOST_FLOW_MS}: etcd has much to do, or has just changed its leader. The first
 * replies have as long.
 */
const FLOW_MS = 5_000;
const MOST_FLOW_MS = 20_000;

/** Milliseconds between two looks at whether replies arrive. */
const LOOK_MS = 1_000;

/** There is no reply. */
export class NoReply extends Error {
  /** etcd cannot be used: of the agent nothing is known. */
  readonly isOfEtcd: boolean;
  constructor(
    why: Error,
    /** The agent cannot have seen the request. */
    readonly isUnsent: boolean,
  ) {
    super(why.message);
    this.isOfEtcd = why instanceof EtcdUnusable;
  }
}

/** etcd took the request, and there is no answer in time. */
class Silence extends Error {}

/** There is a reply, and it cannot be read. */
export class UnreadableReply extends Error {}

/** The agent is older, and takes one step at a time. */
class OneByOne extends Error {}

/** The agents of a fabric, asked through etcd: each request is a key, and so is its reply (docs/fleet.md). */
export class FleetClient {
  private static readonly all = new Map<string, FleetClient>();

  private readonly keys: FleetKeys;
  private readonly link: FleetLink;
  private readonly pending = new Map<string, Pending>();
  private readonly flow = new Flow();
  /** When the last reply arrived, an agent connected, or the first requests were sent. */
  private heard = Number.NEGATIVE_INFINITY;
  private idle: NodeJS.Timeout | undefined;

  private constructor(hosts: readonly string[], prefix: string) {
    this.keys = new FleetKeys(prefix);
    this.link = new FleetLink(hosts, this.keys, {
      awaits: (node, id) => this.pending.get(id)?.node === node,
      awaited: () => this.awaited(),
      replied: (node, id, value) => this.replied(node, id, value),
      present: (node) => {
        this.heard = performance.now();
        this.sendAll(node);
      },
      ended: (why) => {
        for (const pending of [...this.pending.values()]) pending.settle(why);
        clearTimeout(this.idle);
      },
    });
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
    return [...new Set([...FleetClient.all.values()].flatMap(({ link }) => link.warning ?? []))];
  }

  /** Ends the connections to etcd now, as they end by themselves a moment after the last request. */
  static async closeAll(): Promise<void> {
    await Promise.all([...FleetClient.all.values()].map(({ link }) => link.close(new Error('closed'))));
  }

  /**
   * The session of a node's agent, as etcd says now; undefined if it is not connected, or that cannot be known now.
   * While it is the same, no agent was started or reconnected there.
   */
  session(node: string): string | undefined {
    return this.link.why ? undefined : this.link.presence(node)?.session;
  }

  /** The reply to the last step, or to the one that was refused. Rejects with {@link NoReply}, which says why. */
  async ask(node: string, question: Posted): Promise<Reply> {
    if (question.waits) return this.inOrder(node, question);
    await this.flow.enter();
    const began = performance.now();
    let ms: number | undefined;
    try {
      const reply = await this.inOrder(node, question);
      ms = performance.now() - began;
      return reply;
    } finally {
      this.flow.leave(ms);
    }
  }

  /** In one request, if the agent takes such ones. */
  private async inOrder(node: string, question: Posted): Promise<Reply> {
    try {
      return await this.post(node, question);
    } catch (error) {
      if (!(error instanceof OneByOne)) throw error;
    }
    let reply: Reply | undefined;
    for (const step of question.steps) {
      reply = await this.post(node, { ...question, steps: [step] });
      if (reply.status !== 200 && !step.isOptional) return reply;
    }
    return reply!;
  }

  private post(node: string, question: Posted): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const id = randomUUID();
      const connectMs = Math.min(CONNECT_MS, question.timeoutMs);
      const isAbsent = () => !this.link.why && !this.link.presence(node) && pending.session === undefined;
      const connecting = setTimeout(() => isAbsent() && pending.settle(absence(node)), connectMs);
      const pending = new Pending(node, question, {
        expired: (ms) => (this.isFlowing(pending, ms) ? LOOK_MS : this.silence(pending, ms)),
        settled: (result) => {
          this.pending.delete(id);
          clearTimeout(connecting);
          const withdrawn = pending.wasSent ? this.withdraw(node, id) : Promise.resolve(undefined);
          void withdrawn.then(() => this.rest());
          if (!(result instanceof Error)) return resolve(result);
          // Who is told that it was not answered may rely on it that it is not executed later.
          void withdrawn.then((failure) => {
            if (result instanceof OneByOne || result instanceof UnreadableReply) return reject(result);
            const why = result instanceof Silence ? (failure ?? result) : result;
            reject(new NoReply(why, !pending.wasSent));
          });
        },
      });
      this.pending.set(id, pending);
      if (question.signal?.aborted) {
        pending.abort();
        return;
      }
      clearTimeout(this.idle);
      this.link.open().then(
        () => this.send(id, pending),
        (error: Error) => pending.settle(error),
      );
    });
  }

  /** The connection would keep the process alive. */
  private rest(): void {
    clearTimeout(this.idle);
    if (this.pending.size > 0 || !this.link.isOpen) return;
    this.idle = setTimeout(() => void this.link.close(new Error('idle')), IDLE_MS);
  }

  private *awaited() {
    for (const [id, { node, wasSent }] of this.pending) if (wasSent) yield { node, id };
  }

  private replied(node: string, id: string, value: Buffer): void {
    const pending = this.pending.get(id);
    if (pending?.node !== node) return;
    this.heard = performance.now();
    const reply = openReply(value) ?? new UnreadableReply('the answer in etcd cannot be read');
    const isAnswer = reply instanceof Error || reply.status !== UNANSWERED;
    pending.settle(isAnswer ? reply : new Error(reply.body.toString('utf8')));
  }

  private sendAll(node?: string): void {
    for (const [id, pending] of this.pending) if ((node ?? pending.node) === pending.node) this.send(id, pending);
  }

  /** To the agent's session of now; again if it has another meanwhile, as every request is idempotent. */
  private send(id: string, pending: Pending): void {
    const { node, question } = pending;
    const presence = this.link.presence(node);
    if (!presence || presence.session === pending.session || !this.pending.has(id)) return;
    if (question.steps.length > 1 && !presence.sequences) {
      pending.settle(new OneByOne());
      return;
    }
    pending.session = presence.session;
    const fail = (error: unknown) => {
      if (!(error instanceof EtcdError && error.isElsewhere)) return pending.settle(error as Error);
      this.link.written(error);
      pending.session = undefined;
      setTimeout(() => this.send(id, pending), RESEND_MS);
    };
    void this.link
      .present()
      .then(async (connected) => {
        if (!connected) return;
        const { outbox, lease, writer } = connected;
        const request = await writer.write(id, question.steps, { node, presence });
        if (!this.pending.has(id) || pending.session !== presence.session) return;
        pending.wasSent = true;
        const change = { put: this.keys.request(node, id), value: writeRequest(request), lease: lease.id };
        outbox.add(change, fail, () => {
          pending.wasTaken = true;
          this.link.written();
        });
      })
      .catch(fail);
  }

  /** Resolves when the request is gone, or cannot be withdrawn soon, with the reason: its lease ends then. */
  private async withdraw(node: string, id: string): Promise<Error | undefined> {
    const connected = await this.link.present();
    if (!connected) return undefined;
    const change = { delete: this.keys.request(node, id) };
    const remove = () => new Promise<void>((made, failed) => connected.outbox.add(change, failed, made));
    return persistently(WITHDRAW_MS, remove).then(
      () => undefined,
      (error: Error) => error,
    );
  }

  private isFlowing({ question, session }: Pending, ms: number): boolean {
    const isHeard = performance.now() - this.heard < FLOW_MS && ms < question.timeoutMs + MOST_FLOW_MS;
    return isHeard && session !== undefined;
  }

  private silence({ node, session, wasSent, wasTaken }: Pending, ms: number): Error {
    const { why } = this.link;
    if (why) return why;
    if (session === undefined) return absence(node);
    return wasSent && !wasTaken ? this.link.silent() : new Silence(`no answer within ${Math.round(ms / 100) / 10} s`);
  }
}

const absence = (node: string): Error => new Error(`no agent of node ${node} is connected to etcd`);
