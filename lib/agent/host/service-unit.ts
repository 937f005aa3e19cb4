import { COMPAT_MODE } from '../../kernel/system/nexthop-mode';
import { LEAVE_WITHIN } from '../drain-wait';
import { CONFINED, type UnitLine, unitText } from './unit';

/** Name of the systemd service, of its user and group, and of its settings. */
export const SERVICE = 'peerform-agent';
export const SERVICE_USER = 'peerform';
/** Members of this group may watch the node without changing anything. */
export const MONITOR_GROUP = 'peerform-monitor';
const MONITOR_SOCKET = '/run/peerform/monitor.sock';

/** Paths of the service's parts on a machine. */
export const SERVICE_FILES = {
  /** The unit of a manual installation; the package's is {@link packagedUnit}. */
  unit: `/etc/systemd/system/${SERVICE}.service`,
  packagedUnit: `/usr/lib/systemd/system/${SERVICE}.service`,
  /** What `systemctl enable` makes. */
  wantedBy: `/etc/systemd/system/multi-user.target.wants/${SERVICE}.service`,
  /** The name of the node, and options of the agent. */
  settings: `/etc/default/${SERVICE}`,
  state: '/var/lib/peerform',
  /** What makes the next start faster; see `cli/code-cache.ts`. */
  cache: '/var/cache/peerform',
  /** Configuration of systemd-networkd for foreign routes. */
  networkd: '/etc/systemd/networkd.conf.d/peerform-agent.conf',
} as const;

/** Path of systemd, if installed. */
export const SYSTEMD = '/usr/lib/systemd/systemd';
/** Path of systemd-networkd, if installed. */
export const NETWORKD = '/usr/lib/systemd/systemd-networkd';

/**
 * Unless configured otherwise, systemd-networkd deletes foreign routes and nexthop objects when it starts, reloads or
 * reconfigures a link.
 */
export const NETWORKD_SETTINGS = `# Routes and nexthop objects of routing daemons stay when systemd-networkd starts, reloads or reconfigures a link.
# Versions before 256 do not know the second line, and log that they ignore it.
[Network]
ManageForeignRoutes=no
ManageForeignNextHops=no
`;

/** The agent's capabilities: routes, and a port below 1024. */
const CAPABILITIES = 'CAP_NET_ADMIN CAP_NET_BIND_SERVICE';

const UNIT: readonly UnitLine[] = [
  ['Description', 'Peerform agent: BGP and kernel routes of this node'],
  ['Wants', 'peerform-bfd.service'],
  ['After', 'network.target peerform-bfd.service', 'at shutdown this node is drained before BFD falls silent'],
  ['StartLimitIntervalSec', 0, 'a router is always started again, however often it has stopped'],
];

/** File with the previous value, in a folder of root, which the agent's user cannot tamper with. */
const FORMER = '/run/peerform-nexthop-compat-mode';
const COMPACT_NEXTHOPS = `case " $$PEERFORM_OPTIONS " in *" --compact-nexthops "*) { test -e ${FORMER} || cat ${COMPAT_MODE} > ${FORMER}; } && echo 0 > ${COMPAT_MODE};; esac`;
const FORMER_NEXTHOPS = `test ! -e ${FORMER} || { cat ${FORMER} > ${COMPAT_MODE}; rm ${FORMER}; }`;

const service = (command: string): UnitLine[] => [
  ['Type', 'notify', 'started when the agent responds'],
  ['Environment', 'PEERFORM_NODE=%H', `the name of the machine, unless ${SERVICE_FILES.settings} has another`],
  ['Environment', 'PEERFORM_OPTIONS='],
  ['EnvironmentFile', `-${SERVICE_FILES.settings}`],
  [
    'ExecStartPre',
    `+-/bin/sh -c '${COMPACT_NEXTHOPS}'`,
    'for --compact-nexthops: the agent itself is not permitted to',
  ],
  ['ExecStart', `${command} agent --monitor-socket ${MONITOR_SOCKET} $PEERFORM_OPTIONS`],
  ['ExecStopPost', `+-/bin/sh -c '${FORMER_NEXTHOPS}'`, "the setting is the machine's"],
  ['ExecReload', "/bin/sh -c 'kill -HUP $MAINPID'", 'secrets are read again'],
  [
    'ExecStop',
    '+/bin/sh -c \'if systemctl list-jobs --no-legend %n | grep -q " stop "; then kill -USR2 $MAINPID; fi\'',
    'a permanent stop (also at shutdown) first moves traffic away from this node (RFC 8326); SIGTERM alone, as at a restart, lets neighbours retain its routes (RFC 4724)',
  ],
  ['WatchdogSec', '30s', 'an agent that hangs is replaced before the hold timer of its neighbours expires (90 s)'],
  ['WatchdogSignal', 'SIGKILL', 'at once, and without a core dump, which would contain keys'],
  ['Restart', 'on-failure'],
  ['RestartSec', '1s'],
  ['RestartPreventExitStatus', '2 3', 'a restart does not fix a wrong command line or a damaged state'],
  ['KillMode', 'mixed'],
  [
    'TimeoutStopSec',
    `${LEAVE_WITHIN + 10}s`,
    'more than --leave-within of the agent, or neighbours would keep routes to a node that is gone',
  ],
  [
    'MemoryMax',
    '3G',
    '1 GB for routes (maxRouteMemory of the fabric), as much for the same routes in the kernel, and room to grow and move',
  ],
  ['LimitNOFILE', 65536],
  ['User', SERVICE_USER],
  ['Group', SERVICE_USER, 'members of this group may deploy to the node'],
  ['SupplementaryGroups', MONITOR_GROUP, `members of this group may watch the node, through ${MONITOR_SOCKET}`],
  ['UMask', '0077'],
  ['StateDirectory', 'peerform'],
  ['StateDirectoryMode', '0700'],
  ['CacheDirectory', 'peerform', 'what Node.js compiled, for the next start'],
  ['CacheDirectoryMode', '0700'],
  ['RuntimeDirectory', 'peerform'],
  ['RuntimeDirectoryMode', '0755'],
  ['RuntimeDirectoryPreserve', 'restart'],
  ['AmbientCapabilities', CAPABILITIES],
  ['CapabilityBoundingSet', CAPABILITIES],
  ['RestrictAddressFamilies', 'AF_UNIX AF_INET AF_INET6 AF_NETLINK'],
  ['RestrictRealtime', 'yes'],
  ...CONFINED,
];

const INSTALL: readonly UnitLine[] = [['WantedBy', 'multi-user.target']];

/** The systemd unit of an agent whose program is started by `command` (absolute, quoted as needed). */
export const serviceUnit = (command: string): string =>
  unitText({ Unit: UNIT, Service: service(command), Install: INSTALL });

/** The settings file with this node's name; everything else in it is kept. */
export function settingsWith(before: string, node: string): string {
  const line = `PEERFORM_NODE=${node}`;
  if (/^PEERFORM_NODE=.*$/m.test(before)) return before.replace(/^PEERFORM_NODE=.*$/m, () => line);
  const start = before === '' ? '# Options of the agent, as in: PEERFORM_OPTIONS=--metrics [::1]:9179\n' : before;
  return `${start}${start.endsWith('\n') ? '' : '\n'}${line}\n`;
}
