import { attribute, attributeU32, writeNetlinkAttributes } from '../../../lib/kernel/codec/attribute';
import { emptyMessage, netlinkMessage, nextMessage, readMessage, TYPE } from '../../../lib/kernel/codec/header';
import { i32, putU32, u16 } from '../../../lib/kernel/codec/octets';
import { DirectLinks } from '../../../lib/kernel/netlink/direct-links';
import type { ReadEnd } from '../../../lib/kernel/netlink/socket';
import { IpAddress } from '../../../lib/model/address';

const octetsOf = (text: string): Uint8Array => {
  const address = IpAddress.parse(text);
  if (!(address instanceof IpAddress)) throw new Error(text);
  return address.bytes;
};

function message(type: number, header: Uint8Array, ...attributes: Parameters<typeof writeNetlinkAttributes>[0]) {
  return netlinkMessage(type, 0, 1, Buffer.concat([header, writeNetlinkAttributes(attributes)]));
}

/** RTM_NEWADDR of an interface. */
function addressAt(link: number, own: string, length: number, other = own): Uint8Array {
  const header = Uint8Array.of(own.includes(':') ? 10 : 2, length, 0, 0, 0, 0, 0, 0);
  putU32(header, 4, link);
  return message(TYPE.newAddress, header, attribute(1, octetsOf(other)), attribute(2, octetsOf(own)));
}

function linkAt(index: number, name: string, master: readonly number[]): Uint8Array {
  const header = new Uint8Array(16);
  putU32(header, 4, index);
  const more = master.map((one) => attributeU32(10, one));
  return message(TYPE.newLink, header, attribute(3, Buffer.from(`${name}\0`)), ...more);
}

/** RTM_NEWROUTE to an address, in the main table. */
function routeTo(address: string, link: number, gateway?: string): Uint8Array {
  const header = Uint8Array.of(2, 32, 0, 0, 254, 3, 0, 1, 0, 0, 0, 0);
  const via = gateway === undefined ? [] : [attribute(5, octetsOf(gateway))];
  return message(TYPE.newRoute, header, attribute(1, octetsOf(address)), attributeU32(4, link), ...via);
}

let addresses: Uint8Array[];
let links: Uint8Array[];
let routes: Uint8Array[];
let events: Uint8Array[];
let asked: number[];
let now: number;
let direct: DirectLinks;

beforeEach(() => {
  [addresses, links, routes, events, asked, now] = [[], [], [], [], [], 0];
  const answers: Uint8Array[] = [];
  const readAll =
    (queue: Uint8Array[]) =>
    (visit: (bytes: Uint8Array, one: ReturnType<typeof emptyMessage>) => void): ReadEnd => {
      for (const bytes of queue.splice(0))
        for (let at = 0; ; ) {
          const one = readMessage(bytes, at, bytes.length, emptyMessage());
          if (!one) break;
          at = nextMessage(one);
          visit(bytes, one);
        }
      return 'empty';
    };
  direct = new DirectLinks(
    {
      send(request) {
        const type = u16(request, 4);
        asked.push(type);
        const index = i32(request, 20);
        if (type === TYPE.getAddress) answers.push(...addresses);
        if (type === TYPE.getLink) answers.push(...links.filter((one) => i32(one, 20) === index));
        if (type === TYPE.getRoute) answers.push(...routes);
        return 0;
      },
      read: readAll(answers),
      close() {},
    },
    { read: (visit) => readAll(events)(visit), close() {} },
    () => now,
  );
});

const at = (neighbour: string) => [1, 2, 3, 4, 5].filter((link) => direct.leadTo(neighbour, link));

test('a neighbour is at each interface with a subnet that holds its address, and at no other', () => {
  addresses = [
    addressAt(2, '192.0.2.7', 31),
    addressAt(3, '192.0.2.9', 31),
    addressAt(4, '192.0.2.1', 24),
    addressAt(5, '2001:db8::1', 64),
    addressAt(1, '192.0.2.6', 32, '198.51.100.1'),
  ];
  expect([at('192.0.2.6'), at('192.0.2.8'), at('192.0.2.200')]).toEqual([[2, 4], [3, 4], [4]]);
  expect([at('2001:db8::2'), at('2001:db9::2'), at('198.51.100.1')]).toEqual([[5], [], [1]]);
});

test('it is at the VRF of that interface as well, as some kernels report that', () => {
  addresses = [addressAt(2, '192.0.2.7', 31)];
  links = [linkAt(2, 'up0', [5]), linkAt(3, 'up1', [])];
  expect(at('192.0.2.6')).toEqual([2, 5]);
  expect([direct.nameOf(3), direct.nameOf(4)]).toEqual(['up1', 'interface 4']);
});

test('it follows when an address moves, and asks for addresses no more often than that', () => {
  addresses = [addressAt(2, '192.0.2.7', 31)];
  expect([at('192.0.2.6'), at('192.0.2.6')]).toEqual([[2], [2]]);
  expect(asked.filter((type) => type === TYPE.getAddress)).toHaveLength(1);
  addresses = [addressAt(4, '192.0.2.7', 31)];
  events = [addressAt(4, '192.0.2.7', 31)];
  expect(at('192.0.2.6')).toEqual([4]);
});

test('without a subnet that of a route counts, unless it has a gateway, and is asked for again after a second', () => {
  routes = [routeTo('192.0.2.6', 3)];
  expect(at('192.0.2.6')).toEqual([3]);
  routes = [routeTo('192.0.2.6', 3, '10.0.0.1')];
  expect(at('192.0.2.6')).toEqual([3]);
  now = 1000;
  expect(at('192.0.2.6')).toEqual([]);
});
