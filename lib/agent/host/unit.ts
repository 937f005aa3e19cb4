/** A line of a section of a systemd unit. A reason is written to the unit as a comment. */
export type UnitLine = readonly [key: string, value: string | number, reason?: string];

/** The sections of a unit, in order, as systemd reads them. */
export const unitText = (sections: Readonly<Record<string, readonly UnitLine[]>>): string =>
  Object.entries(sections)
    .map(([name, lines]) => sectionText(name, lines))
    .join('\n');

const sectionText = (name: string, lines: readonly UnitLine[]): string =>
  [
    `[${name}]`,
    ...lines.flatMap(([key, value, reason]) => [...(reason ? [`# ${reason}`] : []), `${key}=${value}`]),
    '',
  ].join('\n');

/** Sandboxing of our services beyond capabilities: only what they need is permitted. */
export const CONFINED: readonly UnitLine[] = [
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
  ['RestrictNamespaces', 'yes'],
  ['RestrictSUIDSGID', 'yes'],
  ['RemoveIPC', 'yes'],
  ['LockPersonality', 'yes'],
  ['SystemCallArchitectures', 'native'],
  [
    'SystemCallFilter',
    '@system-service @pkey',
    'memory that is both writable and executable stays allowed: the JavaScript engine needs it, and keys for that memory (pkey_alloc)',
  ],
  [
    'SystemCallErrorNumber',
    'EPERM',
    'a system call that a later Node.js tries is refused, which it tolerates, instead of killing the router',
  ],
];
