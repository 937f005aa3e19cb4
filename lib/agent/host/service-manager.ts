import { tellServiceManager } from '../../kernel/system/service-manager';
import { monotonicMs } from './clock';
import type { Log } from './log';

/** Reports the agent's state to the service manager that started it (sd_notify(3)); does nothing without one. */
export class ServiceManager {
  private readonly socket: string | undefined;
  /** The watchdog interval in milliseconds; undefined: none. */
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
   * The agent is ready. From now on the event loop triggers the watchdog, three times in its interval: if it hangs, its
   * sessions do too, and only a new process fixes that.
   */
  ready(): void {
    this.tell('READY=1');
    if (this.patience === undefined || this.socket === undefined) return;
    this.tell('WATCHDOG=1');
    this.timer = setInterval(() => this.tell('WATCHDOG=1'), this.patience / 3).unref();
  }

  /** Reports reloading before, and ready after, the reload. */
  reload(read: () => void): void {
    this.tell('RELOADING=1', `MONOTONIC_USEC=${monotonicMs() * 1000}`);
    read();
    this.tell('READY=1');
  }

  /** The agent is stopping, which may take a while; the watchdog continues. `why`: displayed as the status. */
  stopping(why: string): void {
    this.tell('STOPPING=1', `STATUS=${why}`);
  }

  close(): void {
    clearInterval(this.timer);
  }

  private tell(...lines: string[]): void {
    const failed = this.socket === undefined ? undefined : tellServiceManager(this.socket, ...lines);
    // Retried at the next interval: a manager may be replaced while it runs.
    if (failed && !this.hasWarned) this.log.warn(`the service manager cannot be notified: ${failed}`);
    this.hasWarned ||= failed !== undefined;
  }
}
