import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import * as z from 'zod';

/** A request to an agent: one of HTTP, as over its socket. */
export interface Question {
  readonly method: string;
  readonly path: string;
  readonly body?: string | Uint8Array;
  /** Of several that are sent together: a refusal of it does not end them. */
  readonly isOptional?: boolean;
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

const stepSchema = z.strictObject({
  method: z.string().regex(/^[A-Z]+$/),
  /** Neither has spaces or control characters, which would make two requests of one on the agent's socket. */
  path: z.string().regex(/^\/[!-~]*$/),
  /** At most one of these: as it is, sealed to the session's key, or below `releases/`. */
  body: z.string().optional(),
  sealed: z.string().optional(),
  stored: z.string().optional(),
  isOptional: z.literal(true).optional(),
});
export type FleetStep = z.infer<typeof stepSchema>;

/** Maximum number of steps after the first. */
const MOST_STEPS = 8;

const requestSchema = stepSchema.extend({
  /** Which run of the agent's connection it is for: no other executes it. */
  session: z.string().min(1),
  /**
   * What is executed after it, in order, until one is refused that is not optional. The reply is the last. An agent
   * that does not say `sequences` of itself takes no such request.
   */
  next: z.array(stepSchema).max(MOST_STEPS).optional(),
});
export type FleetRequest = z.infer<typeof requestSchema>;

/** The steps of a request, in order. */
export const requestSteps = ({ next = [], ...first }: FleetRequest): readonly FleetStep[] => [first, ...next];

/** What the body of a step is sealed for: it opens in no other place. */
export const stepContext = (id: string, step: number): string => (step === 0 ? id : `${id}/${step}`);

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
export const digestOf = (body: string | Uint8Array): string => createHash('sha256').update(body).digest('hex');

/** The status in a line, and the body, packed. */
export const packReply = ({ status, body }: Reply): Buffer =>
  gzipSync(Buffer.concat([Buffer.from(`${status}\n`), body]));

/** Octets that are unpacked into at once: zlib allocates them all, however few there are. */
const CHUNK = { least: 64, most: 16 * 1024 } as const;

/** Room for the length that gzip notes at its end (RFC 1952 section 2.3.1), which need not be true. */
function chunkFor(packed: Buffer): number {
  const length = packed.length < 4 ? 0 : packed.readUInt32LE(packed.length - 4);
  return Math.min(CHUNK.most, Math.max(CHUNK.least, length + 1));
}

/** Reads {@link packReply}'s octets; undefined if they are something else. */
export function openReply(octets: Buffer): Reply | undefined {
  try {
    const unpacked = gunzipSync(octets, { maxOutputLength: LARGEST_REPLY, chunkSize: chunkFor(octets) });
    const end = unpacked.indexOf('\n');
    const status = Number(unpacked.toString('latin1', 0, Math.max(0, end)));
    return end > 0 && Number.isInteger(status) ? { status, body: unpacked.subarray(end + 1) } : undefined;
  } catch {
    return undefined;
  }
}
