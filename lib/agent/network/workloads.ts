import type { SpeakerHost } from '../../bgp/net/host';
import type { WorkloadSelector } from '../../kernel/workload/watch';
import type { Fabric } from '../../model/fabric';
import type { Prefix } from '../../model/prefix';
import type { WorkloadRoutes } from '../../topology/outside-routes';
import type { Reports } from '../events/reports';
import { type Duplicate, Duplicates, originators } from './duplicates';
import type { KernelRoutes } from './kernel-routes';
import { Origins } from './origins';

/** The workloads of this node: the speaker originates them, and those that other nodes also advertise are reported. */
export class Workloads {
  private readonly duplicates = new Duplicates((duplicate) => this.tell(duplicate));
  private readonly origins: Origins;

  constructor(
    private readonly host: SpeakerHost,
    kernelRoutes: KernelRoutes,
    private readonly fabric: () => Fabric | undefined,
    private readonly reports: Pick<Reports, 'say'>,
    /** Called with a prefix before it is withdrawn. */
    gave: (prefix: Prefix) => void = () => {},
  ) {
    this.origins = new Origins({
      originate: (prefix, attributes) => host.give({ kind: 'originate', prefix, attributes }),
      withdraw: (prefix) => {
        gave(prefix);
        host.give({ kind: 'withdraw', prefix });
      },
      blackhole: (prefix, on) => kernelRoutes.pin(prefix, on ? 'blackhole' : undefined),
    });
  }

  /** Applies the rules of this fabric. */
  configure(fabric: Fabric | undefined, node: string): void {
    this.origins.configure(fabric, node);
  }

  appeared(prefix: Prefix, link: string | undefined): void {
    this.note(`workload ${prefix} appeared`);
    this.origins.appeared(prefix, link);
  }

  disappeared(prefix: Prefix): void {
    this.note(`workload ${prefix} is gone`);
    this.origins.disappeared(prefix);
    this.duplicates.set(prefix, []);
  }

  /** All prefixes that this node originates. */
  originated(): string[] {
    return this.origins.originated();
  }

  /** Those in the kernel, sorted as strings and limited in number. */
  routes(most: number): WorkloadRoutes {
    const all = this.origins.workloadRoutes();
    return { number: all.length, routes: all.sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, most) };
  }

  /** Those that other nodes also have. */
  shared(): readonly Duplicate[] {
    return this.duplicates.all();
  }

  /**
   * Whether others also advertise a prefix of this node: for a workload that is a mistake, for a fixed advertisement of
   * the fabric it is not.
   */
  compare(prefix: Prefix): void {
    const fabric = this.fabric();
    const { rib } = this.host.speaker;
    const [route] = rib.routes({ prefix });
    const isOwn = fabric && this.origins.isWorkload(prefix) && route?.paths.some(({ peer }) => peer === 0);
    this.duplicates.set(prefix, isOwn ? originators(route, (number) => rib.peer(number), fabric) : []);
  }

  private tell({ prefix, nodes }: Duplicate): void {
    const message =
      nodes.length === 0
        ? `workload ${prefix} is now advertised by this node only, or not at all`
        : `workload ${prefix} is also advertised by ${nodes.join(' and ')}: traffic to it goes to the nearest`;
    this.reports.say({ noise: 'duplicate', level: nodes.length === 0 ? 'info' : 'warn', message });
  }

  private note(message: string): void {
    this.reports.say({ noise: 'workload', level: 'debug', message });
  }
}

/** Selects the kernel routes that are workload routes of a node. */
export function workloadsOf({ nodes, ignoredInterfaces }: Fabric, node: string): WorkloadSelector {
  const { workloadInterfaces, workloadProtocols, workloadTables, workloadPrefixes } = nodes[node];
  return {
    interfaces: workloadInterfaces,
    protocols: workloadProtocols.map(({ number }) => number),
    prefixes: workloadPrefixes,
    ignored: ignoredInterfaces,
    ...(workloadTables.length > 0 && { tables: workloadTables }),
  };
}
