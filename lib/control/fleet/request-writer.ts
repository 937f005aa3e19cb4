import type { EtcdClient } from '../etcd/client';
import type { FleetKeys } from './keys';
import { digestOf, type FleetRequest, type FleetStep, LARGEST_VALUE, type Question, stepContext } from './message';
import { type Presence, sealingKey } from './presence';
import { seal } from './sealing';

/** A body longer than this is stored once for all nodes that are sent the same. */
const INLINE = 4096;

/** A question to an agent, with what concerns its way there. */
export interface Step extends Question {
  /** Its body has secrets, and is sealed to the agent. */
  readonly isSecret?: boolean;
}

/** An agent as of its present session. */
interface Recipient {
  readonly node: string;
  readonly presence: Presence;
}

/** Writes questions as the requests of one connection to etcd. */
export class RequestWriter {
  /** Bodies that are stored, by digest, for as long as the connection's lease. They are not kept in memory. */
  private stored = new Map<string, Promise<unknown>>();
  /** All nodes are sent the same octets. */
  private readonly digests = new WeakMap<Uint8Array, string>();

  constructor(
    private readonly etcd: EtcdClient,
    private readonly keys: FleetKeys,
    private readonly lease: number,
  ) {}

  /** A backup of etcd that was restored may have the lease, and not what was stored since. */
  forget(): void {
    this.stored = new Map();
  }

  /** Throws if a step may not be sent to this agent. */
  async write(id: string, steps: readonly Step[], to: Recipient): Promise<FleetRequest> {
    const [first, ...next] = await Promise.all(steps.map((step, i) => this.written(step, stepContext(id, i), to)));
    return { session: to.presence.session, ...first, ...(next.length > 0 && { next }) };
  }

  private async written({ method, path, isOptional, ...content }: Step, place: string, to: Recipient) {
    return { method, path, ...(isOptional && { isOptional }), ...(await this.carried(content, place, to)) };
  }

  private async carried(
    { body, isSecret }: Pick<Step, 'body' | 'isSecret'>,
    place: string,
    { node, presence }: Recipient,
  ): Promise<Pick<FleetStep, 'body' | 'sealed' | 'stored'>> {
    if (body === undefined) return {};
    if (isSecret) {
      const key = sealingKey(presence, { prefix: this.keys.prefix, node }, this.etcd.connection.access.tls);
      if (typeof key === 'string') throw new Error(`the secrets for node ${node} were not sent: ${key}`);
      return { sealed: seal(Buffer.from(body), key, place).toString('base64') };
    }
    if (typeof body === 'string' && Buffer.byteLength(body) <= INLINE) return { body };
    return { stored: await this.store(body) };
  }

  /** Stores a body once, and again where that failed; returns its name. */
  private async store(body: string | Uint8Array): Promise<string> {
    const { stored } = this;
    const digest = this.digest(body);
    const name = `${digest}-${this.lease}`; // each client has its own, which goes when the client does
    const storing = stored.get(digest) ?? this.put(name, body);
    stored.set(digest, storing);
    await storing.catch((error) => {
      if (stored.get(digest) === storing) stored.delete(digest);
      throw error;
    });
    return name;
  }

  private digest(body: string | Uint8Array): string {
    if (typeof body === 'string') return digestOf(body);
    const digest = this.digests.get(body) ?? digestOf(body);
    this.digests.set(body, digest);
    return digest;
  }

  private async put(name: string, value: string | Uint8Array): Promise<void> {
    const octets = Buffer.byteLength(value);
    if (octets > LARGEST_VALUE)
      throw new Error(
        `it has ${octets} octets, and etcd stores ${LARGEST_VALUE} under a key: use ssh:// or unix:// endpoints`,
      );
    await this.etcd.transact([], [{ put: this.keys.body(name), value, lease: this.lease }]);
  }
}
