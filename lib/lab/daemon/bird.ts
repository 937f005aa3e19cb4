import type { AddressFamily } from '../../model/address';
import type { Prefix } from '../../model/prefix';
import { OUTSIDE_INTERFACE } from '../lab-plan';
import { ON_LINK_INTERFACE } from '../wiring';
import type { DaemonNeighbour, OutsideConfig } from './config';
import type { Daemon } from './daemon';

/** birdc ends well whatever BIRD says. */
const RECONFIGURE = 'birdc -s "$1" configure | tee /dev/stderr | grep -q ^Reconfig';

/** BIRD 2, by its control socket. */
export const BIRD: Daemon = {
  title: 'BIRD',
  package: 'bird2',
  version: { argv: () => ['bird', '--version'], pattern: /BIRD version ([2-9]\S*)/ },
  writesKernelRoutes: true,
  files: (config) => ({ 'bird.conf': birdConf(config) }),
  argv: (own) => ['bird', '-f', '-c', own('bird.conf'), '-s', own('bird.ctl'), '-P', own('bird.pid')],
  reload: (own) => [['sh', '-c', RECONFIGURE, 'sh', own('bird.ctl')]],
  sessions: {
    argv: (own) => ['birdc', '-r', '-s', own('bird.ctl'), 'show', 'protocols'],
    read: (text) =>
      birdProtocols(text).flatMap(({ protocol, info }) => (protocol === 'BGP' ? [info === 'Established'] : [])),
  },
};

/**
 * The protocols of a BIRD, by the lines of `birdc show protocols` (it has no other form): name, protocol, table, state,
 * since (a time, perhaps after a date), and in a word or more what it has come to, which for BGP begins with the state
 * of the session.
 */
const birdProtocols = (stdout: string): { readonly protocol: string; readonly info?: string }[] =>
  stdout.split('\n').flatMap((line) => {
    const [, protocol, , , ...rest] = line.trim().split(/\s+/);
    return protocol === undefined ? [] : [{ protocol, info: rest.find((word) => !SINCE.test(word)) }];
  });

const SINCE = /^[\d:.-]+$/;

/**
 * bird.conf of an outside machine: it announces the host behind it, takes what the nodes announce into its kernel, and
 * passes routes on between eBGP neighbours, as a top-of-rack switch does.
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
    ...neighbours.map((neighbour) => bgp(config, neighbour)),
    '',
  ].join('\n');
}

/** A later scan would take its own routes for strange: their next hops lie in no subnet of an interface. */
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

/**
 * `multihop` lets BIRD take a neighbour that is on the switch by a route and not by a subnet of an interface; at the
 * end of a cable it is as a router is.
 */
function bgp({ addresses }: OutsideConfig, neighbour: DaemonNeighbour): string {
  const { localAddress, localPort, localAs, remoteAddress, remotePort, remoteAs, families, holdTime } = neighbour;
  const { isCabled, ttlSecurity, key } = neighbour;
  return block(`protocol bgp ${protocolName(neighbour)}`, [
    `description "${neighbour.node} ${remoteAddress}";`,
    `local ${localAddress} port ${localPort} as ${localAs};`,
    `neighbor ${remoteAddress} port ${remotePort} as ${remoteAs};`,
    ...(isCabled ? ['direct;', 'check link;'] : [`multihop${ttlSecurity === undefined ? '' : ` ${ttlSecurity}`};`]),
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
      if (isCabled) return `${family} { ${exported} };`;
      const nextHop = family === localAddress.family ? 'self' : `address ${addresses[family]}`;
      return `${family} { ${exported} next hop ${nextHop}; gateway recursive; };`;
    }),
  ]);
}

/** Its BFD looks as far as its BGP: at the end of a cable one hop, over the switch several (RFC 5883). */
const hasBfd = ({ bfd, isCabled }: DaemonNeighbour): boolean => bfd !== undefined && bfd.multihop === !isCabled;

const bfd = ({ transmitInterval, receiveInterval, detectMultiplier }: NonNullable<DaemonNeighbour['bfd']>): string =>
  `bfd { min tx interval ${transmitInterval} ms; min rx interval ${receiveInterval} ms; multiplier ${detectMultiplier}; };`;

/**
 * BIRD's symbols are letters, digits and underscores. The name of the node is for people; the addresses make a session
 * the same one when others come and go, so that reading the configuration again touches none that stays.
 */
const protocolName = ({ node, remoteAddress }: DaemonNeighbour) =>
  `n_${symbol(node).slice(0, 20)}_${symbol(remoteAddress.toString())}`;
const symbol = (text: string) => text.replace(/[^a-zA-Z0-9]/g, '_');

const block = (head: string, lines: readonly string[]) => `${head} {\n${lines.map((l) => `  ${l}\n`).join('')}}`;
