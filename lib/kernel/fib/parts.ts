import type { HashKey } from '../../model/keyed-hash';
import { PrefixHash } from '../../model/prefix-hash';
import type { Link } from '../codec/link';
import { emptyRoute, type RouteFields } from '../codec/route';
import type { RouteOwner } from '../codec/route-request';
import type { KernelLog } from '../log';
import type { NetlinkDriver, Requests } from '../netlink/driver';
import { errnoName } from '../system/error';
import { Agenda, type Job } from './agenda';
import { CompetingRoutes } from './competing-routes';
import { Conflicts } from './conflicts';
import { Disturbances } from './disturbances';
import { Drift } from './drift';
import { ForeignTables } from './foreign-tables';
import { KernelLookup } from './kernel-lookup';
import { NexthopResolver } from './nexthop-resolver';
import { OwnRoutes } from './resolution/own-routes';
import type { Item } from './state/item';
import { NexthopObjects } from './state/nexthop-objects';
import { NexthopSets } from './state/nexthop-sets';
import { Reconciler, type ReconcilerEvents } from './state/reconciler';
import { RouteInfoCache } from './state/route-info-cache';
import { OwnNetwork } from './withholding/own-network';
import { RouteWriter, type WriterEvents } from './writer';

/** The parts of a {@link Fib}, through which they refer to each other. */
export interface FibParts {
  readonly owner: RouteOwner;
  readonly log: KernelLog;
  readonly dump: NetlinkDriver['dump'];
  readonly links: Map<number, Link>;
  /** Reused for each route that is read. */
  readonly route: RouteFields;
  readonly agenda: Agenda;
  readonly competing: CompetingRoutes;
  readonly conflicts: Conflicts;
  readonly disturbances: Disturbances;
  readonly drift: Drift;
  readonly foreign: ForeignTables;
  readonly infoCache: RouteInfoCache;
  readonly network: OwnNetwork;
  readonly objects: NexthopObjects | undefined;
  readonly own: OwnRoutes;
  readonly reconciler: Reconciler;
  readonly resolver: NexthopResolver;
  readonly nexthopSets: NexthopSets;
  readonly writer: RouteWriter;
}

interface FibSetup extends WriterEvents {
  readonly owner: RouteOwner;
  readonly log: KernelLog;
  /** `socket` writes routes, `lookups` resolves next hops. */
  readonly socket: Requests;
  readonly lookups: Requests;
  readonly dump: NetlinkDriver['dump'];
  readonly hasObjects: boolean;
  readonly hashKey: HashKey;
  readonly jobs: Readonly<Record<Job, () => unknown>>;
  readonly tellDisturbed: (message: string) => void;
  readonly occupied: ReconcilerEvents['occupied'];
  readonly refused: ReconcilerEvents['refused'];
  readonly groupRefused: (nexthopSets: readonly number[], reason: string) => void;
}

/** Creates the parts and connects them; circular references are resolved by functions called later. */
export function makeParts(setup: FibSetup): FibParts {
  const { owner, log, socket, lookups, hasObjects, hashKey } = setup;
  const links = new Map<number, Link>();
  const hashes = () => new PrefixHash(hashKey);
  const nameOf = (item: Item) => String(reconciler.prefixOf(item));
  const network: OwnNetwork = new OwnNetwork(links, owner.table, () => foreign.ways);
  const resolver: NexthopResolver = new NexthopResolver(new KernelLookup(lookups, owner.protocol), {
    tables: (address) => foreign.tables(address),
    foreign: (address, table) => foreign.foreign(address, table),
    infoOf: (match) => foreign.infoOf(match),
    own: (address, most) => own.longest(address, most),
    links,
    ...owner,
  });
  const objects = hasObjects
    ? new NexthopObjects(owner.protocol, {
        refused: (group, reason) => setup.groupRefused(nexthopSets.groupRefused(group), reason),
        gone: (group) => reconciler.groupsGone([group]),
      })
    : undefined;
  const nexthopSets: NexthopSets = new NexthopSets(resolver.resolve, objects);
  const infoCache = new RouteInfoCache(
    (info) => {
      if (nexthopSets.infos.areMany) writer.schedule(); // it handles them before its next batch
      return nexthopSets.infos.intern(info);
    },
    (id) => objects?.group(id)?.info,
    hashKey,
  );
  const conflicts = new Conflicts(owner.metric, nameOf, log);
  const reconciler: Reconciler = new Reconciler(
    owner,
    nexthopSets,
    objects,
    {
      due: () => writer.schedule(),
      retryAt: (time) => writer.retryAt(time),
      occupied: setup.occupied,
      done: (item) => conflicts.remove(item),
      refused: setup.refused,
      now: () => performance.now(),
      nameOf: errnoName,
    },
    hashes(),
  );
  const writer: RouteWriter = new RouteWriter(socket, reconciler, setup);
  const agenda = new Agenda(setup.jobs, () => writer.idle);
  const foreign: ForeignTables = new ForeignTables(infoCache, nexthopSets, owner.table, network, hashes());
  const own: OwnRoutes = new OwnRoutes(reconciler.tables, nexthopSets);
  return {
    owner,
    log,
    dump: setup.dump,
    links,
    route: emptyRoute(),
    agenda,
    competing: new CompetingRoutes(nameOf),
    conflicts,
    disturbances: new Disturbances(setup.tellDisturbed, () => !agenda.busy),
    drift: new Drift(nameOf),
    foreign,
    infoCache,
    network,
    objects,
    own,
    reconciler,
    resolver,
    nexthopSets,
    writer,
  };
}

/** The node's own network may have changed: it is checked soon. */
export function lookAround({ network, agenda }: FibParts): void {
  if (network.hasNews) agenda.later('ownNetwork', 0);
}
