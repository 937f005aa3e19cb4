import type { DaemonNeighbour, OutsideConfig } from './config';
import type { Daemon } from './daemon';

/** Home of its user, to which its processes chroot. */
const HOME = '/run/openbgpd';

/**
 * Its service creates its home; here it gets a private /run. The lab's folder may be within the /run that this hides,
 * so all paths are relative to the working directory.
 */
const START = `cd "$1" && mount -t tmpfs tmpfs /run && mkdir -m 755 ${HOME} && exec /usr/sbin/bgpd -d -v -f bgpd.conf`;

/** OpenBGPD, over its control socket. On Linux it does not install kernel routes. */
export const OPENBGPD: Daemon = {
  title: 'OpenBGPD',
  package: 'openbgpd',
  version: { argv: () => ['/usr/sbin/bgpd', '-V'], pattern: /OpenBGPD (\S+)/ },
  needsRoot: 'it changes the user and the root folder of its processes',
  writesKernelRoutes: false,
  files: (config) => ({ 'bgpd.conf': openbgpdConf(config) }),
  argv: (own) => ['sh', '-c', START, 'sh', own('')],
  reload: (own) => [['bgpctl', '-s', own('bgpd.sock'), 'reload']],
  sessions: {
    argv: (own) => ['bgpctl', '-j', '-s', own('bgpd.sock'), 'show', 'neighbor'],
    read: (text) =>
      ((JSON.parse(text) as { neighbors?: { state?: string }[] }).neighbors ?? []).map(
        ({ state }) => state === 'Established',
      ),
  },
};

function openbgpdConf({ asNumber, routerId, addresses, hosts, neighbours }: OutsideConfig): string {
  const listens = new Set(
    neighbours.map(({ localAddress, localPort }) => `listen on ${localAddress} port ${localPort}`),
  );
  return [
    `AS ${asNumber}`,
    `router-id ${routerId}`,
    'fib-update no',
    'connect-retry 1',
    'socket "bgpd.sock"',
    ...listens,
    ...hosts.map((prefix) => `network ${prefix} set nexthop ${addresses[prefix.family]}`),
    ...neighbours.map(neighbourOf),
    'allow quick from any',
    'allow quick to any',
    '',
  ].join('\n');
}

/** Its TTL security only supports directly connected neighbours. */
function neighbourOf(neighbour: DaemonNeighbour): string {
  const { remoteAddress, remoteAs, localAs, families, holdTime, ttlSecurity, key, isCabled } = neighbour;
  const isExternal = !remoteAs.equals(localAs);
  const lines = [
    `remote-as ${remoteAs.value}`,
    `descr "${neighbour.node}"`,
    `local-address ${neighbour.localAddress}`,
    `port ${neighbour.remotePort}`,
    `announce IPv4 ${families.includes('ipv4') ? 'unicast' : 'none'}`,
    `announce IPv6 ${families.includes('ipv6') ? 'unicast' : 'none'}`,
    ...(holdTime > 0 ? [`holdtime ${holdTime}`] : []),
    ...(ttlSecurity === 1 ? ['ttl-security yes'] : isExternal && !isCabled ? [`multihop ${ttlSecurity ?? 64}`] : []),
    ...(key === undefined ? [] : [`tcp md5sig password "${key}"`]),
    ...(neighbour.reflects ? ['route-reflector'] : []),
  ];
  return `neighbor ${remoteAddress} {\n  ${lines.join('\n  ')}\n}`;
}
