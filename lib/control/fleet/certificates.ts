import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { EtcdTls } from '../etcd/connection';
import { commonName } from '../etcd/user';
import { userOf, type Whose } from './presence';

/** Maximum number of characters of a common name (RFC 5280 appendix A.1, ub-common-name). */
const LONGEST_COMMON_NAME = 64;

/** Why there can be no certificates for some of these nodes; undefined if there can. */
export function unfitNames(prefix: string, nodes: readonly string[]): string | undefined {
  const tooLong = nodes.map((node) => userOf({ prefix, node })).filter((name) => name.length > LONGEST_COMMON_NAME);
  if (tooLong.length === 0) return undefined;
  const more = tooLong.length > 1 ? ` (and ${tooLong.length - 1} more)` : '';
  return `a node needs a certificate with the common name ${tooLong[0]}${more}, but that may have up to ${LONGEST_COMMON_NAME} characters; choose shorter names for the fabric or the node`;
}

/** In what way the certificate that an agent uses is not that of its node; undefined if it is. */
export function notOfNode({ certificate }: EtcdTls, whose: Whose): string | undefined {
  const name = commonName(certificate);
  if (name === userOf(whose)) return undefined;
  const start = userOf({ ...whose, node: '' });
  const other = name?.startsWith(start) ? `node ${name.slice(start.length)}` : (name ?? 'nobody');
  return `the certificate is of ${other}, and this agent is node ${whose.node}: its certificate must have the common name ${userOf(whose)}`;
}

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
