import { Problem } from './problem';

/**
 * Maximum length of a pattern and of the automaton compiled from it. They bound the cost of any pattern on any path.
 */
const MOST_CHARACTERS = 256;
const MOST_STATES = 1000;
const MOST_REPEATS = 64;
const MOST_NESTED = 32;

/** Characters that the text of a path can contain. */
const ALPHABET = '0123456789 ,{}()[]';
/** What `_` matches besides the start and the end. */
const DELIMITERS = ' ,{}()[]';

type Node =
  | { readonly kind: 'characters'; readonly set: ReadonlySet<number> }
  | { readonly kind: 'start' | 'end' | 'empty' }
  | { readonly kind: 'sequence' | 'choice'; readonly parts: readonly Node[] }
  | { readonly kind: 'repeat'; readonly part: Node; readonly least: number; readonly most: number };

const EMPTY: Node = { kind: 'empty' };

/** One state of the automaton: the characters it matches, and the next states. */
type State =
  | { readonly kind: 'characters'; readonly set: ReadonlySet<number>; readonly next: number }
  | { readonly kind: 'start' | 'end'; readonly next: number }
  | { readonly kind: 'split'; readonly next: readonly number[] }
  | { readonly kind: 'found' };

/**
 * A regular expression over the text of an AS path, `64512 65001 {65002,65003}`: `.`, `[0-9]`, `[^ ]`, groups, `|`,
 * `*`, `+`, `?`, `{2,3}`, `^`, `$`, and `_` for the start, the end or a delimiter between AS numbers. Patterns run as
 * an NFA whose states advance together, so the time is bounded by path length times pattern length and no pattern can
 * stall the speaker.
 */
export class AsPathPattern {
  private readonly states: readonly State[];
  private readonly first: number;

  private constructor(
    readonly text: string,
    root: Node,
  ) {
    const states: State[] = [{ kind: 'found' }];
    this.first = compile(root, 0, states);
    this.states = states;
  }

  static parse(input: unknown): AsPathPattern | Problem {
    if (input instanceof AsPathPattern) return input;
    if (typeof input !== 'string' || input === '' || input.length > MOST_CHARACTERS)
      return Problem.of('pattern', `${JSON.stringify(input)} is not a string of 1 to ${MOST_CHARACTERS} characters`);
    const root = new Reader(input).read();
    if (typeof root === 'string') return Problem.of('pattern', `${JSON.stringify(input)}: ${root}`);
    return size(root) > MOST_STATES
      ? Problem.of('pattern', `${JSON.stringify(input)} has too many repetitions`)
      : new AsPathPattern(input, root);
  }

  /** Whether it matches only the empty path, so that the path need not be formatted to decide. */
  get isOfEmptyPath(): boolean {
    return this.text === '^$';
  }

  /** Whether the pattern matches anywhere in the text of a path. */
  matches(path: string): boolean {
    const states = this.states;
    const seen = new Uint32Array(states.length); // for each state, 1 + the position at which it was last entered
    let active: number[] = [];
    let isFound = false;
    for (let at = 0; at <= path.length; at++) {
      const entered: number[] = [];
      const waiting: number[] = [this.first];
      const code = path.charCodeAt(at);
      for (const state of active) waiting.push(state);
      while (waiting.length > 0) {
        const number = waiting.pop()!;
        if (seen[number] === at + 1) continue;
        seen[number] = at + 1;
        const state = states[number];
        if (state.kind === 'found') isFound = true;
        else if (state.kind === 'split') waiting.push(...state.next);
        else if (state.kind === 'characters') {
          if (at < path.length && state.set.has(code)) entered.push(state.next);
        } else if (at === (state.kind === 'start' ? 0 : path.length)) waiting.push(state.next);
      }
      if (isFound) return true;
      active = entered;
    }
    return false;
  }

  toString(): string {
    return this.text;
  }

  toJSON(): string {
    return this.text;
  }
}

/** Recursive-descent parser. Returns syntax errors as strings. */
class Reader {
  private at = 0;
  private depth = 0;
  private wrong = '';

  constructor(private readonly text: string) {}

  read(): Node | string {
    const root = this.choice();
    if (this.wrong === '' && this.at < this.text.length) this.wrong = `unmatched ) at ${this.at}`;
    return this.wrong === '' ? root : this.wrong;
  }

  private choice(): Node {
    const parts = [this.sequence()];
    while (this.take('|')) parts.push(this.sequence());
    return parts.length === 1 ? parts[0] : { kind: 'choice', parts };
  }

  private sequence(): Node {
    const parts: Node[] = [];
    while (this.wrong === '' && this.at < this.text.length && !'|)'.includes(this.text[this.at]))
      parts.push(this.repeated());
    return { kind: 'sequence', parts };
  }

  private repeated(): Node {
    let part = this.atom();
    while (this.wrong === '') {
      const [least, most] = this.bounds() ?? [1, 0];
      if (most < least) break;
      part = { kind: 'repeat', part, least, most };
      if (size(part) > MOST_STATES) this.wrong = 'too many repetitions';
    }
    return part;
  }

  private bounds(): [number, number] | undefined {
    if (this.take('*')) return [0, Number.POSITIVE_INFINITY];
    if (this.take('+')) return [1, Number.POSITIVE_INFINITY];
    if (this.take('?')) return [0, 1];
    if (this.text[this.at] !== '{') return undefined;
    const counted = /^\{(\d{1,3})(,(\d{0,3}))?\}/.exec(this.text.slice(this.at));
    const least = Number(counted?.[1] ?? Number.NaN);
    const most = !counted?.[2] ? least : counted[3] ? Number(counted[3]) : Number.POSITIVE_INFINITY;
    if (
      !counted ||
      least > MOST_REPEATS ||
      (most !== Number.POSITIVE_INFINITY && (most > MOST_REPEATS || most < least))
    ) {
      this.wrong = `the braces at ${this.at} do not hold a count up to ${MOST_REPEATS}`;
      return undefined;
    }
    this.at += counted[0].length;
    return [least, most];
  }

  private atom(): Node {
    const character = this.text[this.at++];
    switch (character) {
      case '(':
        return this.group();
      case '[':
        return this.characterClass();
      case '.':
        return { kind: 'characters', set: codes(ALPHABET) };
      case '^':
        return { kind: 'start' };
      case '$':
        return { kind: 'end' };
      case '_':
        return {
          kind: 'choice',
          parts: [{ kind: 'start' }, { kind: 'end' }, { kind: 'characters', set: codes(DELIMITERS) }],
        };
      case '\\':
        return this.escaped();
      default:
        if (!ALPHABET.includes(character) || '{}]'.includes(character))
          this.wrong = `${JSON.stringify(character)} is not allowed at ${this.at - 1}`;
        return { kind: 'characters', set: codes(character) };
    }
  }

  private group(): Node {
    if (++this.depth > MOST_NESTED) this.wrong = 'groups are nested too deeply';
    if (this.text.startsWith('?:', this.at)) this.at += 2;
    const inner = this.wrong === '' ? this.choice() : EMPTY;
    if (this.wrong === '' && !this.take(')')) this.wrong = 'a group is not closed';
    this.depth--;
    return inner;
  }

  private escaped(): Node {
    const character = this.text[this.at++] ?? '';
    if (character === 'd') return { kind: 'characters', set: codes('0123456789') };
    if (character === '' || !`${ALPHABET}.^$*+?|_\\`.includes(character) || /\d/.test(character))
      this.wrong = `there is no \\${character}`;
    return { kind: 'characters', set: codes(character) };
  }

  private characterClass(): Node {
    const close = this.text.indexOf(']', this.at);
    const inner = this.text.slice(this.at, close < 0 ? this.at : close);
    const isNegated = inner.startsWith('^');
    const ranges = /^((\d-\d)|[0-9 ,{}()])+$/.exec(inner.slice(isNegated ? 1 : 0));
    if (!ranges) {
      this.wrong = `the character class at ${this.at - 1} may hold only digits, ranges of digits, spaces, commas, braces and parentheses`;
      return EMPTY;
    }
    this.at = close + 1;
    const set = codes(
      ranges[0].replace(/(\d)-(\d)/g, (_, from, to) => '0123456789'.slice(Number(from), Number(to) + 1)),
    );
    return {
      kind: 'characters',
      set: isNegated ? new Set([...codes(ALPHABET)].filter((code) => !set.has(code))) : set,
    };
  }

  private take(character: string): boolean {
    if (this.wrong !== '' || this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }
}

const codes = (characters: string): ReadonlySet<number> =>
  new Set(Array.from(characters, (character) => character.charCodeAt(0)));

/** Estimated number of states of a node. */
function size(node: Node): number {
  if ('parts' in node) return node.parts.reduce((sum, part) => sum + size(part), 1);
  if (node.kind !== 'repeat') return 1;
  return (size(node.part) + 1) * (node.most === Number.POSITIVE_INFINITY ? node.least + 1 : Math.max(node.most, 1));
}

/** Adds the states of a node, followed by `next`. Returns the first. */
function compile(node: Node, next: number, states: State[]): number {
  switch (node.kind) {
    case 'empty':
      return next;
    case 'characters':
      return states.push({ kind: 'characters', set: node.set, next }) - 1;
    case 'start':
    case 'end':
      return states.push({ kind: node.kind, next }) - 1;
    case 'sequence':
      return node.parts.reduceRight((after, part) => compile(part, after, states), next);
    case 'choice':
      return states.push({ kind: 'split', next: node.parts.map((part) => compile(part, next, states)) }) - 1;
    case 'repeat': {
      let first = next;
      if (node.most === Number.POSITIVE_INFINITY) {
        const loop: number[] = [next];
        first = states.push({ kind: 'split', next: loop }) - 1;
        loop.push(compile(node.part, first, states));
      } else
        for (let i = node.least; i < node.most; i++)
          first = states.push({ kind: 'split', next: [next, compile(node.part, first, states)] }) - 1;
      for (let i = 0; i < node.least; i++) first = compile(node.part, first, states);
      return first;
    }
  }
}
