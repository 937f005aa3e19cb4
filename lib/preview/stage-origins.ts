import type { OriginAttributes } from '../bgp/rib/adj-rib-in/attribute-intern';
import { ADDRESS_FAMILIES, type AddressFamily } from '../model/address';
import type { Fabric } from '../model/fabric';
import { Prefix } from '../model/prefix';
import { sure } from '../model/problem';
import { originationOf, originationRules } from '../node/originations';
import { addressOf } from '../topology/derive';
import type { OutsideRoutes, WorkloadRoute } from '../topology/outside-routes';
import { namedRanges } from './made-up-prefixes';
import { isSelectedByPrefix, selectsNothing, workloadsUnder } from './workload-routes';

/** Prefixes that each node originates. */
export type OriginatedPrefixes = Readonly<Record<string, readonly Prefix[]>>;

/** A prefix that a node originates in the simulation. */
interface Own {
  readonly prefix: Prefix;
  /** From the kernel; otherwise by configuration. */
  readonly isWorkload: boolean;
  readonly link?: string;
  /** It has no interface by which it could be selected. */
  readonly isByPrefix?: boolean;
  /** What it represents. Unset: a real prefix. */
  readonly standsFor?: string;
}

/** An origination or withdrawal. */
interface Step {
  readonly own: Own;
  readonly attributes: OriginAttributes | undefined;
}

/** Maximum number of changed ranges of each family in which nodes get a synthetic workload. */
const MOST_RANGES = 3;

/**
 * What nodes originate in the simulation: what is known, or a synthetic workload in each family that represents all,
 * and how that changes with a node's release.
 */
export class StageOrigins {
  private readonly owned = new Map<string, readonly Own[]>();
  private readonly told = new Map<string, Map<string, string>>();
  private readonly within: readonly { readonly text: string; readonly prefixes: readonly string[] }[];
  private readonly names: readonly string[];
  private readonly declared: ReadonlyMap<string, readonly Prefix[]>;

  constructor(
    private readonly before: Fabric,
    private readonly after: Fabric,
    private readonly known: OriginatedPrefixes,
    private readonly outside: OutsideRoutes,
    /** Whether nodes also get synthetic workloads within named ranges. */
    isRanged: boolean,
  ) {
    this.names = [...new Set([before, after].flatMap(({ nodes }) => Object.keys(nodes)))];
    this.declared = isRanged ? declaredIn([before, after]) : new Map();
    this.within = (isRanged ? namedRanges(before, after, 'export', MOST_RANGES) : []).flatMap(({ text, several }) => {
      const prefixes = several(this.names.length);
      return prefixes ? [{ text, prefixes }] : [];
    });
  }

  /** Changes of what a node originates once it runs a release. */
  steps(name: string, fabric: Fabric): Step[] {
    if (!fabric.nodes[name]) return [];
    const owned = this.owned.get(name) ?? this.ownOf(name);
    this.owned.set(name, owned);
    const told = this.told.get(name) ?? new Map<string, string>();
    this.told.set(name, told);
    const rules = originationRules(fabric, name);
    return owned.flatMap((own): Step[] => {
      const { prefix, isWorkload, link } = own;
      const isThere = isWorkload && this.isSelected(own, name, fabric);
      const attributes = originationOf(rules, prefix, isThere ? { ...(link !== undefined && { link }) } : undefined);
      const text = attributes && textOf(attributes);
      if (text === told.get(prefix.toString())) return [];
      if (text === undefined) told.delete(prefix.toString());
      else told.set(prefix.toString(), text);
      return [{ own, attributes }];
    });
  }

  private ownOf(name: string): Own[] {
    const fabric = this.before.nodes[name] ? this.before : this.after;
    if (Object.hasOwn(this.known, name)) return this.known[name].map((prefix) => this.real(name, prefix));
    const node = fabric.nodes[name];
    const at = this.names.indexOf(name);
    const [pattern] = node.workloadInterfaces;
    const link = pattern === undefined ? {} : { link: pattern.replaceAll('*', '0') };
    const families = ADDRESS_FAMILIES.filter((family) => addressOf(node, family));
    const probes = families.map((family) => ({
      prefix: benchmarkPrefix(at + 1)(family),
      standsFor: `workloads of ${name}`,
    }));
    const within = this.within.map(({ text, prefixes }) => ({
      prefix: sure(Prefix.parse(prefixes[at])),
      standsFor: `workloads of ${name} within ${text}`,
    }));
    return [
      ...[...probes, ...within.filter(({ prefix }) => families.includes(prefix.family))].map((own) => {
        const isByPrefix = [this.before, this.after].some((one) => isSelectedByPrefix(one, name, String(own.prefix)));
        return { ...own, ...(isByPrefix ? { isByPrefix } : link), isWorkload: true };
      }),
      ...(this.declared.get(name) ?? []).map((prefix) => ({ prefix, isWorkload: false })),
    ];
  }

  private real(name: string, prefix: Prefix): Own {
    const route = this.outside.workloads?.[name]?.routes.find(([text]) => text === prefix.toString());
    const isDeclared = [this.before, this.after].some(({ nodes }) =>
      nodes[name]?.advertise.some((one) => one.prefix.equals(prefix)),
    );
    return {
      prefix,
      isWorkload: route !== undefined || !isDeclared,
      ...(route?.[1] !== undefined && { link: route[1] }),
    };
  }

  /** If it is not known what selects a route, it counts as selected while the node selects anything. */
  private isSelected({ prefix, link, isByPrefix }: Own, name: string, fabric: Fabric): boolean {
    const [had] = [this.before, this.after].filter(({ nodes }) => nodes[name]);
    const text = prefix.toString();
    const route: WorkloadRoute = link === undefined ? [text] : [text, link];
    const selects = (one: Fabric) => workloadsUnder(one, name, { number: 1, routes: [route] }).length > 0;
    if (isByPrefix) return selects(fabric);
    return selects(had) ? selects(fabric) : selectsNothing(had, name) || !selectsNothing(fabric, name);
  }
}

/** Maximum number of prefixes that nodes advertise by configuration and that are simulated; with more, none is. */
const MOST_DECLARED = 30;

/** Prefixes that nodes advertise by configuration, by node. */
function declaredIn(fabrics: readonly Fabric[]): Map<string, Prefix[]> {
  const found = new Map<string, Map<string, Prefix>>();
  for (const { nodes } of fabrics)
    for (const [name, { advertise }] of Object.entries(nodes))
      for (const { prefix } of advertise)
        found.set(name, (found.get(name) ?? new Map<string, Prefix>()).set(prefix.toString(), prefix));
  const number = [...found.values()].reduce((sum, { size }) => sum + size, 0);
  return new Map(number > MOST_DECLARED ? [] : [...found].map(([name, own]) => [name, [...own.values()]]));
}

const textOf = (attributes: OriginAttributes): string =>
  JSON.stringify(attributes, (_, value) => (value instanceof Uint8Array ? [...value] : value));

/** A prefix that represents the workloads of a node, from benchmarking networks (RFC 2544, RFC 5180). */
const benchmarkPrefix =
  (ordinal: number) =>
  (family: AddressFamily): Prefix =>
    sure(
      Prefix.parse(
        family === 'ipv4'
          ? `198.${18 + (ordinal >> 16)}.${(ordinal >> 8) & 255}.${ordinal & 255}/32`
          : `2001:2::${ordinal.toString(16)}/128`,
      ),
    );
