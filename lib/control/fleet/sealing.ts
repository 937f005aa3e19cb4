import {
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';

const CIPHER = 'aes-256-gcm';
const NONCE = 12;
const TAG = 16;
/** Octets of an X25519 key in DER (RFC 8410). */
const KEY = 44;

/**
 * The key pair of an agent's session: what is sealed to its public key, only this process can open. It exists in memory
 * alone, so that a new session is a new key.
 */
export class SealingKey {
  private readonly pair = generateKeyPairSync('x25519');

  /** In DER. */
  get publicKey(): Buffer {
    return this.pair.publicKey.export({ type: 'spki', format: 'der' });
  }

  /** Opens what {@link seal} made for this key and context; undefined if it is anything else. */
  open(sealed: Buffer, context: string): Buffer | undefined {
    try {
      const sender = sealed.subarray(0, KEY);
      const shared = diffieHellman({ privateKey: this.pair.privateKey, publicKey: keyIn(sender) });
      const decipher = createDecipheriv(
        CIPHER,
        derived(shared, sender, this.publicKey, context),
        sealed.subarray(KEY, KEY + NONCE),
      );
      decipher.setAuthTag(sealed.subarray(-TAG));
      return Buffer.concat([decipher.update(sealed.subarray(KEY + NONCE, -TAG)), decipher.final()]);
    } catch {
      return undefined;
    }
  }
}

/**
 * Seals octets to a public key: X25519 with a key of their own, HKDF with SHA-256, AES-256-GCM. `context`: without the
 * same, it does not open, so that it cannot be moved to another request.
 */
export function seal(octets: Uint8Array, publicKey: Buffer, context: string): Buffer {
  const own = generateKeyPairSync('x25519');
  const sender = own.publicKey.export({ type: 'spki', format: 'der' });
  const shared = diffieHellman({ privateKey: own.privateKey, publicKey: keyIn(publicKey) });
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv(CIPHER, derived(shared, sender, publicKey, context), nonce);
  return Buffer.concat([sender, nonce, cipher.update(octets), cipher.final(), cipher.getAuthTag()]);
}

const keyIn = (der: Buffer): KeyObject => createPublicKey({ key: der, type: 'spki', format: 'der' });

const derived = (shared: Buffer, sender: Buffer, receiver: Buffer, context: string): Buffer =>
  Buffer.from(hkdfSync('sha256', shared, Buffer.concat([sender, receiver]), `peerform fleet 1 ${context}`, 32));
