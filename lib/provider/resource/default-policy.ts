import type { Fabric } from '../../model/fabric';
import { silentPeers } from '../../topology/silent-peers';
import { type Diagnostic, warning } from '../diagnostic';

/**
 * Warns about each outside eBGP neighbour without rules in a direction, for which no routes are accepted or advertised
 * (RFC 8212).
 */
export function defaultPolicyWarnings(fabric: Fabric): Diagnostic[] {
  return silentPeers(fabric).map(({ name, remote, acceptsNothing, advertisesNothing }) => {
    const does = [acceptsNothing && 'accepts', advertisesNothing && 'advertises'].filter((word) => word !== false);
    return warning(
      `Peer ${name} ${does.join(' and ')} no routes`,
      `${remote} is an eBGP neighbour outside the fabric, and without filters no routes are exchanged (RFC 8212). Give it filters with import and export rules.`,
      ['peers', name],
    );
  });
}
