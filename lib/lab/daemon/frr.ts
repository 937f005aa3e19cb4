import { existsSync } from 'node:fs';
import type { AddressFamily } from '../../model/address';
import type { DaemonNeighbour, OutsideConfig } from './config';
import type { Daemon, Own } from './daemon';

/** Where distributions install its daemons. */
const FOLDERS = ['/usr/lib/frr', '/usr/libexec/frr', '/usr/lib64/frr'];
const program = (name: string): string =>
  `${FOLDERS.find((folder) => existsSync(`${folder}/${name}`)) ?? FOLDERS[0]}/${name}`;

/**
 * zebra installs what bgpd selects in the kernel; if either exits, both do. They run as root because no other user can
 * enter the lab's folder. root is made a member of the group they require only here, where /etc is private to the
 * machine.
 */
const START = `
zebra=$1 bgpd=$2 own=$3 port=$4 bfdd=$5
sed 's/^frrvty:.*:$/&root/; t; s/^frrvty:.*/&,root/' /etc/group > $own/group && mount --bind $own/group /etc/group || exit 1
common="-P 0 -z $own/zserv.api --vty_socket $own --log stdout -u root -g root"
$zebra $common -f $own/zebra.conf -i $own/zebra.pid &
first=$!
trap 'kill $first $second $third 2>/dev/null; wait' EXIT
trap 'exit 0' TERM INT
while [ ! -S $own/zserv.api ] && kill -0 $first; do sleep 0.05; done
if [ -x "$bfdd" ]; then
  case $($bfdd --help) in *--bfdctl*) control="--bfdctl $own/bfdd.sock";; esac
  $bfdd $common $control -i $own/bfdd.pid &
  third=$!
fi
$bgpd $common -p $port -f $own/bgpd.conf -i $own/bgpd.pid &
second=$!
wait $second`;

const vtysh = (own: Own, ...commands: readonly string[]): string[] => [
  ...['vtysh', '--vty_socket', own(''), '--config_dir', own('')],
  ...commands.flatMap((command) => ['-c', command]),
];

/** FRR: zebra and bgpd. */
export const FRR: Daemon = {
  title: 'FRR',
  package: 'frr',
  version: { argv: () => [program('bgpd'), '--version'], pattern: /bgpd version (\S+)/ },
  writesKernelRoutes: true,
  findsNeighbours: true,
  files: (config) => ({ 'zebra.conf': 'hostname zebra\n', 'vtysh.conf': '', 'bgpd.conf': frrConf(config) }),
  argv: (own, { port }) => [
    ...['sh', '-c', START, 'sh', program('zebra'), program('bgpd'), own(''), String(port)],
    program('bfdd'), // BFD may be configured later
  ],
  reload: (own, config, before) => {
    const stays = new Set(config.neighbours.map(nameOf));
    const gone = before.neighbours.map(nameOf).filter((one) => !stays.has(one));
    return [
      ...gone.map((one) => vtysh(own, 'configure terminal', `router bgp ${before.asNumber}`, `no neighbor ${one}`)),
      ['vtysh', '--vty_socket', own(''), '--config_dir', own(''), '-f', own('bgpd.conf')],
    ];
  },
  sessions: {
    argv: (own) => vtysh(own, 'show bgp summary json'),
    read: (text) => [...statesIn(JSON.parse(text)).values()],
  },
};

/** A neighbour is listed in the summary of each of its families. */
function statesIn(summary: Record<string, { peers?: Record<string, { state?: string }> }>): Map<string, boolean> {
  const all = Object.values(summary).flatMap(({ peers = {} }) => Object.entries(peers));
  return new Map(all.map(([address, { state }]) => [address, state === 'Established']));
}

function frrConf(config: OutsideConfig): string {
  const { asNumber, routerId, neighbours } = config;
  return [
    'hostname bgpd',
    `router bgp ${asNumber}`,
    ` bgp router-id ${routerId}`,
    ' no bgp ebgp-requires-policy',
    ' no bgp default ipv4-unicast',
    ' no bgp network import-check',
    ' bgp disable-ebgp-connected-route-check', // neighbours on the switch are reached by a route, not a subnet
    ' coalesce-time 10',
    ...neighbours.flatMap((neighbour) => linesOf(neighbour).map((line) => ` neighbor ${nameOf(neighbour)} ${line}`)),
    ...(['ipv4', 'ipv6'] as const).flatMap((family) => familyLines(config, family)),
    'exit',
    '',
  ].join('\n');
}

/** FRR names a neighbour by its address, or by the interface that it is at. */
const nameOf = ({ interface: link, remoteAddress }: Pick<DaemonNeighbour, 'interface' | 'remoteAddress'>): string =>
  link ?? remoteAddress.toString();

/** BFD has the same reach as BGP: multihop (RFC 5883) for an internal neighbour without a subnet. */
const isFar = ({ isCabled, ttlSecurity = 1, localAs, remoteAs }: DaemonNeighbour): boolean =>
  (localAs.equals(remoteAs) && !isCabled) || ttlSecurity > 1;

/** An external neighbour is allowed several hops for its BFD alone. */
const needsHops = (neighbour: DaemonNeighbour): boolean =>
  neighbour.bfd?.multihop === true &&
  !isFar(neighbour) &&
  neighbour.ttlSecurity === undefined &&
  !neighbour.localAs.equals(neighbour.remoteAs);

const hasBfd = (neighbour: DaemonNeighbour): boolean =>
  neighbour.bfd !== undefined && neighbour.bfd.multihop === (isFar(neighbour) || needsHops(neighbour));

const bfdLine = ({ detectMultiplier, receiveInterval, transmitInterval }: NonNullable<DaemonNeighbour['bfd']>) =>
  `bfd ${detectMultiplier} ${receiveInterval} ${transmitInterval}`;

const linesOf = (neighbour: DaemonNeighbour): string[] => {
  const { node, remoteAs, remotePort, localAddress, holdTime, key, ttlSecurity, bfd } = neighbour;
  return [
    ...(neighbour.interface === undefined
      ? [`remote-as ${remoteAs.value}`, `port ${remotePort}`, `update-source ${localAddress}`]
      : [`interface remote-as ${remoteAs.value}`]),
    `description ${node}`,
    `timers ${holdTime === 0 ? 0 : Math.max(1, Math.floor(holdTime / 3))} ${holdTime}`,
    'timers connect 1',
    'advertisement-interval 0',
    ...(key === undefined ? [] : [`password ${key}`]),
    ...(ttlSecurity === undefined ? [] : [`ttl-security hops ${ttlSecurity}`]),
    ...(needsHops(neighbour) ? ['ebgp-multihop 255'] : []),
    ...(hasBfd(neighbour) ? [bfdLine(bfd!)] : []),
  ];
};

function familyLines({ neighbours, hosts }: OutsideConfig, family: AddressFamily): string[] {
  return [
    ` address-family ${family} unicast`,
    ...hosts.filter((prefix) => prefix.family === family).map((prefix) => `  network ${prefix}`),
    ...neighbours
      .filter(({ families }) => families.includes(family))
      .flatMap(({ isCabled, reflects, ...neighbour }) =>
        ['activate', ...(isCabled ? [] : ['next-hop-self force']), ...(reflects ? ['route-reflector-client'] : [])].map(
          (line) => `  neighbor ${nameOf(neighbour)} ${line}`,
        ),
      ),
    ' exit-address-family',
  ];
}
