import type { AddressFamily } from '../../model/address';
import type { DaemonNeighbour, OutsideConfig } from './config';
import type { Daemon } from './daemon';

const ESTABLISHED = 6;

/** GoBGP, over its command line. */
export const GOBGP: Daemon = {
  title: 'GoBGP',
  package: 'gobgpd',
  version: { argv: () => ['gobgpd', '--version'], pattern: /gobgpd version (\S+)/ },
  writesKernelRoutes: false,
  files: (config) => ({ 'gobgpd.toml': gobgpToml(config) }),
  argv: (own) => ['gobgpd', '-f', own('gobgpd.toml'), '--api-hosts', '127.0.0.1:50051', '--pprof-disable'],
  commands: ({ hosts, addresses }) =>
    hosts.map((prefix) => {
      const nextHop = addresses[prefix.family]!.toString();
      return ['gobgp', 'global', 'rib', 'add', '-a', prefix.family, prefix.toString(), 'nexthop', nextHop];
    }),
  reload: (_, __, ___, pid) => [['kill', '-HUP', String(pid)]],
  sessions: {
    argv: () => ['gobgp', '-j', 'neighbor'],
    read: (text) =>
      ((JSON.parse(text) ?? []) as { state?: { session_state?: number } }[]).map(
        ({ state }) => state?.session_state === ESTABLISHED,
      ),
  },
};

function gobgpToml({ asNumber, routerId, port, neighbours }: OutsideConfig): string {
  const local = [...new Set(neighbours.map(({ localAddress }) => `"${localAddress}"`))];
  return [
    '[global.config]',
    `  as = ${asNumber}`,
    `  router-id = "${routerId}"`,
    `  port = ${port}`,
    `  local-address-list = [${local.join(', ')}]`,
    ...neighbours.flatMap((neighbour) => neighbourOf(neighbour, routerId)),
    '',
  ].join('\n');
}

function neighbourOf(neighbour: DaemonNeighbour, routerId: string): string[] {
  const { remoteAddress, remoteAs, localAs, holdTime, ttlSecurity, key } = neighbour;
  const isExternal = !remoteAs.equals(localAs);
  return [
    '[[neighbors]]',
    '  [neighbors.config]',
    `    neighbor-address = "${remoteAddress}"`,
    `    peer-as = ${remoteAs.value}`,
    `    description = "${neighbour.node}"`,
    ...(key === undefined ? [] : [`    auth-password = "${key}"`]),
    '  [neighbors.transport.config]',
    `    local-address = "${neighbour.localAddress}"`,
    `    remote-port = ${neighbour.remotePort}`,
    '  [neighbors.timers.config]',
    '    connect-retry = 1',
    `    hold-time = ${holdTime}`,
    `    keepalive-interval = ${Math.floor(holdTime / 3)}`,
    ...(ttlSecurity === undefined
      ? isExternal && !neighbour.isCabled
        ? ['  [neighbors.ebgp-multihop.config]', '    enabled = true', '    multihop-ttl = 64']
        : []
      : ['  [neighbors.ttl-security.config]', '    enabled = true', `    ttl-min = ${256 - ttlSecurity}`]),
    ...(neighbour.reflects
      ? [
          '  [neighbors.route-reflector.config]',
          '    route-reflector-client = true',
          `    route-reflector-cluster-id = "${routerId}"`,
        ]
      : []),
    ...neighbour.families.flatMap(familyOf),
  ];
}

const familyOf = (family: AddressFamily): string[] => [
  '  [[neighbors.afi-safis]]',
  '    [neighbors.afi-safis.config]',
  `      afi-safi-name = "${family}-unicast"`,
];
