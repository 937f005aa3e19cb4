import type { BestRouteChange, Rib } from '../../../lib/bgp/rib/rib';

/** The changes that there are to take, one after the other, as the speaker takes them. */
export function* takenChanges(rib: Rib): Generator<BestRouteChange> {
  for (let change = rib.takeChange(); change; change = rib.takeChange()) yield change;
}
