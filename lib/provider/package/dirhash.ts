import { createHash } from 'node:crypto';

/**
 * The hash by which Terraform's lock file knows a package ("h1:"): SHA-256 over a line for each file, sorted by name,
 * of its own SHA-256 and its name. It covers what is in the package, not how it is packed.
 */
export function dirhash(files: readonly { readonly name: string; readonly bytes: Uint8Array }[]): string {
  const lines = [...files]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, bytes }) => `${createHash('sha256').update(bytes).digest('hex')}  ${name}\n`);
  return `h1:${createHash('sha256').update(lines.join('')).digest('base64')}`;
}
