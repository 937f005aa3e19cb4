import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** OpenPGP's numbers of the algorithms that the Terraform Registry accepts. */
const ACCEPTED = { 1: 'RSA', 17: 'DSA' };

const gpg = (...args) => execFileSync('gpg', ['--batch', '--yes', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });

/** The secret keys that a name stands for, the primary first: {algorithm, created, expires, id, signs}; in s. */
function secretKeys(key) {
  let listed;
  try {
    listed = gpg('--with-colons', '--list-secret-keys', key).toString();
  } catch {
    throw new Error(`gpg has no secret key ${key}: import it, or set GNUPGHOME to the folder that has it`);
  }
  return listed
    .split('\n')
    .map((line) => line.split(':'))
    .filter(([kind]) => kind === 'sec' || kind === 'ssb')
    .map((fields) => ({
      algorithm: Number(fields[3]),
      id: fields[4],
      created: Number(fields[5]),
      expires: Number(fields[6]) || Infinity,
      signs: fields[11].includes('s'),
    }));
}

/** The secret keys that a name stands for. Throws unless the Terraform Registry accepts them all. */
function acceptedKeys(key) {
  const keys = secretKeys(key);
  const other = keys.find(({ algorithm }) => !(algorithm in ACCEPTED));
  if (other)
    throw new Error(
      `key ${key} is of algorithm ${other.algorithm}: the Terraform Registry accepts ${Object.values(ACCEPTED).join(' and ')}`,
    );
  return keys;
}

/** Throws unless a key signs: one that is locked is found before anything is built. */
export function checkKey(key, scratch) {
  const [primary, ...subkeys] = acceptedKeys(key);
  // Signatures say the time of the sources, at which a key may have been valid that no user accepts now.
  const until = Math.min(
    primary.expires,
    Math.max(...[primary, ...subkeys].filter(({ signs }) => signs).map(({ expires }) => expires)),
  );
  if (until * 1000 <= Date.now())
    throw new Error(
      `key ${key} expired on ${new Date(until * 1000).toISOString().slice(0, 10)}: extend it (gpg --quick-set-expire), or name another key`,
    );
  const probe = join(scratch, 'probe');
  writeFileSync(probe, 'probe');
  try {
    sign(probe, key, 0);
  } catch {
    throw new Error(`gpg does not sign with key ${key}, as it says above: mend that, or name another key`);
  }
}

/**
 * Writes a detached binary signature. It says the time of the sources, or of the key if that is newer, so that it has
 * the same octets each time.
 */
export function sign(file, key, epoch) {
  const time = Math.max(epoch, ...acceptedKeys(key).map(({ created }) => created));
  gpg(
    '--local-user',
    key,
    '--faked-system-time',
    `${time}!`,
    '--digest-algo',
    'SHA512',
    '--output',
    `${file}.sig`,
    '--detach-sign',
    file,
  );
}

/** The public key, as a registry is given it. */
export const publicKey = (key) => gpg('--armor', '--export', key);
