import { readFileSync, statSync } from 'node:fs';
import { Problem } from '../model/problem';
import { SecretReference } from '../model/secret-reference';

/** Maximum number of octets of a key for TCP MD5 that Linux takes. */
const MOST_OCTETS = 80;

/** Octets of a file that may hold one. */
const LARGEST_FILE = 4096;

/** A secret that is there, or why it is not; the reason never shows any of it. */
type Found = { readonly value: string } | { readonly problem: string };

/**
 * The secrets that a release names, by what this node has: files, the agent's environment, and what a deploy delivered.
 * A session knows a secret by reference and revision, so that another value is another name, and nothing that is logged
 * or shown says more.
 */
export class Secrets {
  /** Values by reference, each in the place of its revision. */
  private readonly known = new Map<string, (string | undefined)[]>();

  constructor(private readonly environment: NodeJS.ProcessEnv = process.env) {}

  /**
   * Looks a reference up now: the name of the secret for a session, or why the session must stay down. `delivered`:
   * what the deploy brought along, for `secret:` references.
   */
  find(
    reference: string,
    delivered: Readonly<Record<string, string>> = {},
  ): { readonly name: string } | { readonly problem: string } {
    const found = this.read(reference, delivered);
    if ('problem' in found) return { problem: `the secret ${reference} ${found.problem}` };
    const values = this.known.get(reference) ?? [];
    this.known.set(reference, values);
    const at = values.indexOf(found.value);
    return { name: nameOf(reference, at < 0 ? values.push(found.value) : at + 1) };
  }

  /** Whether a secret that comes by itself, as a file does, is there now. */
  isThere(reference: string): boolean {
    return comesByItself(reference) && 'value' in this.read(reference, {});
  }

  /** The value behind the name of a secret; undefined where nothing has that name, or it was forgotten. */
  value(name: string): string | undefined {
    for (const [reference, values] of this.known)
      for (const [i, value] of values.entries()) if (nameOf(reference, i + 1) === name) return value;
    return undefined;
  }

  /** Forgets all values but those of these names. */
  keepOnly(names: ReadonlySet<string>): void {
    for (const [reference, values] of this.known)
      for (const i of values.keys()) if (!names.has(nameOf(reference, i + 1))) values[i] = undefined;
  }

  private read(text: string, delivered: Readonly<Record<string, string>>): Found {
    const reference = SecretReference.parse(text);
    if (reference instanceof Problem) return { problem: 'is not a reference' };
    const raw = READERS[reference.source](reference.name, this.environment, delivered);
    if (typeof raw !== 'string') return raw;
    const value = raw.replace(/\r?\n$/, '');
    if (value === '') return { problem: 'is empty' };
    return Buffer.byteLength(value) > MOST_OCTETS ? { problem: `is longer than ${MOST_OCTETS} octets` } : { value };
  }
}

/** Whether a secret may appear with nobody telling the agent: the environment stays as it is, and a deploy says so. */
export function comesByItself(text: string): boolean {
  const reference = SecretReference.parse(text);
  return !(reference instanceof Problem) && reference.source === 'file';
}

const nameOf = (reference: string, revision: number): string => `${reference} (revision ${revision})`;

type Reader = (
  name: string,
  environment: NodeJS.ProcessEnv,
  delivered: Readonly<Record<string, string>>,
) => string | { readonly problem: string };

const READERS: Readonly<Record<SecretReference['source'], Reader>> = {
  file: readFile,
  env: (name, environment) =>
    (Object.hasOwn(environment, name) ? environment[name] : undefined) ?? {
      problem: "is not set in the agent's environment",
    },
  secret: (name, _, delivered) =>
    Object.hasOwn(delivered, name)
      ? delivered[name]
      : { problem: 'was not delivered: set it in secrets_wo and deploy' },
};

const UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: "the agent's user may not read it",
  EISDIR: 'it is a folder',
};

function readFile(path: string): string | { readonly problem: string } {
  try {
    const found = statSync(path);
    if (!found.isFile()) return { problem: 'cannot be read: it is not a file' }; // reading a pipe would never end
    if (found.size > LARGEST_FILE) return { problem: `is longer than ${MOST_OCTETS} octets` };
    if ((found.mode & 0o077) !== 0) return { problem: `is open to others than its owner: chmod 600 ${path}` };
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    return { problem: `cannot be read: ${UNREADABLE[code] ?? code}` };
  }
}
