/** A provider's entry in a lock file. */
interface Lock {
  /** Including the host: `registry.terraform.io/peerform/peerform`. */
  readonly address: string;
  readonly version: string;
  readonly hashes: readonly string[];
}

const HEADER =
  '# This file is maintained automatically by "terraform init".\n# Manual edits may be lost in future updates.\n';

/**
 * Inserts this provider's block into the text of `.terraform.lock.hcl`: replaces an existing one, or else appends it.
 * The rest is unchanged. `existing` undefined or empty: a new file.
 */
export function withLock(existing: string | undefined, lock: Lock): string {
  const text = existing?.trim() ? existing : HEADER;
  const block = blockOf(lock);
  const opening = new RegExp(`^provider[ \\t]+"${lock.address.replace(/[.]/g, '\\.')}"[ \\t]*\\{`, 'm').exec(text);
  if (!opening) return `${text.trimEnd()}\n\n${block}`;
  // Terraform writes these blocks without nested braces, and the closing brace on its own line.
  const close = /^\}[ \t]*(\r?\n|$)/m.exec(text.slice(opening.index));
  const end = close ? opening.index + close.index + close[0].length : text.length;
  return text.slice(0, opening.index) + block + text.slice(end);
}

function blockOf({ address, version, hashes }: Lock): string {
  const lines = [...hashes].sort().map((hash) => `    "${hash}",\n`);
  return `provider "${address}" {\n  version     = "${version}"\n  constraints = "${version}"\n  hashes = [\n${lines.join('')}  ]\n}\n`;
}
