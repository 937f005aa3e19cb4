import { IpAddress } from './address';
import { isName } from './name';
import { Problem } from './problem';

/** Default socket of an agent. */
export const DEFAULT_SOCKET = '/run/peerform/agent.sock';

/** How to reach an agent. */
export type Endpoint = UnixEndpoint | SshEndpoint | EtcdEndpoint;

/** A socket on this machine. */
interface UnixEndpoint {
  readonly scheme: 'unix';
  readonly path: string;
}

/**
 * A socket on another machine, reached with the system's ssh client. Unset fields use the defaults of ssh and the
 * agent.
 */
export interface SshEndpoint {
  readonly scheme: 'ssh';
  readonly user?: string;
  /** A host name, an alias from the ssh configuration, or an address without brackets. */
  readonly host: string;
  readonly port?: number;
  readonly path?: string;
}

/** Keys of an etcd, through which an agent that cannot be reached itself receives requests (docs/fleet.md). */
export interface EtcdEndpoint {
  readonly scheme: 'etcd';
  /** Its members, as `host:port`. */
  readonly hosts: readonly string[];
  /** Name of the keys' common prefix, by default that of the fabric. */
  readonly prefix: string;
  readonly node: string;
}

const SSH = /^ssh:\/\/(?:([^/]*)@)?(\[[^\]/]*\]|[^:/@[\]]*)(?::([^/:]*))?(\/.*)?$/;

// None of these can begin with a dash, which ssh would take for an option, or contain shell metacharacters.
const USER = /^[A-Za-z0-9_][A-Za-z0-9_.+@-]*$/;
const HOST = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;
const ZONE = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;
const REMOTE_PATH = /^\/[A-Za-z0-9_./@+=,:-]*$/;

const ETCD = /^etcd:\/\/([^/]*)\/([^/]*)\/([^/]*)$/;
const MEMBER = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_][A-Za-z0-9_.-]*)(?::(\d{1,5}))?$/;
const ETCD_PORT = 2379;

/**
 * Parses `unix:///run/peerform/agent.sock`, `ssh://[user@]host[:port][/path/of/socket]` or
 * `etcd://host[:port][,host[:port]…]/prefix/node`.
 */
export function parseEndpoint(text: string): Endpoint | Problem {
  const unix = /^unix:\/\/(\/.+)$/.exec(text);
  if (unix) return { scheme: 'unix', path: unix[1] };
  if (text.startsWith('etcd:')) return parseEtcd(text);
  const [, user, host, port, path] = SSH.exec(text) ?? [];
  if (host === undefined) return refuse(text, 'is not a valid endpoint');
  const number = Number(port);
  if (user !== undefined && !USER.test(user))
    return refuse(text, `has a user name that cannot be passed to ssh: ${user}`);
  if (port !== undefined && !(/^\d+$/.test(port) && number >= 1 && number <= 65535))
    return refuse(text, `has an invalid port: ${port}`);
  if (path !== undefined && !REMOTE_PATH.test(path))
    return refuse(text, 'has a path with characters other than letters, digits and _./@+=,:-');
  const name = hostOf(host);
  if (name === undefined) return refuse(text, `has a host that cannot be passed to ssh: ${host}`);
  return {
    scheme: 'ssh',
    ...(user !== undefined && { user }),
    host: name,
    ...(port !== undefined && { port: number }),
    ...(path !== undefined && path !== '/' && { path }),
  };
}

function parseEtcd(text: string): EtcdEndpoint | Problem {
  const [, members, prefix, node] = ETCD.exec(text) ?? [];
  if (members === undefined)
    return refuse(text, 'is not a valid etcd endpoint, such as etcd://host:2379,host2:2379/fabric/node');
  if (!isName(prefix)) return refuse(text, `has a prefix that is not a valid name: ${prefix}`);
  if (!isName(node)) return refuse(text, `has a node that is not a valid name: ${node}`);
  const hosts = members.split(',').map(memberOf);
  const bad = hosts.indexOf(undefined);
  if (bad >= 0) return refuse(text, `has an invalid member: ${members.split(',')[bad]}`);
  return { scheme: 'etcd', hosts: hosts as string[], prefix, node };
}

/** A member of an etcd as `host:port`; undefined if it is invalid. */
export function memberOf(text: string): string | undefined {
  const [, host, port = ETCD_PORT] = MEMBER.exec(text) ?? [];
  const isGood = host !== undefined && hostOf(host) !== undefined && Number(port) >= 1 && Number(port) <= 65535;
  return isGood ? `${host}:${Number(port)}` : undefined;
}

function hostOf(text: string): string | undefined {
  if (!text.startsWith('[')) return HOST.test(text) ? text : undefined;
  const inner = text.slice(1, -1);
  const [address, zone] = inner.split('%');
  const parsed = IpAddress.parse(address);
  const isGood = !(parsed instanceof Problem) && parsed.family === 'ipv6' && (zone === undefined || ZONE.test(zone));
  return isGood ? inner : undefined;
}

const refuse = (text: string, what: string): Problem => Problem.of('endpoint', `${JSON.stringify(text)} ${what}`);
