import { createHash } from 'node:crypto';
import { z } from 'zod';
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

/** The maximum that is sent of one outside neighbour: prefixes, and octets of their attributes. */
export const MOST_SENT = { prefixes: 20_000, octets: 2_000_000 } as const;

/** Maximum number of workload routes that are sent of a node. */
export const MOST_WORKLOADS = 1000;

/** A session with an outside neighbour that is up, as an agent's summary names it. */
export interface OutsideStatus {
  readonly localAddress: string;
  readonly remoteAddress: string;
  /** BGP identifier of the neighbour. */
  readonly routerId: number;
  /** Name of what it sends ({@link sentRoutesName}): it is asked for by that, once for all nodes that hear the same. */
  readonly routes: string;
  /** Over what it retains this node's routes; agents of before do not say. */
  readonly retains?: Retains | undefined;
}

/** The name of what a neighbour sends: the same for the same prefixes with the same attributes. */
export const sentRoutesName = (sent: SentRoutes): string =>
  createHash('sha256').update(JSON.stringify(sent)).digest('hex').slice(0, 32);

const address = z
  .string()
  .max(64)
  .refine((text) => !(IpAddress.parse(text) instanceof Problem));
const prefix = z
  .string()
  .max(64)
  .refine((text) => !(Prefix.parse(text) instanceof Problem));

const OUTSIDE = z.array(
  z.object({
    localAddress: address,
    remoteAddress: address,
    routerId: z.int().min(0).max(0xffffffff),
    routes: z.string().regex(/^[0-9a-f]{32}$/),
    retains: z.enum(RETAINS).optional().catch(undefined),
  }),
);

/** One check for each: a refresh of a large fleet makes some hundred thousand of them. */
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

/** What an agent says of its outside neighbours; undefined: it says none of it, or nothing that makes sense. */
export const readOutside = (said: unknown): readonly OutsideStatus[] | undefined => OUTSIDE.safeParse(said).data;

/** What an agent says of its workload routes; undefined: it says none of it, or nothing that makes sense. */
export const readWorkloads = (said: unknown): WorkloadRoutes | undefined => WORKLOADS.safeParse(said).data;

/** What an agent says that a neighbour sends; undefined: it makes no sense, or is more than may be. */
export function readSent(said: unknown): SentRoutes | undefined {
  const sent = SENT.safeParse(said).data;
  const prefixes = sent?.sets.reduce((sum, set) => sum + set.prefixes.length, 0) ?? 0;
  return prefixes > MOST_SENT.prefixes ? undefined : sent;
}
