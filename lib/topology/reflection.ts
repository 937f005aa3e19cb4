import { ADDRESS_FAMILIES } from '../model/address';
import type { Fabric } from '../model/fabric';
import { between, sessionOf } from './link';
import { clientIn, isClientIn, isReflectorIn, isTopReflector, reflectsIn } from './membership';
import type { Session } from './session';

/**
 * The sessions of a node from route reflector groups: with its reflectors, with its clients, and between top
 * reflectors.
 */
export function* reflectorSessions(fabric: Fabric, name: string): Generator<Session> {
  const groups = fabric.routeReflectors;
  const reflecting = reflectsIn(fabric, name);
  const served = clientIn(fabric, name);
  const isTop = isTopReflector(fabric, name);
  if (reflecting.length === 0 && served.length === 0) return;
  for (const other of Object.keys(fabric.nodes)) {
    if (other === name) continue;
    const node = fabric.nodes[other];
    const clientOfMine = reflecting.find((group) => isClientIn(fabric, groups[group], other, node));
    const reflectorOfMine = served.find((group) => isReflectorIn(groups[group], other, node));
    const group =
      clientOfMine ?? reflectorOfMine ?? (isTop && isTopReflector(fabric, other) ? reflecting[0] : undefined);
    if (group === undefined) continue;
    const { password, maxRouteMemory, bfd } = groups[group];
    const routeReflectorClient = clientOfMine !== undefined;
    for (const family of ADDRESS_FAMILIES) {
      const ends = between(fabric, family, name, other);
      if (!ends) continue;
      const how = { kind: 'reflector', origin: `routeReflectors.${group}`, routeReflectorClient } as const;
      const options = {
        ...(password && { password }),
        ...(maxRouteMemory !== undefined && { maxRouteMemory }),
        ...(bfd && { bfd }),
      };
      yield sessionOf(fabric, { ...ends, ...how }, options);
    }
  }
}
