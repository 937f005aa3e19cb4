import type { AddressFamily } from '../model/address';
import type { Fabric } from '../model/fabric';
import type { Prefix } from '../model/prefix';

/** A prefix that nodes originate both before and after, and nodes that received it before but not after. */
export interface LostPrefix {
  readonly prefix: string;
  readonly at: readonly string[];
}

/** What is asked about prefix propagation in one deploy state. */
interface Hearing {
  isHeard(prefix: Prefix, from: string, to: string): boolean;
  verdictsOn(prefix: Prefix): string;
}

type Class = readonly string[];

/** Nodes that originate a prefix before and after, as indices of their classes. */
interface Advertised {
  readonly prefix: Prefix;
  readonly before: Set<number>;
  readonly after: Set<number>;
  /** Names of the nodes that originate it after. */
  readonly by: Set<string>;
}

/**
 * The prefixes that nodes originate by configuration. A prefix that no node originates any more was removed on purpose
 * and is not lost. Prefixes with the same originating classes and the same policy verdicts are checked once.
 */
export class AdvertisedPrefixes {
  private readonly prefixes: readonly Advertised[];

  constructor(
    before: Fabric,
    after: Fabric,
    private readonly classes: readonly Class[],
  ) {
    const found = new Map<string, Advertised>();
    const classOf = new Map(classes.flatMap((members, i) => members.map((name) => [name, i] as const)));
    for (const [when, { nodes }] of [
      ['before', before],
      ['after', after],
    ] as const)
      for (const [name, { advertise }] of Object.entries(nodes))
        for (const { prefix } of advertise) {
          const key = prefix.toString();
          const known = found.get(key) ?? {
            prefix,
            before: new Set<number>(),
            after: new Set<number>(),
            by: new Set<string>(),
          };
          const own = classOf.get(name);
          if (own !== undefined) known[when].add(own);
          if (when === 'after') known.by.add(name);
          found.set(key, known);
        }
    this.prefixes = [...found.values()].filter((one) => one.before.size > 0 && one.after.size > 0);
  }

  /** Prefixes of a family that some nodes receive in one state and not in the other. */
  lost(family: AddressFamily, old: Hearing, now: Hearing): LostPrefix[] {
    const known = new Map<string, string[]>();
    return this.prefixes.flatMap((one): LostPrefix[] => {
      if (one.prefix.family !== family) return [];
      const origins = [...one.before, '', ...one.after].join(' ');
      const key = `${origins} ${old.verdictsOn(one.prefix)} ${now.verdictsOn(one.prefix)}`;
      const losers = known.get(key) ?? this.losers(one, old, now);
      const at = losers.filter((name) => !one.by.has(name));
      known.set(key, losers);
      return at.length > 0 ? [{ prefix: one.prefix.toString(), at }] : [];
    });
  }

  private losers({ prefix, before, after }: Advertised, old: Hearing, now: Hearing): string[] {
    return this.classes.flatMap((members, i) => {
      const hears = (origins: ReadonlySet<number>, hearing: Hearing) =>
        [...origins].some((origin) => {
          const [first, second] = this.classes[origin];
          // A single node of a class has its own prefix; of several, each receives the others'.
          return origin !== i
            ? hearing.isHeard(prefix, first, members[0])
            : second === undefined || hearing.isHeard(prefix, first, second);
        });
      return hears(before, old) && !hears(after, now) ? members : [];
    });
  }
}
