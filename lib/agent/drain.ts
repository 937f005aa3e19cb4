import type { Service } from '../node/held';
import { DrainTimer, departure, drainWait, settled } from './drain-wait';
import type { NetworkView } from './network/view';

/** Receives the progress of a drain. */
interface DrainEvents {
  /** All traffic has left the node, which is now out of service. */
  readonly drained: () => void;
  /** The sessions of the previous release have drained, or reached the time limit. */
  readonly emptied: (isSettled: boolean) => void;
}

/** What a node that ends permanently provides for its steps. */
interface Departing {
  readonly apply: () => Promise<unknown>;
  readonly say: (message: string) => void;
}

/**
 * Drains traffic from the node, and from sessions that the running release no longer has, before they end (RFC 8326).
 */
export class Drain {
  private now: Service = 'full';
  private departs = false;
  private readonly leaving: DrainTimer;
  private readonly previous: DrainTimer;

  constructor(
    private readonly network: Pick<NetworkView, 'isSettled' | 'isTold' | 'standings'>,
    { drained, emptied }: DrainEvents,
  ) {
    const isSettled = () => network.isSettled;
    this.leaving = new DrainTimer(isSettled, () => {
      this.now = 'none';
      drained();
    });
    this.previous = new DrainTimer(isSettled, emptied);
  }

  get service(): Service {
    return this.now;
  }

  /** The agent ends permanently, see {@link depart}. */
  get isDeparting(): boolean {
    return this.departs;
  }

  /** It was in graceful shutdown before the restart. */
  resume(): void {
    this.now = 'none';
  }

  /**
   * A node going out of service starts with graceful shutdown, and withdraws everything once its neighbours had time to
   * react.
   */
  follow(isDrained: boolean): void {
    if (this.departs) return;
    if (!isDrained) {
      this.leaving.end();
      this.now = 'full';
    } else if (this.now === 'full') {
      this.now = 'leaving';
      this.leaving.begin(drainWait(true));
    }
  }

  /** Sessions of the previous release are draining, and are to be closed in time; undefined: none are. */
  watchPrevious(sessions: readonly { readonly isInside: boolean }[] | undefined): void {
    if (sessions) this.previous.begin(drainWait(sessions.some(({ isInside }) => !isInside)));
    else this.previous.end();
  }

  /**
   * Drains traffic from this node as {@link departure} defines: resolves when it has left, after `within` milliseconds
   * at the latest.
   */
  async depart(within: number, { apply, say }: Departing): Promise<void> {
    const up = this.network.standings().filter(({ state }) => state === 'Established');
    if (up.length === 0) return;
    this.departs = true;
    this.leaving.end();
    const { leaving, withdrawn } = departure(
      within,
      up.some(({ isInside }) => !isInside),
    );
    const isTold = () => this.network.isTold;
    if (this.now !== 'none') {
      say(`leaving: asking all neighbours (${up.length}) to route around this node`);
      this.now = 'leaving';
      await apply();
      await settled(isTold, leaving);
    }
    say('leaving: withdrawing all routes');
    this.now = 'none';
    await apply();
    await settled(isTold, withdrawn);
  }

  stop(): void {
    this.previous.end();
    this.leaving.end();
  }
}
