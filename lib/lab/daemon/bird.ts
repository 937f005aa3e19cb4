import type { AddressFamily } from '../../model/address';
import type { Prefix } from '../../model/prefix';
import { OUTSIDE_INTERFACE } from '../lab-plan';
import { ON_LINK_INTERFACE } from '../wiring';
import type { DaemonNeighbour, OutsideConfig } from './config';
import type { Daemon } from './daemon';

/** birdc exits with 0 whatever BIRD replies. */
const RECONFIGURE = 'birdc -s "$1" configure | tee /dev/stderr | grep -q ^Reconfig';

/** BIRD 2, over its control socket. */
export const BIRD: Daemon = {
  title: 'BIRD',
  package: 'bird2',
  version: { argv: () => ['bird', '--version'], pattern: /BIRD version ([2-9]\S*)/ },
  writesKernelRoutes: true,
  findsNeighbours: true,
  files: (config) => ({ 'bird.conf': birdConf(config) }),
  argv: (own) => ['bird', '-f', '-c', own('bird.conf'), '-s', own('bird.ctl'), '-P', own('bird.pid')],
  reload: (own) => [['sh', '-c', RECONFIGURE, 'sh', own('bird.ctl')]],
  sessions: {
    argv: (own) => ['birdc', '-r', '-s', own('bird.ctl'), 'show', 'protocols'],
    read: (text) =>
      birdProtocols(text).flatMap(({ protocol, info }) =>
        protocol === 'BGP' && info !== WAITS ? [info === 'Established'] : [],
      ),
  },
};

/**
 * Parses the lines of `birdc show protocols`, its only format: name, protocol, table, state, since (a time, perhaps
 * after a date), and info of one or more words, which for BGP begins with the session state.
 */
const birdProtocols = (stdout: string): { readonly protocol: string; readonly info?: string }[] =>
  stdout.split('\n').flatMap((line) => {
    const [, protocol, , , ...rest] = line.trim().split(/\s+/);
    return protocol === undefined ? [] : [{ protocol, info: rest.find((word) => !SINCE.test(word)) }];
  });

/** A protocol for neighbours on a link, which makes another for each that connects. */
const WAITS = 'Passive';
const SINCE = /^[\d:.-]+$/;

/**
 * bird.conf of an outside machine: it announces the host behind it, installs what the nodes announce in its kernel, and
 * passes routes between eBGP neighbours, as a top-of-rack switch does.
 */
function birdConf(config: OutsideConfig): string {
  const { families, onLink, hosts, neighbours, routerId } = config;
  return [
    'log stderr all;',
    `router id ${routerId};`,
    'protocol device {}',
    ...(neighbours.some(hasBfd) ? ['protocol bfd {}'] : []),
    ...families.flatMap((family) => [
      kernel(family),
      statics(`onlink_${family}`, family, onLink, ON_LINK_INTERFACE),
      statics(`outside_${family}`, family, hosts, OUTSIDE_INTERFACE),
    ]),
    ...advertisements(neighbours),
    ...neighbours.map((neighbour) => bgp(config, neighbour)),
    '',
  ].join('\n');
}

/**
 * Scans only once a day: a scan would treat routes of BIRD itself as alien, because their next hops are in no interface
 * subnet.
 */
const kernel = (family: AddressFamily) =>
  block(`protocol kernel kernel_${family}`, [
    'scan time 86400;',
    `${family} { import none; export where source = RTS_BGP; };`,
  ]);

const statics = (name: string, family: AddressFamily, prefixes: readonly Prefix[], device: string) =>
  block(`protocol static ${name}`, [
    `${family};`,
    ...prefixes.filter((prefix) => prefix.family === family).map((prefix) => `route ${prefix} via "${device}";`),
  ]);

/** Nodes find it by its router advertisements; it is not their default router. */
function advertisements(neighbours: readonly DaemonNeighbour[]): string[] {
  const links = neighbours.flatMap(({ interface: link }) => link ?? []);
  if (links.length === 0) return [];
  const on = links.map((link) => `interface "${link}" { max ra interval 10; default lifetime 0; };`);
  return [block('protocol radv', on)];
}

/** Its ends, if they have addresses; otherwise the node is the one that connects over the link. */
const endsOf = ({ interface: link, ...ends }: DaemonNeighbour): string[] => {
  const { localAddress, localPort, localAs, remoteAddress, remotePort, remoteAs } = ends;
  return link === undefined
    ? [
        `local ${localAddress} port ${localPort} as ${localAs};`,
        `neighbor ${remoteAddress} port ${remotePort} as ${remoteAs};`,
      ]
    : [`local port ${localPort} as ${localAs};`, `neighbor range fe80::/10 as ${remoteAs};`, `interface "${link}";`];
};

/**
 * `multihop` lets BIRD accept a neighbour on the switch that is reachable by a route rather than an interface subnet.
 * At the end of a cable it is configured like a router.
 */
function bgp({ addresses }: OutsideConfig, neighbour: DaemonNeighbour): string {
  const { localAddress, remoteAddress, families, holdTime, isCabled, ttlSecurity, key } = neighbour;
  const isOverLink = neighbour.interface !== undefined;
  return block(`protocol bgp ${protocolName(neighbour)}`, [
    `description "${neighbour.node} ${remoteAddress}";`,
    ...endsOf(neighbour),
    ...(isCabled
      ? ['direct;', ...(isOverLink ? [] : ['check link;'])]
      : [`multihop${ttlSecurity === undefined ? '' : ` ${ttlSecurity}`};`]),
    ...(ttlSecurity === undefined ? [] : ['ttl security on;']),
    ...(key === undefined ? [] : [`password "${key}";`]),
    ...(neighbour.reflects ? ['rr client;'] : []),
    ...(hasBfd(neighbour) ? [bfd(neighbour.bfd!)] : []),
    `hold time ${holdTime};`,
    'connect delay time 1;',
    'connect retry time 2;',
    'error wait time 1, 2;',
    ...families.map((family) => {
      const exported = `import all; export where proto = "outside_${family}" || source = RTS_BGP;`;
      if (isOverLink && family === 'ipv4') return `${family} { extended next hop on; ${exported} };`;
      if (isCabled) return `${family} { ${exported} };`;
      const nextHop = family === localAddress.family ? 'self' : `address ${addresses[family]}`;
      return `${family} { ${exported} next hop ${nextHop}; gateway recursive; };`;
    }),
  ]);
}

/** BFD has the same reach as BGP: single-hop over a cable, multihop over the switch (RFC 5883). */
const hasBfd = ({ bfd, isCabled }: DaemonNeighbour): boolean => bfd !== undefined && bfd.multihop === !isCabled;

const bfd = ({ transmitInterval, receiveInterval, detectMultiplier }: NonNullable<DaemonNeighbour['bfd']>): string =>
  `bfd { min tx interval ${transmitInterval} ms; min rx interval ${receiveInterval} ms; multiplier ${detectMultiplier}; };`;

/**
 * BIRD symbols consist of letters, digits and underscores. The node's name is for readability. The addresses keep the
 * name stable when other sessions are added or removed, so that reconfiguring does not affect existing sessions.
 */
const protocolName = ({ node, remoteAddress }: DaemonNeighbour) =>
  `n_${symbol(node).slice(0, 20)}_${symbol(remoteAddress.toString())}`;
const symbol = (text: string) => text.replace(/[^a-zA-Z0-9]/g, '_');

const block = (head: string, lines: readonly string[]) => `${head} {\n${lines.map((l) => `  ${l}\n`).join('')}}`;
