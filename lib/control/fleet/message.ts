import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { z } from 'zod';

/** A request to an agent: one of HTTP, as over its socket. */
export interface Question {
  readonly method: string;
  readonly path: string;
  readonly body?: string | Uint8Array;
}

/** The response to it. */
export interface Reply {
  readonly status: number;
  readonly body: Buffer;
}

/** The status of a reply if the agent did not answer the one who asked it for others: the body says why, as text. */
export const UNANSWERED = 502;

/** A value of etcd holds 1.5 MiB less what surrounds it. */
export const LARGEST_VALUE = 1_400_000;

/** A response of an agent, unpacked, as over its socket. */
const LARGEST_REPLY = 64 * 1024 * 1024;

const requestSchema = z.strictObject({
  /** Which run of the agent's connection it is for: no other executes it. */
  session: z.string().min(1),
  method: z.string(),
  path: z.string().startsWith('/'),
  /** At most one of these: as it is, sealed to the session's key, or below `releases/`. */
  body: z.string().optional(),
  sealed: z.string().optional(),
  stored: z.string().optional(),
});
export type FleetRequest = z.infer<typeof requestSchema>;

export const writeRequest = (request: FleetRequest): string => JSON.stringify(request);

/** Undefined if it is not a request. */
export function readRequest(value: Buffer): FleetRequest | undefined {
  try {
    return requestSchema.safeParse(JSON.parse(value.toString('utf8'))).data;
  } catch {
    return undefined;
  }
}

/** With which the name of a stored body begins. */
export const digestOf = (octets: Uint8Array): string => createHash('sha256').update(octets).digest('hex');

/** The status in a line, and the body, packed. */
export const packReply = ({ status, body }: Reply): Buffer =>
  gzipSync(Buffer.concat([Buffer.from(`${status}\n`), body]));

/** Reads {@link packReply}'s octets; undefined if they are something else. */
export function openReply(octets: Buffer): Reply | undefined {
  try {
    const unpacked = gunzipSync(octets, { maxOutputLength: LARGEST_REPLY });
    const end = unpacked.indexOf('\n');
    const status = Number(unpacked.toString('latin1', 0, Math.max(0, end)));
    return end > 0 && Number.isInteger(status) ? { status, body: unpacked.subarray(end + 1) } : undefined;
  } catch {
    return undefined;
  }
}
