import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Host } from './host';

/** A lab is for days, and its keys are on this machine alone. */
const DAYS = '365';

const machine = new Host();

/** Files of a certificate of the authority in a folder. */
export const certificateFiles = (folder: string, name: string) => ({
  ca: join(folder, 'ca.crt'),
  certificate: join(folder, `${name}.crt`),
  key: join(folder, `${name}.key`),
});

/** Makes a certificate authority in a folder, unless it has one. */
export async function makeAuthority(folder: string): Promise<void> {
  const { ca } = certificateFiles(folder, 'ca');
  if (existsSync(ca)) return;
  await machine.run([
    'openssl',
    'req',
    '-x509',
    ...newKey(folder, 'ca'),
    '-subj',
    '/CN=lab',
    '-days',
    DAYS,
    '-out',
    `${ca}.new`,
  ]);
  renameSync(`${ca}.new`, ca);
}

/** Makes a certificate for both ends of TLS on this machine, unless there is one of that name. */
export async function makeCertificate(folder: string, name: string, commonName: string): Promise<void> {
  const { ca, certificate } = certificateFiles(folder, name);
  if (existsSync(certificate)) return;
  const extensions = join(folder, 'extensions');
  writeFileSync(extensions, 'subjectAltName=IP:127.0.0.1\n', { mode: 0o600 });
  const request = await machine.run(['openssl', 'req', ...newKey(folder, name), '-subj', `/CN=${commonName}`]);
  const by = ['-CA', ca, '-CAkey', join(folder, 'ca.key'), '-CAcreateserial'];
  const out = ['-days', DAYS, '-extfile', extensions, '-out', `${certificate}.new`];
  await machine.run(['openssl', 'x509', '-req', ...by, ...out], request);
  renameSync(`${certificate}.new`, certificate);
}

const newKey = (folder: string, name: string): string[] => [
  ...['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
  ...['-keyout', join(folder, `${name}.key`)],
];
