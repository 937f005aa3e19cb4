import type { AddressFamily } from '../../model/address';
import { Prefix } from '../../model/prefix';
import { type Keys, keyOf } from '../keys';
import type { Addresses, LabMachine, LabPlan, MachineSession } from '../lab-plan';

/** A neighbour as configured in a daemon. */
export interface DaemonNeighbour extends MachineSession {
  /** TCP MD5 key of the session. */
  readonly key?: string;
}

/** Configuration of an outside machine, independent of the daemon. */
export interface OutsideConfig {
  readonly routerId: string;
  readonly asNumber: number;
  /** TCP port it listens on. */
  readonly port: number;
  readonly addresses: Addresses;
  readonly families: readonly AddressFamily[];
  /** What else is on the switch, for next hop resolution. */
  readonly onLink: readonly Prefix[];
  /** What it announces: the host behind it. */
  readonly hosts: readonly Prefix[];
  readonly neighbours: readonly DaemonNeighbour[];
}

export function outsideConfig(plan: LabPlan, machine: LabMachine, keys: Keys): OutsideConfig {
  const { addresses, sessions, port } = machine;
  const hostsOf = (one: Addresses) => Object.values(one).map((address) => Prefix.host(address));
  return {
    routerId: addresses.ipv4?.toString() ?? `192.0.2.${port}`,
    asNumber: sessions[0].localAs.value,
    port: sessions[0].localPort,
    addresses,
    families: Object.keys(addresses) as AddressFamily[],
    onLink: plan.machines.flatMap((one) =>
      one.name === machine.name || !one.isOnSwitch ? [] : hostsOf(one.addresses),
    ),
    hosts: plan.workloads.flatMap((one) => (one.host === machine.name ? hostsOf(one.addresses) : [])),
    neighbours: sessions.map((session) => {
      const key = session.password && keyOf(keys, session.password);
      return { ...session, ...(key !== undefined && { key }) };
    }),
  };
}
