import { performance } from 'node:perf_hooks';
import type { AgentEvent, EventStep, LeftOutStatus } from '../../control/status';
import { printable } from '../../model/printable';
import type { Log } from '../host/log';
import { EventLog } from './event-log';
import { type Kind, NOISE, type Noise } from './noise';
import { RateLimit } from './rate-limit';

/** Something that happened, for the log and for followers of events. */
interface Report {
  readonly message: string;
  /** Its log level. Default: `info`. */
  readonly level?: 'debug' | 'info' | 'warn' | 'error';
  /** Its subject, if those of a kind are separate: the key of a session, or of a template. */
  readonly of?: string;
  /** If it is a step of a deploy. */
  readonly deploy?: EventStep;
}

/**
 * Reports everything that happens, to the log and to the event log; events that others can cause are rate-limited, with
 * a count of those omitted.
 */
export class Reports {
  private readonly limit = new RateLimit<Noise>(NOISE);
  /** By kind of noise since the start. */
  private readonly counts = new Map<Noise, { count: number; at: number }>();
  /** Names of the subjects of what was omitted, for display. */
  private readonly names = new Map<string, string>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly log: Log,
    private readonly events = new EventLog(),
    /** Milliseconds of a monotonic clock. */
    private readonly now: () => number = () => performance.now(),
  ) {}

  say({ message, level = 'info', of = '', deploy, ...kind }: Report & Kind): void {
    const text = printable(message);
    this.lift(this.now()); // in order of occurrence
    if (!('noise' in kind)) {
      this.log[level](text);
      this.events.add(kind.kind, text, of, deploy);
    } else if (this.admit(kind.noise, of, kind.name)) {
      this.log[level](text);
      this.events.add(NOISE[kind.noise].event, text, of || kind.noise);
    }
  }

  /** Writes a rate-limited line to the log only. */
  admit(noise: Noise, of = '', name = ''): boolean {
    const at = this.now();
    this.lift(at);
    if (this.limit.admit(noise, of, at)) return true;
    const before = this.counts.get(noise)?.count ?? 0;
    this.counts.set(noise, { count: before + 1, at: Date.now() });
    if (name !== '') this.names.set(keyOf(noise, of), name);
    this.arm(at);
    return false;
  }

  /** What was omitted since the start, by kind. */
  leftOut(): LeftOutStatus[] {
    return [...this.counts].map(([noise, { count, at }]) => ({
      kind: noise,
      what: NOISE[noise].what,
      count,
      last: new Date(at).toISOString(),
    }));
  }

  /** Events after `since`; see {@link EventLog.after}. */
  after(since: number, waitMs: number): Promise<readonly AgentEvent[]> {
    return this.events.after(since, waitMs);
  }

  /** Reports remaining omissions; nothing is reported afterwards. */
  close(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.lift(Number.POSITIVE_INFINITY);
  }

  private lift(at: number): void {
    for (const { kind, of, count, ms } of this.limit.lift(at)) {
      const { event, what } = NOISE[kind];
      const key = keyOf(kind, of);
      const name = this.names.get(key);
      const within = Number.isFinite(ms) ? ` in ${Math.max(1, Math.round(ms / 1000))} s` : '';
      const message = `${name === undefined ? '' : `${name}: `}${count} ${what} were suppressed${within}`;
      this.log.warn(message);
      this.events.add(event, message, of || kind);
      this.names.delete(key);
    }
  }

  private arm(at: number): void {
    if (this.timer !== undefined) return;
    const next = this.limit.next;
    if (next === undefined) return;
    this.timer = setTimeout(
      () => {
        this.timer = undefined;
        const now = this.now();
        this.lift(now);
        this.limit.forget(now);
        this.arm(now);
      },
      Math.max(1, Math.ceil(next - at)),
    );
    this.timer.unref();
  }
}

const keyOf = (noise: Noise, of: string): string => `${noise} ${of}`;
