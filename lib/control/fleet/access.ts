import { readFileSync } from 'node:fs';
import type { EtcdAccess } from '../etcd/connection';
import { EtcdUnusable } from '../etcd/error';
import { commonName } from '../etcd/user';
import { explainFile } from '../system-error';
import { unusable } from './certificates';

/** Environment variables that name the files for mutual TLS with etcd, and the one that does without. */
export const ETCD_VARIABLES = {
  ca: 'PEERFORM_ETCD_CACERT',
  certificate: 'PEERFORM_ETCD_CERT',
  key: 'PEERFORM_ETCD_KEY',
  plaintext: 'PEERFORM_ETCD_PLAINTEXT',
} as const;

/**
 * What is needed to connect to these members of an etcd, as the environment says. The files are read anew for each
 * connection, so that renewed certificates are used. Throws {@link EtcdUnusable}, which says what is missing.
 */
export function etcdAccess(hosts: readonly string[], env: NodeJS.ProcessEnv = process.env): EtcdAccess {
  const { ca, certificate, key, plaintext } = ETCD_VARIABLES;
  if (env[plaintext] === '1') {
    const others = [ca, certificate, key].filter((name) => env[name]);
    if (others.length === 0) return { hosts };
    throw new EtcdUnusable(
      `${plaintext}=1 cannot be combined with ${others.join(', ')}: unset it to use TLS, or these for a trial without`,
    );
  }
  const missing = [ca, certificate, key].filter((name) => !env[name]);
  if (missing.length > 0)
    throw new EtcdUnusable(
      `etcd is used with mutual TLS: set ${missing.join(', ')} to ${missing.length > 1 ? 'files' : 'a file'} in PEM (for a trial without TLS, set ${plaintext}=1)`,
    );
  const tls = { ca: file(env, ca), certificate: file(env, certificate), key: file(env, key) };
  const why = unusable(tls);
  if (why === undefined) return { hosts, tls };
  throw new EtcdUnusable(`${ETCD_VARIABLES[why.part]} (${env[ETCD_VARIABLES[why.part]]}) ${why.text}`);
}

/** The name by which etcd knows who uses this environment: that of the certificate; undefined without one. */
export function etcdUser(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const path = env[ETCD_VARIABLES.certificate];
  return path ? commonName(file(env, ETCD_VARIABLES.certificate)) : undefined;
}

function file(env: NodeJS.ProcessEnv, variable: string): Buffer {
  try {
    return readFileSync(env[variable]!);
  } catch (error) {
    throw new EtcdUnusable(
      `${variable} (${env[variable]}) cannot be read: ${explainFile(error as NodeJS.ErrnoException)}`,
    );
  }
}
