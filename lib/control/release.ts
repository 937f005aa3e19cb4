import { createHash } from 'node:crypto';
import { canonicalFabric, canonicalText, type Json } from '../model/canonical';
import type { Fabric } from '../model/fabric';
import { Problem } from '../model/problem';
import { type Reading, readAccepted, readFabric } from '../model/read';

/** Version of the release documents that this version writes, and the only one that it reads. */
export const SCHEMA_VERSION = 1;

/**
 * The whole fabric, normalised and immutable, identified by the digest of its content. Contains no endpoints and no
 * secrets.
 */
export interface Release {
  /** `sha256:` and 64 hexadecimal digits, over the canonical form. */
  readonly digest: string;
  readonly fabric: Fabric;
}

/** A release as transferred and stored on disk. */
interface ReleaseDocument {
  readonly schemaVersion: number;
  readonly digest: string;
  readonly fabric: Json;
}

export function makeRelease(fabric: Fabric): Release {
  return { digest: `sha256:${createHash('sha256').update(canonicalText(fabric)).digest('hex')}`, fabric };
}

export const writeRelease = (release: Release): ReleaseDocument => ({
  schemaVersion: SCHEMA_VERSION,
  digest: release.digest,
  fabric: canonicalFabric(release.fabric),
});

/** Opens a release document after checking its version, its fabric and its digest. */
export const openRelease = (document: unknown): Release | readonly Problem[] => opened(document, readFabric);

/** The same for a stored release that was opened before: rules added in later versions do not apply to it. */
export const reopenRelease = (document: unknown): Release | readonly Problem[] => opened(document, readAccepted);

function opened(document: unknown, read: (spec: unknown) => Reading): Release | readonly Problem[] {
  const { schemaVersion, digest, fabric: spec } = (document ?? {}) as Partial<ReleaseDocument>;
  if (schemaVersion !== SCHEMA_VERSION)
    return [
      Problem.of(
        'schema-version',
        `the release has schema version ${JSON.stringify(schemaVersion)}, but this agent supports ${SCHEMA_VERSION}`,
      ),
    ];
  const { fabric, problems } = read(spec);
  if (!fabric) return problems;
  const release = makeRelease(fabric);
  if (release.digest !== digest)
    return [Problem.of('digest', `the release is labelled ${digest}, but its content is ${release.digest}`)];
  return release;
}

/** The digest in short form: its first 12 digits. */
export const shortDigest = (digest: string): string => digest.replace(/^sha256:/, '').slice(0, 12);
