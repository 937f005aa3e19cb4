import { printable } from '../../model/printable';

/** Status codes of gRPC that matter here. */
export const STATUS = {
  ...{ cancelled: 1, deadline: 4, notFound: 5, denied: 7, exhausted: 8, precondition: 9 },
  ...{ internal: 13, unavailable: 14 },
} as const;

/** Where it is not etcd that refuses: there is no answer, or the connection broke off. */
const ELSEWHERE: readonly unknown[] = [STATUS.deadline, STATUS.internal, STATUS.unavailable];

const CHECK = 'check that its members run, the hosts and ports in the endpoint, and firewalls';
const AGAIN = 'try again, and see the log of etcd if it fails again';
const SEE = 'see etcdctl endpoint status --cluster, and the log of etcd';

/** What a status of gRPC means, and the remedy: its own words are about streams and calls, which nobody here made. */
const STATUSES: Readonly<Record<number, readonly [what: string, remedy: string]>> = {
  1: ['the request was ended before etcd responded', AGAIN],
  2: ['etcd failed, and gave no reason', SEE],
  3: ['etcd takes the request for an invalid one', 'it must be version 3.4 or later'],
  4: ['etcd does not respond', CHECK],
  5: ['etcd does not have what the request is about, such as a lease', AGAIN],
  6: ['etcd already has what the request would add', AGAIN],
  7: ['etcd refused the request', 'compare the name of the certificate with the rights (docs/fleet.md)'],
  8: ['etcd has too much to do, or too little memory or space', SEE],
  9: ['etcd is not in a state to do this', SEE],
  10: ['etcd gave the request up', AGAIN],
  11: ['etcd does not have this revision: it was compacted, or restored', AGAIN],
  12: ['what responds there is no etcd of version 3.4 or later', 'check the hosts and ports in the endpoint'],
  13: ['the connection to etcd broke off in the middle of a request', AGAIN],
  14: ['etcd does not respond', CHECK],
  15: ['etcd has lost data', 'compare its members (etcdctl endpoint hashkv --cluster), and replace one that differs'],
  16: ['etcd does not accept who asks', 'check the certificate in PEERFORM_ETCD_CERT (docs/fleet.md)'],
};

/** Alerts by which etcd refuses a certificate (RFC 8446 section 6.2): most say no more than that it is bad. */
const REFUSED_CERTIFICATE = /alert number (?:4[2-6]|48)\b/;

const DISTRUSTED =
  /unable to (?:verify the first|get (?:local )?issuer) certificate|self[- ]signed certificate|certificate signature failure/i;

/**
 * What etcd, gRPC or TLS report in plain words, the first match, with the remedy. `$1` is the part of it that says
 * more: the rest has times, pointers and timings, and would be another text each time.
 */
const MEANINGS: readonly { readonly said: RegExp; readonly text: string; readonly withTls?: string }[] = [
  { said: /no leader|leader changed|request timed out/i, text: 'etcd has no leader: most of its members must be up' },
  {
    said: /database space exceeded/i,
    text: 'etcd is full (NOSPACE): compact and defragment it, then disarm the alarm (etcdctl alarm disarm)',
  },
  {
    said: /requested lease not found/i,
    text: 'the lease of this connection no longer exists: etcd could not be reached for as long as it lasts, or somebody revoked it, which etcd does not log. Try again. Where rights apply only who has the certificate of a deployer or of root can revoke it, and that of an agent also who has the certificate of its node: if it happens again and was none of you, revoke and replace these (docs/fleet.md, Certificates)',
  },
  {
    said: /corrupt cluster/i,
    text: 'etcd has raised the alarm CORRUPT: its members differ, or somebody raised it. Compare them (etcdctl endpoint hashkv --cluster), replace one that differs, then disarm the alarm (etcdctl alarm disarm)',
  },
  {
    said: /permission denied/i,
    text: 'the user $user, which this certificate names (its CN), does not exist, or has no right to this key: check the prefix of the fleet. A deployer needs the role peerform:FABRIC:deployer, and the certificate of a node the CN FABRIC:NODE (docs/fleet.md)',
  },
  { said: /user name is empty/i, text: 'etcd knows who asks by a client certificate, and there is none' },
  {
    said: REFUSED_CERTIFICATE,
    text: 'TLS failed: etcd does not accept this certificate: it must be of the authority that etcd trusts (--trusted-ca-file), valid now, and for TLS clients',
  },
  { said: /alert number 116\b/, text: 'TLS failed: etcd demands a client certificate, and there is none' },
  { said: /alert number (\d+)/, text: 'TLS failed: etcd reported alert $1 (RFC 8446 section 6)' },
  {
    said: /altnames: (.*?)(?:\. Resolution note|$)/,
    text: "TLS failed: etcd's certificate does not name the host of the endpoint ($1)",
  },
  { said: /certificate has expired/i, text: "TLS failed: etcd's certificate has expired, or the clock here is wrong" },
  { said: /not yet valid/i, text: "TLS failed: etcd's certificate is not valid yet, or the clock here is wrong" },
  { said: DISTRUSTED, text: "TLS failed: etcd's certificate is not of an authority in PEERFORM_ETCD_CACERT" },
  { said: /wrong version number|packet length too long/i, text: 'TLS failed: this etcd does not use TLS' },
  {
    said: /before secure TLS connection/i,
    text: 'TLS failed: etcd closed the connection: it does not use TLS, or does not accept this certificate',
  },
  {
    said: /Failed to connect|Connection closed before/i,
    text: 'etcd closed the connection: if it uses TLS, unset PEERFORM_ETCD_PLAINTEXT and name the certificates',
    withTls:
      'etcd closed the connection: it may not accept this certificate, as when it was revoked (--client-crl-file): see the log of etcd, and replace the certificate if it was',
  },
  { said: /certificate|alert|EPROTO/i, text: 'TLS failed: check the CA, the certificate and its key' },
  { said: /^Channel (?:closed|has been)/, text: 'the connection to it was closed' },
  {
    said: /ENOTFOUND|EAI_AGAIN|Name resolution failed/i,
    text: 'etcd does not respond: its name cannot be resolved: check the hosts in the endpoint, and DNS here',
  },
  {
    said: /\b(ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT)\b/,
    text: `etcd does not respond ($1): ${CHECK}`,
  },
  { said: /^Connection dropped/, text: STATUSES[13].join(': ') },
];

/** etcd cannot be used: of what is asked through it nothing is known then. */
export class EtcdUnusable extends Error {
  override readonly name: string = 'EtcdUnusable';
}

/** etcd refused a request, or did not respond. */
export class EtcdError extends EtcdUnusable {
  override readonly name = 'EtcdError';
  constructor(
    readonly code: number | undefined,
    /** In the words of etcd, of gRPC, or of the system. */
    readonly said: string,
    hosts: readonly string[],
    /** The CN of the certificate with which etcd was asked. */
    user?: string,
    /** It was asked over TLS. */
    isTls = false,
  ) {
    const why = explainEtcd(code, said, isTls).replace('$user', () => printable(user ?? '(none)'));
    super(`etcd at ${hosts.join(', ')}: ${why}`);
  }

  /** What etcd says of a lease that it does not have. */
  static leaseGone(hosts: readonly string[]): EtcdError {
    return new EtcdError(STATUS.notFound, 'requested lease not found', hosts);
  }

  /** Another member may succeed. */
  get isElsewhere(): boolean {
    return ELSEWHERE.includes(this.code);
  }
}

/** How etcd begins what it says in its own words, which may say more than the status. */
const OWN_WORDS = /^(?:rpc error: code = \w+ desc = )?(etcdserver: .*)$/s;

/** Words of gRPC without a status, as in the reason why etcd ended a watch. */
const OF_GRPC = /\b(?:rpc|grpc)\b/i;

function explainEtcd(code: number | undefined, said: string, isTls: boolean): string {
  const status = code !== undefined || OF_GRPC.test(said) ? (STATUSES[code ?? 2] ?? STATUSES[2]) : undefined;
  if (code === STATUS.deadline) return status!.join(': ');
  for (const { said: pattern, text, withTls } of MEANINGS) {
    const match = pattern.exec(said);
    if (match) return ((isTls && withTls) || text).replace('$1', () => printable(match[1]));
  }
  if (!status) return printable(said);
  const [what, remedy] = status;
  const own = OWN_WORDS.exec(said)?.[1];
  return `${what}${own === undefined ? '' : ` (${printable(own)})`}: ${remedy}`;
}
