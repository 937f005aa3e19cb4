import type { Link } from '../../kernel/workload/watch';
import { isLike, isPattern } from '../../model/interface-pattern';
import type { RunningSession } from '../../node/sessions';

/**
 * The links of this machine that patterns of sessions match: those that are administratively up and belong to no
 * bridge, bond or VRF; never the loopback interface. A link without a carrier is among them, so that a cable that is
 * out is seen.
 */
export class MatchedLinks {
  private patterns: readonly string[] = [];
  /** Names by index. */
  private readonly names = new Map<number, string>();

  /** Sets the sessions; `links`: all that exist. */
  run(sessions: readonly RunningSession[], links: readonly Link[]): void {
    const all = sessions.flatMap(({ session: { interface: link } }) =>
      link !== undefined && isPattern(link) ? link : [],
    );
    this.patterns = [...new Set(all)];
    this.names.clear();
    for (const link of links) this.changed(link, true);
  }

  /** A link was added, removed (`present` false), renamed, or changed its state. Returns whether that matters. */
  changed(link: Link, present: boolean): boolean {
    const name = present && this.isMeant(link) ? link.name : undefined;
    if (this.names.get(link.index) === name) return false;
    if (name === undefined) this.names.delete(link.index);
    else this.names.set(link.index, name);
    return true;
  }

  /** Their names, in order. */
  get all(): readonly string[] {
    return [...this.names.values()].sort();
  }

  private isMeant({ name, up, master }: Link): boolean {
    return up && master === undefined && name !== 'lo' && this.patterns.some((pattern) => isLike(name, pattern));
  }
}
