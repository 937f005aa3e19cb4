import type { RoutingOptions } from '../bgp/effects';
import type { IpAddress } from '../model/address';
import type { Fabric } from '../model/fabric';
import { routerIdIn } from '../model/router-id';
import { clusterIdOf } from '../topology/membership';

/**
 * Default maximum memory in MB for the routes of all neighbours. MemoryMax of the service is derived from it
 * (service-unit.ts).
 */
export const MAX_ROUTE_MEMORY_OF_ALL = 1000;

/** The BGP identifier of a node as a 32-bit number. */
export const routerIdNumber = (fabric: Fabric, name: string): number => idNumber(routerIdIn(fabric, name));

/** Settings of a node's speaker other than its sessions. */
export function routingOf(fabric: Fabric, name: string): RoutingOptions {
  const cluster = clusterIdOf(fabric, name);
  return {
    routerId: routerIdNumber(fabric, name),
    restartTime: fabric.restartTime,
    maxRouteMemory: fabric.maxRouteMemory ?? MAX_ROUTE_MEMORY_OF_ALL,
    ...(cluster && { clusterId: idNumber(cluster) }),
    ...(fabric.multipath !== undefined && { multipath: fabric.multipath }),
  };
}

/** A dotted quad as a 32-bit number. */
export const idNumber = ({ bytes }: IpAddress): number => new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
