import type { AgentStatus, AgentSummary, FibCheck, KernelStatus, SessionStatus } from '../../lib/control/status';
import { INITIAL_STATE } from '../../lib/control/transaction';

/** What an agent says of itself with nothing deployed. */
export const SUMMARY: AgentSummary = {
  schemaVersion: 1,
  version: '0.0.0',
  node: 'n1',
  startedAt: '2026-11-23T08:22:38.000Z',
  transaction: { ...INITIAL_STATE, owner: null, returnsInMs: null },
  service: 'full',
};

export const KERNEL: KernelStatus = {
  wanted: 0,
  installed: 0,
  failed: [],
  waiting: [],
  workloads: 0,
  differences: { missing: 0, extra: 0, different: 0 },
  beside: [],
  duplicates: [],
};

export const STATUS: AgentStatus = { ...SUMMARY, sessions: [], kernel: KERNEL };

export const FIB_CHECK: FibCheck = {
  node: 'n1',
  routes: 0,
  missing: 1,
  extra: 0,
  different: 0,
  examples: [],
  tookMs: 1,
  kernel: KERNEL,
};

/** A session with a neighbour outside. */
export const SESSION: SessionStatus = {
  key: '10.0.0.1 192.0.2.1 179',
  kind: 'global',
  origin: 'peers.tor',
  localAddress: '10.0.0.1',
  remoteAddress: '192.0.2.1',
  port: 179,
  localAs: 64512,
  remoteAs: 65000,
  isInside: false,
  isRetiring: false,
  state: 'Established',
  since: '2026-11-23T08:22:38.000Z',
  routes: {},
};
