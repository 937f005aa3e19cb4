import type { EtcdClient, Listing } from '../etcd/client';
import { readAgents } from './agent-keys';
import { FleetKeys } from './keys';
import { certificateEnd, readPresence } from './presence';

/** An agent that is connected to etcd. */
export interface ConnectedAgent {
  readonly node: string;
  readonly version: string;
  /** When its certificate ends, ISO 8601; absent without TLS. */
  readonly certificateUntil?: string;
}

/** The agents below a prefix that are connected now, by name. */
export async function connectedAgents(etcd: EtcdClient, prefix: string): Promise<readonly ConnectedAgent[]> {
  const keys = new FleetKeys(prefix);
  return agentsIn(await readAgents(etcd, keys), keys);
}

/** The agents that are connected, by name, as their keys say. */
export function agentsIn({ keys: found }: Pick<Listing, 'keys'>, keys: FleetKeys): readonly ConnectedAgent[] {
  const agents = found.flatMap(({ key, value }): ConnectedAgent[] => {
    const whose = keys.read(key);
    const presence = whose?.answer === undefined ? readPresence(value) : undefined;
    if (!whose || !presence) return [];
    const certificateUntil = certificateEnd(presence);
    return [{ node: whose.node, version: presence.version, ...(certificateUntil && { certificateUntil }) }];
  });
  return agents.sort((a, b) => a.node.localeCompare(b.node, 'en', { numeric: true }));
}
