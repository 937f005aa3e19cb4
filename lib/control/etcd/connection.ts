import { isIP } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import { EtcdError, STATUS } from './error';
import type { ChannelCredentials, Client, ClientDuplexStream, ServiceError } from './grpc';
import type { EtcdMethod } from './messages';
import { commonName } from './user';

/** Certificates in PEM, for mutual TLS. */
export interface EtcdTls {
  readonly ca: Buffer;
  readonly certificate: Buffer;
  readonly key: Buffer;
}

/** The members of an etcd, as `host:port`, and what is needed to connect to them. */
export interface EtcdAccess {
  readonly hosts: readonly string[];
  /** Absent: without TLS. */
  readonly tls?: EtcdTls;
}

/** Milliseconds for a request over all members, and the least that each gets. */
const REQUEST_MS = 5_000;
const LEAST_MS = 500;

const OPTIONS = {
  // A member that is gone without a word is noticed before requests through it time out, after 10 s. etcd permits a
  // ping every 5 s.
  'grpc.keepalive_time_ms': 6_000,
  'grpc.keepalive_timeout_ms': 2_500,
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  'grpc.enable_retries': 0,
  'grpc.enable_channelz': 0,
  'grpc.enable_http_proxy': 0,
  'grpc.service_config_disable_resolution': 1,
  // A new client connects at once, instead of waiting out the back-off of an earlier one.
  'grpc.use_local_subchannel_pool': 1,
};

/** A connection to one member at a time; another is tried when it fails. */
export class EtcdConnection {
  private client: Promise<Client> | undefined;
  /** Streams of this client. */
  private streams = new Set<{ destroy(error: Error): unknown }>();
  /** Which member; not all clients begin with the same one. */
  private at = Math.floor(Math.random() * 1024);
  private isClosed = false;

  constructor(readonly access: EtcdAccess) {}

  /**
   * Calls a method, on each member in turn until one responds. So a request may be executed twice, and must be
   * idempotent. Throws {@link EtcdError}.
   */
  async unary<Q, A>(method: EtcdMethod<Q, A>, request: Partial<Q>, withinMs = REQUEST_MS): Promise<A> {
    const until = performance.now() + withinMs;
    for (let left = this.access.hosts.length; ; left--) {
      const client = this.connect();
      const ms = Math.max(LEAST_MS, (until - performance.now()) / left);
      try {
        return await callOnce(await client, method, request, ms);
      } catch (error) {
        const failure = this.explained(error as ServiceError);
        if (this.mayLeave(failure)) await this.leave(client);
        if (!failure.isElsewhere || left <= 1 || this.isClosed) throw failure;
      }
    }
  }

  /** Opens a stream, which ends with the member's; to be cancelled by the caller. */
  async stream<Q, A>(method: EtcdMethod<Q, A>): Promise<ClientDuplexStream<Partial<Q>, A>> {
    const client = this.connect();
    const { streams } = this;
    const { Metadata } = await grpc();
    const metadata = new Metadata();
    metadata.set('hasleader', 'true'); // a member that lost its leader ends the stream, instead of saying nothing
    const stream = (await client).makeBidiStreamRequest<Partial<Q>, A>(
      method.path,
      (value) => Buffer.from(method.request.encode(value)),
      (octets) => method.response.decode(octets),
      metadata,
    );
    streams.add(stream);
    stream.on('close', () => streams.delete(stream));
    stream.on('error', (error: ServiceError) => {
      streams.delete(stream);
      if (this.mayLeave(this.explained(error))) void this.leave(client);
    });
    return stream;
  }

  /** In the words of {@link EtcdError}. */
  explained(error: Error & { readonly code?: unknown; readonly details?: string }): EtcdError {
    if (error instanceof EtcdError) return error;
    const code = typeof error.code === 'number' ? error.code : undefined;
    const { hosts, tls } = this.access;
    const user = code === STATUS.denied && tls ? commonName(tls.certificate) : undefined;
    return new EtcdError(code, error.details || error.message, hosts, user, tls !== undefined);
  }

  close(): void {
    this.isClosed = true;
    void this.client?.then(
      (client) => client.close(),
      () => {},
    );
  }

  private connect(): Promise<Client> {
    if (this.isClosed) throw new EtcdError(STATUS.cancelled, 'the connection was closed', this.access.hosts);
    this.client ??= this.open();
    return this.client;
  }

  private async open(): Promise<Client> {
    const { hosts, tls } = this.access;
    const { MemberClient, credentials } = await grpc();
    const host = hosts[this.at % hosts.length];
    if (!tls) return new MemberClient(host, credentials.createInsecure(), OPTIONS);
    const address = addressIn(host);
    const [how, more] = address === undefined ? [{}, {}] : identifiedBy(address);
    return new MemberClient(host, credentials.createSsl(tls.ca, tls.key, tls.certificate, how), {
      ...OPTIONS,
      ...more,
    });
  }

  /**
   * Whether another member may do better. Where there is one member, a late answer is no reason to connect to it again:
   * with thousands of clients that is much more work for one that is slow already. If the connection is dead its pings
   * find out.
   */
  private mayLeave({ code, isElsewhere }: EtcdError): boolean {
    return isElsewhere && (code !== STATUS.deadline || this.access.hosts.length > 1);
  }

  /** The next request goes to the next member. */
  private async leave(client: Promise<Client>): Promise<void> {
    if (this.client !== client) return;
    const { streams } = this;
    const { hosts } = this.access;
    this.client = undefined;
    this.streams = new Set();
    this.at++;
    // A member that hangs says nothing on them for up to 8.5 s, while the next one has what they wait for.
    const left = new EtcdError(STATUS.unavailable, 'its member does not respond', hosts);
    if (hosts.length > 1) for (const stream of [...streams]) stream.destroy(left);
    (await client).close();
  }
}

/** The address in `10.0.0.1:2379` or `[fd00::1]:2379`; undefined if it is a name. */
function addressIn(host: string): string | undefined {
  const name = host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  return isIP(name) ? name : undefined;
}

/** An address must not be sent as the server's name (RFC 6066 section 3), but it is what the certificate must name. */
const identifiedBy = (address: string): [NonNullable<Parameters<typeof ChannelCredentials.createSsl>[3]>, object] => [
  { checkServerIdentity: (_, certificate) => checkServerIdentity(address, certificate as never) },
  { 'grpc.ssl_target_name_override': 'etcd' },
];

/** Loaded lazily: who uses no etcd does not pay for it. */
const grpc = () => import('./grpc');

function callOnce<Q, A>(client: Client, method: EtcdMethod<Q, A>, request: Partial<Q>, ms: number): Promise<A> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest<Partial<Q>, A>(
      method.path,
      (value) => Buffer.from(method.request.encode(value)),
      (octets) => method.response.decode(octets),
      request,
      { deadline: Date.now() + ms },
      (error, answer) => (error ? reject(error) : resolve(answer!)),
    );
  });
}
