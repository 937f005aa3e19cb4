import type { Construct } from 'constructs';
import { Entry, type Named } from './entry';
import type { RouteReflectorsFields } from './props';

/** The fields of a group of route reflectors. */
export type RouteReflectorsProps = Named & RouteReflectorsFields;

/**
 * Nodes that reflect routes to their clients (RFC 4456), by name or by selector. Use two for redundancy. Clients are
 * excluded from the mesh; a reflector may be a client of another group.
 */
export class RouteReflectors extends Entry {
  constructor(scope: Construct, id: string, props: RouteReflectorsProps) {
    super(scope, id, 'routeReflectors', props);
  }
}
