import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { SERVICE } from '../agent/host/service-unit';

/** Properties of the service from systemd; there are more. */
interface ServiceState {
  readonly LoadState?: string;
  readonly ActiveState?: string;
  readonly SubState?: string;
  /** Why it ended: `exit-code`, `signal`, `oom-kill`, … */
  readonly Result?: string;
  /** Exit code, or signal number. */
  readonly ExecMainStatus?: string;
  readonly NRestarts?: string;
}

const ASKED = ['LoadState', 'ActiveState', 'SubState', 'Result', 'ExecMainStatus', 'NRestarts'] as const;

/**
 * What is wrong with this machine's service, and what to do, when its agent does not respond; undefined without
 * systemd.
 */
export function serviceHint(): string | undefined {
  if (!existsSync('/run/systemd/system')) return undefined;
  const { status, stdout } = spawnSync('systemctl', ['show', SERVICE, `--property=${ASKED.join()}`], {
    encoding: 'utf8',
    timeout: 5000,
  });
  if (status !== 0) return undefined;
  const lines = stdout.split('\n').map((line) => line.split('=', 2) as [string, string]);
  return describeService(Object.fromEntries(lines));
}

/** The state in a sentence. */
export function describeService({
  LoadState,
  ActiveState,
  SubState,
  Result = 'success',
  ExecMainStatus = '0',
  NRestarts = '0',
}: ServiceState): string {
  if (LoadState === 'not-found')
    return `There is no service ${SERVICE} on this machine: install the Debian package, or run peerform agent install`;
  if (LoadState === 'masked') return `The service ${SERVICE} is masked: systemctl unmask ${SERVICE}`;
  const why =
    Result === 'signal' ? `was killed by signal ${ExecMainStatus}` : `ended with ${Result} ${ExecMainStatus}`.trim();
  if (ActiveState === 'failed' || SubState === 'auto-restart' || (ActiveState === 'activating' && NRestarts !== '0'))
    return `The service ${SERVICE} does not stay up: it ${why}, and was restarted ${NRestarts} times; journalctl -u ${SERVICE} shows why`;
  if (ActiveState === 'active')
    return `The service ${SERVICE} is running: it may listen on another socket (--socket in its options), or still be starting; journalctl -u ${SERVICE} shows more`;
  return `The service ${SERVICE} is ${ActiveState ?? 'not running'}: systemctl start ${SERVICE}`;
}
