import { CompetingRoutes } from '../../../lib/kernel/fib/competing-routes';

const STATIC = 4;
const known = (routes: CompetingRoutes) =>
  routes.examples(() => true).map(({ prefix, metric }) => `${prefix} ${metric}`);
const make = (...items: number[]) => {
  const routes = new CompetingRoutes((item) => `10.${item}.0.0/16`);
  for (const item of items) routes.add(item, STATIC, 100);
  return routes;
};

describe('foreign routes that compete with ours', () => {
  test('are known until the kernel tells that they went, or a comparison did not find them', () => {
    const routes = make(1, 2, 3, 4);
    routes.remove(2, STATIC, 100);
    expect(known(routes)).toEqual(['10.1.0.0/16 100', '10.3.0.0/16 100', '10.4.0.0/16 100']);
    routes.beginDump();
    routes.add(1, STATIC, 100); // came by
    routes.add(5, STATIC, 50); // the kernel told of it meanwhile
    routes.add(4, STATIC, 100);
    routes.remove(4, STATIC, 100);
    routes.endDump();
    expect(known(routes)).toEqual(['10.1.0.0/16 100', '10.5.0.0/16 50']);
  });

  test('are all kept where the comparison broke off', () => {
    const routes = make(1, 2);
    routes.beginDump();
    routes.add(1, STATIC, 100);
    expect(known(routes).length).toBe(2);
  });

  test('are kept as far as there is room, also when a comparison finds more of them', () => {
    const all = Array.from({ length: 2000 }, (_, item) => item);
    const routes = make(...all);
    routes.beginDump();
    for (const item of all) routes.add(item, STATIC, 100);
    routes.endDump();
    expect(known(routes).slice(0, 2)).toEqual(['10.0.0.0/16 100', '10.1.0.0/16 100']);
  });

  test('are forgotten with the prefix that was ours, and not shown where it is no longer wanted', () => {
    const routes = make(1, 2, 3);
    routes.forget(2);
    expect(routes.examples((item) => item !== 1).map(({ prefix }) => prefix)).toEqual(['10.3.0.0/16']);
  });
});
