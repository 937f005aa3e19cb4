import { IpAddress } from './address';
import { Problem } from './problem';

/** Default socket of an agent. */
export const DEFAULT_SOCKET = '/run/peerform/agent.sock';

/** How to reach an agent. */
export type Endpoint = UnixEndpoint | SshEndpoint;

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

const SSH = /^ssh:\/\/(?:([^/]*)@)?(\[[^\]/]*\]|[^:/@[\]]*)(?::([^/:]*))?(\/.*)?$/;

// None of these can begin with a dash, which ssh would take for an option, or contain shell metacharacters.
const USER = /^[A-Za-z0-9_][A-Za-z0-9_.+@-]*$/;
const HOST = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;
const ZONE = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;
const REMOTE_PATH = /^\/[A-Za-z0-9_./@+=,:-]*$/;

/** Parses `unix:///run/peerform/agent.sock` or `ssh://[user@]host[:port][/path/of/socket]`. */
export function parseEndpoint(text: string): Endpoint | Problem {
  const unix = /^unix:\/\/(\/.+)$/.exec(text);
  if (unix) return { scheme: 'unix', path: unix[1] };
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

function hostOf(text: string): string | undefined {
  if (!text.startsWith('[')) return HOST.test(text) ? text : undefined;
  const inner = text.slice(1, -1);
  const [address, zone] = inner.split('%');
  const parsed = IpAddress.parse(address);
  const isGood = !(parsed instanceof Problem) && parsed.family === 'ipv6' && (zone === undefined || ZONE.test(zone));
  return isGood ? inner : undefined;
}

const refuse = (text: string, what: string): Problem => Problem.of('endpoint', `${JSON.stringify(text)} ${what}`);
