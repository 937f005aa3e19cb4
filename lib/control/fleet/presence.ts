import { createPrivateKey, sign, verify, X509Certificate } from 'node:crypto';
import * as z from 'zod';
import { printable } from '../../model/printable';
import type { EtcdTls } from '../etcd/connection';
import { commonNameOf } from '../etcd/user';

const schema = z.object({
  /** Drawn anew whenever the agent connects. */
  session: z.string().min(1).max(64),
  version: z.string().regex(/^[\w.+~-]{1,64}$/, 'is not a version'),
  /** It executes requests of several steps; absent from older agents. */
  sequences: z.literal(true).optional().catch(undefined),
  /** To which secrets are sealed; absent without TLS. */
  sealing: z
    .strictObject({
      /** Base64 of DER. */
      publicKey: z.string(),
      /** PEM: the agent's own, and what leads from it to the authority. */
      certificates: z.string(),
      /** Base64, by the key of the certificate. */
      signature: z.string(),
    })
    .optional(),
});

/** What the agent of a node says of itself while it is connected. */
export type Presence = z.infer<typeof schema>;

/** A node of a fabric. */
export interface Whose {
  readonly prefix: string;
  readonly node: string;
}

/** The name that the certificate of a node must have (its CN), which is the name of its user in etcd. */
export const userOf = ({ prefix, node }: Whose): string => `${prefix}:${node}`;

/** Who may write the key of a node's agent, and everything else below its name. */
const writersOf = (whose: Whose): string => `who has the certificate of ${userOf(whose)}, of a deployer or of root`;

/** That somebody overwrote the key of this agent, who may have done it, and what to do. */
export function describeOverwritten(whose: Whose, { hasTls, hasRights }: Guard): string {
  const what = 'the key by which this agent is connected to etcd was overwritten, and is put back.';
  const never = 'No agent or deploy does that:';
  if (!hasTls)
    return `${what} ${never} anyone who reaches this etcd can, as it is used without TLS. Use TLS, and enable authentication (docs/fleet.md)`;
  if (!hasRights)
    return `${what} ${never} anyone with any certificate of its authority can, as its authentication is disabled. Enable it with etcdctl auth enable (docs/fleet.md)`;
  return `${what} ${never} only ${writersOf(whose)} can. If it was none of you, one of these was stolen: revoke and replace that of ${userOf(whose)} first (docs/fleet.md, Certificates)`;
}

/** What keeps others from writing what is a node's. */
interface Guard {
  readonly hasTls: boolean;
  /** Whether etcd applies rights. */
  readonly hasRights: boolean;
}

/** Undefined if it is not one. */
export function readPresence(value: Buffer): Presence | undefined {
  const read = parsePresence(value);
  return typeof read === 'string' ? undefined : read;
}

/** Maximum octets of what an agent says of itself, mostly its certificates. */
const LONGEST = 65_536;

/** What an agent says of itself, or why it is nothing that an agent writes. */
export function parsePresence(value: Buffer): Presence | string {
  if (value.length > LONGEST) return `it has ${value.length} octets`;
  let said: unknown;
  try {
    said = JSON.parse(value.toString('utf8'));
  } catch {
    return 'it is not JSON';
  }
  const { data, error } = schema.safeParse(said);
  if (data) return data;
  const [{ path, message }] = error.issues;
  return printable([path.join('.'), message].filter((part) => part !== '').join(': '));
}

/** The key of a session, signed with that of the node's certificate. */
export function signSealing(publicKey: Buffer, session: string, whose: Whose, tls: EtcdTls): Presence['sealing'] {
  const key = createPrivateKey(tls.key);
  const signature = sign(hashFor(key.asymmetricKeyType), signed(publicKey, session, whose), key);
  return {
    publicKey: publicKey.toString('base64'),
    certificates: tls.certificate.toString('latin1'),
    signature: signature.toString('base64'),
  };
}

/**
 * The key to which secrets for a node may be sealed: a certificate of our authority with the name of the node has
 * signed it. So neither another node nor an administrator of etcd can put theirs in its place. Otherwise, why not.
 */
export function sealingKey(
  { session, sealing }: Presence,
  whose: Whose,
  tls: EtcdTls | undefined,
  now: Date = new Date(),
): Buffer | string {
  if (!tls)
    return 'secrets are sent through etcd only with TLS, and PEERFORM_ETCD_PLAINTEXT is set here: unset it, and name the certificates';
  if (!sealing)
    return `it has no public key (sealing): its agent is connected without TLS (PEERFORM_ETCD_PLAINTEXT is set there), or the key was written by ${writersOf(whose)}`;
  try {
    const [own, ...others] = certificatesIn(sealing.certificates);
    if (!own) return 'it has no certificate of its agent';
    const name = commonNameOf(own);
    if (name !== userOf(whose)) return `the certificate of its agent is of ${name}, not of ${userOf(whose)}`;
    if (own.keyUsage && !own.keyUsage.includes(CLIENT)) return 'the certificate of its agent is not one of a client';
    const why = untrusted(own, others, certificatesIn(tls.ca.toString('latin1')), now);
    if (why !== undefined) return why;
    const publicKey = Buffer.from(sealing.publicKey, 'base64');
    const { publicKey: by } = own;
    const signature = Buffer.from(sealing.signature, 'base64');
    const isGood = verify(hashFor(by.asymmetricKeyType), signed(publicKey, session, whose), by, signature);
    return isGood ? publicKey : 'the key for its secrets is not signed with its certificate';
  } catch (error) {
    return `the certificate of its agent cannot be read: ${(error as Error).message}`;
  }
}

/** When the certificate of an agent ends, ISO 8601; undefined if it has none that can be read. */
export function certificateEnd({ sealing }: Presence): string | undefined {
  try {
    const [own] = certificatesIn(sealing?.certificates ?? '');
    return own && new Date(own.validTo).toISOString();
  } catch {
    return undefined;
  }
}

/** Extended key usage: client authentication. */
const CLIENT = '1.3.6.1.5.5.7.3.2';

/** Why a certificate is not of one of these authorities, through others; undefined if it is. */
function untrusted(
  own: X509Certificate,
  others: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
  now: Date,
): string | undefined {
  let certificate = own;
  for (let steps = 0; steps <= others.length; steps++) {
    if (now < new Date(certificate.validFrom) || now > new Date(certificate.validTo))
      return `a certificate of its agent is not valid now (until ${certificate.validTo})`;
    if (authorities.some((authority) => isIssuer(authority, certificate))) return undefined;
    const next = others.find((other) => isIssuer(other, certificate));
    if (!next) break;
    certificate = next;
  }
  return 'the certificate of its agent is not of the authority that is trusted here';
}

const isIssuer = (issuer: X509Certificate, of: X509Certificate): boolean =>
  issuer.ca && of.checkIssued(issuer) && of.verify(issuer.publicKey);

const certificatesIn = (pem: string): X509Certificate[] =>
  (pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map(
    (one) => new X509Certificate(one),
  );

const signed = (publicKey: Buffer, session: string, { prefix, node }: Whose): Buffer =>
  Buffer.from(JSON.stringify(['peerform fleet 1', prefix, node, session, publicKey.toString('base64')]));

/** Edwards curves hash by themselves. */
const hashFor = (type: string | undefined): string | null => (type === 'ed25519' || type === 'ed448' ? null : 'sha256');
