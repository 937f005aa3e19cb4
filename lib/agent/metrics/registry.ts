import { collectDefaultMetrics, Registry } from 'prom-client';
import type { SessionCounts } from '../../bgp/session/status';
import { yieldTurn } from '../../control/concurrency';
import type { AgentStatus } from '../../control/status';
import { written } from './exposition';
import { nodeFamilies } from './node-families';
import { sampledSessions, sessionFamilies } from './session-families';

/** The sources of metrics: nothing is counted for them that does not exist anyway. */
interface NumbersSource {
  status(): AgentStatus;
  /** By the keys of sessions. */
  counts(): ReadonlyMap<string, SessionCounts>;
  /** Connections refused for lack of a session. */
  rejected(): number;
  /** Packets of a session's BFD session, by its key. */
  bfdCounts?(key: string): Readonly<Record<'sent' | 'received', number>> | undefined;
}

/** Default of the maximum number of sessions with separate metrics. */
const MOST_SESSIONS = 1_000;

/** The text of a scrape: the node, the first `most` of its sessions, and the process. */
export class Numbers {
  /** Of the process and of Node.js, under the usual names. */
  private readonly process = new Registry();

  constructor(
    private readonly source: NumbersSource,
    private readonly most = MOST_SESSIONS,
  ) {
    collectDefaultMetrics({ register: this.process });
  }

  get contentType(): string {
    return this.process.contentType;
  }

  async text(): Promise<string> {
    const { source } = this;
    const status = source.status();
    const sessions = sampledSessions(status.sessions, this.most);
    const left = status.sessions.length - sessions.length;
    const parts = [
      ...nodeFamilies({ status, rejected: source.rejected() }),
      {
        ...{ name: 'sessions_without_series', type: 'gauge' as const, samples: [['', left] as const] },
        help: 'Sessions without metrics of their own, as there are more than --metrics-sessions.',
      },
    ].map(written);
    // Each turn of the event loop stays short, regardless of scrapes.
    const counts = source.counts();
    const counted = sessions.map((one) => ({
      ...{ status: one, counts: counts.get(one.key) },
      ...(one.bfd && { bfd: source.bfdCounts?.(one.key) }),
    }));
    for (const family of sessionFamilies(counted)) {
      parts.push(written(family));
      await yieldTurn();
    }
    const own = untyped(await this.process.metrics());
    return [...parts, own, former(own)].join('\n');
  }
}

/** Gauges with a counter's name suffix have no type: Node.js programs use these names, and promtool requires that. */
const untyped = (text: string): string => text.replace(/^(# TYPE \w+_total) gauge$/gm, '$1 untyped');

/** The metrics of the process under their names before 0.2. */
const former = (text: string): string =>
  text
    .replace(/^(# HELP )(\w+) /gm, '$1$2 Deprecated: use $2. ')
    .replace(/^(# (?:HELP|TYPE) )?(?=(?:process|nodejs)_)/gm, '$1peerform_');
