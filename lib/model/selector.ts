import { Problem } from './problem';

/**
 * Maximum length of a selector and of a label key, and maximum depth of parentheses. They bound the cost of any
 * selector.
 */
const MOST_CHARACTERS = 4096;
const MOST_KEY_CHARACTERS = 512;
const MOST_NESTED = 64;

type Comparison = 'equals' | 'differs' | 'contains' | 'startsWith' | 'endsWith';
type Membership = 'in' | 'notIn';

type Term =
  | { readonly kind: 'all' | 'global' }
  | { readonly kind: 'has'; readonly key: string }
  | { readonly kind: Comparison; readonly key: string; readonly value: string }
  | { readonly kind: Membership; readonly key: string; readonly values: readonly string[] }
  | { readonly kind: 'not'; readonly term: Term }
  | { readonly kind: 'and' | 'or'; readonly terms: readonly Term[] };

/** Comparisons of a label that is set. A label that is not set differs from every value and is in no set. */
const COMPARISONS: Record<Comparison, { sign: string; holds: (label: string, value: string) => boolean }> = {
  equals: { sign: '==', holds: (label, value) => label === value },
  differs: { sign: '!=', holds: (label, value) => label !== value },
  contains: { sign: 'contains', holds: (label, value) => label.includes(value) },
  startsWith: { sign: 'starts with', holds: (label, value) => label.startsWith(value) },
  endsWith: { sign: 'ends with', holds: (label, value) => label.endsWith(value) },
};

/** Word operators after a label, as they may be written: `notin` and `not in` are equivalent. */
const OPERATORS: readonly (readonly [RegExp, Comparison | Membership])[] = [
  [/==/y, 'equals'],
  [/!=/y, 'differs'],
  [/contains/y, 'contains'],
  [/starts[ \t]*with/y, 'startsWith'],
  [/ends[ \t]*with/y, 'endsWith'],
  [/not[ \t]*in/y, 'notIn'],
  [/in/y, 'in'],
];

/**
 * Selects nodes by label, in Calico's selector syntax: `rack == 'a' && !(has(role) || zone in {"x", "y"})`. Supports
 * `all()`, `global()` (equivalent for nodes), `has(key)`, `==`, `!=`, `in`, `not in`, `contains`, `starts with`, `ends
 * with`, `!`, `&&` (binds tighter than) `||` and parentheses. Values are in single or double quotes, without escapes.
 * The empty string selects all.
 */
export class Selector {
  private readonly root: Term;

  private constructor(root: Term) {
    this.root = root;
  }

  /** Parses a selector. A problem names the offset of the character, counted from 0. */
  static parse(input: unknown): Selector | Problem {
    if (input instanceof Selector) return input;
    if (typeof input !== 'string' || input.length > MOST_CHARACTERS)
      return Problem.of('selector', `${JSON.stringify(input)} is not a string of up to ${MOST_CHARACTERS} characters`);
    const root = new Reader(input).read();
    return typeof root === 'string' ? Problem.of('selector', `${JSON.stringify(input)}: ${root}`) : new Selector(root);
  }

  matches(labels: Readonly<Record<string, string>>): boolean {
    return holds(this.root, labels);
  }

  /**
   * The canonical form: double quotes where possible, sets sorted, every `&&` and `||` in parentheses. Parsing it
   * returns an equal selector.
   */
  toString(): string {
    return textOf(this.root);
  }

  toJSON(): string {
    return this.toString();
  }
}

function holds(term: Term, labels: Readonly<Record<string, string>>): boolean {
  switch (term.kind) {
    case 'all':
    case 'global':
      return true;
    case 'not':
      return !holds(term.term, labels);
    case 'and':
      return term.terms.every((inner) => holds(inner, labels));
    case 'or':
      return term.terms.some((inner) => holds(inner, labels));
  }
  const label = Object.hasOwn(labels, term.key) ? labels[term.key] : undefined;
  if (label === undefined) return term.kind === 'differs' || term.kind === 'notIn';
  if (term.kind === 'has') return true;
  if ('values' in term) return term.values.includes(label) === (term.kind === 'in');
  return COMPARISONS[term.kind].holds(label, term.value);
}

function textOf(term: Term): string {
  switch (term.kind) {
    case 'all':
    case 'global':
      return `${term.kind}()`;
    case 'has':
      return `has(${term.key})`;
    case 'not':
      return `!${textOf(term.term)}`;
    case 'and':
    case 'or':
      return `(${term.terms.map(textOf).join(term.kind === 'and' ? ' && ' : ' || ')})`;
    case 'in':
    case 'notIn':
      return `${term.key} ${term.kind === 'in' ? 'in' : 'not in'} {${term.values.map(quoted).join(', ')}}`;
    default:
      return `${term.key} ${COMPARISONS[term.kind].sign} ${quoted(term.value)}`;
  }
}

const quoted = (value: string): string => (value.includes('"') ? `'${value}'` : `"${value}"`);

/** A syntax error and its offset. */
class Mistake {
  constructor(
    readonly text: string,
    readonly at: number,
  ) {}
}

/** Recursive-descent parser. Syntax errors are returned as {@link Mistake}. */
class Reader {
  private at = 0;
  private depth = 0;

  constructor(private readonly text: string) {}

  read(): Term | string {
    this.skipBlanks();
    const root: Term | Mistake = this.isAtEnd ? { kind: 'all' } : this.or();
    if (root instanceof Mistake) return `${root.text} at ${root.at}`;
    return this.isAtEnd ? root : `unexpected ${JSON.stringify(this.text[this.at])} at ${this.at}`;
  }

  private or(): Term | Mistake {
    return this.chain('or', '||', () => this.chain('and', '&&', () => this.not()));
  }

  private chain(kind: 'and' | 'or', sign: string, next: () => Term | Mistake): Term | Mistake {
    const terms: Term[] = [];
    do {
      const term = next();
      if (term instanceof Mistake) return term;
      terms.push(term);
    } while (this.take(sign));
    return terms.length === 1 ? terms[0] : { kind, terms };
  }

  private not(): Term | Mistake {
    let isNegated = false;
    this.skipBlanks();
    while (!this.text.startsWith('!=', this.at) && this.take('!')) isNegated = !isNegated;
    const term = this.single();
    if (term instanceof Mistake || !isNegated) return term;
    return term.kind === 'not' ? term.term : { kind: 'not', term };
  }

  private single(): Term | Mistake {
    const start = this.at;
    if (this.isAtEnd) return new Mistake('a condition is missing', start);
    if (this.take('(')) return this.group();
    for (const kind of ['all', 'global'] as const)
      if (this.take(`${kind}(`)) return this.take(')') ? { kind } : new Mistake(`${kind}( is not closed`, this.at);
    if (this.take('has(')) {
      const key = this.key();
      if (key instanceof Mistake) return key;
      return this.take(')') ? { kind: 'has', key } : new Mistake('has( is not closed', this.at);
    }
    const key = this.key();
    return key instanceof Mistake ? key : this.condition(key);
  }

  private group(): Term | Mistake {
    if (++this.depth > MOST_NESTED) return new Mistake('parentheses are nested too deeply', this.at);
    const inner = this.or();
    this.depth--;
    if (inner instanceof Mistake) return inner;
    return this.take(')') ? inner : new Mistake('a ) is missing', this.at);
  }

  private key(): string | Mistake {
    const found = this.match(/[a-zA-Z0-9_./-]+/y);
    if (found === undefined) return new Mistake('a label is missing', this.at);
    return found.length > MOST_KEY_CHARACTERS
      ? new Mistake(`a label is longer than ${MOST_KEY_CHARACTERS} characters`, this.at - found.length)
      : found;
  }

  private condition(key: string): Term | Mistake {
    const kind = OPERATORS.find(([sign]) => this.match(sign) !== undefined)?.[1];
    if (!kind) return new Mistake(`the label ${key} is not followed by an operator`, this.at);
    if (kind === 'in' || kind === 'notIn') {
      const values = this.set();
      return values instanceof Mistake ? values : { kind, key, values };
    }
    const value = this.value();
    return value instanceof Mistake ? value : { kind, key, value };
  }

  private value(): string | Mistake {
    const found = this.match(/"[^"]*"|'[^']*'/y);
    if (found !== undefined) return found.slice(1, -1);
    const isOpen = /["']/.test(this.text[this.at] ?? '');
    return new Mistake(isOpen ? 'a quote is not closed' : 'a quoted value is missing', this.at);
  }

  private set(): string[] | Mistake {
    if (!this.take('{')) return new Mistake('a set in braces is missing', this.at);
    const values = new Set<string>();
    while (!this.take('}')) {
      const value = this.value();
      if (value instanceof Mistake) return value;
      values.add(value);
      if (this.take(',')) continue; // a trailing comma is allowed
      if (!this.take('}')) return new Mistake('a } is missing', this.at);
      break;
    }
    return [...values].sort();
  }

  private get isAtEnd(): boolean {
    this.skipBlanks();
    return this.at === this.text.length;
  }

  private take(text: string): boolean {
    this.skipBlanks();
    if (!this.text.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }

  private match(pattern: RegExp): string | undefined {
    this.skipBlanks();
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    this.at += found?.length ?? 0;
    return found;
  }

  /** Skips spaces and tabs; line breaks are not allowed. */
  private skipBlanks(): void {
    while (this.text[this.at] === ' ' || this.text[this.at] === '\t') this.at++;
  }
}
