import { mkdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Why a setting could not be changed. */
const problemOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** A link of this machine. The settings of a link go with it to another name. */
interface NamedLink {
  readonly index: number;
  readonly name: string;
}

/** `failed`: the setting cannot be changed, and matters; `repeated`: somebody had set it back. */
interface Refusal {
  readonly is: 'failed' | 'repeated';
  /** For display. */
  readonly text: string;
}

/**
 * The default routes that this machine learns from router advertisements. A neighbour that advertises itself for the
 * sake of BGP would become the default router of a host: `accept_ra_defrtr` of its interface is 0 while a session uses
 * it, whether or not advertisements are accepted at the moment, and what it was before when none does, whatever the
 * interface is called then.
 */
export class AdvertisedDefaultRoutes {
  /** Former values by the index of the interface; those of a process that was killed are still to be restored. */
  private readonly former: Map<number, string>;

  /**
   * `links`: all of this machine. `note`: path of the file that has the former values meanwhile. `proc`: path of the
   * proc file system.
   */
  constructor(
    private readonly links: () => readonly NamedLink[],
    private readonly note?: string,
    private readonly proc = '/proc',
  ) {
    this.former = new Map(note === undefined ? [] : readNote(note, this.era()));
  }

  /**
   * No default route is learned on an interface from now on. The kernel reports no change of the setting, so call it
   * again from time to time.
   */
  refuse({ index, name }: NamedLink): Refusal | undefined {
    const before = this.read(name, 'accept_ra_defrtr');
    if (before === undefined || before === '0') return undefined;
    const setting = `net/ipv6/conf/${name}/accept_ra_defrtr`;
    const noted = this.former.get(index);
    // Noted first: a process that is killed in between leaves a note that does no harm, rather than a 0 without one.
    this.keep(index, before);
    const failed = this.write(name, '0');
    if (failed === undefined) {
      const text = `another program set ${setting} to ${before}, which would make the neighbour on ${name} the default router: the agent set it to 0 again, as a session uses ${name}; find it in /etc/sysctl.d, or in what manages the interface`;
      return noted === undefined ? undefined : { is: 'repeated', text };
    }
    this.keep(index, noted);
    if (!this.isLearned(name)) return undefined;
    const text = `this machine would make the neighbour on ${name} its default router, and the agent cannot prevent that (${failed}): run sysctl -w ${setting}=0, and write ${setting} = 0 to a file in /etc/sysctl.d`;
    return { is: 'failed', text };
  }

  /**
   * Those that are not used (any more) are as they were, also what a killed process left. An interface that is gone, or
   * was set to something else meanwhile, is left alone.
   */
  restoreAllBut(used: ReadonlySet<string>): void {
    if (this.former.size === 0) return;
    const names = new Map(this.links().map(({ index, name }) => [index, name]));
    const done = [...this.former].filter(([index, before]) => {
      const name = names.get(index);
      // It may be gone, or not be read yet. The kernel gives no index twice, so that its note does no harm.
      if (name === undefined || used.has(name)) return false;
      const now = this.read(name, 'accept_ra_defrtr');
      if (now === '0') this.write(name, before);
      return now !== undefined; // otherwise it is being renamed
    });
    for (const [index] of done) this.former.delete(index);
    if (done.length > 0) this.save();
  }

  /**
   * The agent ends. Unless that is `forGood`, the next run takes over, and no default route is learned meanwhile;
   * without a note it could not.
   */
  leave(forGood: boolean): void {
    if (forGood || this.note === undefined) this.restoreAllBut(new Set());
  }

  /** As the kernel decides: with 1, only a machine that does not forward heeds advertisements. */
  private isLearned(name: string): boolean {
    const accepts = this.read(name, 'accept_ra');
    return accepts === '2' || (accepts === '1' && this.read(name, 'forwarding') === '0');
  }

  /** The former value of an interface; undefined: nothing is to be restored. */
  private keep(index: number, value: string | undefined): void {
    if (value === undefined) this.former.delete(index);
    else this.former.set(index, value);
    this.save();
  }

  /** Without the note, a killed process leaves the 0, which is better than a default route. */
  private save(): void {
    if (this.note === undefined) return;
    try {
      mkdirSync(dirname(this.note), { recursive: true });
      const note = { era: this.era(), former: Object.fromEntries(this.former) };
      if (this.former.size === 0) rmSync(this.note, { force: true });
      else writeFileSync(this.note, JSON.stringify(note), { mode: 0o600 });
    } catch {
      // as above
    }
  }

  /** Indices and settings are of one boot, and one network namespace. */
  private era(): string {
    try {
      const boot = readFileSync(join(this.proc, 'sys/kernel/random/boot_id'), 'latin1').trim();
      return `${boot} ${readlinkSync(join(this.proc, 'thread-self/ns/net'))}`;
    } catch {
      return '';
    }
  }

  private path(name: string, setting: string): string {
    return join(this.proc, 'sys/net/ipv6/conf', name, setting);
  }

  private read(name: string, setting: string): string | undefined {
    try {
      return readFileSync(this.path(name, setting), 'latin1').trim();
    } catch {
      return undefined;
    }
  }

  /** Returns why it failed. */
  protected write(name: string, value: string): string | undefined {
    try {
      writeFileSync(this.path(name, 'accept_ra_defrtr'), value);
      return undefined;
    } catch (error) {
      return problemOf(error);
    }
  }
}

/** The entries of a note; none if there is none, it is damaged, or of another era. */
function readNote(path: string, era: string): [number, string][] {
  try {
    const found: { era?: unknown; former?: object } = JSON.parse(readFileSync(path, 'utf8'));
    if (found.era !== era) return [];
    return Object.entries(found.former ?? {}).flatMap(([index, value]): [number, string][] =>
      /^\d+$/.test(index) && typeof value === 'string' && /^\d+$/.test(value) ? [[Number(index), value]] : [],
    );
  } catch {
    return [];
  }
}
