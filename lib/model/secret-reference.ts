import { Problem } from './problem';

/** Source of a secret: a file on the node, the environment of its agent, or the deploy (`secrets_wo` of the fabric). */
type SecretSource = 'file' | 'env' | 'secret';

const NAMES: Readonly<Record<SecretSource, RegExp>> = {
  file: /^\/[^\0]{1,4094}$/,
  env: /^[A-Za-z_][A-Za-z0-9_]{0,254}$/,
  secret: /^[a-zA-Z0-9]([a-zA-Z0-9._-]{0,61}[a-zA-Z0-9])?$/,
};

/** Cannot be part of a name. */
const FORMER = ' (previous value)';

/** Whether two texts refer to one secret, before and after a deploy that delivers it again. */
export const isRedelivered = (before: string | undefined, after: string | undefined): after is string =>
  after !== undefined && before === `${after}${FORMER}`;

/**
 * Refers to a secret, and never contains it: `file:/etc/peerform/tor.key`, `env:TOR_KEY` or `secret:tor`. Fabrics,
 * plans and logs contain only references.
 */
export class SecretReference {
  private constructor(
    readonly source: SecretSource,
    /** Path, variable name or secret name. */
    readonly name: string,
    /** Means the value from before a deploy that delivers the secret again: see {@link withFormerSecrets}. */
    private readonly isFormer = false,
  ) {}

  /** Parses a reference. The problem does not repeat the input, which may be the secret itself. */
  static parse(input: unknown): SecretReference | Problem {
    if (input instanceof SecretReference) return input;
    const [, source, name] = (typeof input === 'string' && /^(file|env|secret):(.*)$/s.exec(input)) || [];
    return source !== undefined && NAMES[source as SecretSource].test(name)
      ? new SecretReference(source as SecretSource, name)
      : Problem.of(
          'secret',
          'this is not a reference to a secret (the value is not shown, as it may be the secret itself)',
        );
  }

  /** The same secret as it was before a deploy delivers it again; this if no deploy delivers it. */
  former(): SecretReference {
    return this.source === 'secret' ? new SecretReference(this.source, this.name, true) : this;
  }

  /** The same secret as it is after the deploy. */
  present(): SecretReference {
    return this.isFormer ? new SecretReference(this.source, this.name) : this;
  }

  equals(other: SecretReference): boolean {
    return this.toString() === other.toString();
  }

  toString(): string {
    return `${this.source}:${this.name}${this.isFormer ? FORMER : ''}`;
  }

  toJSON(): string {
    return this.toString();
  }
}
