import { ADDRESS_FAMILIES, type IpAddress } from '../model/address';
import { subnetOf } from './cable-subnet';
import type { OutsideMachine, OutsideSession } from './outside';

/** A cable between a node and an outside machine, with a subnet of its own in each family that sessions leave from an address of it. */
export interface Uplink {
  readonly node: string;
  readonly machine: string;
  /** Names of its two interfaces. */
  readonly nodeInterface: string;
  readonly machineInterface: string;
  readonly ends: readonly {
    readonly nodeAddress: IpAddress;
    readonly machineAddress: IpAddress;
    readonly length: number;
  }[];
}

/** The cables that the sessions of outside machines run over: one for each machine and node. */
export function uplinksOf(
  machines: readonly { readonly name: string; readonly sessions: readonly OutsideSession[] }[],
): Uplink[] {
  const counts = new Map<string, number>();
  const next = (of: string): number => {
    counts.set(of, (counts.get(of) ?? 0) + 1);
    return counts.get(of)!;
  };
  return machines.flatMap(({ name, sessions }) => {
    const cabled = sessions.filter(({ isCabled }) => isCabled);
    return [...new Set(cabled.map(({ node }) => node))].map((node): Uplink => {
      const own = cabled.filter((session) => session.node === node);
      return {
        ...{ node, machine: name, nodeInterface: `up${next(node)}`, machineInterface: `down${next(name)}` },
        ends: own.map(({ localAddress, remoteAddress }) => ({
          ...{ nodeAddress: remoteAddress, machineAddress: localAddress },
          length: subnetOf(localAddress, remoteAddress)!,
        })),
      };
    });
  });
}

type Named = OutsideMachine & { readonly name: string };

/** Machines at the far ends of cables also talk to one another over the switch, as top-of-racks do over a spine: what one lost a cable to, another reaches. */
export function spineSessions(machine: Named, all: readonly Named[]): OutsideSession[] {
  if (!machine.isCabled) return [];
  return all
    .filter((other) => other.isCabled && other.name !== machine.name)
    .flatMap((other) =>
      ADDRESS_FAMILIES.flatMap((family): OutsideSession[] => {
        const [localAddress, remoteAddress] = [machine.addresses[family], other.addresses[family]];
        if (!localAddress || !remoteAddress) return [];
        const [own, theirs] = [machine.sessions[0], other.sessions[0]];
        return [
          {
            ...{ node: other.name, localAddress, localPort: own.localPort, localAs: own.localAs },
            ...{ remoteAddress, remotePort: theirs.localPort, remoteAs: theirs.localAs },
            ...{ families: [family], holdTime: own.holdTime, reflects: false, isCabled: false },
          },
        ];
      }),
    );
}
