import { printable } from '../../model/printable';

/** Status codes of gRPC that matter here. */
export const STATUS = {
  ...{ cancelled: 1, deadline: 4, notFound: 5, denied: 7, exhausted: 8, precondition: 9 },
  unavailable: 14,
} as const;

/** Words for what etcd or gRPC reports, the first match, with the remedy. */
const MEANINGS: readonly { readonly said: RegExp; readonly text: string }[] = [
  { said: /no leader|leader changed|request timed out/i, text: 'etcd has no leader: most of its members must be up' },
  {
    said: /database space exceeded/i,
    text: 'etcd is full (NOSPACE): compact and defragment it, then disarm the alarm (etcdctl alarm disarm)',
  },
  {
    said: /corrupt cluster/i,
    text: 'etcd has raised the alarm CORRUPT: its members differ, or somebody raised it. Compare them (etcdctl endpoint hashkv --cluster), replace one that differs, then disarm the alarm (etcdctl alarm disarm)',
  },
  {
    said: /permission denied/i,
    text: 'the user that this certificate names (its CN) does not exist, or has no right to this key (docs/fleet.md)',
  },
  { said: /user name is empty/i, text: 'etcd knows who asks by a client certificate, and there is none' },
  {
    said: /certificate|self[- ]signed|unable to verify|alert|wrong version number|EPROTO|packet length too long/i,
    text: 'TLS failed: check the CA, the certificate and its key',
  },
  { said: /ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|Name resolution/i, text: 'etcd does not respond' },
];

/** etcd refused a request, or did not respond. */
export class EtcdError extends Error {
  override readonly name = 'EtcdError';
  constructor(
    readonly code: number | undefined,
    /** Of etcd, of gRPC, or of the system. */
    said: string,
    hosts: readonly string[],
  ) {
    super(`etcd at ${hosts.join(', ')}: ${explainEtcd(code, said)}`);
  }

  /** Another member may succeed. */
  get isElsewhere(): boolean {
    return this.code === STATUS.unavailable || this.code === STATUS.deadline;
  }
}

function explainEtcd(code: number | undefined, said: string): string {
  const meaning = MEANINGS.find((row) => row.said.test(said));
  const words = printable(said);
  if (meaning) return `${meaning.text} (${words})`;
  return code === STATUS.deadline ? `no answer in time (${words})` : words;
}
