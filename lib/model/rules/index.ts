import { Community } from '../community';
import { meantName } from '../nearest';
import { Problem } from '../problem';
import { bfdProblems, bothWait } from './bfd';
import { rackProblems, reflectorProblems } from './groups';
import { linkProblems } from './links';
import { nodeProblems } from './nodes';
import { peerProblems } from './peers';
import { entries, isPresent, lacks, type Raw, rawList, record } from './raw';
import { timers } from './timers';

/**
 * Rules across fields. They read the raw input, leaf by leaf, and skip what is missing, unknown or invalid by itself
 * (the schema reports that), so that one mistake never hides another.
 */
export function crossProblems(spec: unknown): Problem[] {
  const fabric = record(spec);
  const nodes = entries(fabric.nodes);
  return [
    ...timers(fabric, ''),
    ...meshProblems(fabric),
    ...bfdProblems('meshBfd', fabric.meshBfd, {}, fabric),
    ...bothWait('meshBfd', fabric.meshBfd),
    ...communityProblems(fabric),
    ...nodeProblems(nodes, fabric),
    ...peerProblems(nodes, fabric),
    ...linkProblems(nodes, fabric),
    ...rackProblems(fabric),
    ...reflectorProblems(fabric),
  ];
}

/** Settings of the mesh have no effect without the mesh. */
const meshProblems = (fabric: Raw): Problem[] =>
  fabric.nodeToNodeMesh === false
    ? ['meshPassword', 'meshRestartTime', 'meshBfd']
        .filter((field) => isPresent(fabric[field]))
        .map((field) => Problem.of('mesh-field', 'the mesh is disabled', field))
    : [];

/** Communities of advertisements are names defined in the fabric, or values. */
const communityProblems = (fabric: Raw): Problem[] =>
  rawList(fabric.prefixAdvertisements).flatMap((item, i) =>
    rawList(record(item).communities).flatMap((community, j) =>
      typeof community === 'string' &&
      lacks(fabric.communities, community) &&
      Community.parse(community) instanceof Problem
        ? [
            Problem.of(
              'unknown-community',
              `there is no community ${community}${meantName(community, Object.keys(record(fabric.communities)))}`,
              `prefixAdvertisements.${i}.communities.${j}`,
            ),
          ]
        : [],
    ),
  );
