import type { SpeakerHost } from '../../bgp/net/host';
import { gathered } from '../../control/concurrency';
import type { RunningSession } from '../../node/sessions';
import { neighbourName } from '../events/noise';
import type { Reports } from '../events/reports';
import { KeyWatch } from './key-watch';
import type { LocalLinks } from './local-links';
import { type MachineState, presentFaults, protectionsOf } from './present-faults';
import { type Trouble, Troubles } from './troubles';

/** Milliseconds between checks for problems without an event. */
const LOOK_MS = 5_000;

/** Checks periodically for what keeps sessions down, as nobody may look at the status meanwhile. */
export class TroubleWatch {
  private readonly keys = new KeyWatch();
  private readonly troubles = new Troubles();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly host: SpeakerHost,
    private readonly links: LocalLinks,
    private readonly running: () => readonly RunningSession[],
    private readonly reports: Pick<Reports, 'say'>,
    /** What else has no event. */
    private readonly other: () => void,
  ) {}

  begin(): void {
    this.timer = setInterval(() => {
      this.other();
      void this.look();
    }, LOOK_MS).unref();
  }

  close(): void {
    clearInterval(this.timer);
  }

  /** An attempt begins or ends: an increase in between indicates a key problem. */
  attempt(): void {
    this.keys.look(this.host.now());
  }

  /** The machine's current state, as far as sessions depend on it. */
  machine(now: number): MachineState {
    const { links, keys } = this;
    keys.look(now);
    return { addresses: links.addresses(), links: links.links(), keys, carried: links.carried() };
  }

  private async look(): Promise<void> {
    const now = this.host.now();
    const down = await gathered(this.host.speaker.statusOfDown(now));
    const present = presentFaults(down, protectionsOf(this.running()), this.machine(now), now);
    await gathered(this.said(this.troubles.look(down, present)));
  }

  private *said(troubles: readonly Trouble[]): Generator<Trouble> {
    for (const trouble of troubles) {
      const { session, text } = trouble;
      const name = neighbourName({ session: session.key, name: session.name });
      this.reports.say({ noise: 'trouble', of: session.key, name, level: 'warn', message: `${name}: ${text}` });
      yield trouble;
    }
  }
}
