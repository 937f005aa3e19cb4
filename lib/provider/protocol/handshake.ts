/** go-plugin's handshake: the environment variables that the host sets, and the plugin's first line of output. */

/** Environment variable that shows that the process was started by Terraform, not by a user. */
const MAGIC_COOKIE = {
  name: 'TF_PLUGIN_MAGIC_COOKIE',
  value: 'd602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2',
} as const;

const PROTOCOL_VERSION = 6;

/** What the host requests. */
export interface Invitation {
  /** The host's certificate (PEM), which its connection must present. Unset: no TLS requested. */
  readonly clientCertificate?: string;
  /** Folder for the socket, if set by the host. */
  readonly socketFolder?: string;
}

/**
 * Reads the environment. Returns a message for the terminal if it was not started by a host, or by one that is not
 * supported.
 */
export function readInvitation(env: Readonly<Record<string, string | undefined>>): Invitation | string {
  if (env[MAGIC_COOKIE.name] !== MAGIC_COOKIE.value)
    return 'This is the Terraform provider of Peerform. Terraform starts it by itself; it is not meant to be run by hand.';
  const versions = env.PLUGIN_PROTOCOL_VERSIONS;
  if (versions && !versions.split(',').includes(String(PROTOCOL_VERSION)))
    return `Terraform offers plugin protocol ${versions}; this provider speaks ${PROTOCOL_VERSION}: use Terraform 1.8 or newer.`;
  return {
    clientCertificate: env.PLUGIN_CLIENT_CERT || undefined,
    socketFolder: env.PLUGIN_UNIX_SOCKET_DIR || undefined,
  };
}

/**
 * The handshake line: core protocol, plugin protocol, network, address, `grpc`, our certificate (base64 of the DER,
 * without padding).
 */
export function handshakeLine(socket: string, certificate?: Uint8Array): string {
  const encoded = certificate ? Buffer.from(certificate).toString('base64').replace(/=+$/, '') : '';
  return `1|${PROTOCOL_VERSION}|unix|${socket}|grpc|${encoded}\n`;
}
