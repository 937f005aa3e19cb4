import { isRecord } from './documents';
import { secondsOf } from './duration';

/** Folder on a node for Kubernetes secrets, with one file per key. */
const SECRETS = '/etc/peerform/secrets';

/**
 * A `password` as a reference to a file on the node named after the secret and its key. The value is not in the
 * manifests.
 */
export function passwordOf(password: unknown): string {
  const { name, key } = (isRecord(password) && isRecord(password.secretKeyRef) ? password.secretKeyRef : {}) as Record<
    'name' | 'key',
    unknown
  >;
  const parts = [name, key].filter((part) => part !== undefined && part !== null && part !== '');
  return `file:${SECRETS}/${parts.map((part) => encodeURIComponent(String(part))).join('.')}`;
}

/** A restart time in seconds, or why it cannot be converted; undefined if unset. */
export function restartTimeOf(duration: unknown): number | string | undefined {
  const seconds = secondsOf(duration);
  if (seconds === undefined || (seconds >= 1 && seconds <= 4095)) return seconds;
  return `${seconds} is not a restart time from 1 to 4095 seconds: the fabric's is used`;
}
