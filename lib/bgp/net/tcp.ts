import * as net from 'node:net';

/**
 * Connections that may wait to be accepted: a thousand neighbours come at once after a failure. The system may cap it
 * (net.core.somaxconn).
 */
const BACKLOG = 4096;

/** A connection to be made. Addresses are literals. */
interface TcpTarget {
  /** The address to connect from; absent: the system's choice. */
  readonly local?: string;
  readonly remote: string;
  readonly port: number;
  /** TTL or hop limit of what is sent. */
  readonly ttl?: number;
  /** Least TTL of what comes (GTSM, RFC 5082). */
  readonly minTtl?: number;
  /** TCP MD5 (RFC 2385), at most 80 octets. */
  readonly password?: string;
  /** Network interface, for link-local addresses. */
  readonly interface?: string;
}

/**
 * Makes sockets. Everything that plain Node cannot do (keys, TTLs) is behind this: what an implementation cannot do it
 * must answer with an Error, never do without, so that no session runs unprotected.
 */
export interface TcpFactory {
  /** A socket that is connecting, or why it cannot be made. Failures to connect come as the socket's `error`. */
  connect(target: TcpTarget): net.Socket | Error;
  /**
   * A server that listens. Rejects with the system's error (EADDRINUSE, EACCES, EADDRNOTAVAIL). IPv6 servers take no
   * IPv4. Its sockets may be paused.
   */
  listen(options: { readonly address: string; readonly port: number }): Promise<net.Server>;
  /**
   * Lets the server take only connections with this password from a neighbour; without a password, only ones without.
   * `prefixLength`: from all addresses that begin as `remote` does, but those that have a password of their own.
   */
  protect?(
    server: net.Server,
    protection: { readonly remote: string; readonly prefixLength?: number; readonly password?: string },
  ): Error | undefined;
  /**
   * Sets TTLs and the password on an accepted socket before anything is read from it: from then on nothing that is not
   * signed comes through.
   */
  restrict?(socket: net.Socket, protection: Pick<TcpTarget, 'ttl' | 'minTtl' | 'password'>): Error | undefined;
}

/** Sockets of plain Node: no passwords and no GTSM. A TTL for sending is not protection and is left to the system. */
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
