import type { Service } from '../node/held';
import { DrainTimer, departure, drainWait, settled } from './drain-wait';
import type { Network } from './network/network';

/** Receives the progress of a drain. */
interface DrainEvents {
  /** All traffic has left the node, which is out of service now. */
  readonly drained: () => void;
  /** The previous sessions have drained, or have had all their time. */
  readonly emptied: (isSettled: boolean) => void;
}

/** What a node that ends permanently has done in steps. */
interface Departing {
  readonly apply: () => Promise<unknown>;
  readonly say: (message: string) => void;
}

/**
 * Takes traffic off the node, and off sessions that the running release no longer has, before either ends (RFC 8326).
 */
export class Drain {
  private now: Service = 'full';
  private departs = false;
  private readonly leaving: DrainTimer;
  private readonly previous: DrainTimer;

  constructor(
    private readonly network: Pick<Network, 'isSettled' | 'isTold' | 'standings'>,
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

  /** It was gone round before the restart. */
  resume(): void {
    this.now = 'none';
  }

  /**
   * A node that is to be out of service is gone round first, and tells its neighbours nothing when they had time for
   * it.
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

  /** Previous sessions drain, and are to be closed in time; undefined: none do. */
  watchPrevious(sessions: readonly { readonly isInside: boolean }[] | undefined): void {
    if (sessions) this.previous.begin(drainWait(sessions.some(({ isInside }) => !isInside)));
    else this.previous.end();
  }

  /**
   * Takes traffic off this node as {@link departure} has it: resolves when it is gone, after `within` milliseconds at
   * the latest.
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
