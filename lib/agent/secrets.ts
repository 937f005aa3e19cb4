import { readFileSync, statSync } from 'node:fs';
import { explainFile } from '../control/system-error';
import { Problem } from '../model/problem';
import { SecretReference } from '../model/secret-reference';

/** Maximum number of octets of a TCP MD5 key in Linux. */
const MOST_OCTETS = 80;

/** Maximum number of octets of a secret's file. */
const LARGEST_FILE = 4096;

/** A secret that is available, or why it is not; the reason never contains any of it. */
type Found = { readonly value: string } | { readonly problem: string };

/**
 * The secrets that a release refers to, from this node's sources: files, the agent's environment, and what a deploy
 * delivered. A session refers to a secret by reference and revision, so that another value has another name, and
 * nothing logged or shown reveals more.
 */
export class Secrets {
  /** Values by reference, each at the index of its revision. */
  private readonly known = new Map<string, (string | undefined)[]>();

  constructor(private readonly environment: NodeJS.ProcessEnv = process.env) {}

  /**
   * Looks up a reference: returns the secret's name for a session, or why the session must stay down. `delivered`: the
   * deploy's values of `secret:` references.
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

  /** Whether a secret that can appear by itself, as a file can, is available now. */
  isThere(reference: string): boolean {
    return comesByItself(reference) && 'value' in this.read(reference, {});
  }

  /** The value of a secret by its name; undefined if unknown or dropped. */
  value(name: string): string | undefined {
    for (const [reference, values] of this.known)
      for (const [i, value] of values.entries()) if (nameOf(reference, i + 1) === name) return value;
    return undefined;
  }

  /** Drops all values except those with these names. */
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

/** Whether a secret may appear without notice: the environment is fixed, and a deploy notifies the agent. */
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

function readFile(path: string): string | { readonly problem: string } {
  try {
    const found = statSync(path);
    if (!found.isFile()) return { problem: 'cannot be read: it is not a file' }; // reading a pipe would never end
    if (found.size > LARGEST_FILE) return { problem: `is longer than ${MOST_OCTETS} octets` };
    if ((found.mode & 0o077) !== 0) return { problem: `is open to others than its owner: chmod 600 ${path}` };
    return readFileSync(path, 'utf8');
  } catch (error) {
    const why = explainFile(error as NodeJS.ErrnoException, { EACCES: "the agent's user may not read it" });
    return { problem: `cannot be read: ${why}` };
  }
}
