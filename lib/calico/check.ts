import type { AddressFamily } from '../model/address';
import { AsNumber } from '../model/as-number';
import { Problem, type ProblemCode } from '../model/problem';
import { Selector } from '../model/selector';
import { isRecord } from './documents';
import { secondsOf } from './duration';
import { endpointOf, isMasked, networkOf } from './network';
import type { Spec } from './resource';

/** Returns the problems of a value, with paths relative to it. */
export type Check = (value: unknown) => readonly Problem[];

const flaw = (message: string, code: ProblemCode = 'calico-resource', path = ''): Problem[] => [
  Problem.of(code, message, path),
];
const shown = (value: unknown): string => JSON.stringify(value) ?? String(value);

/** Checks only values that are set and not empty: Calico treats an empty string as unset. */
const given =
  (check: Check): Check =>
  (value) =>
    value === '' ? [] : check(value);

/** A value that a predicate accepts; `what` completes "… is not". */
const value = (test: (value: unknown) => boolean, what: string, code?: ProblemCode): Check =>
  given((it) => (test(it) ? [] : flaw(`${shown(it)} is not ${what}`, code)));

/** A string. As in Kubernetes' YAML, a number or boolean in place of a string is accepted. */
export function text({ pattern = /^/, most = Infinity, what = 'a string' } = {}): Check {
  return given((it) => {
    if (!['string', 'number', 'boolean'].includes(typeof it)) return flaw(`${shown(it)} is not a string`);
    if (String(it).length > most) return flaw(`${shown(it)} is longer than ${most} characters`);
    return pattern.test(String(it)) ? [] : flaw(`${shown(it)} is not ${what}`);
  });
}

/** One of a set of keywords. */
export const oneOf = (...words: readonly string[]): Check =>
  value((it) => words.includes(it as string), words.join(', ').replace(/, ([^,]*)$/, ' or $1'));

export const boolean: Check = (it) => (typeof it === 'boolean' ? [] : flaw(`${shown(it)} is not true or false`));

/** An integer, both bounds inclusive. */
export const integer =
  (least: number, most: number): Check =>
  (it) =>
    Number.isInteger(it) && (it as number) >= least && (it as number) <= most
      ? []
      : flaw(`${shown(it)} is not a whole number from ${least} to ${most}`, 'range');

/** An AS number, plain or dotted; 0 means none. */
export const asNumber: Check = (it) =>
  readAsNumber(it) === undefined ? flaw(`${shown(it)} is not a valid AS number`, 'as-number') : [];

/** Parses an AS number; undefined if it is invalid, or 0, which means none. */
export function readAsNumber(it: unknown): number | undefined {
  if (it === 0 || it === '0' || it === '0.0') return 0;
  const parsed = AsNumber.parse(it);
  return parsed instanceof Problem ? undefined : parsed.value;
}

/** An address without a mask. */
export const address = (family?: AddressFamily, most = Infinity): Check =>
  value(
    (it) => {
      const network = networkOf(it);
      return !String(it).includes('/') && isOf(network?.address, family) && String(it).length <= most;
    },
    family ? `an ${FAMILY_NAMES[family]} address` : 'an IPv4 or IPv6 address',
    'address',
  );

/** An address with an optional length, which defaults to all bits. `masked`: host bits must be zero. */
export const network = ({ family, masked = true }: { family?: AddressFamily; masked?: boolean } = {}): Check =>
  value(
    (it) => {
      const found = networkOf(it);
      return found !== undefined && isOf(found.address, family) && (!masked || isMasked(found));
    },
    `${family ? `an ${FAMILY_NAMES[family]} ` : 'a '}network${masked ? ' (without bits set beyond its length)' : ''}`,
    'prefix',
  );

const FAMILY_NAMES: Record<AddressFamily, string> = { ipv4: 'IPv4', ipv6: 'IPv6' };
const isOf = (found: { family: AddressFamily } | undefined, family?: AddressFamily): boolean =>
  found !== undefined && (family === undefined || found.family === family);

/** A neighbour's address, with or without a port. */
export const endpoint: Check = value(
  (it) => endpointOf(it) !== undefined && String(it).length <= 64,
  'an address, optionally with a port',
  'address',
);

export const selector: Check = given((it) => {
  if (typeof it === 'string' && it.length > 1024)
    return flaw('the selector is longer than 1024 characters', 'selector');
  const parsed = Selector.parse(it);
  return parsed instanceof Problem ? [parsed] : [];
});

export const duration: Check = value((it) => secondsOf(it) !== undefined, 'a duration such as 90s or 1m30s');

/** `64512:100` of two 16-bit numbers, or `64512:1:2` of three 32-bit numbers. */
export const community: Check = value(isCommunity, 'a community such as 64512:100 or 64512:1:2', 'community');

export function isCommunity(it: unknown): boolean {
  const parts = typeof it === 'string' && /^\d+:\d+(:\d+)?$/.test(it) ? it.split(':').map(Number) : [];
  const most = parts.length === 2 ? 0xffff : 0xffffffff;
  return parts.length > 0 && parts.every((part) => part <= most);
}

/** A resource name: DNS labels. */
export const resourceName = text({
  pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
  most: 253,
  what: 'a name of lower-case letters, digits, dashes and dots',
});

/** An interface name pattern. */
export const interfaceName = text({ pattern: /^[a-zA-Z0-9_.*-]{1,15}$/, what: 'a valid interface pattern' });

export const list =
  (check: Check, { least = 0, most = Infinity } = {}): Check =>
  (it) => {
    if (!Array.isArray(it)) return flaw(`${shown(it)} is not a list`);
    if (it.length < least || it.length > most)
      return flaw(
        `the list has ${it.length} entries, not ${least} ${most === Infinity ? 'or more' : `to ${most}`}`,
        'range',
      );
    return it.flatMap((member, i) => check(member).map((problem) => problem.under(`[${i}]`)));
  };

/** The check of a field, optionally `required`. */
export type FieldCheck = Check | { readonly required: Check };

/** An object with known fields. `rules` check several fields together; `open`: unknown fields are allowed. */
export function object(
  fields: Readonly<Record<string, FieldCheck>>,
  { rules = [], open = false }: { rules?: readonly ((spec: Spec) => readonly Problem[])[]; open?: boolean } = {},
): Check {
  return (it) => {
    if (!isRecord(it)) return flaw(`${shown(it)} is not a mapping`);
    const unknown = open ? [] : Object.keys(it).filter((name) => !Object.hasOwn(fields, name));
    return [
      ...unknown.flatMap((name) => flaw(`there is no field ${name}`, 'unknown-calico-field', name)),
      ...Object.entries(fields).flatMap(([name, field]) => fieldProblems(name, field, it[name])),
      ...rules.flatMap((rule) => rule(it)),
    ];
  };
}

function fieldProblems(name: string, field: FieldCheck, it: unknown): readonly Problem[] {
  const isRequired = typeof field === 'object';
  if (it === undefined || it === null || (isRequired && it === ''))
    return isRequired ? flaw(`${name} is missing`, 'calico-resource', name) : [];
  return (isRequired ? field.required : field)(it).map((problem) => problem.under(name));
}

/** Whether a field is set. */
export const isSet = (it: unknown): boolean => it !== undefined && it !== null && it !== '' && it !== false && it !== 0;

/** At most one of two fields may be set. */
export const notBoth =
  (first: string, second: string) =>
  (spec: Spec): Problem[] =>
    isSet(spec[first]) && isSet(spec[second])
      ? flaw(`${first} cannot be combined with ${second}`, 'calico-resource', first)
      : [];

/** A rule that reports `message` on the field if `isBroken` holds. */
export const rule =
  (field: string, message: string, isBroken: (spec: Spec) => boolean) =>
  (spec: Spec): Problem[] =>
    isBroken(spec) ? flaw(message, 'calico-resource', field) : [];
