import type { IpAddress } from '../../model/address';
import { type Form, type FormOctets, form, formKey, type Hop, writeForm } from '../codec/form';

/** One next hop of a route, as BGP names it. Without an interface the kernel's own routes say how it is reached. */
export interface NextHop {
  readonly address?: IpAddress;
  /** By name. A link-local address needs one; without an address the destination is on the link itself. */
  readonly interface?: string;
  /** 1 (default) to 256. */
  readonly weight?: number;
  readonly onlink?: boolean;
}

/** Where a route shall lead: to one next hop, to several with equal or weighted shares, or nowhere. */
export type Target = { readonly via: readonly NextHop[] } | 'blackhole' | 'unreachable';

/** Why a next hop has no hops in the kernel's terms. */
export type Reason = string;

/** The hops that lead to a next hop now, or why there are none. */
export type Resolve = (hop: NextHop) => readonly Hop[] | Reason;

interface Row {
  readonly target: Target;
  /** How many prefixes want it. */
  users: number;
  /** The number of its form now, 0 where no next hop can be resolved. */
  form: number;
  reason: Reason;
}

/**
 * Targets and forms by small numbers: a million routes share a handful. A nexthop object of the kernel will be one more
 * spelling of a form's octets, so that a change of the form moves all routes at once.
 */
export class Targets {
  private readonly rows: Row[] = [{ target: 'unreachable', users: 0, form: 0, reason: '' }]; // number 0 is "none"
  private readonly byKey = new Map<string, number>();
  private readonly byObject = new WeakMap<object, number>();
  private readonly forms: Form[] = [form('other')];
  private readonly formsByKey = new Map<string, number>();
  private readonly octets: [Map<number, FormOctets>, Map<number, FormOctets>] = [new Map(), new Map()];

  constructor(private readonly resolve: Resolve) {}

  /** The number of a target, never 0. One object in use for many routes is looked up once. */
  intern(target: Target): number {
    const known = typeof target === 'object' ? this.byObject.get(target) : undefined;
    if (known !== undefined) return known;
    const key = targetKey(target);
    let number = this.byKey.get(key);
    if (number === undefined) {
      number = this.rows.push({ target, users: 0, form: 0, reason: '' }) - 1;
      this.byKey.set(key, number);
    }
    if (typeof target === 'object') this.byObject.set(target, number);
    return number;
  }

  /** The number of a form, never 0. */
  internForm(wanted: Form): number {
    const key = formKey(wanted);
    let number = this.formsByKey.get(key);
    if (number === undefined) {
      number = this.forms.push(wanted) - 1;
      this.formsByKey.set(key, number);
    }
    return number;
  }

  /** One more prefix wants `to` and one less `from`; 0 is none. A target that nobody wanted until now is resolved first. */
  move(from: number, to: number): void {
    if (from === to) return;
    if (to !== 0 && this.rows[to].users++ === 0) this.refreshRow(this.rows[to]);
    if (from !== 0) this.rows[from].users--;
  }

  /** Resolves every target in use again; answers the numbers of those whose form is another now. */
  refresh(): Set<number> {
    const changed = new Set<number>();
    for (const [number, row] of this.rows.entries()) if (row.users > 0 && this.refreshRow(row)) changed.add(number);
    return changed;
  }

  /** The number of the form that a target has now; 0 where it can't be resolved. */
  formOf = (target: number): number => this.rows[target].form;

  target(number: number): Target {
    return this.rows[number].target;
  }

  form(number: number): Form {
    return this.forms[number];
  }

  /** The octets of a form for routes of a family, made once. */
  octetsOf(number: number, octets: number): FormOctets {
    const made = this.octets[octets === 4 ? 0 : 1];
    let value = made.get(number);
    if (!value) {
      value = writeForm(this.forms[number], octets);
      made.set(number, value);
    }
    return value;
  }

  /** The targets in use that can't be resolved, with the reason and how many prefixes wait for each. */
  waiting(): { readonly target: Target; readonly reason: Reason; readonly prefixes: number }[] {
    return this.rows
      .filter((row) => row.users > 0 && row.form === 0)
      .map(({ target, reason, users }) => ({ target, reason, prefixes: users }));
  }

  /** Every next hop of the targets in use. */
  *nextHops(): Iterable<NextHop> {
    for (const { target, users } of this.rows) if (users > 0 && typeof target === 'object') yield* target.via;
  }

  private refreshRow(row: Row): boolean {
    const before = row.form;
    row.reason = '';
    if (typeof row.target === 'string') row.form = this.internForm(form(row.target));
    else {
      const answers = row.target.via.map((hop) => this.resolve(hop));
      const hops = merged(answers.flatMap((answer) => (typeof answer === 'string' ? [] : answer)));
      row.reason = answers.filter((answer) => typeof answer === 'string').join('; ');
      row.form = hops.length === 0 ? 0 : this.internForm(form('unicast', hops));
    }
    return row.form !== before;
  }
}

/** Hops that are the same but for their weight become one with the sum: two next hops behind one gateway. */
function merged(hops: readonly Hop[]): Hop[] {
  const byKey = new Map<string, Hop>();
  for (const hop of hops) {
    const key = `${hop.gateway ?? ''}%${hop.interface}${hop.onlink ? '!' : ''}`,
      same = byKey.get(key);
    byKey.set(key, same ? { ...same, weight: Math.min(256, same.weight + hop.weight) } : hop);
  }
  const all = [...byKey.values()];
  return all.length === 1 ? [{ ...all[0], weight: 1 }] : all; // a single hop has all the traffic, whatever its weight
}

/** Equal for equal targets alone. */
export function targetKey(target: Target): string {
  if (typeof target === 'string') return target;
  return target.via
    .map((hop) => `${hop.address ?? ''}%${hop.interface ?? ''}*${hop.weight ?? 1}${hop.onlink ? '!' : ''}`)
    .join(' ');
}
