import { type ChannelCredentials, type ChannelOptions, Client, connectivityState, experimental } from '@grpc/grpc-js';

/**
 * gRPC, as far as a client of etcd needs it. In what is built this file has the package in it
 * (scripts/bundle-agent.mjs): one of the packages that it depends on runs a script when it is installed, and package
 * managers ask about that, or refuse.
 */
export {
  type ChannelCredentials,
  type Client,
  type ClientDuplexStream,
  credentials,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js';

/** Scheme of the targets of {@link MemberClient}, and the channel option that has its signal. */
const SCHEME = 'member';
const SIGNAL = 'peerform.signal';

type Resolver = experimental.Resolver;
type Constructor = Parameters<typeof experimental.registerResolver>[1];
type Made = ConstructorParameters<Constructor>;

/** Resolves `host:port` as gRPC does, to addresses whose sockets the client's signal destroys. */
class MemberResolver implements Resolver {
  private readonly inner: Resolver;

  constructor(target: Made[0], listener: Made[1], options: Made[2]) {
    const signal = options[SIGNAL] as AbortSignal;
    // gRPC passes an address to net.connect as it is.
    const signed: Made[1] = (found, ...more) =>
      listener(
        found.ok
          ? {
              ok: true,
              value: found.value.map(({ addresses }) => ({ addresses: addresses.map((one) => until(signal, one)) })),
            }
          : found,
        ...more,
      );
    this.inner = experimental.createResolver({ scheme: 'dns', path: target.path }, signed, options);
  }

  updateResolution(): void {
    this.inner.updateResolution();
  }

  destroy(): void {
    this.inner.destroy();
  }

  static getDefaultAuthority({ path }: { readonly path: string }): string {
    return path;
  }
}
experimental.registerResolver(SCHEME, MemberResolver);

/**
 * An address to connect to until the signal aborts. A client that was closed may still connect once, after a pause, and
 * a socket that is made with an aborted signal is never destroyed: none is made.
 */
function until<T extends object>(signal: AbortSignal, address: T): T {
  const get = () => {
    signal.throwIfAborted();
    return signal;
  };
  return Object.defineProperty({ ...address }, 'signal', { enumerable: true, get });
}

/**
 * A client of one member of an etcd. gRPC leaves a connection that has not come about to the system when its client is
 * closed, which sends SYNs for two minutes: here it ends at once.
 */
export class MemberClient extends Client {
  private readonly closing: AbortController;

  constructor(host: string, credentials: ChannelCredentials, options: ChannelOptions) {
    const closing = new AbortController();
    const target = host.startsWith('unix:') ? host : `${SCHEME}:${host}`;
    super(target, credentials, { ...options, [SIGNAL]: closing.signal });
    this.closing = closing;
  }

  override close(): void {
    const isConnected = this.getChannel().getConnectivityState(false) === connectivityState.READY;
    super.close();
    if (!isConnected) this.closing.abort();
  }
}
