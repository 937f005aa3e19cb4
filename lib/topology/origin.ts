import type { Fabric } from '../model/fabric';

/** The object of the fabric that a session is derived from. */
interface Origin {
  /** The map of the fabric that contains it. */
  readonly map: 'peers' | 'racks' | 'routeReflectors';
  readonly name: string;
}

const MAPS: ReadonlySet<string> = new Set<Origin['map'] & keyof Fabric>(['peers', 'racks', 'routeReflectors']);

/** Parses `peers.<name>`; a name may contain dots. Undefined for settings (`nodeToNodeMesh`). */
export function readOrigin(origin: string): Origin | undefined {
  const dot = origin.indexOf('.');
  const map = origin.slice(0, Math.max(dot, 0));
  return MAPS.has(map) ? { map: map as Origin['map'], name: origin.slice(dot + 1) } : undefined;
}

/** As shown to users: the name of the object, or the setting. */
export const originName = (origin: string): string => readOrigin(origin)?.name ?? origin;
