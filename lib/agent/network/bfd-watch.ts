import { diagnosticText } from '../../bfd/packet';
import type { Input } from '../../bgp/effects';
import type { SessionConfig } from '../../bgp/session/config';
import type { BfdVerdict } from '../../bgp/session/session';
import type { BfdProcessStatus, BfdSessionStatus, LingeringBfd } from '../../control/bfd-status';
import { BfdClient, HANGS } from '../bfd/client';
import {
  type BfdCounters,
  type BfdCounts,
  type BfdProcess,
  type BfdSpec,
  type BfdStatus,
  bfdKey,
} from '../bfd/protocol';
import { portOf } from '../bfd/sockets';
import type { Reports } from '../events/reports';

/** A session's neighbour, and its BFD parameters. */
type Watched = Pick<
  SessionConfig,
  'key' | 'name' | 'localAddress' | 'remoteAddress' | 'interface' | 'bfd' | 'inside' | 'awaitsNeighbour'
>;

const UNWATCHED = 'BFD does not watch the neighbour';
const NO_PROCESS = 'the BFD process does not respond';

/** Milliseconds for closing the sessions of BGP. */
const CLOSING = 10_000;

/** The BFD state of a neighbour. */
interface Known {
  readonly status: BfdStatus;
  /** Whether its BFD survives a restart of its control plane, as it last announced. */
  readonly isIndependent: boolean;
}

/** Has the BFD process monitor the neighbours of sessions, and passes results to the speaker. */
export class BfdWatch {
  private readonly client: Pick<BfdClient, 'want' | 'leave' | 'close'>;
  /** Keys of BGP sessions by that of the BFD session they share. */
  private sessions: ReadonlyMap<string, readonly Watched[]> = new Map();
  private readonly known = new Map<string, Known>();
  private readonly keys = new Map<string, { readonly bfd: string; readonly isStrict: boolean }>();
  private process: BfdProcess | string | undefined;
  /** When the process ended permanently, unless another run has come since. */
  private stopped: string | undefined;
  private counters: BfdCounters = { sessions: {}, discarded: {} };
  private specs: ReadonlyMap<string, BfdSpec> = new Map();
  /** Those that may go on without being in the release, by their keys. */
  private lingering: ReadonlyMap<string, LingeringBfd> = new Map();

  constructor(
    socket: string,
    private readonly give: (input: Input) => void,
    private readonly reports: Pick<Reports, 'say'>,
    makeClient: (...args: ConstructorParameters<typeof BfdClient>) => BfdWatch['client'] = (...args) =>
      new BfdClient(...args),
  ) {
    this.client = makeClient(socket, {
      told: (status) => this.told(status),
      counted: (counters) => {
        this.counters = counters;
      },
      found: (process) => this.found(process),
      left: () => this.left(),
      up: () => [...this.known.values()].filter(({ status }) => isHeldUp(status)).map(({ status }) => status.key),
    });
  }

  /** Sets the sessions, which the speaker already has. */
  run(configs: readonly Watched[]): void {
    const sessions = new Map<string, Watched[]>();
    const specs: BfdSpec[] = [];
    this.keys.clear();
    for (const config of configs) {
      const spec = bfdSpec(config);
      if (!spec) continue;
      this.keys.set(config.key, { bfd: spec.key, isStrict: config.bfd!.strict });
      const others = sessions.get(spec.key);
      // Of several between the same addresses the first determines the parameters.
      if (!others) specs.push(spec);
      sessions.set(spec.key, [...(others ?? []), config]);
    }
    this.sessions = sessions;
    for (const key of this.known.keys()) if (!sessions.has(key)) this.known.delete(key);
    this.lingering = mayLinger(configs, sessions);
    this.outdate(new Map(specs.map((spec) => [spec.key, spec])));
    this.client.want(specs, [...this.lingering.keys()]);
    for (const { status } of this.known.values()) this.tell(status);
  }

  /** The agent ends permanently, in so many milliseconds at most: the process is not to end before. */
  leave(within: number): void {
    this.client.leave(within + CLOSING);
  }

  /** What counters say of sessions that a new release has changed, or no longer has, is forgotten. */
  private outdate(specs: ReadonlyMap<string, BfdSpec>): void {
    const { specs: before, lingering: mayLinger } = this;
    const { sessions, lingering = [], ...others } = this.counters;
    const kept = Object.entries(sessions).flatMap(([key, { discarding, ...counts }]) => {
      const isSame = JSON.stringify(before.get(key)) === JSON.stringify(specs.get(key));
      return before.has(key) && specs.has(key) ? [[key, { ...counts, ...(isSame && { discarding }) }]] : [];
    });
    this.counters = {
      ...{ ...others, sessions: Object.fromEntries(kept) },
      lingering: lingering.filter((key) => mayLinger.has(key)),
    };
    this.specs = specs;
  }

  close(): void {
    this.client.close();
  }

  /** The BFD status of a BGP session's neighbour; undefined if it has none. */
  statusOf(session: string): BfdSessionStatus | undefined {
    const on = this.keys.get(session);
    if (!on) return undefined;
    const { problem } = this.processStatus ?? {};
    if (problem !== undefined) return { trouble: NO_PROCESS, ...(on.isStrict && { isStrict: true }) };
    const known = sessionStatus(this.known.get(on.bfd)?.status);
    const { discarding, isRefused } = this.countsOf(session) ?? {};
    return {
      ...known,
      ...(known.state !== 'Up' && { ...(discarding && { discarding }), ...(isRefused && { isRefused }) }),
      ...(on.isStrict && { isStrict: true }),
    };
  }

  /** Packets of a BGP session's BFD session. */
  countsOf(session: string): BfdCounts | undefined {
    return this.counters.sessions[this.keys.get(session)?.bfd ?? ''];
  }

  /** The state of the process; undefined if it is not needed. */
  get processStatus(): BfdProcessStatus | undefined {
    const { process } = this;
    const { discarded } = this.counters;
    const lingering = (this.counters.lingering ?? []).flatMap((key) => this.lingering.get(key) ?? []);
    if (this.sessions.size === 0 && lingering.length === 0) return undefined;
    if (process === undefined) return { problem: 'it has not been reached yet' };
    if (typeof process === 'string') return { problem: process, ...(this.stopped && { stopped: this.stopped }) };
    return {
      ...{ version: process.version, isRealTime: process.notRealTime === undefined, discarded },
      ...(lingering.length > 0 && { lingering }),
    };
  }

  private told(status: BfdStatus): void {
    const { key, state, remote } = status;
    const sessions = this.sessions.get(key);
    if (!sessions) return;
    const before = this.known.get(key);
    const isIndependent = remote?.controlPlaneIndependent ?? before?.isIndependent ?? false;
    this.known.set(key, { status, isIndependent });
    this.tell(status);
    if (before && shownOf(before.status) === shownOf(status)) return;
    const wasUp = before !== undefined && isHeldUp(before.status);
    for (const { key: of, name } of sessions)
      this.reports.say({
        ...{
          kind: 'session',
          of,
          message: status.isDeaf
            ? `${name}: ${UNWATCHED}: ${status.trouble}`
            : `${name}: BFD is ${state}${wasUp && state !== 'Up' ? ` (${whyOf(status)})` : ''}`,
        },
        level: status.isDeaf || verdictOf(status) === 'down' ? 'warn' : 'info',
      });
  }

  private tell(status: BfdStatus): void {
    const { isIndependent } = this.known.get(status.key)!;
    for (const { key: session } of this.sessions.get(status.key) ?? [])
      this.give({
        ...{ kind: 'bfd', session, why: whyOf(status) },
        verdict: typeof this.process === 'string' ? 'absent' : verdictOf(status),
        // Ours always does: it is a separate process.
        outlives: isIndependent,
      });
  }

  /**
   * Neighbours take the standstill of the process for a failure of this node, and say so as soon as it goes on: only
   * one that was seen Up since then can fail.
   */
  private forget(): void {
    for (const key of this.known.keys())
      for (const { key: session } of this.sessions.get(key) ?? [])
        this.give({ kind: 'bfd', session, why: NO_PROCESS, verdict: 'unknown', outlives: false });
    this.known.clear();
  }

  private left(): void {
    this.stopped = new Date().toISOString();
    if (this.sessions.size === 0) return;
    this.reports.say({
      ...{ kind: 'session', level: 'warn' },
      message: 'the BFD process is being stopped permanently: most outside neighbours close their sessions now',
    });
  }

  private found(process: BfdProcess | string): void {
    const isThere = typeof process !== 'string';
    this.process = process;
    if (isThere) this.stopped = undefined;
    if (!isThere) for (const { status } of this.known.values()) this.tell(status);
    if (process === HANGS) this.forget();
    this.reports.say({
      kind: 'session',
      level: isThere ? 'info' : 'warn',
      message: isThere
        ? `the BFD process responds${process.notRealTime === undefined ? '' : `; it has no real-time scheduling (${process.notRealTime})`}`
        : `${NO_PROCESS}: ${process}`,
    });
  }
}

/**
 * BFD sessions that may exist and are no longer wanted for a BGP session that continues, by their keys: outside
 * neighbours would take their end for a failure, a node of the fabric ends its own.
 */
function mayLinger(configs: readonly Watched[], wanted: ReadonlyMap<string, unknown>): Map<string, LingeringBfd> {
  const found = new Map<string, LingeringBfd>();
  for (const config of configs)
    for (const multihop of config.inside ? [] : [true, false]) {
      const { local: localAddress, remote: remoteAddress, ...on } = endsOf(config, multihop);
      const key = bfdKey({ local: localAddress, remote: remoteAddress, ...on });
      if (wanted.has(key)) continue;
      const link = on.interface === undefined ? {} : { interface: on.interface };
      const sessions = [...(found.get(key)?.sessions ?? []), config.key];
      found.set(key, { localAddress, remoteAddress, ...link, port: portOf(on), sessions });
    }
  return found;
}

const endsOf = ({ localAddress, remoteAddress, ...on }: Watched, multihop: boolean) => ({
  ...{ local: String(localAddress), remote: String(remoteAddress), multihop },
  ...(on.interface !== undefined && { interface: on.interface }),
});

/** The release's parameters of a BGP session's BFD session; undefined: none. */
function bfdSpec(config: Watched): BfdSpec | undefined {
  if (!config.bfd || config.awaitsNeighbour !== undefined) return undefined;
  const { multihop, strict: _, ...options } = config.bfd;
  const ends = endsOf(config, multihop);
  return { key: bfdKey(ends), ...ends, ...options };
}

function sessionStatus(status: BfdStatus | undefined): BfdSessionStatus {
  if (!status) return {};
  const { key: _, remote, lastDownDiagnostic, isAwaited = false, isPlanned: __, ...rest } = status;
  return {
    ...rest,
    // What it still says to the neighbour is not what is known of it.
    ...(status.isDeaf && { state: 'Down' }),
    ...(lastDownDiagnostic !== undefined && { lastDownReason: diagnosticText(lastDownDiagnostic) }),
    ...((isAwaited || status.diagnostic !== 0) && { reason: whyOf(status) }),
    ...(remote && { remote: { state: remote.state, diagnostic: remote.diagnostic, ...discriminatorOf(remote) } }),
  };
}

const discriminatorOf = ({ discriminator }: NonNullable<BfdStatus['remote']>) =>
  discriminator === undefined ? {} : { discriminator };

/** RFC 5882 section 3.2: AdminDown says nothing about the path, nor does a session that has not been Up yet. */
function verdictOf({ state, diagnostic, isAwaited, isDeaf, ...status }: BfdStatus): BfdVerdict {
  if (isDeaf) return 'absent';
  if (state === 'Up') return 'up';
  if (isAwaited) return 'absent';
  return state === 'AdminDown' || isEndedThere(status) || diagnostic === 0 ? 'unknown' : 'down';
}

/** The neighbour ended it on purpose; it says so for some seconds only. */
const isEndedThere = ({ remote, isPlanned }: Pick<BfdStatus, 'remote' | 'isPlanned'>): boolean =>
  remote?.state === 'AdminDown' || isPlanned === true;

/** Up, or it was when the process went away: silence of its neighbour is a failure. */
const isHeldUp = ({ state, isAwaited }: BfdStatus): boolean => state === 'Up' || isAwaited === true;

/** What is reported on each change. */
const shownOf = ({ state, isAwaited, isDeaf }: BfdStatus): string => `${state} ${isAwaited} ${isDeaf}`;

const whyOf = ({ diagnostic, isAwaited, ...status }: BfdStatus): string => {
  if (isAwaited) return 'the BFD process was away or stood still, and awaits the neighbour';
  return isEndedThere(status) ? 'administratively down at the neighbour' : diagnosticText(diagnostic);
};
