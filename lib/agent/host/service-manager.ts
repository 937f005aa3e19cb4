import { tellServiceManager } from '../../kernel/system/service-manager';
import { monotonicMs } from './clock';
import type { Log } from './log';

/** How the agent does, for the service manager that started it (sd_notify(3)); without one this does nothing. */
export class ServiceManager {
  private readonly socket: string | undefined;
  /** Milliseconds within which the manager wants to hear that the agent lives; undefined: it does not. */
  private readonly patience: number | undefined;
  private timer: NodeJS.Timeout | undefined;
  private hasWarned = false;

  constructor(
    private readonly log: Pick<Log, 'warn'>,
    { NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID }: NodeJS.ProcessEnv = process.env,
  ) {
    this.socket = NOTIFY_SOCKET || undefined;
    const isMeant = WATCHDOG_PID === undefined || Number(WATCHDOG_PID) === process.pid;
    const patience = Number(WATCHDOG_USEC) / 1000;
    this.patience = isMeant && patience > 0 ? patience : undefined;
  }

  /**
   * The agent serves. From now on the event loop says that it turns, three times within the manager's patience: where
   * it stands still, its sessions do, and nothing but a new process repairs that.
   */
  ready(): void {
    this.tell('READY=1');
    if (this.patience === undefined || this.socket === undefined) return;
    this.tell('WATCHDOG=1');
    this.timer = setInterval(() => this.tell('WATCHDOG=1'), this.patience / 3).unref();
  }

  /** Tells that what is read again is read, around the reading. */
  reload(read: () => void): void {
    this.tell('RELOADING=1', `MONOTONIC_USEC=${monotonicMs() * 1000}`);
    read();
    this.tell('READY=1');
  }

  /** The agent ends, which may take a while; the watchdog continues. `why`: for people who ask what it does. */
  stopping(why: string): void {
    this.tell('STOPPING=1', `STATUS=${why}`);
  }

  close(): void {
    clearInterval(this.timer);
  }

  private tell(...lines: string[]): void {
    const failed = this.socket === undefined ? undefined : tellServiceManager(this.socket, ...lines);
    // Told again at the next time all the same: a manager may be replaced while it runs.
    if (failed && !this.hasWarned) this.log.warn(`the service manager cannot be notified: ${failed}`);
    this.hasWarned ||= failed !== undefined;
  }
}
