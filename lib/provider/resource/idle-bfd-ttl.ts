import type { Fabric } from '../../model/fabric';
import { idleBfdTtls } from '../../topology/idle-bfd-ttl';
import { type Diagnostic, shownPath, warning } from '../diagnostic';

/** Warns about each minimum TTL of BFD that has no effect. */
export const idleBfdTtlWarnings = (fabric: Fabric): Diagnostic[] =>
  idleBfdTtls(fabric).map((name) => {
    const path = ['peers', name, 'bfd', 'minimum_ttl'];
    return warning(
      `${shownPath(path)} has no effect`,
      'The neighbour is on the link, where the minimum TTL of BFD is always 255 (RFC 5881). Remove it; if the neighbour is several hops away, set bfd.multihop to true at both ends.',
      path,
    );
  });
