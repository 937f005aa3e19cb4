import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../..');
/** From this many lines on, a file of these rooms has a test of its own name. */
const LONG = 100;
const ROOMS = ['lib/bgp/rib', 'lib/kernel'];

/** Long files without a test of their name: the test that goes through each, and what it has to say about it. */
const WITHOUT: Readonly<Record<string, readonly [test: string, why: string]>> = {
  'lib/bgp/rib/adj-rib-out/attribute-rewriter.ts': ['bgp/rib/rib-reference', 'what neighbours of each kind are sent'],
  'lib/bgp/rib/peer.ts': ['bgp/rib/rib-reference', 'neighbours that change between messages'],
  'lib/bgp/rib/query/advertised-route.ts': ['bgp/rib/rib-view', 'what is shown of a neighbour'],
  'lib/bgp/rib/route-entries.ts': ['bgp/rib/rib', 'what is shown of a prefix'],
  'lib/bgp/rib/table/attribute-facts.ts': ['bgp/rib/adj-rib-in/attribute-scan', 'the scan must agree with it'],
  'lib/kernel/codec/header.ts': ['kernel/codec/messages', 'recorded and drawn messages'],
  'lib/kernel/codec/route.ts': ['kernel/codec/routes', 'recorded and drawn messages'],
  'lib/kernel/codec/route-info.ts': ['kernel/codec/routes', 'what is written is read again'],
  'lib/kernel/codec/route-request.ts': ['kernel/codec/routes', 'what is written is read again'],
  'lib/kernel/fib/foreign-tables.ts': ['kernel/fib/fib', 'a FIB over a kernel that others change'],
  'lib/kernel/fib/parts.ts': ['kernel/fib/fib', 'it only puts parts together'],
  'lib/kernel/fib/resolution/address-index.ts': ['kernel/fib/state/many-next-hops', 'beside a plain list'],
  'lib/kernel/fib/resolution/answer-cache.ts': ['kernel/fib/nexthop-resolver', 'answers while routes change'],
  'lib/kernel/fib/status.ts': ['kernel/fib/fib', 'it only reads parts'],
  'lib/kernel/fib/withholding/on-link-prefix.ts': ['kernel/fib/withholding/withholding', 'subnets of a node'],
  'lib/kernel/netlink/socket.ts': ['e2e/kernel', 'only a real kernel answers'],
  'lib/kernel/system/ffi.ts': ['e2e/kernel', 'only a real kernel answers'],
  'lib/kernel/system/name-holder.ts': ['e2e/kernel', 'only a real kernel names the holder of a socket'],
  'lib/kernel/system/udp.ts': ['e2e/bfd', 'only a real kernel sends and receives'],
};

const testOf = (file: string) => `test/${file.slice('lib/'.length, -'.ts'.length)}.test.ts`;
const lines = (file: string) => readFileSync(join(root, file), 'utf8').split('\n').length - 1;

test('the long files of the routing table and of the kernel have a test of their name, or a reason', () => {
  const bare = ROOMS.flatMap((room) =>
    readdirSync(join(root, room), { recursive: true, encoding: 'utf8' }).map((name) => `${room}/${name}`),
  )
    .filter((file) => file.endsWith('.ts') && lines(file) > LONG && !existsSync(join(root, testOf(file))))
    .sort();
  // A new one: write its test. One that is gone: take it off the list.
  expect(bare).toEqual(Object.keys(WITHOUT).sort());
});

test.each(Object.entries(WITHOUT))('%s has the test that is named for it', (_, [name]) => {
  expect(existsSync(join(root, `test/${name}.test.ts`))).toBe(true);
});
