import { createHash } from 'node:crypto';
import * as z from 'zod';
import { IpAddress } from '../model/address';
import { Prefix } from '../model/prefix';
import { Problem } from '../model/problem';
import {
  RETAINS,
  type Retains,
  type SentRoutes,
  type WorkloadRoute,
  type WorkloadRoutes,
} from '../topology/outside-routes';

/** Maximum reported for one outside neighbour: prefixes, and octets of their attributes. */
export const MOST_SENT = { prefixes: 20_000, octets: 2_000_000 } as const;

/** Maximum number of workload routes reported for a node. */
export const MOST_WORKLOADS = 1000;

/** An established session with an outside neighbour, as in an agent's summary. */
export interface OutsideStatus {
  readonly localAddress: string;
  readonly remoteAddress: string;
  /** BGP identifier of the neighbour. */
  readonly routerId: number;
  /**
   * Name of the routes it sends ({@link sentRoutesName}): they are requested by it, once for all nodes that receive the
   * same.
   */
  readonly routes: string;
  /** Over what it retains this node's routes; older agents do not report it. */
  readonly retains?: Retains | undefined;
}

/** The name of a set of received routes: equal for equal prefixes with equal attributes. */
export const sentRoutesName = (sent: SentRoutes): string =>
  createHash('sha256').update(JSON.stringify(sent)).digest('hex').slice(0, 32);

const address = z
  .string()
  .max(64)
  .refine((text) => !(IpAddress.parse(text) instanceof Problem));
/** How the ends of a session are named, see {@link IpAddress.parseEnd}. */
const end = z
  .string()
  .max(128)
  .refine((text) => !(IpAddress.parseEnd(text) instanceof Problem));
const prefix = z
  .string()
  .max(64)
  .refine((text) => !(Prefix.parse(text) instanceof Problem));

const OUTSIDE = z.array(
  z.object({
    localAddress: end,
    remoteAddress: end,
    routerId: z.int().min(0).max(0xffffffff),
    routes: z.string().regex(/^[0-9a-f]{32}$/),
    retains: z.enum(RETAINS).optional().catch(undefined),
  }),
);

/** One check for each: a refresh of a large fleet performs some hundred thousand of them. */
function isWorkloadRoute(said: unknown): boolean {
  if (!Array.isArray(said) || said.length < 1 || said.length > 2) return false;
  return (
    said.every((text) => typeof text === 'string' && text.length <= 64) && !(Prefix.parse(said[0]) instanceof Problem)
  );
}

const WORKLOADS = z.object({
  number: z.int().min(0),
  routes: z.array(z.custom<WorkloadRoute>(isWorkloadRoute)).max(MOST_WORKLOADS),
});

const SENT = z.object({
  received: z.int().min(0),
  sets: z.array(
    z.object({
      attributes: z
        .string()
        .max(2 * 65_535)
        .regex(/^([0-9a-f]{2})*$/),
      nextHop: address,
      prefixes: z.array(prefix),
    }),
  ),
});

/** An agent's outside neighbours; undefined if absent or invalid. */
export const readOutside = (said: unknown): readonly OutsideStatus[] | undefined => OUTSIDE.safeParse(said).data;

/** An agent's workload routes; undefined if absent or invalid. */
export const readWorkloads = (said: unknown): WorkloadRoutes | undefined => WORKLOADS.safeParse(said).data;

/** The routes that a neighbour sends, as an agent reports them; undefined if invalid or too large. */
export function readSent(said: unknown): SentRoutes | undefined {
  const sent = SENT.safeParse(said).data;
  const prefixes = sent?.sets.reduce((sum, set) => sum + set.prefixes.length, 0) ?? 0;
  return prefixes > MOST_SENT.prefixes ? undefined : sent;
}
