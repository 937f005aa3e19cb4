import type { SshEndpoint } from '../model/endpoint';
import { printable } from '../model/printable';

/** Seconds that a host has to respond to a connection attempt, and to keepalives. */
const CONNECT_SECONDS = 10;
const ALIVE_SECONDS = 5;

/** It must never prompt, forward anything, or stay behind as a connection master. */
const OPTIONS: Readonly<Record<string, string | number>> = {
  BatchMode: 'yes',
  ClearAllForwardings: 'yes',
  ConnectTimeout: CONNECT_SECONDS,
  ControlMaster: 'no',
  ForwardAgent: 'no',
  ForwardX11: 'no',
  LogLevel: 'ERROR',
  PermitLocalCommand: 'no',
  RemoteCommand: 'none',
  RequestTTY: 'no',
  ServerAliveCountMax: 2,
  ServerAliveInterval: ALIVE_SECONDS,
};

/**
 * The arguments of ssh that connect its standard input and output to an agent's socket. `configuration` replaces the
 * user's and the system's ssh configuration.
 */
export function sshArguments({ user, host, port, path }: SshEndpoint, configuration?: string): string[] {
  return [
    ...(configuration ? ['-F', configuration] : []),
    ...Object.entries(OPTIONS).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
    ...(user === undefined ? [] : ['-l', user]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    '--', // what follows is a host, whatever it looks like
    host,
    ...['peerform', 'agent', 'dial'],
    ...(path === undefined ? [] : ['--socket', path]),
  ];
}

/** How ssh exited, and the output of it or the far side. */
interface SshEnd {
  readonly code: number | null;
  readonly said: string;
}

/** The meaning of an exit of ssh, the first match, and the remedy. ssh's own failures exit with 255. */
const MEANINGS: readonly { readonly code?: number; readonly said?: RegExp; readonly text: string }[] = [
  { said: /could not resolve hostname/i, text: 'no such host' },
  {
    said: /host key verification failed|identification has changed|no .* host key is known/i,
    text: 'host key verification failed: check the key, then connect once with ssh by hand and accept it',
  },
  {
    said: /permission denied \(|too many authentication failures/i,
    text: 'the host refused the login: ssh must be able to log in with a key, without a prompt',
  },
  {
    code: 255,
    said: /timed out|no route to host|network is unreachable|connection refused|not responding/i,
    text: 'the host does not respond',
  },
  { code: 255, text: 'ssh failed' },
  {
    code: 127,
    text: 'peerform is not installed there, or is not in the PATH of the login',
  },
  { said: /unknown command 'dial'/, text: 'the peerform installed there is too old for ssh endpoints' },
  { text: 'no agent could be reached there' },
];

/** Why a connection ended before the agent responded, with the last output, if any. */
export function explainEnd({ code, said }: SshEnd): string {
  const meaning = MEANINGS.find((row) => (row.code ?? code) === code && (row.said?.test(said) ?? true))!;
  const words = said
    .split('\n')
    .map((line) => line.replace(/^(peerform|ssh): /, '').trim())
    .filter((line) => line !== '');
  return words.length > 0 ? `${meaning.text} (${printable(words.at(-1)!)})` : meaning.text;
}
