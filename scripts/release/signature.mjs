import { execFileSync } from 'node:child_process';

/** OpenPGP's numbers of the algorithms that the Terraform Registry accepts. */
const ACCEPTED = { 1: 'RSA', 17: 'DSA' };

const gpg = (...args) => execFileSync('gpg', ['--batch', '--yes', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });

/** The secret keys that a name stands for, primary and sub, as {algorithm, created, id}. */
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
    .map((fields) => ({ algorithm: Number(fields[3]), id: fields[4], created: Number(fields[5]) }));
}

/**
 * Writes a detached binary signature. It says the time of the sources, or of the key if that is newer, so that it has
 * the same octets each time.
 */
export function sign(file, key, epoch) {
  const keys = secretKeys(key);
  const other = keys.find(({ algorithm }) => !(algorithm in ACCEPTED));
  if (other)
    throw new Error(
      `key ${key} is of algorithm ${other.algorithm}: the Terraform Registry accepts ${Object.values(ACCEPTED).join(' and ')}`,
    );
  const time = Math.max(epoch, ...keys.map(({ created }) => created));
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
