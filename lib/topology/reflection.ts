import { ADDRESS_FAMILIES } from '../model/address';
import type { Fabric } from '../model/fabric';
import { between, sessionOf } from './link';
import { clientIn, isClientIn, isReflectorIn, isTopReflector, reflectsIn } from './membership';
import type { Session } from './session';

/** The sessions that groups of route reflectors give a node: with its reflectors, with its clients, and between top reflectors. */
export function reflectorSessions(fabric: Fabric, name: string): Session[] {
  const groups = fabric.routeReflectors;
  const reflecting = reflectsIn(fabric, name),
    served = clientIn(fabric, name),
    isTop = isTopReflector(fabric, name);
  if (reflecting.length === 0 && served.length === 0) return [];
  return Object.keys(fabric.nodes).flatMap((other) => {
    if (other === name) return [];
    const node = fabric.nodes[other];
    const clientOfMine = reflecting.find((group) => isClientIn(fabric, groups[group], other, node)),
      reflectorOfMine = served.find((group) => isReflectorIn(groups[group], other, node));
    const group =
      clientOfMine ?? reflectorOfMine ?? (isTop && isTopReflector(fabric, other) ? reflecting[0] : undefined);
    if (group === undefined) return [];
    const { password, maxRouteMemory } = groups[group],
      routeReflectorClient = clientOfMine !== undefined;
    return ADDRESS_FAMILIES.flatMap((family) => {
      const ends = between(fabric, family, name, other);
      const how = { kind: 'reflector', origin: `routeReflectors.${group}`, routeReflectorClient } as const;
      const options = { ...(password && { password }), ...(maxRouteMemory !== undefined && { maxRouteMemory }) };
      return ends ? [sessionOf(fabric, { ...ends, ...how }, options)] : [];
    });
  });
}
