import fc from 'fast-check';
import { emptyRoute, ROUTE_TYPE, type RouteFields } from '../../../../lib/kernel/codec/route';
import type { RouteInfo } from '../../../../lib/kernel/codec/route-info';
import type { ForeignNews } from '../../../../lib/kernel/fib/foreign/foreign-news';
import { ForeignRoutes } from '../../../../lib/kernel/fib/foreign/foreign-routes';
import { ForeignWays } from '../../../../lib/kernel/fib/foreign/foreign-ways';
import { ip, MAIN, prefix } from '../../routing-world';

const STATIC = 4;
const KERNEL = 2;
const hop = (link: number, gateway?: string) => ({
  ...{ interface: link, weight: 1, onlink: false },
  ...(gateway && { gateway: ip(gateway) }),
});
/** By number, where a route may lead. */
const INFOS: readonly RouteInfo[] = [
  { type: 'other', hops: [] },
  { type: 'unicast', hops: [hop(1)] },
  { type: 'unicast', hops: [hop(2)] },
  { type: 'unicast', hops: [hop(1, '10.0.0.8')] },
  { type: 'unicast', hops: [hop(2, '10.0.0.9')] },
  { type: 'unicast', hops: [hop(1, '10.0.0.8'), hop(2, '10.0.0.9')] },
];
/** Nexthop objects of others. */
const OBJECTS: Readonly<Record<number, RouteInfo>> = { 7: INFOS[2], 8: INFOS[4] };

interface Said {
  readonly to: string;
  readonly table: number;
  readonly metric: number;
  readonly protocol: number;
  readonly type: number;
  readonly info: number;
  readonly nexthopId: number;
}
const said = fc.record({
  to: fc.constantFrom('10.0.0.0/24', '10.0.0.0/16', '10.0.0.5/32', '10.0.0.6/32', '0.0.0.0/0', '224.0.0.0/8'),
  table: fc.constantFrom(MAIN, 100, 77),
  metric: fc.constantFrom(0, 300),
  protocol: fc.constantFrom(KERNEL, STATIC),
  type: fc.constantFrom(ROUTE_TYPE.unicast, ROUTE_TYPE.unicast, ROUTE_TYPE.blackhole),
  info: fc.nat(INFOS.length - 1),
  nexthopId: fc.constantFrom(0, 0, 0, 7, 8),
});
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ route: said, how: fc.constantFrom('add', 'replace', 'remove') }) },
  {
    weight: 1,
    arbitrary: fc.record({ dump: fc.array(said, { maxLength: 6 }), meanwhile: fc.array(said, { maxLength: 2 }) }),
  },
  { weight: 1, arbitrary: fc.record({ purged: fc.constantFrom(1, 2) }) },
);

class World {
  readonly routes = new ForeignRoutes(4);
  news = 0;
  readonly ways: ForeignWays;

  constructor(readonly table: number) {
    const news: ForeignNews = {
      onLinkChanged: () => this.news++,
      hostChanged: () => this.news++,
      gatewaysChanged: () => this.news++,
      cares: () => false,
      tableChanged: () => {},
    };
    this.ways = new ForeignWays([this.routes, new ForeignRoutes(16)], infoOf, table, news);
  }

  do(one: Said, how: string): void {
    const { address, length } = prefix(one.to);
    const view: RouteFields = { ...emptyRoute(), length, destination: 0, table: one.table, priority: one.metric };
    Object.assign(view, { type: one.type, protocol: one.protocol, nexthopId: one.nexthopId });
    if (how === 'remove') this.routes.remove(address.bytes, view, one.info);
    else if (how === 'dumped') this.routes.dumped(address.bytes, view, one.info);
    else this.routes.add(address.bytes, view, one.info, how === 'replace');
  }

  /** All routes there are, found by looking at each prefix. */
  all() {
    return ['10.0.0.0/24', '10.0.0.0/16', '10.0.0.5/32', '10.0.0.6/32', '0.0.0.0/0', '224.0.0.0/8'].flatMap((to) => {
      const { address, length } = prefix(to);
      return this.routes.of(address.bytes, length).map((entry) => ({ to, ...entry }));
    });
  }
}
const infoOf = ({ info, nexthopId }: { info: number; nexthopId: number }) =>
  nexthopId === 0 ? INFOS[info] : OBJECTS[nexthopId];
const counted = (table: number, own: number) => table === MAIN || table === own;

test('what is on links, and which gateways are in use, is what the routes there are say, whatever came and went', () => {
  let seen = 0;
  fc.assert(
    fc.property(fc.constantFrom(MAIN, 100), fc.array(step, { minLength: 5, maxLength: 40 }), (own, steps) => {
      const world = new World(own);
      const now = () => {
        const all = world.all();
        const hops = (one: (typeof all)[number]) => infoOf(one).hops;
        const linked = all.filter(
          (one) =>
            counted(one.table, own) &&
            one.type === ROUTE_TYPE.unicast &&
            hops(one).length === 1 &&
            !hops(one)[0].gateway &&
            !(one.to.endsWith('/32') && one.protocol !== KERNEL),
        );
        return {
          linked: linked
            .map((one) => `${one.to} ${one.table} ${one.protocol} ${one.metric} ${hops(one)[0].interface}`)
            .sort(),
          gateways: [
            ...new Set(all.flatMap((one) => hops(one).flatMap(({ gateway }) => (gateway ? [String(gateway)] : [])))),
          ].sort(),
        };
      };
      const told = () => ({
        linked: [...world.ways.onLink()]
          .map((one) => `${one.prefix} ${one.table} ${one.protocol} ${one.metric} ${one.interface}`)
          .sort(),
        gateways: world.ways.gateways().map(String).sort(),
      });
      for (const one of steps) {
        const [before, news] = [JSON.stringify(now()), world.news];
        if ('route' in one) world.do(one.route, one.how);
        else if ('purged' in one)
          world.routes.purge((info, nexthopId) => {
            const { hops } = infoOf({ info, nexthopId });
            return hops.length > 0 && hops.every(({ interface: link }) => link === one.purged);
          });
        else {
          world.routes.beginDump();
          for (const [i, route] of one.dump.entries()) {
            world.do(route, 'dumped');
            if (one.meanwhile[i]) world.do(one.meanwhile[i], i % 2 === 0 ? 'remove' : 'add');
          }
          world.routes.endDump();
        }
        expect(told()).toEqual(now());
        if (JSON.stringify(now()) !== before) expect(world.news).toBeGreaterThan(news);
        for (let info = 0; info < INFOS.length; info++)
          expect(world.ways.has(info)).toBe(world.all().some((entry) => entry.info === info));
        seen += told().linked.length + told().gateways.length;
      }
    }),
    { numRuns: 80, seed: 11 },
  );
  expect(seen).toBeGreaterThan(500);
});
