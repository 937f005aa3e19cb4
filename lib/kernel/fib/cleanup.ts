import { type NetlinkMessage, NLM_FLAG, netlinkMessage, TYPE } from '../codec/header';
import { decodeNexthop, encodeNexthop, type Nexthop, nexthopDumpRequest } from '../codec/nexthop';
import { putU32 } from '../codec/octets';
import { emptyRoute, FAMILY, ROUTE_FLAG, readRoute, TABLE } from '../codec/route';
import { OWN_PROTOCOL } from '../codec/route-protocol';
import { routeDumpRequest, writeRouteRequest } from '../codec/route-request';
import { Batch } from '../netlink/batch';
import { NETLINK, type NetlinkDriver, type Requests } from '../netlink/driver';
import { KernelError } from '../system/error';
import { PrefixMap } from './state/prefix-map';

/** What was removed from the kernel. */
interface Cleaned {
  readonly routes: number;
  readonly nexthopObjects: number;
}

/**
 * Removes everything of ours from the kernel of this network namespace, whatever its table and metric, when no agent
 * runs any more. Routes and objects of others stay.
 */
export async function cleanUp(protocol = OWN_PROTOCOL, driver = NETLINK): Promise<Cleaned | KernelError> {
  const socket = driver.open();
  if (socket instanceof KernelError) return socket;
  try {
    const routes = await ownRoutes(driver, protocol);
    if (routes instanceof KernelError) return routes;
    const objects = await ownObjects(driver, protocol);
    if (objects instanceof KernelError) return objects;
    // Groups first: their routes go with them, a million at once. After that nothing refers to a member.
    objects.sort((a, b) => Number(b.group !== undefined) - Number(a.group !== undefined));
    const deletes = objects.map(({ id }) =>
      netlinkMessage(TYPE.delNexthop, NLM_FLAG.request, 0, encodeNexthop({ id, protocol: 0 })),
    );
    const failed = (await sendAll(socket, deletes)) ?? (await sendAll(socket, routes));
    return failed ?? { routes: routes.length, nexthopObjects: objects.length };
  } finally {
    socket.close();
  }
}

/** Removes our routes from all tables but one. Returns their number. */
export async function leaveOtherTables(
  table: number,
  protocol = OWN_PROTOCOL,
  driver = NETLINK,
): Promise<number | KernelError> {
  const socket = driver.open();
  if (socket instanceof KernelError) return socket;
  try {
    const routes = await ownRoutes(driver, protocol, table);
    if (routes instanceof KernelError) return routes;
    return (await sendAll(socket, routes)) ?? routes.length;
  } finally {
    socket.close();
  }
}

/** Delete requests for our routes in all tables but one. */
async function ownRoutes(driver: NetlinkDriver, protocol: number, but?: number): Promise<Uint8Array[] | KernelError> {
  const route = emptyRoute();
  const requests: Uint8Array[] = [];
  for (const [family, octets] of [
    [FAMILY.ipv4, 4],
    [FAMILY.ipv6, 16],
  ] as const) {
    const table = new PrefixMap(octets);
    const visit = (bytes: Uint8Array, one: NetlinkMessage) => {
      if (!readRoute(bytes, one.start, one.end, route) || route.protocol !== protocol) return;
      if ((route.flags & ROUTE_FLAG.cloned) !== 0 || route.table === but) return;
      table.load(bytes, route.destination);
      const request = new Uint8Array(128);
      const owner = { table: route.table, protocol, metric: route.priority };
      const end = writeRouteRequest(request, 0, 'delete', 0, owner, table.key, octets, route.length, undefined);
      requests.push(request.subarray(0, end));
    };
    const payload = routeDumpRequest(family, TABLE.unspecified, protocol);
    const error = await driver.dump({ what: 'our routes', type: TYPE.getRoute, payload, visit });
    if (error) return error;
  }
  return requests;
}

async function ownObjects(driver: NetlinkDriver, protocol: number): Promise<Nexthop[] | KernelError> {
  const objects: Nexthop[] = [];
  const visit = (bytes: Uint8Array, one: NetlinkMessage) => {
    const nexthop = decodeNexthop(bytes, one.start, one.end);
    if (nexthop?.protocol === protocol) objects.push(nexthop);
  };
  const payload = nexthopDumpRequest();
  const error = await driver.dump({ what: 'nexthop objects', type: TYPE.getNexthop, payload, visit });
  return error && error.code !== 'EOPNOTSUPP' ? error : objects;
}

/** Sends them in batches; a route that no longer exists is not a failure. Returns the first failure. */
async function sendAll(socket: Requests, requests: readonly Uint8Array[]): Promise<KernelError | undefined> {
  const batch = new Batch(socket);
  let failed: KernelError | undefined;
  for (let next = 0; next < requests.length; ) {
    while (next < requests.length && batch.requests.hasRoom(0)) {
      const request = requests[next++];
      batch.requests.add((bytes, at, sequence) => {
        bytes.set(request, at);
        putU32(bytes, at + 8, sequence);
        return at + request.length;
      });
    }
    await new Promise<void>((landed) =>
      batch.send((_, error, detail) => {
        if (error === undefined || error === 0) return;
        const refused = KernelError.of('remove our routes', error, detail);
        if (refused.code !== 'ESRCH' && refused.code !== 'ENOENT') failed ??= refused;
      }, landed),
    );
  }
  return failed;
}
