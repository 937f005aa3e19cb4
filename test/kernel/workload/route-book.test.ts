import { type CandidateRoute, RouteBook, selects } from '../../../lib/kernel/workload/route-book';
import { Prefix } from '../../../lib/model/prefix';
import { sure } from '../../../lib/model/problem';

const prefix = (text: string) => sure(Prefix.parse(text));
const route = (text: string, more: Partial<CandidateRoute> = {}): CandidateRoute => ({
  prefix: prefix(text),
  protocol: 3,
  metric: 0,
  interface: 7,
  ...more,
});

describe('a workload route', () => {
  const selector = {
    interfaces: ['cali*'],
    connected: ['br-*'],
    protocols: [42],
    prefixes: [prefix('10.244.0.0/16')],
    ignored: ['cali-x*'],
  };

  test.each([
    ['leads out of a named interface', route('10.9.0.1/32'), 'cali1', true],
    ['is of a named protocol', route('10.9.0.1/32', { protocol: 42 }), undefined, true],
    ['lies within a named prefix', route('10.244.3.0/24'), 'eth0', true],
    ['is a subnet of an interface whose subnets count', route('10.9.0.0/24', { protocol: 2 }), 'br-1', true],
  ] as const)('%s', (_, one, name, answer) => {
    expect(selects(selector, one, name)).toBe(answer);
  });

  test.each([
    ['leads elsewhere', route('10.9.0.1/32'), 'eth0'],
    ['is a subnet of the interface', route('10.9.0.0/24', { protocol: 2 }), 'cali1'],
    ['leads out of an ignored interface', route('10.244.3.0/24'), 'cali-x1'],
    ['is link-local', route('fe80::/64'), 'cali1'],
    ['is of IPv4 link-local', route('169.254.1.1/32'), 'cali1'],
    ['is multicast', route('ff00::/8'), 'cali1'],
    ['is IPv4 multicast', route('224.0.0.0/24'), 'cali1'],
    ['leads to loopback', route('127.0.0.1/32'), 'cali1'],
    ['leads to this network', route('0.0.0.7/32'), 'cali1'],
    ['leads to reserved addresses', route('240.1.0.1/32'), 'cali1'],
    ['leads to IPv4-mapped addresses', route('::ffff:10.0.0.1/128'), 'cali1'],
  ] as const)('is none that %s', (_, one, name) => {
    expect(selects(selector, one, name)).toBe(false);
  });

  test('is not selected by an empty selector', () => {
    expect(selects({}, route('10.9.0.1/32'), 'cali1')).toBe(false);
  });
});

describe('a book of routes', () => {
  const make = () => {
    const told: string[] = [];
    const book = new RouteBook(
      (one) => told.push(`+${one}`),
      (one) => told.push(`-${one}`),
    );
    return { told, book };
  };

  test('tells of a prefix once, however many routes lead there', () => {
    const { told, book } = make();
    book.add(route('10.0.0.1/32'));
    book.add(route('10.0.0.1/32', { metric: 5 }));
    book.remove(route('10.0.0.1/32'));
    book.remove(route('10.0.0.1/32'));
    expect(told).toEqual(['+10.0.0.1/32']);
    book.remove(route('10.0.0.1/32', { metric: 5 }));
    expect(told).toEqual(['+10.0.0.1/32', '-10.0.0.1/32']);
  });

  test('loses the IPv4 routes of an interface that went down', () => {
    const { told, book } = make();
    for (const text of ['10.0.0.1/32', '2001:db8::1/128']) book.add(route(text));
    book.add(route('10.0.0.2/32', { interface: 8 }));
    told.length = 0;
    book.linkLost(7);
    expect(told).toEqual(['-10.0.0.1/32']);
  });

  test('follows a route that takes the place of another', () => {
    const { told, book } = make();
    book.add(route('10.0.0.1/32'));
    book.replace(route('10.0.0.1/32', { protocol: 8 }), true);
    book.replace(route('10.0.0.1/32', { interface: 9, metric: 1 }), false);
    expect(told).toEqual(['+10.0.0.1/32']);
    book.replace(route('10.0.0.1/32', { interface: 9 }), false);
    expect(told).toEqual(['+10.0.0.1/32', '-10.0.0.1/32']);
  });

  test('tells of the interface of a prefix, again when it is another one', () => {
    const links: number[] = [];
    const book = new RouteBook(
      (_, link) => links.push(link),
      () => {},
    );
    book.add(route('10.0.0.1/32', { interface: 7 }));
    book.add(route('10.0.0.1/32', { interface: 8, metric: 5 }));
    expect(links).toEqual([7]);
    book.linkLost(7);
    expect(links).toEqual([7, 8]);
    book.replace(route('10.0.0.1/32', { interface: 9, metric: 5 }), true);
    expect(links).toEqual([7, 8, 9]);
  });

  test('believes an event that came during a dump more than the dump', () => {
    const { told, book } = make();
    book.add(route('10.0.0.1/32'));
    book.beginDump();
    book.remove(route('10.0.0.1/32'));
    book.dumped(route('10.0.0.1/32'));
    book.add(route('10.0.0.2/32'));
    book.endDump();
    expect(told).toEqual(['+10.0.0.1/32', '-10.0.0.1/32', '+10.0.0.2/32']);
    book.add(route('10.0.0.1/32'));
    book.beginDump();
    book.dumped(route('10.0.0.1/32'));
    book.dumped(route('10.0.0.2/32'));
    book.endDump();
    expect(book.prefixes().length).toBe(2);
  });

  test('tells the difference to a dump, and no more', () => {
    const { told, book } = make();
    book.add(route('10.0.0.1/32'));
    book.add(route('10.0.0.2/32'));
    told.length = 0;
    book.beginDump();
    book.dumped(route('10.0.0.2/32'));
    book.dumped(route('10.0.0.3/32'));
    book.endDump();
    expect(told).toEqual(['+10.0.0.3/32', '-10.0.0.1/32']);
    expect(book.prefixes().map(String).sort()).toEqual(['10.0.0.2/32', '10.0.0.3/32']);
  });
});
