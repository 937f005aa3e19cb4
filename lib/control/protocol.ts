import { z } from 'zod';
import { IpAddress } from '../model/address';
import { Prefix } from '../model/prefix';
import { Problem } from '../model/problem';

/** Version of the paths; another, incompatible protocol gets another. */
export const API = '/v1';

/**
 * What an agent checks of what it is asked: 1: the owner; 2: the fabric, too. A provider asks only agents that check
 * what it says; what a provider of protocol 1 says is carried out as far as it is clear which fabric is meant.
 */
export const PROTOCOL = 2;

/** Activations only grow: one that nothing is above would be the last of a fabric. */
export const MOST_ACTIVATION = 2 ** 48;

const name = z.string().min(1);

/** Absent: said by protocol 1. */
const fabric = name.optional();

/** What the agent may be taken from ({@link Consent}). */
const consent = { from: z.array(name).optional(), takes: name.optional() };

const command = z.strictObject({
  node: z.string(),
  owner: name,
  fabric,
  release: z.string(),
  activation: z.int().min(1).max(MOST_ACTIVATION),
});

/** The verbs that change an agent and what each carries; client and server both go by this table. */
export const VERBS = {
  /** The release was delivered before, to `/release`. */
  stage: command.extend({
    /** What `secret:` references of the release stand for. Stored on the node, never logged or shown. */
    secrets: z.record(z.string(), z.string()).optional(),
    ...consent,
  }),
  activate: command.extend({
    /** Seconds until the agent returns by itself if no confirmation comes. */
    confirmWithin: z.int().min(1).max(86400),
  }),
  confirm: command,
  finalise: command.extend({
    /** Nodes that were absent: sessions with them stay as they were until a later finalise. */
    behind: z.array(z.string()).optional(),
  }),
  rollback: command.extend({ reason: z.string() }),
  /** Takes the node out of service, and back into it; these are for who operates it, no matter who deploys. */
  drain: z.strictObject({ node: z.string(), by: name }),
  undrain: z.strictObject({ node: z.string(), by: name }),
  /**
   * Ends the sessions with the neighbour at this address (Cease, Administrative Reset, RFC 4486), and has them start
   * over. Nothing of it is stored.
   */
  reset: z.strictObject({ node: z.string(), neighbour: z.string(), by: name }),
  remove: z.strictObject({ node: z.string(), owner: name, fabric, ...consent }),
} as const;

export type Verb = keyof typeof VERBS;
/** The verbs that change what an agent stores. */
export type StoredVerb = Exclude<Verb, 'reset'>;
export type Request<V extends Verb> = z.infer<(typeof VERBS)[V]>;

/** The body of every answer that is not 200. */
export interface ErrorBody {
  readonly error: { readonly code: string; readonly message: string };
}

/**
 * A release is refused with its problems in words: agents of all versions so far name in these, and nowhere else, the
 * fields that they do not know.
 */
const UNKNOWN_FIELD = /\bthere is no field (\w+)/g;

/** The fields of a release that an agent refused as it does not know them. */
export const unknownFieldsIn = ({ code, message }: ErrorBody['error']): string[] =>
  code === 'invalid' ? [...message.matchAll(UNKNOWN_FIELD)].map(([, field]) => field) : [];

/**
 * Which routes are asked for: those to this prefix, those to it and to prefixes that hold it, or those to it and to
 * prefixes within it.
 */
export interface RouteQuery {
  readonly match: 'exact' | 'covering' | 'within';
  readonly prefix: Prefix;
}

/** A query as parameters of the path `/routes`. */
export const writeRouteQuery = ({ match, prefix }: RouteQuery): string =>
  `?${new URLSearchParams({ match, prefix: prefix.toString() })}`;

/** Reads {@link writeRouteQuery}'s parameters; undefined where all routes are asked for. */
export function readRouteQuery(parameters: URLSearchParams): RouteQuery | Problem | undefined {
  const text = parameters.get('prefix');
  const match = parameters.get('match') ?? 'exact';
  if (text === null) return undefined;
  if (match !== 'exact' && match !== 'covering' && match !== 'within')
    return Problem.of('range', `${JSON.stringify(match)} is not a way to match routes`);
  const prefix = Prefix.parse(text);
  return prefix instanceof Problem ? prefix : { match, prefix };
}

/** What of the routes of one session: all that came, those that may be used, and those that are sent. */
export const SIDES = ['received', 'accepted', 'advertised'] as const;
export type Side = (typeof SIDES)[number];

/**
 * Which routes of the sessions with a neighbour, by its address, are asked for; `prefix`: one of them alone, and if it
 * is not advertised, why.
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
  const neighbour = IpAddress.parse(parameters.get('neighbour'));
  const side = SIDES.find((one) => one === parameters.get('side'));
  const text = parameters.get('prefix');
  if (neighbour instanceof Problem) return neighbour;
  if (!side) return Problem.of('range', `${JSON.stringify(parameters.get('side'))} is not a side of a session`);
  const prefix = text === null ? undefined : Prefix.parse(text);
  if (prefix instanceof Problem) return prefix;
  return { neighbour: String(neighbour), side, ...(prefix && { prefix }) };
}
