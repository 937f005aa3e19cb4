import { createHash } from 'node:crypto';

/**
 * The package hash in Terraform's lock file ("h1:"): SHA-256 over one line per file, sorted by name, with the file's
 * SHA-256 and name. It covers the contents, not the archive.
 */
export function dirhash(files: readonly { readonly name: string; readonly bytes: Uint8Array }[]): string {
  const lines = [...files]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, bytes }) => `${createHash('sha256').update(bytes).digest('hex')}  ${name}\n`);
  return `h1:${createHash('sha256').update(lines.join('')).digest('base64')}`;
}
