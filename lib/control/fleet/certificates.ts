import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { EtcdTls } from '../etcd/connection';

/** Why files for mutual TLS cannot be used, whatever etcd says: which of them, and what is wrong with it. */
export function unusable(
  { ca, certificate, key }: EtcdTls,
  now: Date = new Date(),
): { readonly part: keyof EtcdTls; readonly text: string } | undefined {
  const authority = read(() => new X509Certificate(ca));
  if (!authority) return { part: 'ca', text: 'is not a certificate in PEM' };
  const own = read(() => new X509Certificate(certificate));
  if (!own) return { part: 'certificate', text: 'is not a certificate in PEM' };
  const secret = read(() => createPrivateKey(key));
  if (!secret) return { part: 'key', text: 'is not a private key in PEM without a passphrase' };
  if (!own.checkPrivateKey(secret)) return { part: 'key', text: 'is not the key of the certificate' };
  const today = now.toISOString();
  if (now > new Date(own.validTo))
    return { part: 'certificate', text: `expired on ${iso(own.validTo)}: replace it (the clock here says ${today})` };
  if (now < new Date(own.validFrom))
    return { part: 'certificate', text: `is valid from ${iso(own.validFrom)}, but the clock here says ${today}` };
  return undefined;
}

const iso = (date: string): string => new Date(date).toISOString();

function read<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}
