import { TYPE } from '../codec/header';
import { decodeNexthop, type Nexthop, nexthopDumpRequest } from '../codec/nexthop';
import type { KernelLog } from '../log';
import type { NetlinkDriver } from '../netlink/driver';
import type { KernelError } from '../system/error';
import type { FibParts } from './parts';

/** Attempts to dump nexthop objects that change all the time. */
const ATTEMPTS = 8;

/** Whether the kernel has nexthop objects; logs the consequence if not. */
export async function hasNexthopObjects({ dump }: Dump, log: KernelLog): Promise<boolean> {
  const error = await dumpNexthops(dump, []);
  if (error)
    log(
      'warn',
      `no nexthop objects (${error}): when a next hop goes away, each of its routes is rewritten individually`,
    );
  return error === undefined;
}

/** Reads which nexthop objects the kernel has, ours and foreign, and their hops. */
export async function takeStock(parts: FibParts): Promise<void> {
  const { objects, nexthopSets, foreign, reconciler, drift, agenda, dump, log } = parts;
  if (agenda.isClosed) return;
  if (!objects) {
    const others: Nexthop[] = [];
    if (!(await dumpNexthops(dump, others))) foreign.found(others);
    return;
  }
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const { generation } = objects;
    const found: Nexthop[] = [];
    const error = await dumpNexthops(dump, found);
    if (agenda.isClosed) return;
    if (error) {
      log('error', String(error));
      return;
    }
    if (generation !== objects.generation) continue; // one of them was written in the meantime
    foreign.found(found.filter(({ id }) => !objects.isOurs(id)));
    const gone = objects.found(found, nexthopSets.infos.newGroup);
    for (const group of objects.all()) nexthopSets.adopt(group);
    for (const { routes } of gone) drift.lost(routes);
    reconciler.groupsGone(gone);
    parts.writer.schedule();
    return;
  }
}

type Dump = Pick<NetlinkDriver, 'dump'>;

const dumpNexthops = (dump: NetlinkDriver['dump'], into: Nexthop[]): Promise<KernelError | undefined> =>
  dump({
    what: 'nexthop objects',
    type: TYPE.getNexthop,
    payload: nexthopDumpRequest(),
    begin: () => into.splice(0),
    visit(bytes, one) {
      const nexthop = decodeNexthop(bytes, one.start, one.end);
      if (nexthop) into.push(nexthop);
    },
  });
