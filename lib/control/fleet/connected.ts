import type { EtcdClient, Listing } from '../etcd/client';
import type { EtcdTls } from '../etcd/connection';
import { readAgents } from './agent-keys';
import { FleetKeys } from './keys';
import { certificateEnd, parsePresence, readPresence, sealingKey } from './presence';

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

/** An agent whose key is not as agents write it. */
export interface UnfitAgent {
  readonly node: string;
  readonly why: string;
}

/** Those whose keys cannot be read or, with TLS, to whom secrets cannot be sealed. */
export function unfitAgents(
  { keys: found }: Pick<Listing, 'keys'>,
  keys: FleetKeys,
  tls: EtcdTls | undefined,
): readonly UnfitAgent[] {
  return found.flatMap(({ key, value }): UnfitAgent[] => {
    const whose = keys.read(key);
    if (!whose || whose.answer !== undefined) return [];
    const { node } = whose;
    const presence = parsePresence(value);
    if (typeof presence === 'string') return [{ node, why: presence }];
    const sealing = tls && sealingKey(presence, { prefix: keys.prefix, node }, tls);
    return typeof sealing === 'string' ? [{ node, why: sealing }] : [];
  });
}
