import { REAL_TIME_PRIORITY } from '../../kernel/system/real-time';
import { LEAVE_WITHIN } from '../drain-wait';
import { SERVICE_FILES, SERVICE_USER } from './service-unit';
import { CONFINED, type UnitLine, unitText } from './unit';

/** Name of the systemd service that runs BFD sessions for the agent. */
export const BFD_SERVICE = 'peerform-bfd';

/** Path of its unit, for a manual installation and for the package. */
export const BFD_UNITS = {
  unit: `/etc/systemd/system/${BFD_SERVICE}.service`,
  packagedUnit: `/usr/lib/systemd/system/${BFD_SERVICE}.service`,
} as const;

/**
 * Real-time scheduling from the start of Node.js on, if permitted: on a busy machine, starting it alone takes longer
 * than neighbours wait. With systemd's CPUSchedulingPolicy= the service would not start where that is not permitted,
 * and LimitRTPRIO=, with which the process could set it itself, has no effect in a container.
 */
const START = [
  `set -- setpriv --reuid=${SERVICE_USER} --regid=${SERVICE_USER} --clear-groups --inh-caps=-all "$$@"`,
  `chrt --rr ${REAL_TIME_PRIORITY} true 2>/dev/null && set -- chrt --rr ${REAL_TIME_PRIORITY} "$$@"`,
  'exec "$$@"',
].join('; ');

const UNIT: readonly UnitLine[] = [
  ['Description', 'Peerform BFD: detects failed neighbours for the agent of this node'],
  ['After', 'network.target'],
  ['StartLimitIntervalSec', 0, 'it is always started again, however often it has stopped: neighbours depend on it'],
];

const service = (command: string): UnitLine[] => [
  ['Type', 'notify', 'started when its sessions run again'],
  ['Environment', 'PEERFORM_BFD_OPTIONS='],
  ['Environment', 'NODE_OPTIONS=--max-semi-space-size=1', 'what is allocated is short-lived: a third of the memory'],
  ['EnvironmentFile', `-${SERVICE_FILES.settings}`],
  [
    'ExecStart',
    `!/bin/sh -c '${START}' sh ${command} bfd $PEERFORM_BFD_OPTIONS`,
    'by the user of the service, in real time where that is permitted: with CPUSchedulingPolicy= it would not start elsewhere',
  ],
  [
    'ExecStop',
    '+/bin/sh -c \'if systemctl list-jobs --no-legend %n | grep -q " stop "; then kill -USR2 $MAINPID; fi\'',
    'a permanent stop tells neighbours that the sessions are administratively down; SIGTERM alone, as at a restart, has the next run continue them',
  ],
  ['WatchdogSec', '10s'],
  ['WatchdogSignal', 'SIGKILL'],
  ['Restart', 'on-failure'],
  ['RestartSec', '50ms', 'within the time that neighbours wait'],
  ['RestartPreventExitStatus', '2', 'a restart does not fix a wrong command line'],
  [
    'TimeoutStopSec',
    `${LEAVE_WITHIN + 20}s`,
    'more than an agent that leaves needs before, and neighbours to learn that a session is administratively down',
  ],
  ['MemoryMax', '512M'],
  ['LimitNOFILE', 65536, 'a socket for each session'],
  ['User', SERVICE_USER],
  ['Group', SERVICE_USER],
  ['UMask', '0077'],
  ['RuntimeDirectory', BFD_SERVICE],
  ['RuntimeDirectoryMode', '0700'],
  ['RuntimeDirectoryPreserve', 'restart', 'the sessions are in it'],
  ['CapabilityBoundingSet', 'CAP_SYS_NICE CAP_SETUID CAP_SETGID', 'for the start alone: the process has none'],
  ['RestrictAddressFamilies', 'AF_UNIX AF_INET AF_INET6 AF_NETLINK'],
  ...CONFINED,
];

/**
 * The systemd unit of the BFD process whose program is started by `command` (absolute, quoted as needed). The agent's
 * unit starts it.
 */
export const bfdUnit = (command: string): string => unitText({ Unit: UNIT, Service: service(command) });
