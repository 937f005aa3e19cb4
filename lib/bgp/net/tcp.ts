import * as net from 'node:net';

/**
 * Connections that may wait to be accepted: a thousand neighbours reconnect at once after a failure. The system may cap
 * it (net.core.somaxconn).
 */
const BACKLOG = 4096;

/** Target of a connection. Addresses are literals. */
interface TcpTarget {
  /** Source address. Default: the system's choice. */
  readonly local?: string;
  readonly remote: string;
  readonly port: number;
  /** TTL or hop limit of sent packets. */
  readonly ttl?: number;
  /** Minimum TTL of received packets (GTSM, RFC 5082). */
  readonly minTtl?: number;
  /** TCP MD5 (RFC 2385), at most 80 octets. */
  readonly password?: string;
  /** Network interface, for link-local addresses. */
  readonly interface?: string;
}

/**
 * Creates sockets. Everything that plain Node cannot do (keys, TTLs) is behind this: an implementation must return an
 * Error for what it does not support rather than ignore it, so that no session runs unprotected.
 */
export interface TcpFactory {
  /** A connecting socket, or why it cannot be created. Later failures are reported by the socket's `error` event. */
  connect(target: TcpTarget): net.Socket | Error;
  /**
   * A listener. Rejects with the system's error (EADDRINUSE, EACCES, EADDRNOTAVAIL). IPv6 listeners do not accept IPv4.
   * Its sockets may be paused.
   */
  listen(options: { readonly address: string; readonly port: number }): Promise<net.Server>;
  /**
   * Makes the listener accept only connections with this password from a neighbour; without a password, only unsigned
   * ones. `prefixLength`: from all addresses in the prefix of `remote` except those with a password of their own.
   */
  protect?(
    server: net.Server,
    protection: { readonly remote: string; readonly prefixLength?: number; readonly password?: string },
  ): Error | undefined;
  /**
   * Sets TTLs and the password on an accepted socket before anything is read from it: from then on unsigned segments
   * are dropped.
   */
  restrict?(socket: net.Socket, protection: Pick<TcpTarget, 'ttl' | 'minTtl' | 'password'>): Error | undefined;
}

/** Plain Node sockets: no passwords and no GTSM. A sending TTL is not a protection and is left to the system. */
export const plainTcp: TcpFactory = {
  connect({ local, remote, port, minTtl, password, interface: device }) {
    if (password !== undefined) return new Error('this platform does not support TCP MD5');
    if (minTtl !== undefined) return new Error('this platform does not support GTSM');
    const host = device === undefined ? remote : `${remote}%${device}`;
    return net.connect({ host, port, ...(local !== undefined && { localAddress: local }) });
  },
  listen({ address, port }) {
    const server = net.createServer({ pauseOnConnect: true });
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: address, port, backlog: BACKLOG, ipv6Only: address.includes(':') }, () => {
        server.off('error', reject);
        resolve(server);
      });
    });
  },
  protect: (_server, { password }) =>
    password === undefined ? undefined : new Error('this platform does not support TCP MD5'),
  restrict(_socket, { minTtl, password }) {
    if (password !== undefined) return new Error('this platform does not support TCP MD5');
    return minTtl === undefined ? undefined : new Error('this platform does not support GTSM');
  },
};
