import type { AddressFamily, IpAddress } from '../model/address';
import { Prefix } from '../model/prefix';
import type { LabMachine, LabPlan, Uplink, Workload } from './lab-plan';

/** Interface of every machine towards the switch, and of every workload towards its machine. */
export const ON_LINK_INTERFACE = 'eth0';

/** Gateway of a workload: addresses that need no subnet, on the machine's end of its cable. */
const GATEWAY: Record<AddressFamily, string> = { ipv4: '169.254.1.1', ipv6: 'fe80::1' };

/**
 * Kernel settings of a namespace, as paths below /proc/sys/net and their values. Applied before interfaces exist, which
 * inherit them.
 */
export function settings(forwards: boolean): Record<string, string> {
  const both = (path: string, value: string) =>
    Object.fromEntries(['all', 'default'].map((which) => [path.replace('*', which), value]));
  return {
    'ipv4/ip_forward': forwards ? '1' : '0',
    ...both('ipv4/conf/*/rp_filter', '0'), // paths may be asymmetric while routes change
    ...both('ipv4/conf/*/send_redirects', '0'), // a machine may forward back to the link that a packet came from
    ...both('ipv4/conf/*/accept_redirects', '0'),
    ...both('ipv6/conf/*/disable_ipv6', '0'),
    ...both('ipv6/conf/*/accept_dad', '0'), // otherwise an address is unusable for its first second
    ...both('ipv6/conf/*/accept_ra', '0'),
    ...both('ipv6/conf/*/accept_redirects', '0'),
    ...both('ipv6/conf/*/forwarding', forwards ? '1' : '0'),
    'ipv6/route/max_size': '16777216', // older kernels limit routes to 4096 by default
  };
}

/** `ip -batch` lines that create the switch and a cable to each machine, run in the switch's namespace. */
export function switchLines(machines: readonly { namespace: string; port: number }[]): string[] {
  return [
    'link set lo up',
    'link add br0 type bridge forward_delay 0 mcast_snooping 0',
    'link set br0 up',
    ...machines.flatMap(({ namespace, port }) => [
      `link add p${port} type veth peer name ${ON_LINK_INTERFACE} netns ${namespace}`,
      `link set p${port} master br0 up`,
    ]),
  ];
}

/**
 * Lines that configure a machine's addresses. Nodes of a fabric need not share a subnet, so each address is a host
 * address, and every other machine on the switch gets an on-link route: this works for any fabric, and nothing else is
 * reachable without BGP.
 */
export function machineLines(plan: LabPlan, machine: LabMachine): string[] {
  const own = Object.entries(machine.addresses) as [AddressFamily, IpAddress][];
  const device = machine.isOnSwitch ? ON_LINK_INTERFACE : 'lo';
  return [
    'link set lo up',
    ...(machine.isOnSwitch ? [`link set ${device} up`] : []),
    ...own.map(([family, address]) => `address add ${Prefix.host(address)} dev ${device}${nodad(family)}`),
    ...own.flatMap(([family, address]) =>
      plan.machines.flatMap((other) => {
        const remote = other.addresses[family];
        if (other.name === machine.name || !remote || !machine.isOnSwitch || !other.isOnSwitch) return [];
        return [`route add ${Prefix.host(remote)} dev ${ON_LINK_INTERFACE}${scope(family)} src ${address}`];
      }),
    ),
    ...plan.uplinks.flatMap((uplink) => endLines(uplink, machine.name)),
  ];
}

/** Line, run in the outside machine's namespace, that creates the cable between it and a node. */
export const uplinkLine = ({ machineInterface, nodeInterface }: Uplink, nodeNamespace: string): string =>
  `link add ${machineInterface} type veth peer name ${nodeInterface} netns ${nodeNamespace}`;

/**
 * Lines for one end of a cable. Only the other end has a route to its addresses, so the node's other connections must
 * use the loopback address as source: the kernel prefers any other address to an IPv4 address with link scope or a
 * deprecated IPv6 one.
 */
function endLines({ node, machine, nodeInterface, machineInterface, ends }: Uplink, name: string): string[] {
  if (name !== node && name !== machine) return [];
  const device = name === node ? nodeInterface : machineInterface;
  return [
    `link set ${device} up`,
    ...ends.map(({ nodeAddress, machineAddress, length }) => {
      const { family } = nodeAddress;
      const last = family === 'ipv4' ? ' scope link' : ' preferred_lft 0';
      return name === node
        ? `address add ${nodeAddress}/${length} dev ${device}${nodad(family)}${last}`
        : `address add ${machineAddress}/${length} dev ${device}${nodad(family)}`;
    }),
  ];
}

/** Lines, run in its machine's namespace, that create a workload's cable and the route that the agent finds. */
export function cableLines(workload: Workload, namespace: string): string[] {
  const own = Object.entries(workload.addresses) as [AddressFamily, IpAddress][];
  const device = workload.interface;
  return [
    `link add ${device} type veth peer name ${ON_LINK_INTERFACE} netns ${namespace}`,
    `link set ${device} up`,
    ...own.map(
      ([family]) => `address add ${GATEWAY[family]}/${family === 'ipv4' ? 32 : 64} dev ${device}${nodad(family)}`,
    ),
    ...own.map(([family, address]) => `route add ${Prefix.host(address)} dev ${device}${scope(family)}`),
  ];
}

/** Lines, run in the workload's namespace, that configure its addresses and default routes. */
export function workloadLines(workload: Workload): string[] {
  const own = Object.entries(workload.addresses) as [AddressFamily, IpAddress][];
  return [
    'link set lo up',
    `link set ${ON_LINK_INTERFACE} up`,
    ...own.flatMap(([family, address]) => [
      `address add ${Prefix.host(address)} dev ${ON_LINK_INTERFACE}${nodad(family)}`,
      ...(family === 'ipv4' ? [`route add ${GATEWAY.ipv4} dev ${ON_LINK_INTERFACE} scope link`] : []),
      `route add default via ${GATEWAY[family]} dev ${ON_LINK_INTERFACE}${family === 'ipv4' ? ` src ${address}` : ''}`,
    ]),
  ];
}

/** The line that reverts another; undefined if the effect disappears together with what it applied to. */
export function undone(line: string): string | undefined {
  const [, link] = /^link add (\S+) /.exec(line) ?? [];
  if (link !== undefined) return `link delete ${link}`;
  const [, address, device] = /^address add (\S+) dev (\S+)/.exec(line) ?? [];
  if (address !== undefined) return `address delete ${address} dev ${device}`;
  return line.startsWith('route add ') ? line.replace('route add', 'route delete') : undefined;
}

const nodad = (family: AddressFamily) => (family === 'ipv6' ? ' nodad' : '');
const scope = (family: AddressFamily) => (family === 'ipv4' ? ' scope link' : '');

/** The line that restores the same address or route; undefined for other lines. */
export const again = (line: string): string | undefined =>
  /^(address|route) add /.test(line) ? line.replace(' add ', ' replace ') : undefined;
