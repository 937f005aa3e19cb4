import type { Node } from '../../model/node';
import { kernelMetric } from './kernel-metric';
import { kernelTable } from './kernel-table';
import { byRoutes, eachListed, type FieldRows, nothing, openField, played, saysSame } from './row';

type Advertisement = Node['advertise'][number];

const ADVERTISEMENT_FIELDS: FieldRows<Advertisement> = {
  prefix: played,
  blackhole: openField((_was, is) => ({
    clause: is
      ? 'drops traffic to addresses of the prefix that have no more specific route'
      : 'no longer drops traffic to addresses of the prefix that have no more specific route, which may loop',
    ask: is
      ? 'whoever reaches such addresses through a less specific route of this node loses them'
      : 'such traffic then follows the less specific routes of the node: a default route back to where it comes from makes a loop',
    mayLose: true,
  })),
  moreSpecifics: byRoutes(),
  communities: played,
};

/** The main table is the default. */
const tablesOf = (tables: readonly number[] = []): number[] =>
  tables.length === 0 ? [MAIN_TABLE] : [...new Set(tables)].sort((a, b) => a - b);
const MAIN_TABLE = 254;

/** What a change to each field of a node can do to routes. */
export const NODE_FIELDS: FieldRows<Node> = {
  endpoint: nothing,
  ...{ ipv4Address: played, ipv6Address: played, asNumber: played, routerId: played, labels: played, rack: played },
  ...{ routeReflectorClusterId: played, drain: played },
  advertise: eachListed(({ prefix }) => prefix.toString(), ADVERTISEMENT_FIELDS),
  // Which kernel routes are workload routes: those not selected yet are unknown.
  ...{ workloadInterfaces: byRoutes(), workloadProtocols: byRoutes() },
  ...{
    workloadPrefixes: byRoutes(),
    workloadTables: byRoutes<readonly number[], unknown>((was, is) => !saysSame(tablesOf(was), tablesOf(is))),
  },
  // Where its routes are in the kernel is reported for each node.
  kernelTable: kernelTable((fabric) => fabric.kernelTable),
  kernelMetric: kernelMetric((fabric) => fabric.kernelMetric),
};
