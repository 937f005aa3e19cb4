import { promisify } from 'node:util';
import { gunzipSync, gzip, gzipSync } from 'node:zlib';
import * as z from 'zod';
import type { Json } from '../model/canonical';
import { inheritingNothing } from '../model/named';
import { joinedFabric, partsOf } from '../model/parts';
import { Problem } from '../model/problem';
import { readAccepted } from '../model/read';
import { yieldTurn } from './concurrency';
import { type JsonLimits, parseJson } from './json';
import { openRelease, type Release, writeRelease } from './release';

/** A release on its way to an agent, with the endpoints of the fabric's agents, so that any agent can return them. */
export interface Delivery {
  readonly release: Release;
  /** Node → endpoint. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** The release's document as JSON, if available: serialising it again takes long. */
  readonly document?: string;
}

/** A release of 5,000 nodes has some 1.5 MB and 100,000 values; nothing needs more than this. */
const LARGEST: JsonLimits = { octets: 16 * 1024 * 1024, values: 1_500_000, depth: 32 };

const envelope = z.strictObject({ document: z.unknown(), endpoints: z.record(z.string(), z.string()) });

/** As gzipped JSON. Every agent receives the same octets: they are built once, at a twentieth of the size. */
export const packDelivery = (delivery: Delivery): Buffer => gzipSync(textOf(delivery));

/** The same, with most of the work off the main thread. */
export const packAside = async (delivery: Delivery): Promise<Buffer> => promisify(gzip)(textOf(delivery));

const textOf = ({ release, endpoints, document = JSON.stringify(writeRelease(release)) }: Delivery): string =>
  `{"document":${document},"endpoints":${JSON.stringify(endpoints)}}`;

/**
 * Reads what {@link packDelivery} wrote; returns the problems of one that is damaged, too large, or of another version.
 */
export function openDelivery(octets: Uint8Array): Delivery | readonly Problem[] {
  let parsed: ReturnType<typeof envelope.safeParse>;
  try {
    const inflated = gunzipSync(octets, { maxOutputLength: LARGEST.octets });
    parsed = envelope.safeParse(parseJson(inflated, LARGEST));
  } catch (error) {
    return [Problem.of('digest', `the release cannot be read: ${(error as Error).message}`)];
  }
  if (!parsed.success) return [Problem.of('digest', 'the delivery is not a release with endpoints')];
  const release = openRelease(parsed.data.document);
  return 'digest' in release ? { release, endpoints: inheritingNothing(parsed.data.endpoints) } : release;
}

/** A validated delivery, in a form that can be passed between threads. */
export interface Examined {
  readonly digest: string;
  readonly document: string;
  /** The fabric in parts ({@link partsOf}), as JSON. */
  readonly parts: readonly string[];
  readonly endpoints: Readonly<Record<string, string>>;
}

/** Why a delivery cannot be accepted, in a form that can be passed between threads. */
export interface Unreadable {
  readonly problems: readonly string[];
  /** Fields, as paths, that are not known here. */
  readonly unknownFields: readonly string[];
}

/** Maximum number of problems listed for a delivery: its author has a tool that lists all. */
const MOST_PROBLEMS = 20;

/** Opens a delivery for another thread. */
export function examineDelivery(octets: Uint8Array): Examined | Unreadable {
  const opened = openDelivery(octets);
  if (!('release' in opened)) {
    const first = opened.slice(0, MOST_PROBLEMS);
    const more = opened.length - first.length;
    return {
      problems: [...first.map(String), ...(more > 0 ? [`and ${more} more problems`] : [])],
      unknownFields: first.flatMap(({ code, path }) => (code === 'unknown-field' ? [path] : [])),
    };
  }
  const { release, endpoints } = opened;
  const written = writeRelease(release);
  const parts = partsOf(written.fabric as Readonly<Record<string, Json>>);
  return {
    ...{ digest: release.digest, endpoints },
    document: JSON.stringify(written),
    parts: parts.map((part) => JSON.stringify(part)),
  };
}

/** Reassembles an examined delivery, one part in each turn of the event loop. */
export async function assembleDelivery({ digest, document, parts, endpoints }: Examined): Promise<Delivery> {
  const read = [];
  for (const part of parts) {
    const { fabric, problems } = readAccepted(JSON.parse(part));
    if (!fabric) throw new Error(`a part of an examined release cannot be read: ${problems.join('; ')}`);
    read.push(fabric);
    await yieldTurn();
  }
  return { release: { digest, fabric: joinedFabric(read) }, endpoints: inheritingNothing(endpoints), document };
}
