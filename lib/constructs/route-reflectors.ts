import type { Construct } from 'constructs';
import type { RouteReflectorsSpec } from '../model/route-reflectors';
import type { Computable } from './computable';
import { Member } from './member';

/** A group of route reflectors in the model's words. */
export type RouteReflectorsProps = Readonly<Computable<RouteReflectorsSpec & { name: string }>>;

/**
 * Nodes that reflect routes to their clients (RFC 4456), by name or by selector: two of them for redundancy. Clients leave the mesh; a
 * reflector may be a client of another group.
 */
export class RouteReflectors extends Member {
  constructor(scope: Construct, id: string, props: RouteReflectorsProps) {
    super(scope, id, 'routeReflectors', props);
  }
}
