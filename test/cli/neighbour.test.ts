import { findSessions } from '../../lib/cli/neighbour';
import type { SessionStatus } from '../../lib/control/status';

const session = (more: Partial<SessionStatus>): SessionStatus => ({
  ...{ key: 'k', kind: 'node', origin: 'peers.tor', localAddress: '10.0.0.1', remoteAddress: '10.0.0.3', port: 179 },
  ...{ localAs: 1, remoteAs: 2, isInside: false, isRetiring: false, state: 'Established', since: '', routes: {} },
  ...more,
});
const tor = session({});
const n2 = session({
  kind: 'mesh',
  origin: 'nodeToNodeMesh',
  remoteNode: 'n2',
  remoteAddress: 'fd00::2',
  isInside: true,
});
const link = session({ origin: 'racks.r.topOfRack[0]', remoteAddress: 'fe80::1%eth0' });

test.each<[string, SessionStatus[]]>([
  ['10.0.0.3', [tor]],
  ['tor', [tor]],
  ['peers.tor', [tor]],
  ['n2', [n2]],
  ['fd00::2', [n2]],
  ['FD00:0:0::2', [n2]],
  ['fe80::1%eth0', [link]],
  ['10.0.0.4', []],
  ['nobody', []],
])('the neighbour %s is found by its address, however it is written, as by its name', (neighbour, sessions) => {
  expect(findSessions({ sessions: [tor, n2, link] }, neighbour)).toEqual(sessions);
});
