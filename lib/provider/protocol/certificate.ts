import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import {
  bitString,
  derBoolean,
  derInteger,
  element,
  explicit,
  objectIdentifier,
  octetString,
  sequence,
  set,
  time,
  utf8String,
} from './der';

/** A certificate and its private key. */
interface Identity {
  /** Certificate in DER. */
  readonly certificate: Uint8Array;
  readonly key: KeyObject;
}

const DAY_MS = 86_400_000;
const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';

/**
 * A new P-256 key and a self-signed certificate for `localhost` (X.509 v3, RFC 5280). The host reads it from the
 * handshake and trusts exactly this certificate. It is a CA, since it is its own root, and is valid from an hour ago,
 * in case clocks differ, for ten days: longer than any Terraform run.
 */
export function selfSigned(now: Date = new Date()): Identity {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = sequence(set(sequence(objectIdentifier('2.5.4.3'), utf8String('localhost'))));
  const algorithm = sequence(objectIdentifier(ECDSA_WITH_SHA256));
  const body = sequence(
    explicit(0, derInteger(Uint8Array.of(2))), // v3
    derInteger(randomBytes(16)),
    algorithm,
    name,
    sequence(time(new Date(now.getTime() - DAY_MS / 24)), time(new Date(now.getTime() + 10 * DAY_MS))),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(...EXTENSIONS)),
  );
  const certificate = sequence(body, algorithm, bitString(sign('sha256', body, privateKey)));
  return { certificate, key: privateKey };
}

const extension = (id: string, isCritical: boolean, value: Uint8Array) =>
  sequence(objectIdentifier(id), ...(isCritical ? [derBoolean(true)] : []), octetString(value));

const EXTENSIONS = [
  extension('2.5.29.19', true, sequence(derBoolean(true))), // basicConstraints: CA
  // keyUsage: digitalSignature, keyEncipherment, keyCertSign
  extension('2.5.29.15', true, bitString(Uint8Array.of(0b1010_0100), 2)),
  // extKeyUsage: server, client
  extension('2.5.29.37', false, sequence(objectIdentifier('1.3.6.1.5.5.7.3.1'), objectIdentifier('1.3.6.1.5.5.7.3.2'))),
  extension('2.5.29.17', false, sequence(element(0x82, Buffer.from('localhost')))), // subjectAltName: dNSName
];

/** PEM for node:tls. */
export function pem(certificate: Uint8Array): string {
  const lines =
    Buffer.from(certificate)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
