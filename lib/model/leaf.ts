import * as z from 'zod';
import { IpAddress } from './address';
import { AsNumber, type AsNumberInput } from './as-number';
import { AsPathPattern } from './as-path-pattern';
import { Community } from './community';
import { memberOf } from './endpoint';
import { isName } from './name';
import { Prefix } from './prefix';
import { Problem } from './problem';
import { RouteProtocol } from './route-protocol';
import { SecretReference } from './secret-reference';
import { Selector } from './selector';

/** The kinds of schema leaves. Terraform, JSON Schema and the docs each map these. */
export type LeafKind =
  | 'text'
  | 'name'
  | 'number'
  | 'boolean'
  | 'asNumber'
  | 'address'
  | 'prefix'
  | 'community'
  | 'pattern'
  | 'nextHop'
  | 'selector'
  | 'secret';

/** A zod leaf that reads `input` with a value class's `parse` and keeps its problem for the report. */
function leaf<I, O>(kind: LeafKind, input: z.ZodType<I, I>, parse: (value: unknown) => O | Problem) {
  return input
    .transform((value, context): O => {
      const parsed = parse(value);
      if (!(parsed instanceof Problem)) return parsed;
      context.issues.push({ code: 'custom', input: value, message: parsed.message, params: { problem: parsed.code } });
      return z.NEVER;
    })
    .meta({ kind });
}

// `custom` accepts any type, so that a wrong type is reported by the value class instead of zod.
const anything = <I>() => z.custom<I>(() => true);

export const asNumberLeaf = leaf('asNumber', anything<AsNumberInput>(), AsNumber.parse);
export const addressLeaf = leaf('address', anything<string>(), IpAddress.parse);
export const prefixLeaf = leaf('prefix', anything<string>(), Prefix.parse);
export const communityLeaf = leaf('community', anything<string>(), Community.parse);
export const selectorLeaf = leaf('selector', anything<string>(), Selector.parse);
export const protocolLeaf = leaf('text', anything<string>(), RouteProtocol.parse);
export const secretLeaf = leaf('secret', anything<string>(), SecretReference.parse);
export const asPathPatternLeaf = leaf('pattern', anything<string>(), AsPathPattern.parse);

/** A next hop to set: `self`, or a host address. */
export const nextHopLeaf = leaf('nextHop', anything<string>(), (value): IpAddress | 'self' | Problem => {
  if (value === 'self') return value;
  const address = IpAddress.parse(value);
  return address instanceof Problem || address.isHost
    ? address
    : Problem.of('address', `${address} is ${address.otherThanHost}, so it cannot be a next hop`);
});

/** A pattern for interface names; `*` matches any characters. */
export const interfaceLeaf = leaf('text', anything<string>(), (value) =>
  typeof value === 'string' && /^[a-zA-Z0-9_.*-]{1,15}$/.test(value)
    ? value
    : Problem.of('interface', `${JSON.stringify(value)} is not a valid pattern for interface names`),
);

/** The name of an interface, or a pattern for several. */
export const uplinkLeaf = leaf('text', anything<string>(), (value) =>
  typeof value === 'string' && /^[a-zA-Z0-9_.*-]{1,15}$/.test(value) && value !== '.' && value !== '..'
    ? value
    : Problem.of(
        'interface-name',
        `${JSON.stringify(value)} is not a valid name of an interface, or pattern for names`,
      ),
);

/** Whether a neighbour is in another AS than the node, or in the same. */
export const peerTypeLeaf = z.enum(['external', 'internal']);

/** A label key, as selectors can name it. */
export const labelLeaf = leaf('text', anything<string>(), (value) =>
  typeof value === 'string' && /^[a-zA-Z0-9_./-]{1,512}$/.test(value)
    ? value
    : Problem.of('label', `${JSON.stringify(value)} is not a valid label key`),
);

/** The name of a fabric, node, peer or filter. */
export const nameLeaf = leaf('name', anything<string>(), (value) =>
  typeof value === 'string' && isName(value)
    ? value
    : Problem.of('name', `${JSON.stringify(value)} is not a valid name`),
);

/** A member of an etcd. */
export const memberLeaf = leaf('text', anything<string>(), (value) => {
  const member = typeof value === 'string' ? memberOf(value) : undefined;
  return member ?? Problem.of('member', `${JSON.stringify(value)} is not a valid member of an etcd`);
});

/** An integer from `min` to `max`, inclusive. `least`: why not less, if that is not obvious. */
export const numberLeaf = (min: number, max: number, unit = '', least?: string) =>
  leaf('number', anything<number>(), (value) => {
    const range = `from ${min} to ${max}${unit && ` ${unit}`}`;
    const problem = (is: string) => Problem.of('range', `${JSON.stringify(value)} ${is}`);
    if (typeof value !== 'number' || !Number.isInteger(value)) return problem(`is not a whole number ${range}`);
    if (value > max) return problem(`is too high: write a whole number ${range}`);
    if (value < min)
      return problem(`is too low: write a whole number ${range}${least === undefined ? '' : `, as ${least}`}`);
    return value;
  });

/** MB of memory for routes. Above 2,000 there could be more prefixes than the tables of a node have indices for. */
export const routeMemoryLeaf = numberLeaf(1, 2000, 'MB');

export const booleanLeaf = z.boolean().meta({ kind: 'boolean' });
export const textLeaf = z.string().meta({ kind: 'text' });
