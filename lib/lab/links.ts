import type { Fabric } from '../model/fabric';
import { isLike, isPattern } from '../model/interface-pattern';
import { explicitSessionsOf, sessionsOf } from '../topology/derive';
import { isOfPattern, linkOfEnd, onLink } from '../topology/link-end';
import type { Session } from '../topology/session';
import type { LabPlan, Uplink } from './lab-plan';
import { nameMatching } from './plan-names';
import { ON_LINK_INTERFACE } from './wiring';

/** How many links a lab makes for a pattern: enough to have several paths. */
const LINKS_OF_PATTERN = 2;

/** The sessions of a node except those of the mesh; those of patterns are on the links that the lab makes for them. */
export function labSessionsOf(fabric: Fabric, node: string): Session[] {
  const sessions = explicitSessionsOf(fabric, node);
  const taken = new Set(sessions.map(({ interface: link }) => link));
  return sessions.flatMap((session) => {
    if (!isOfPattern(session)) return [session];
    const names: string[] = [];
    for (let ordinal = 1; names.length < LINKS_OF_PATTERN; ordinal++) {
      const name = nameMatching(session.interface!, ordinal);
      if (!taken.has(name)) names.push(name);
      taken.add(name);
    }
    return names.map((name) => onLink(session, name));
  });
}

/** Cables for the sessions without addresses between nodes. */
export function innerCables(fabric: Fabric): Uplink[] {
  const found = new Map<string, Uplink>();
  for (const node of Object.keys(fabric.nodes))
    for (const { interface: link, remoteNode: machine, localAddress } of explicitSessionsOf(fabric, node)) {
      if (link === undefined || machine === undefined) continue;
      const other = linkOfEnd(String(localAddress))!; // a node is called after the link that the other has it on
      const key = [`${node} ${link}`, `${machine} ${other}`].sort().join(' ');
      if (!found.has(key)) found.set(key, { node, machine, nodeInterface: link, machineInterface: other, ends: [] });
    }
  return [...found.values()];
}

/** Whether all sessions of a node are over links without addresses, so that it needs no place on the switch. */
export function isOnLinksAlone(fabric: Fabric, node: string): boolean {
  const sessions = sessionsOf(fabric, node);
  return sessions.length > 0 && sessions.every(({ interface: link }) => link !== undefined);
}

/** The interface towards the switch has a name that a session must not be on. */
export function checkLinks(fabric: Fabric, { machines }: LabPlan): void {
  const isOnSwitch = new Set(machines.flatMap((machine) => (machine.isOnSwitch ? machine.name : [])));
  for (const node of Object.keys(fabric.nodes))
    for (const { interface: link, origin } of isOnSwitch.has(node) ? explicitSessionsOf(fabric, node) : [])
      if (link !== undefined && isLike(ON_LINK_INTERFACE, link))
        throw new Error(
          `${origin} ${isPattern(link) ? `matches ${ON_LINK_INTERFACE}` : 'has a neighbour'} on ${node}, where ${ON_LINK_INTERFACE} leads to the switch of the lab, as the node has other sessions over addresses: give the lab a fabric in which ${origin} has another interface, such as swp1`,
        );
}
