import { X509Certificate } from 'node:crypto';

/** Whose a certificate is: its common name, by which etcd knows its user. */
export const commonNameOf = ({ subject }: X509Certificate): string | undefined => /^CN=(.*)$/m.exec(subject)?.[1];

/** The common name of a certificate in PEM; undefined also if it cannot be read. */
export function commonName(certificate: Buffer): string | undefined {
  try {
    return commonNameOf(new X509Certificate(certificate));
  } catch {
    return undefined;
  }
}
