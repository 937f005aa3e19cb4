import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { AgentSummary } from '../../control/status';
import { canonicalText } from '../../model/canonical';
import type { Fabric } from '../../model/fabric';
import { readAccepted } from '../../model/read';

/**
 * The fabric that was last confirmed, packed as text: canonical, deflated, base64 (that of 5,000 nodes has some 100 kB). It is kept beside a
 * state whose own fabric was staged and is not confirmed yet, since a change does to the network what it does to what runs.
 */
export const packFabric = (fabric: Fabric): string => deflateRawSync(canonicalText(fabric)).toString('base64');

/** Reads what {@link packFabric} wrote. */
export const unpackFabric = (packed: string): Fabric | undefined =>
  readAccepted(JSON.parse(inflateRawSync(Buffer.from(packed, 'base64')).toString('utf8'))).fabric;

/** Whether any of these agents has confirmed the release: then all that had to were healthy under it. */
export const isConfirmed = (statuses: Iterable<AgentSummary>, release: unknown): boolean =>
  [...statuses].some(({ transaction }) => transaction.confirmed?.release === release);
