import type { Fabric } from '../model/fabric';

/** The object of the fabric that a session is derived from. */
interface Origin {
  /** The map of the fabric that it is in. */
  readonly map: 'peers' | 'racks' | 'routeReflectors';
  readonly name: string;
}

const MAPS: ReadonlySet<string> = new Set<Origin['map'] & keyof Fabric>(['peers', 'racks', 'routeReflectors']);

/** Reads `peers.<name>`; a name may have dots. Undefined: it is not an object of a map (`nodeToNodeMesh`). */
export function readOrigin(origin: string): Origin | undefined {
  const dot = origin.indexOf('.');
  const map = origin.slice(0, Math.max(dot, 0));
  return MAPS.has(map) ? { map: map as Origin['map'], name: origin.slice(dot + 1) } : undefined;
}

/** What people call it: the name of the object, or the setting. */
export const originName = (origin: string): string => readOrigin(origin)?.name ?? origin;
