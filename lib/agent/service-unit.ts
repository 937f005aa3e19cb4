/** Name of the systemd service, of its user and group, and of its settings. */
export const SERVICE = 'peerform-agent';
export const SERVICE_USER = 'peerform';

/** Where the service's parts lie on a machine. */
export const SERVICE_FILES = {
  /** The unit of an installation by hand; the package's own lies in {@link packagedUnit}. */
  unit: `/etc/systemd/system/${SERVICE}.service`,
  packagedUnit: `/usr/lib/systemd/system/${SERVICE}.service`,
  /** The name of the node, and options of the agent. */
  settings: `/etc/default/${SERVICE}`,
  state: '/var/lib/peerform',
} as const;

/** What the agent needs beyond an ordinary user: routes, and a port below 1024. */
const CAPABILITIES = 'CAP_NET_ADMIN CAP_NET_BIND_SERVICE';

/** The lines of a section, in order. A reason stands in the unit too, as a comment. */
type Line = readonly [key: string, value: string | number, reason?: string];

const UNIT: readonly Line[] = [
  ['Description', 'Peerform agent: BGP and kernel routes of this node'],
  ['After', 'network.target'],
  ['StartLimitIntervalSec', 0, 'a router comes back, however often it went'],
];

const service = (command: string): Line[] => [
  ['Type', 'exec'],
  ['Environment', 'PEERFORM_NODE=%H', `the name of the machine, unless ${SERVICE_FILES.settings} has another`],
  ['EnvironmentFile', `-${SERVICE_FILES.settings}`],
  ['ExecStartPre', "+-/bin/sh -c 'echo 0 > /proc/sys/net/ipv4/nexthop_compat_mode'", 'the agent itself may not'],
  ['ExecStart', `${command} agent $PEERFORM_OPTIONS`],
  ['Restart', 'on-failure'],
  ['RestartSec', '1s'],
  ['RestartPreventExitStatus', '2 3', 'a wrong command line or damaged state mends itself by no restart'],
  ['KillMode', 'mixed', 'SIGTERM: neighbours and the kernel keep the routes over a restart (RFC 4724)'],
  ['TimeoutStopSec', '15s'],
  ['OOMScoreAdjust', -500],
  ['LimitNOFILE', 65536],
  ['User', SERVICE_USER],
  ['Group', SERVICE_USER, 'who is in this group may deploy to the node'],
  ['UMask', '0077'],
  ['StateDirectory', 'peerform'],
  ['StateDirectoryMode', '0700'],
  ['RuntimeDirectory', 'peerform'],
  ['RuntimeDirectoryMode', '0755'],
  ['RuntimeDirectoryPreserve', 'restart'],
  ['AmbientCapabilities', CAPABILITIES],
  ['CapabilityBoundingSet', CAPABILITIES],
  ['NoNewPrivileges', 'yes'],
  ['ProtectSystem', 'strict'],
  ['ProtectHome', 'yes'],
  ['PrivateTmp', 'yes'],
  ['PrivateDevices', 'yes'],
  ['ProtectKernelTunables', 'yes'],
  ['ProtectKernelModules', 'yes'],
  ['ProtectKernelLogs', 'yes'],
  ['ProtectControlGroups', 'yes'],
  ['ProtectClock', 'yes'],
  ['ProtectHostname', 'yes'],
  ['ProtectProc', 'invisible'],
  ['RestrictAddressFamilies', 'AF_UNIX AF_INET AF_INET6 AF_NETLINK'],
  ['RestrictNamespaces', 'yes'],
  ['RestrictRealtime', 'yes'],
  ['RestrictSUIDSGID', 'yes'],
  ['RemoveIPC', 'yes'],
  ['LockPersonality', 'yes'],
  ['SystemCallArchitectures', 'native'],
  [
    'SystemCallFilter',
    '@system-service',
    'memory that is written and executed stays allowed: the JavaScript engine needs it',
  ],
];

const INSTALL: readonly Line[] = [['WantedBy', 'multi-user.target']];

/** The systemd unit of an agent whose program is started by `command` (absolute, quoted where it must be). */
export const serviceUnit = (command: string): string =>
  [section('Unit', UNIT), section('Service', service(command)), section('Install', INSTALL)].join('\n');

const section = (name: string, lines: readonly Line[]): string =>
  [
    `[${name}]`,
    ...lines.flatMap(([key, value, reason]) => [...(reason ? [`# ${reason}`] : []), `${key}=${value}`]),
    '',
  ].join('\n');

/** The settings file with this node's name; all else that stands in it stays. */
export function settingsWith(before: string, node: string): string {
  const line = `PEERFORM_NODE=${node}`;
  if (/^PEERFORM_NODE=.*$/m.test(before)) return before.replace(/^PEERFORM_NODE=.*$/m, () => line);
  const start = before === '' ? '# Options of the agent, as in: PEERFORM_OPTIONS=--metrics [::1]:9179\n' : before;
  return `${start}${start.endsWith('\n') ? '' : '\n'}${line}\n`;
}
