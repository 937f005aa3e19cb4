import { leaveOtherTables } from '../../kernel/fib/cleanup';
import type { Fib } from '../../kernel/fib/fib';
import { KernelError } from '../../kernel/system/error';
import type { Fabric } from '../../model/fabric';
import { Failure } from '../failure';
import type { Log } from '../host/log';

/** A table of the kernel, and the metric of our routes in it. */
export interface KernelTable {
  readonly table: number;
  readonly metric: number;
}

/** The table and metric of a node's routes. */
export const placeOf = ({ nodes, kernelTable, kernelMetric }: Fabric, node: string): KernelTable => ({
  table: nodes[node].kernelTable ?? kernelTable,
  metric: nodes[node].kernelMetric ?? kernelMetric,
});

/** Milliseconds between checks whether everything in the previous table is in the new one. */
const LOOK_MS = 50;

/** What a move of our routes needs of the network. */
interface MoveEvents {
  readonly open: (place: KernelTable) => Promise<Fib | KernelError>;
  /** Routes now go into this table, which is empty. */
  readonly moved: (fib: Fib) => void;
  /** Whether the speaker has passed all its routes to the kernel. */
  readonly isCarried: () => boolean;
}

/** The table and metric of our routes in the kernel, and how they move to others. */
export class KernelPlace {
  private place: KernelTable;

  constructor(
    private current: Fib,
    private readonly protocol: number,
    private readonly log: Log,
    private readonly events: MoveEvents,
  ) {
    const { table, metric } = current.status();
    this.place = { table, metric };
  }

  /** The table, as it is written. */
  get fib(): Fib {
    return this.current;
  }

  /**
   * Moves our routes to this table and metric: they are written there before the previous ones are removed. If the
   * table cannot be opened, nothing changes.
   */
  async moveTo(wanted: KernelTable): Promise<void> {
    const { table, metric } = this.place;
    if (wanted.table === table && wanted.metric === metric) return;
    // Two writers with one protocol number would remove each other's routes: the first is closed, and its routes stay.
    await this.current.close();
    const moved = await this.events.open(wanted);
    const fib = moved instanceof KernelError ? await this.events.open(this.place) : moved;
    if (moved instanceof KernelError) this.log.error(`kernel routes stay in table ${table}: ${moved}`);
    if (fib instanceof KernelError) throw new Failure('internal', fib.toString());
    this.current = fib;
    this.events.moved(fib);
    if (moved instanceof KernelError) return;
    this.place = wanted;
    this.log.info(
      `moving kernel routes from table ${table}, metric ${metric}, to table ${wanted.table}, metric ${wanted.metric}`,
    );
    if (wanted.table !== table) void this.leaveFormer(fib);
  }

  /** Once everything in the previous table is in the new one, it is removed from there. */
  private async leaveFormer(fib: Fib): Promise<void> {
    while (!this.events.isCarried()) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    await fib.settled();
    if (fib !== this.current) return;
    const left = await leaveOtherTables(this.place.table, this.protocol);
    if (left instanceof KernelError) this.log.error(`routes are left in the previous table: ${left}`);
    else this.log.info(`${left} routes were removed from the previous table`);
  }
}
