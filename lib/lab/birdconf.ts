import type { AddressFamily } from '../model/address';
import { Prefix } from '../model/prefix';
import type { OutsideSession } from './outside';
import type { LabPlan, Machine } from './plan';
import { OUTSIDE_INTERFACE } from './plan';
import { ON_LINK_INTERFACE } from './wiring';

/**
 * bird.conf (BIRD 2) of an outside machine: it announces the host behind it, takes what the nodes announce into its kernel, and
 * passes routes on between eBGP neighbours, as a top-of-rack switch does.
 */
export function birdConf(plan: LabPlan, machine: Machine): string {
  const families = Object.keys(machine.addresses) as AddressFamily[];
  return [
    'log stderr all;',
    `router id ${machine.addresses.ipv4 ?? `192.0.2.${1 + plan.machines.indexOf(machine)}`};`,
    'protocol device {}',
    ...families.flatMap((family) => [kernel(family), onLink(plan, machine, family), outside(plan, machine, family)]),
    ...machine.sessions.map((session, i) => bgp(machine, session, i)),
    '',
  ].join('\n');
}

/** A later scan would take its own routes for strange: their next hops lie in no subnet of an interface. */
const kernel = (family: AddressFamily) =>
  block(`protocol kernel kernel_${family}`, [
    'scan time 86400;',
    `${family} { import none; export where source = RTS_BGP; };`,
  ]);

/** Next hops are resolved against these; the kernel has them from the lab's wiring. */
const onLink = (plan: LabPlan, machine: Machine, family: AddressFamily) =>
  statics(
    `onlink_${family}`,
    family,
    plan.machines.flatMap((other) => {
      const address = other.addresses[family];
      return other === machine || !address || !other.isOnSwitch
        ? []
        : [`route ${Prefix.host(address)} via "${ON_LINK_INTERFACE}";`];
    }),
  );

const outside = (plan: LabPlan, machine: Machine, family: AddressFamily) =>
  statics(
    `outside_${family}`,
    family,
    plan.workloads.flatMap(({ host, addresses }) => {
      const address = addresses[family];
      return host === machine.name && address ? [`route ${Prefix.host(address)} via "${OUTSIDE_INTERFACE}";`] : [];
    }),
  );

const statics = (name: string, family: AddressFamily, routes: readonly string[]) =>
  block(`protocol static ${name}`, [`${family};`, ...routes]);

/** `multihop` lets BIRD take a neighbour that is on the switch by a route and not by a subnet of an interface; at the end of a cable it is as a router is. */
function bgp(machine: Machine, session: OutsideSession, index: number): string {
  const { localAddress, localPort, localAs, remoteAddress, remotePort, remoteAs, families, holdTime, reflects } =
    session;
  return block(`protocol bgp ${protocolName(session.node, index)}`, [
    `description "${session.node} ${remoteAddress}";`,
    `local ${localAddress} port ${localPort} as ${localAs};`,
    `neighbor ${remoteAddress} port ${remotePort} as ${remoteAs};`,
    ...(session.isCabled ? ['direct;', 'check link;'] : ['multihop;']),
    ...(reflects ? ['rr client;'] : []),
    `hold time ${holdTime};`,
    'connect delay time 1;',
    'connect retry time 2;',
    'error wait time 1, 2;',
    ...families.map((family) => {
      const exported = `import all; export where proto = "outside_${family}" || source = RTS_BGP;`;
      if (session.isCabled) return `${family} { ${exported} };`;
      const nextHop = family === localAddress.family ? 'self' : `address ${machine.addresses[family]}`;
      return `${family} { ${exported} next hop ${nextHop}; gateway recursive; };`;
    }),
  ]);
}

/** BIRD's symbols are letters, digits and underscores; the index keeps two nodes apart that differ by other characters. */
const protocolName = (node: string, index: number) => `n${index + 1}_${node.replace(/[^a-zA-Z0-9]/g, '_')}`;

const block = (head: string, lines: readonly string[]) => `${head} {\n${lines.map((l) => `  ${l}\n`).join('')}}`;
