import { readFileSync, statSync } from 'node:fs';
import { Problem } from '../model/problem';
import { SecretReference } from '../model/secret-reference';

/** Most octets of a key for TCP MD5 that Linux takes. */
const MOST_OCTETS = 80;

/** A secret that is there, or why it is not; the reason never shows any of it. */
type Found = { readonly value: string } | { readonly problem: string };

/**
 * The secrets that a release names, by what this node has: files, the agent's environment, and what a deploy delivered. A session knows a secret by
 * reference and revision, so that another value is another name, and nothing that is logged or shown says more.
 */
export class Secrets {
  /** Values by reference, each in the place of its revision. */
  private readonly known = new Map<string, (string | undefined)[]>();

  constructor(private readonly environment: NodeJS.ProcessEnv = process.env) {}

  /**
   * Looks a reference up now: the name of the secret for a session, or why the session must stay down. `delivered`: what the deploy brought along, for
   * `secret:` references.
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
    if (reference instanceof Problem) return { problem: 'is no reference' };
    const raw = READERS[reference.source](reference.name, this.environment, delivered);
    if (typeof raw !== 'string') return raw;
    const value = raw.replace(/\r?\n$/, '');
    if (value === '') return { problem: 'is empty' };
    return Buffer.byteLength(value) > MOST_OCTETS ? { problem: `is longer than ${MOST_OCTETS} octets` } : { value };
  }
}

const nameOf = (reference: string, revision: number): string => `${reference} (revision ${revision})`;

type Reader = (
  name: string,
  environment: NodeJS.ProcessEnv,
  delivered: Readonly<Record<string, string>>,
) => string | { readonly problem: string };

const READERS: Readonly<Record<SecretReference['source'], Reader>> = {
  file: readFile,
  env: (name, environment) => environment[name] ?? { problem: "is not in the agent's environment" },
  secret: (name, _, delivered) =>
    Object.hasOwn(delivered, name)
      ? delivered[name]
      : { problem: 'was not delivered: set it in secrets_wo and deploy' },
};

function readFile(path: string): string | { readonly problem: string } {
  try {
    if ((statSync(path).mode & 0o077) !== 0)
      return { problem: `is open to others than its owner: chmod 600 ${path}, and send the agent SIGHUP` };
    return readFileSync(path, 'utf8');
  } catch (error) {
    return { problem: `can't be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown'}` };
  }
}
