import type { OriginAttributes } from '../../bgp/rib/adj-rib-in/attribute-intern';
import type { Fabric } from '../../model/fabric';
import type { Prefix } from '../../model/prefix';
import { NO_RULES, type OriginationRules, originationOf, originationRules } from '../../node/originations';
import type { WorkloadRoute } from '../../topology/outside-routes';

/** Receives the origins. */
interface OriginEvents {
  readonly originate: (prefix: Prefix, attributes: OriginAttributes) => void;
  readonly withdraw: (prefix: Prefix) => void;
  /** Discards traffic to the prefix without a more specific route (`on`), or no longer. */
  readonly blackhole: (prefix: Prefix, on: boolean) => void;
}

interface Workload {
  readonly prefix: Prefix;
  readonly link?: string;
}

/**
 * What this node originates: the kernel's workloads, and the fabric's fixed advertisements. Reports differences when
 * either changes.
 */
export class Origins {
  private readonly workloads = new Map<string, Workload>();
  private rules: OriginationRules = NO_RULES;
  /** Prefix → what was last reported of it, as a string. */
  private readonly told = new Map<string, { readonly prefix: Prefix; readonly text: string }>();
  private readonly blackholes = new Map<string, Prefix>();

  constructor(private readonly events: OriginEvents) {}

  /** Sets the fabric's rules; undefined: none. */
  configure(fabric: Fabric | undefined, node: string): void {
    this.rules = fabric ? originationRules(fabric, node) : NO_RULES;
    const wanted = new Map(
      this.rules.advertise.flatMap(({ prefix, blackhole }) => (blackhole ? [[String(prefix), prefix] as const] : [])),
    );
    for (const [key, prefix] of this.blackholes) if (!wanted.has(key)) this.drop(key, prefix, false);
    for (const key of new Set([...this.told.keys(), ...this.workloads.keys()])) this.settle(key);
    for (const { prefix } of this.rules.advertise) this.settle(String(prefix), prefix);
    for (const [key, prefix] of wanted) if (!this.blackholes.has(key)) this.drop(key, prefix, true);
  }

  /** A workload appeared, on the interface with this name. */
  appeared(prefix: Prefix, link: string | undefined): void {
    this.workloads.set(String(prefix), { prefix, ...(link !== undefined && { link }) });
    this.settle(String(prefix));
  }

  /** Whether the kernel has a workload of exactly this prefix that the fabric does not advertise anyway. */
  isWorkload(prefix: Prefix): boolean {
    return this.workloads.has(String(prefix)) && !this.rules.advertise.some((one) => one.prefix.equals(prefix));
  }

  /** The reported prefixes. */
  originated(): string[] {
    return [...this.told.keys()];
  }

  /** The kernel's workloads, whether or not they are advertised. */
  workloadRoutes(): WorkloadRoute[] {
    return [...this.workloads].map(([prefix, { link }]) => (link === undefined ? [prefix] : [prefix, link]));
  }

  disappeared(prefix: Prefix): void {
    if (this.workloads.delete(String(prefix))) this.settle(String(prefix));
  }

  private drop(key: string, prefix: Prefix, on: boolean): void {
    if (on) this.blackholes.set(key, prefix);
    else this.blackholes.delete(key);
    this.events.blackhole(prefix, on);
  }

  /** Reports a prefix if it has changed. */
  private settle(key: string, known?: Prefix): void {
    const prefix = known ?? this.workloads.get(key)?.prefix ?? this.told.get(key)?.prefix;
    const before = this.told.get(key);
    if (!prefix) return;
    const attributes = originationOf(this.rules, prefix, this.workloads.get(key));
    if (!attributes) {
      if (this.told.delete(key)) this.events.withdraw(prefix);
      return;
    }
    const text = JSON.stringify(attributes, (_, value) => (value instanceof Uint8Array ? [...value] : value));
    if (before?.text === text) return;
    this.told.set(key, { prefix, text });
    this.events.originate(prefix, attributes);
  }
}
