import type { EtcdClient } from '../etcd/client';
import { readAgents } from './agent-keys';
import { type Burden, burdensOf, describeBurden } from './burden';
import { agentsIn, type ConnectedAgent, type UnfitAgent, unfitAgents } from './connected';
import { FleetKeys } from './keys';
import { describeStrays, type Strays, straysOf } from './strays';

/** What matters of an etcd to the fleet of a fabric. */
export interface FleetCondition {
  /** Whether etcd applies rights. */
  readonly authentication: boolean;
  /** Alarms that are raised, such as NOSPACE: while there is one, no deploy is possible. */
  readonly alarms: readonly string[];
  /** How many keys the fabric has there, of agents and deploys. */
  readonly keys: number;
  readonly agents: readonly ConnectedAgent[];
  /** What is wrong with what agents say of themselves. */
  readonly unfit: readonly UnfitAgent[];
  /** Nodes that have more in etcd than their agents write, by name. */
  readonly burdens: readonly Burden[];
  /** What is there besides what deployers write. */
  readonly strays: readonly Strays[];
}

/** What it means that authentication is disabled, and what to do. */
export const RIGHTS_OFF =
  'the authentication of etcd is disabled, so no rights apply: the certificate of any node may command all nodes. Enable it with etcdctl auth enable (docs/fleet.md)';

/** Whether etcd demands certificates and applies no rights to them; false if that cannot be known now. */
export const isUnguarded = async (etcd: EtcdClient): Promise<boolean> =>
  etcd.connection.access.tls !== undefined && !(await etcd.hasRights().catch(() => true));

export async function fleetCondition(etcd: EtcdClient, prefix: string): Promise<FleetCondition> {
  const keys = new FleetKeys(prefix);
  const [alarms, authentication, found, [count]] = await Promise.all([
    etcd.alarms(),
    etcd.hasRights(),
    readAgents(etcd, keys),
    etcd.counts([keys.root]),
  ]);
  return {
    authentication,
    alarms,
    keys: count,
    agents: agentsIn(found, keys),
    unfit: unfitAgents(found, keys, etcd.connection.access.tls),
    burdens: await burdensOf(etcd, keys, found),
    strays: await straysOf(etcd, keys, found.strays),
  };
}

/** What it means that no fabric has keys with a prefix, and what to do. */
export const noKeys = (prefix: string): string =>
  `etcd has no keys below ${new FleetKeys(prefix).root}. Check the prefix; a fabric has keys while its agents are connected`;

/** What is wrong with the etcd of a fleet, and what to do; empty if nothing is. */
export function troublesOf(
  { authentication, alarms, keys, agents, unfit, burdens, strays }: FleetCondition,
  { prefix, hasTls }: { readonly prefix: string; readonly hasTls: boolean },
): string[] {
  const connected = new Set(agents.map(({ node }) => node));
  return [
    ...alarms.map((alarm) => `etcd has raised the alarm ${alarm}, and no deploy is possible: ${remedyOf(alarm)}`),
    // Without TLS it has nothing to know users by, and that was asked for.
    ...(hasTls && !authentication ? [RIGHTS_OFF] : []),
    ...unfit.map(({ node, why }) => `the key by which the agent of ${node} is connected is not in order: ${why}`),
    ...burdens.map((burden) => describeBurden(burden, prefix, connected.has(burden.node))),
    ...strays.map(describeStrays),
    ...(agents.length === 0 ? [`no agent is connected below ${prefix}${keys === 0 ? `: ${noKeys(prefix)}` : ''}`] : []),
  ];
}

const REMEDIES: Readonly<Record<string, string>> = {
  NOSPACE: 'compact and defragment it, then disarm the alarm (etcdctl alarm disarm)',
  CORRUPT:
    'compare its members (etcdctl endpoint hashkv --cluster), replace one that differs, then disarm the alarm (etcdctl alarm disarm)',
};

const remedyOf = (alarm: string): string => REMEDIES[alarm] ?? 'see etcdctl alarm list';
