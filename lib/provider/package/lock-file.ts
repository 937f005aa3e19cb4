/** What a lock file says of one provider. */
interface Lock {
  /** With host: `registry.terraform.io/peerform/peerform`. */
  readonly address: string;
  readonly version: string;
  readonly hashes: readonly string[];
}

const HEADER =
  '# This file is maintained automatically by "terraform init".\n# Manual edits may be lost in future updates.\n';

/**
 * The text of `.terraform.lock.hcl` with this provider's block in it: one that stands already is replaced in its place,
 * else it comes last; everything else stays as it is. `existing` undefined or empty: a new file.
 */
export function withLock(existing: string | undefined, lock: Lock): string {
  const text = existing?.trim() ? existing : HEADER;
  const block = blockOf(lock);
  const opening = new RegExp(`^provider[ \\t]+"${lock.address.replace(/[.]/g, '\\.')}"[ \\t]*\\{`, 'm').exec(text);
  if (!opening) return `${text.trimEnd()}\n\n${block}`;
  // Terraform writes blocks without inner braces, and the closing one on a line of its own.
  const close = /^\}[ \t]*(\r?\n|$)/m.exec(text.slice(opening.index));
  const end = close ? opening.index + close.index + close[0].length : text.length;
  return text.slice(0, opening.index) + block + text.slice(end);
}

function blockOf({ address, version, hashes }: Lock): string {
  const lines = [...hashes].sort().map((hash) => `    "${hash}",\n`);
  return `provider "${address}" {\n  version     = "${version}"\n  constraints = "${version}"\n  hashes = [\n${lines.join('')}  ]\n}\n`;
}
