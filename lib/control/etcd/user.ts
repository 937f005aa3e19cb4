import { X509Certificate } from 'node:crypto';

/** Whose a certificate in PEM is: its common name, by which etcd knows its user. */
export function commonName(certificate: Buffer): string | undefined {
  try {
    return /^CN=(.*)$/m.exec(new X509Certificate(certificate).subject)?.[1];
  } catch {
    return undefined;
  }
}
