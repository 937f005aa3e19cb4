import type { ReceivedRoutes, ReceivedSet } from '../../bgp/rib/adj-rib-in/received-routes';
import type { Speaker } from '../../bgp/speaker';
import { yieldTurn } from '../../control/concurrency';
import { MOST_SENT, type OutsideStatus, sentRoutesName } from '../../control/outside';
import type { SentRoutes, SentSet } from '../../topology/outside-routes';
import type { SessionSummary } from './session-status';

/** Milliseconds for which a result is cached: a plan asks more than once. */
const FRESH_MS = 2_000;

/**
 * The routes that outside neighbours send to this node, for plans of changes. Read on request, in turns, and cached by
 * name until the next reading.
 */
export class OutsideReader {
  private byName: ReadonlyMap<string, SentRoutes> = new Map();
  /** Of the previous reading: a client that received a name may request it a moment later. */
  private former: ReadonlyMap<string, SentRoutes> = new Map();
  private reading: { readonly at: number; readonly answer: Promise<readonly OutsideStatus[]> } | undefined;

  constructor(
    private readonly speaker: () => Speaker,
    private readonly now: () => number,
  ) {}

  /** Those of these sessions that are established with an outside neighbour. */
  list(sessions: readonly SessionSummary[]): Promise<readonly OutsideStatus[]> {
    const { reading } = this;
    if (reading && this.now() - reading.at < FRESH_MS) return reading.answer;
    const answer = this.read(sessions.filter(({ isInside, state }) => !isInside && state === 'Established'));
    this.reading = { at: this.now(), answer };
    return answer;
  }

  sent(name: string): SentRoutes | undefined {
    return this.byName.get(name) ?? this.former.get(name);
  }

  private async read(sessions: readonly SessionSummary[]): Promise<readonly OutsideStatus[]> {
    if (sessions.length === 0) {
      this.keep(new Map());
      return [];
    }
    const reading = this.speaker().receivedBy(
      sessions.map(({ key }) => key),
      MOST_SENT,
    );
    let step = reading.next();
    for (; !step.done; step = reading.next()) await yieldTurn();
    const byName = new Map<string, SentRoutes>();
    const list: OutsideStatus[] = [];
    for (const { key, localAddress, remoteAddress } of sessions) {
      const received = step.value.get(key);
      if (!received) continue;
      const sent = sentOf(received);
      const routes = sentRoutesName(sent);
      byName.set(routes, sent);
      list.push({ localAddress, remoteAddress, routerId: received.routerId, routes, retains: received.retains });
      await yieldTurn(); // twenty thousand prefixes take some milliseconds
    }
    this.keep(byName);
    return list;
  }

  private keep(byName: ReadonlyMap<string, SentRoutes>): void {
    this.former = this.byName;
    this.byName = byName;
  }
}

/** In the control protocol's format, sorted, so that equal routes have equal names. */
function sentOf({ received, sets }: ReceivedRoutes): SentRoutes {
  const written = sets.map(
    ({ attributes, nextHop, prefixes }: ReceivedSet): SentSet => ({
      attributes: Buffer.from(attributes).toString('hex'),
      nextHop: nextHop.toString(),
      prefixes: prefixes.map(String).sort(),
    }),
  );
  const key = ({ nextHop, attributes }: SentSet) => `${nextHop} ${attributes}`;
  return { received, sets: written.sort((a, b) => (key(a) < key(b) ? -1 : 1)) };
}
