import { randomUUID } from 'node:crypto';
import { EtcdClient } from '../../control/etcd/client';
import { type EtcdAccess, EtcdConnection } from '../../control/etcd/connection';
import { EtcdError, STATUS } from '../../control/etcd/error';
import { HeldLease } from '../../control/etcd/lease';
import { pauseBefore } from '../../control/etcd/pause';
import { PrefixWatch } from '../../control/etcd/watch';
import { etcdAccess } from '../../control/fleet/access';
import { notOfNode } from '../../control/fleet/certificates';
import { isUnguarded, RIGHTS_OFF } from '../../control/fleet/condition';
import { FleetKeys } from '../../control/fleet/keys';
import { describeOverwritten, type Presence, readPresence, signSealing, userOf } from '../../control/fleet/presence';
import { SealingKey } from '../../control/fleet/sealing';
import { pause } from '../../control/pause';
import type { EtcdEndpoint } from '../../model/endpoint';
import type { Log } from '../host/log';
import { VERSION } from '../host/version';
import { type Execute, type FleetSession, Inbox } from './inbox';

/** Seconds after which an agent that is cut off no longer counts as connected. Nothing else follows from it. */
const LEASE_SECONDS = 30;

/** Milliseconds in which a connection comes about: when all agents connect at once, TLS takes etcd a while. */
const CONNECT_MS = 15_000;

const GOODBYE_MS = 1_000;

/**
 * Takes the requests to this node from etcd, and connects again whenever it has to. Routing does not depend on it: an
 * agent without etcd runs on, and only does not hear.
 */
export class FleetListener {
  private readonly closing = new AbortController();
  private readonly done: Promise<void>;
  /** Reasons that were logged since it was connected. */
  private readonly complaints = new Set<string>();
  private isWarned = false;

  constructor(
    private readonly endpoint: EtcdEndpoint,
    private readonly execute: Execute,
    private readonly log: Pick<Log, 'info' | 'warn'>,
    /** What is needed to connect to etcd, read anew for each connection. */
    private readonly access: () => EtcdAccess = () => etcdAccess(endpoint.hosts),
  ) {
    this.done = this.run();
  }

  /** Says that this agent is no longer connected, if etcd responds soon. */
  async close(): Promise<void> {
    this.closing.abort();
    await Promise.race([this.done, new Promise((resolve) => setTimeout(resolve, GOODBYE_MS).unref())]);
  }

  private async run(): Promise<void> {
    const { signal } = this.closing;
    for (let failures = 0; !signal.aborted; ) {
      const since = performance.now();
      const why = await this.connect().catch((error: Error) => error.message);
      if (signal.aborted) return;
      failures = performance.now() - since > LEASE_SECONDS * 1000 ? 1 : failures + 1;
      this.complain(`not connected to etcd: ${why}; retrying`);
      await pause(pauseBefore(failures), signal);
    }
  }

  /** Once for each reason: etcd may be down for a day, and a key may be overwritten all the time. */
  private complain(what: string): void {
    if (!this.complaints.has(what)) this.log.warn(what);
    this.complaints.add(what);
  }

  /**
   * Until the lease is lost; returns why, or throws. After each interruption there is another session: what was
   * requested before that may come late, and who still waits for it sends it again.
   */
  private async connect(): Promise<string> {
    const { prefix, node } = this.endpoint;
    const access = this.access();
    const etcd = new EtcdClient(new EtcdConnection(access));
    const end = new AbortController();
    const close = () => end.abort('closed');
    let lease: HeldLease | undefined;
    let watches: PrefixWatch[] = [];
    let inbox: Inbox | undefined;
    const sessions = new Set<string>();
    let presence: Presence | undefined;
    try {
      const sealing = new SealingKey();
      const keys = new FleetKeys(prefix);
      const draw = (): Presence => {
        const session = randomUUID();
        sessions.add(session);
        return {
          session,
          version: VERSION,
          sequences: true,
          ...(access.tls && { sealing: signSealing(sealing.publicKey, session, { prefix, node }, access.tls) }),
        };
      };
      presence = draw();
      lease = await HeldLease.hold(etcd, {
        ...{ ttl: LEASE_SECONDS, withinMs: CONNECT_MS },
        key: { put: keys.agent(node), value: JSON.stringify(presence) },
        lost: () => end.abort('its lease has expired'),
      });
      const at = { etcd, node, sealing, lease: lease.id, keys };
      const inboxOf = ({ session }: Presence) => new Inbox({ ...at, session }, this.execute, this.log);
      inbox = inboxOf(presence);
      const begin = (): Promise<void> => {
        presence = draw();
        inbox = inboxOf(presence);
        return this.announce(at, presence);
      };
      void this.warn(etcd);
      watches = [
        this.watchRequests(at, { inbox: () => inbox!, begin, end }),
        this.watchPresence(
          at,
          (session) => session !== undefined && sessions.has(session),
          end,
          () => {
            const guard = { hasTls: access.tls !== undefined, hasRights: !this.isWarned };
            this.complain(describeOverwritten({ prefix, node }, guard));
            if (presence) this.announce(at, presence).catch((error: Error) => end.abort(error.message));
          },
        ),
      ];
      this.closing.signal.addEventListener('abort', close, { once: true });
      if (!this.closing.signal.aborted) await ended(end.signal);
      return String(end.signal.reason);
    } catch (error) {
      const isDenied = error instanceof EtcdError && error.code === STATUS.denied;
      const why = isDenied && access.tls && notOfNode(access.tls, { prefix, node });
      throw why ? new Error(`etcd at ${access.hosts.join(', ')}: ${why}`) : error;
    } finally {
      this.closing.signal.removeEventListener('abort', close);
      inbox?.close();
      for (const watch of watches) watch.close();
      await lease?.release();
      etcd.close();
    }
  }

  /** Says once that no rights apply, and again after they did. */
  private async warn(etcd: EtcdClient): Promise<void> {
    const wasWarned = this.isWarned;
    this.isWarned = await isUnguarded(etcd);
    if (this.isWarned && !wasWarned) this.log.warn(RIGHTS_OFF);
  }

  private async announce({ etcd, keys, node, lease }: At, presence: Presence): Promise<void> {
    await etcd.transact([], [{ put: keys.agent(node), value: JSON.stringify(presence), lease }]);
  }

  private watchRequests({ etcd, keys, node }: At, { inbox, begin, end }: Sessions): PrefixWatch {
    let isFirst = true;
    let isInterrupted = false;
    return new PrefixWatch(etcd, keys.requests(node), {
      put: (stored) => inbox().put(stored),
      gone: (key) => inbox().gone(key),
      current: () => {
        if (isInterrupted) begin().catch((error: Error) => end.abort(error.message));
        isInterrupted = false;
        if (!isFirst) return;
        isFirst = false;
        this.complaints.clear();
        this.log.info(`connected to etcd at ${this.endpoint.hosts.join(', ')} as node ${node}`);
      },
      restored: () => {
        this.log.warn(
          'etcd is at an earlier revision than before: it was restored from a backup. What runs here stays',
        );
        inbox().close(); // the backup may have requests to this very session
        end.abort('it was restored from a backup');
      },
      interrupted: (why) => {
        if (isFirst) return end.abort(why.message);
        isInterrupted = true;
        inbox().close();
      },
    });
  }

  /**
   * What others may do to the key that says that this agent is connected. Without a lease it is no agent's: an
   * administrator wrote it, and it would stay when this agent is gone.
   */
  private watchPresence(
    { etcd, keys, node, lease }: At,
    isOwn: (session: string | undefined) => boolean,
    end: AbortController,
    putBack: () => void,
  ): PrefixWatch {
    const own = keys.agent(node);
    const whose = { prefix: keys.prefix, node };
    return new PrefixWatch(etcd, own, {
      put: ({ key, value, lease: of }) => {
        if (key !== own || of === lease) return;
        if (of === 0 || isOwn(readPresence(value)?.session)) putBack();
        else
          end.abort(
            `another agent has connected as node ${node}: stop one of them. If there is none, somebody else has the certificate of ${userOf(whose)}: revoke it and replace it (docs/fleet.md, Certificates)`,
          );
      },
      gone: (key) => key === own && end.abort('its key is gone: its lease ended, or somebody deleted it'),
    });
  }
}

type At = Omit<FleetSession, 'session'>;

/** The sessions of one lease, one after another. */
interface Sessions {
  /** Of the present one. */
  readonly inbox: () => Inbox;
  /** Begins the next one. */
  readonly begin: () => Promise<void>;
  readonly end: AbortController;
}

const ended = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
