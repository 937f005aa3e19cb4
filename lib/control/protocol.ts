import * as z from 'zod';
import { IpAddress } from '../model/address';
import { Prefix } from '../model/prefix';
import { Problem } from '../model/problem';

/** Version prefix of the paths; an incompatible protocol uses another. */
export const API = '/v1';

/**
 * What an agent verifies in requests: 1: the owner; 2: also the fabric. A provider only talks to agents that verify
 * what it sends; requests of a protocol 1 provider are accepted as long as the fabric is unambiguous.
 */
export const PROTOCOL = 2;

/** Activations only increase: the maximum would be a fabric's last one. */
export const MOST_ACTIVATION = 2 ** 48;

const name = z.string().min(1);

/** Absent in protocol 1. */
const fabric = name.optional();

/** From which fabrics and owners the agent may be taken over ({@link Consent}). */
const consent = { from: z.array(name).optional(), takes: name.optional() };

const command = z.strictObject({
  node: z.string(),
  owner: name,
  fabric,
  release: z.string(),
  activation: z.int().min(1).max(MOST_ACTIVATION),
});

/** The verbs that change an agent, with their parameters; used by both client and server. */
export const VERBS = {
  /** The release was uploaded to `/release` before. */
  stage: command.extend({
    /** Values of the release's `secret:` references. Stored on the node, never logged or shown. */
    secrets: z.record(z.string(), z.string()).optional(),
    ...consent,
  }),
  activate: command.extend({
    /** Seconds until the agent rolls back automatically unless confirmed. */
    confirmWithin: z.int().min(1).max(86400),
  }),
  confirm: command,
  finalise: command.extend({
    /** Nodes that were absent: sessions with them stay unchanged until a later finalise. */
    behind: z.array(z.string()).optional(),
  }),
  rollback: command.extend({ reason: z.string() }),
  /** Takes the node out of service, and back into it; for operators, independent of the owner. */
  drain: z.strictObject({ node: z.string(), by: name }),
  undrain: z.strictObject({ node: z.string(), by: name }),
  /** Resets the sessions with the neighbour at this address (Cease, Administrative Reset, RFC 4486). Not stored. */
  reset: z.strictObject({ node: z.string(), neighbour: z.string(), by: name }),
  remove: z.strictObject({ node: z.string(), owner: name, fabric, ...consent }),
} as const;

export type Verb = keyof typeof VERBS;
/** The verbs that change an agent's stored state. */
export type StoredVerb = Exclude<Verb, 'reset'>;
export type Request<V extends Verb> = z.infer<(typeof VERBS)[V]>;

/** The body of every response other than 200. */
export interface ErrorBody {
  readonly error: {
    readonly code: string;
    readonly message: string;
    /** Fields of a release, as paths, that the agent does not know. Absent: none, or an agent of 0.1. */
    readonly fields?: readonly string[];
  };
}

/**
 * The routes asked for: those to this prefix, those to it and to covering prefixes, or those to it and to more specific
 * ones.
 */
export interface RouteQuery {
  readonly match: 'exact' | 'covering' | 'within';
  readonly prefix: Prefix;
}

/** A query as parameters of the path `/routes`. */
export const writeRouteQuery = ({ match, prefix }: RouteQuery): string =>
  `?${new URLSearchParams({ match, prefix: prefix.toString() })}`;

/** Reads {@link writeRouteQuery}'s parameters; undefined if all routes are requested. */
export function readRouteQuery(parameters: URLSearchParams): RouteQuery | Problem | undefined {
  const text = parameters.get('prefix');
  const match = parameters.get('match') ?? 'exact';
  if (text === null) return undefined;
  if (match !== 'exact' && match !== 'covering' && match !== 'within')
    return Problem.of('range', `${JSON.stringify(match)} is not a way to match routes`);
  const prefix = Prefix.parse(text);
  return prefix instanceof Problem ? prefix : { match, prefix };
}

/** The routes of one session: all received, those accepted, and those advertised. */
export const SIDES = ['received', 'accepted', 'advertised'] as const;
export type Side = (typeof SIDES)[number];

/**
 * Which routes of the sessions with a neighbour, by its address, are requested; `prefix`: only that one, and if it is
 * not advertised, why.
 */
export interface ExchangeQuery {
  readonly neighbour: string;
  readonly side: Side;
  readonly prefix?: Prefix;
}

/** A query as parameters of the path `/exchanged`. */
export const writeExchangeQuery = ({ neighbour, side, prefix }: ExchangeQuery): string =>
  `?${new URLSearchParams({ neighbour, side, ...(prefix && { prefix: prefix.toString() }) })}`;

/** Reads {@link writeExchangeQuery}'s parameters. */
export function readExchangeQuery(parameters: URLSearchParams): ExchangeQuery | Problem {
  const neighbour = IpAddress.parseEnd(parameters.get('neighbour'));
  const side = SIDES.find((one) => one === parameters.get('side'));
  const text = parameters.get('prefix');
  if (neighbour instanceof Problem) return neighbour;
  if (!side) return Problem.of('range', `${JSON.stringify(parameters.get('side'))} is not a side of a session`);
  const prefix = text === null ? undefined : Prefix.parse(text);
  if (prefix instanceof Problem) return prefix;
  return { neighbour: String(neighbour), side, ...(prefix && { prefix }) };
}
