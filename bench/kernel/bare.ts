/**
 * The bare kernel, the limit under `fib`: the same routes, encoded beforehand, over one nexthop object; shortest
 * prefixes first, then deleted again, longest first, which is the order that the kernel's trie likes best. The time is
 * that of the system calls alone.
 *
 *   npm run bench:kernel -- --part bare
 */
import { execFileSync } from 'node:child_process';
import { decodeAcknowledgement } from '../../lib/kernel/codec/acknowledgement';
import { writeNexthopRouteInfo } from '../../lib/kernel/codec/route-info';
import { OWN_PROTOCOL } from '../../lib/kernel/codec/route-protocol';
import { askAcknowledgement, type RouteVerb, writeRouteRequest } from '../../lib/kernel/codec/route-request';
import { NetlinkSocket } from '../../lib/kernel/netlink/socket';
import { prefixes } from '../table/prefixes';

const count = Number(process.argv[2] ?? 1_000_000);
/** Requests in a call. */
const BATCH = Number(process.argv[3] ?? 500);
const OWNER = { table: 254, protocol: OWN_PROTOCOL, metric: 200 };
const NEXTHOP = 100;

for (const command of [
  'link set lo up',
  'link add u0 type veth peer name u1',
  'addr add 10.9.9.1/24 dev u0',
  'link set u0 up',
  'link set u1 up',
  `nexthop add id ${NEXTHOP} via 10.9.9.2 dev u0`,
])
  execFileSync('ip', command.split(' '));

const info = writeNexthopRouteInfo(NEXTHOP);
const { words, lengths } = prefixes(count);
const order = Uint32Array.from({ length: count }, (_, i) => i).sort((a, b) => lengths[a] - lengths[b]);
const socket = NetlinkSocket.open();
if (!(socket instanceof NetlinkSocket)) throw new Error(String(socket));

/** All requests, as one call each takes them. */
function batches(verb: RouteVerb, indices: Uint32Array): Uint8Array[] {
  const key = new Int32Array(1);
  const made: Uint8Array[] = [];
  for (let from = 0; from < count; from += BATCH) {
    const bytes = new Uint8Array(BATCH * 60);
    let [last, end] = [0, 0];
    for (let i = from; i < Math.min(count, from + BATCH); i++) {
      key[0] = words[indices[i]];
      last = end;
      end = writeRouteRequest(bytes, end, verb, i + 1, OWNER, key, 4, lengths[indices[i]], info);
    }
    askAcknowledgement(bytes, last);
    made.push(bytes.subarray(0, end));
  }
  return made;
}

for (const [what, verb, indices] of [
  ['in', 'add', order],
  ['out', 'delete', order.slice().reverse()],
] as const) {
  const made = batches(verb, indices);
  let failed = 0;
  const [began, before] = [performance.now(), process.cpuUsage()];
  for (const bytes of made) {
    if (socket.send(bytes) < 0) throw new Error(`the kernel refused a batch of ${verb}`);
    socket.read((octets, message) => {
      if (decodeAcknowledgement(octets, message)?.error !== 0) failed++;
    });
  }
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - began) / 1000;
  console.log(
    `${count} ${what}: ${seconds.toFixed(3)} s, ${((user + system) / 1e6).toFixed(3)} s CPU, ${failed} refused`,
  );
  if (failed > 0) process.exitCode = 1;
}
socket.close();
