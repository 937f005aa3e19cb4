import { gunzipSync, gzipSync } from 'node:zlib';
import { z } from 'zod';
import { Problem } from '../model/problem';
import { openRelease, type Release, writeRelease } from './release';

/** A release on its way to an agent, with where the fabric's agents are reached, so that any of them can tell. */
export interface Delivery {
  readonly release: Release;
  /** Node → endpoint. */
  readonly endpoints: Readonly<Record<string, string>>;
}

/** A release of 5,000 nodes is under 2 MB; nobody has need of more than this. */
const LARGEST = 64 * 1024 * 1024;

const envelope = z.strictObject({ document: z.unknown(), endpoints: z.record(z.string(), z.string()) });

/** As gzipped JSON. The same octets go to every agent: they are made once, and a twentieth of the size. */
export const packDelivery = ({ release, endpoints }: Delivery): Buffer =>
  gzipSync(JSON.stringify({ document: writeRelease(release), endpoints }));

/** Reads what {@link packDelivery} wrote; the problems of one that is damaged, too large, or of another version. */
export function openDelivery(octets: Uint8Array): Delivery | readonly Problem[] {
  let parsed: ReturnType<typeof envelope.safeParse>;
  try {
    parsed = envelope.safeParse(JSON.parse(gunzipSync(octets, { maxOutputLength: LARGEST }).toString('utf8')));
  } catch (error) {
    return [Problem.of('digest', `the release can't be read: ${(error as Error).message}`)];
  }
  if (!parsed.success) return [Problem.of('digest', 'what was delivered is no release with endpoints')];
  const release = openRelease(parsed.data.document);
  return 'digest' in release ? { release, endpoints: parsed.data.endpoints } : release;
}
