import { markReflectionLoops, wasReflected } from './adj-rib-in/reflection-loop';
import { PATH, PATH_PRE_POLICY } from './table/path-table';
import type { Reevaluate } from './table-walk';
import type { RibTables } from './tables';

/** The identifiers of this node as a speaker and a reflector: they determine what is a loop (RFC 4456 section 8). */
export class OwnIdentifiers {
  /** `readvertiseReflected`: routes that are reflected are advertised again. */
  constructor(
    private readonly tables: RibTables,
    private readonly reevaluate: Reevaluate,
    private readonly readvertiseReflected: () => void,
  ) {}

  /** See `Rib.setClusterId`. */
  setClusterId(id: number, later: boolean): void {
    const { tables } = this;
    const clusterId = id >>> 0;
    if (clusterId === tables.clusterId) return;
    tables.clusterId = clusterId;
    this.findLoops('cluster id', later);
    if (tables.peers.some((peer) => peer?.config.routeReflectorClient)) this.readvertiseReflected();
  }

  /** See `Rib.setRouterId`. */
  setRouterId(id: number, others: readonly number[], later: boolean): void {
    const { tables } = this;
    const routerId = id >>> 0;
    if (routerId === tables.routerId && others.join() === tables.otherRouterIds.join()) return;
    tables.routerId = routerId;
    tables.otherRouterIds = others.map((other) => other >>> 0);
    this.findLoops('router id', later);
  }

  /** Evaluates routes that passed a reflector again. */
  private findLoops(reason: string, later: boolean): void {
    const { attributes, paths } = this.tables;
    markReflectionLoops(attributes, this.tables);
    const concerns = (path: number) => wasReflected(attributes, paths.paths[path * PATH + PATH_PRE_POLICY]);
    this.reevaluate(reason, concerns, later);
  }
}
