import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { EtcdTls } from '../../lib/control/etcd/connection';
import { certificateFiles } from '../../lib/lab/authority';
import { pem } from '../../lib/provider/protocol/certificate';
import {
  bitString,
  derInteger,
  explicit,
  objectIdentifier,
  sequence,
  set,
  time,
  utf8String,
} from '../../lib/provider/protocol/der';

const DAY_MS = 86_400_000;
const algorithm = sequence(objectIdentifier('1.2.840.10045.4.3.2')); // ecdsa-with-SHA256
const nameOf = (name: string) => sequence(set(sequence(objectIdentifier('2.5.4.3'), utf8String(name))));

/** Issues certificates for clients as the authority in a folder, without starting `openssl` thousands of times. */
export class Authority {
  private readonly ca: Buffer;
  private readonly key: KeyObject;

  constructor(folder: string) {
    const { ca, key } = certificateFiles(folder, 'ca');
    this.ca = readFileSync(ca);
    this.key = createPrivateKey(readFileSync(key));
  }

  /** A new key on P-256 with a certificate of this name. */
  issue(name: string): EtcdTls {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const body = sequence(
      explicit(0, derInteger(Uint8Array.of(2))), // v3
      derInteger(randomBytes(16)),
      algorithm,
      nameOf('lab'),
      sequence(time(new Date(Date.now() - DAY_MS)), time(new Date(Date.now() + DAY_MS))),
      nameOf(name),
      publicKey.export({ type: 'spki', format: 'der' }),
    );
    const certificate = sequence(body, algorithm, bitString(sign('sha256', body, this.key)));
    return {
      ca: this.ca,
      certificate: Buffer.from(pem(certificate)),
      key: Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    };
  }
}
