import { ADDRESS_FAMILIES } from '../model/address';
import { subnetOf } from './cable-subnet';
import type { LabMachine, MachineSession, Uplink } from './lab-plan';
import type { OutsideMachine } from './outside';
import { nextFree } from './plan-names';

/**
 * Cables for the sessions of outside machines: one for each machine and node. Those in `before` keep their interfaces.
 */
export function uplinksOf(
  machines: readonly { readonly name: string; readonly sessions: readonly MachineSession[] }[],
  before: readonly Uplink[] = [],
): Uplink[] {
  const taken = new Set(
    before.flatMap((one) => [`${one.node} ${one.nodeInterface}`, `${one.machine} ${one.machineInterface}`]),
  );
  for (const { node, link } of machines.flatMap(({ sessions }) => sessions)) if (link) taken.add(`${node} ${link}`);
  const free = (of: string, stem: string) => nextFree((number) => `${of} ${stem}${number}`, taken).slice(of.length + 1);
  return machines.flatMap(({ name, sessions }) => {
    const cabled = sessions.filter(({ isCabled, link }) => isCabled && link === undefined);
    const unnumbered = sessions.flatMap(({ node, link }): Uplink[] => {
      if (link === undefined) return [];
      const known = before.find((one) => one.node === node && one.machine === name && one.nodeInterface === link);
      const machineInterface = known?.machineInterface ?? free(name, 'down');
      return [{ node, machine: name, nodeInterface: link, machineInterface, ends: [] }];
    });
    const numbered = [...new Set(cabled.map(({ node }) => node))].map((node): Uplink => {
      const own = cabled.filter((session) => session.node === node);
      const known = before.find((one) => one.node === node && one.machine === name);
      return {
        ...{ node, machine: name },
        nodeInterface: known?.nodeInterface ?? free(node, 'up'),
        machineInterface: known?.machineInterface ?? free(name, 'down'),
        ends: own.map(({ localAddress, remoteAddress }) => ({
          ...{ nodeAddress: remoteAddress, machineAddress: localAddress },
          length: subnetOf(localAddress, remoteAddress)!,
        })),
      };
    });
    return [...numbered, ...unnumbered];
  });
}

/** An outside machine whose sessions without addresses are on its ends of these cables. */
export const onUplinks = (machine: LabMachine, uplinks: readonly Uplink[]): LabMachine => ({
  ...machine,
  sessions: machine.sessions.map((session): MachineSession => {
    const on = uplinks.find(
      (one) => one.machine === machine.name && one.node === session.node && one.nodeInterface === session.link,
    );
    return on ? { ...session, interface: on.machineInterface } : session;
  }),
});

type Named = OutsideMachine & { readonly name: string };

/**
 * Top-of-rack switches and machines at the far ends of cables also peer with each other over the switch, as over a
 * spine, so that each reaches what only another has a path to.
 */
export function spineSessions(machine: Named, all: readonly Named[]): MachineSession[] {
  if (!machine.isOnSpine) return [];
  return all
    .filter((other) => other.isOnSpine && other.name !== machine.name)
    .flatMap((other) =>
      ADDRESS_FAMILIES.flatMap((family): MachineSession[] => {
        const [localAddress, remoteAddress] = [machine.addresses[family], other.addresses[family]];
        if (!localAddress || !remoteAddress) return [];
        const [own, theirs] = [machine.sessions[0], other.sessions[0]];
        return [
          {
            ...{ node: other.name, localAddress, localPort: own.localPort, localAs: own.localAs },
            ...{ remoteAddress, remotePort: theirs.localPort, remoteAs: theirs.localAs },
            ...{ families: [family], holdTime: own.holdTime, reflects: false, isCabled: false, isTopOfRack: false },
          },
        ];
      }),
    );
}
