import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Why a setting could not be changed. */
const problemOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * The default routes that this machine learns from router advertisements. A neighbour that advertises itself for the
 * sake of BGP would become the default router of a host: `accept_ra_defrtr` of its interface is 0 while a session uses
 * it, and what it was before when none does.
 */
export class AdvertisedDefaultRoutes {
  /** Former values by interface; those of a process that was killed are still to be restored. */
  private readonly former: Map<string, string>;

  /** `note`: path of the file that has the former values meanwhile. `proc`: path of the proc file system. */
  constructor(
    private readonly note?: string,
    private readonly proc = '/proc',
  ) {
    this.former = new Map(note === undefined ? [] : readNote(note));
  }

  /** No default route is learned on an interface from now on; returns why that cannot be ensured. */
  refuse(name: string): string | undefined {
    if (!this.isLearned(name)) return undefined;
    const before = this.read(name, 'accept_ra_defrtr');
    if (before === undefined || before === '0') return undefined;
    const failed = this.write(name, '0');
    if (failed === undefined) {
      this.former.set(name, before);
      this.save();
      return undefined;
    }
    const setting = `net/ipv6/conf/${name}/accept_ra_defrtr`;
    return `this machine would make the neighbour on ${name} its default router, and the agent cannot prevent that (${failed}): run sysctl -w ${setting}=0, and write ${setting} = 0 to a file in /etc/sysctl.d`;
  }

  /** The interface is as it was; an interface that is gone, or was set to something else meanwhile, is left alone. */
  private restore(name: string): void {
    const before = this.former.get(name);
    if (this.former.delete(name)) this.save();
    if (before !== undefined && this.read(name, 'accept_ra_defrtr') === '0') this.write(name, before);
  }

  /** Those that are not used (any more) are as they were, also what a killed process left. */
  restoreAllBut(used: ReadonlySet<string>): void {
    for (const name of [...this.former.keys()]) if (!used.has(name)) this.restore(name);
  }

  /** As the kernel decides: with 1, only a machine that does not forward heeds advertisements. */
  private isLearned(name: string): boolean {
    const accepts = this.read(name, 'accept_ra');
    return accepts === '2' || (accepts === '1' && this.read(name, 'forwarding') === '0');
  }

  /** Without the note, a killed process leaves the 0, which is better than a default route. */
  private save(): void {
    if (this.note === undefined) return;
    try {
      mkdirSync(dirname(this.note), { recursive: true });
      if (this.former.size === 0) rmSync(this.note, { force: true });
      else writeFileSync(this.note, JSON.stringify(Object.fromEntries(this.former)), { mode: 0o600 });
    } catch {
      // as above
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

/** The entries of a note; none if there is none, or it is damaged. */
function readNote(path: string): [string, string][] {
  try {
    const found: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return Object.entries(found as object).flatMap(([name, value]): [string, string][] =>
      /^[^/]+$/.test(name) && !/^\.+$/.test(name) && typeof value === 'string' && /^\d+$/.test(value)
        ? [[name, value]]
        : [],
    );
  } catch {
    return [];
  }
}
