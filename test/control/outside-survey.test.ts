import { type OutsideStatus, sentRoutesName } from '../../lib/control/outside';
import { surveyOutside } from '../../lib/control/outside-survey';
import type { AgentSummary } from '../../lib/control/status';
import type { SentRoutes } from '../../lib/topology/outside-routes';

const sent = (...prefixes: string[]): SentRoutes => ({
  received: prefixes.length,
  sets: [{ attributes: '400101', nextHop: '192.0.2.1', prefixes }],
});
const session = (routes: SentRoutes, remoteAddress = '192.0.2.1'): OutsideStatus => ({
  ...{ localAddress: '192.0.2.9', remoteAddress, routerId: 1, routes: sentRoutesName(routes) },
});
const summaries = (all: Record<string, readonly OutsideStatus[] | undefined>) =>
  new Map(Object.entries(all).map(([node, outside]) => [node, { node, outside } as unknown as AgentSummary]));

/** Agents that tell these tables, and whom they were asked by. */
function asking(...tables: SentRoutes[]) {
  const asked: string[] = [];
  const byName = new Map(tables.map((table) => [sentRoutesName(table), table]));
  const ask = async (node: string, name: string) => {
    asked.push(node);
    const found = byName.get(name);
    if (!found) throw new Error('no neighbour sends this table any more');
    return found;
  };
  return { ask, asked };
}

const A = sent('203.0.113.0/24');
const B = sent('198.51.100.0/24');

describe('what nodes hear from outside', () => {
  test('is asked for once where several hear the same, and never again while it is known', async () => {
    const { ask, asked } = asking(A, B);
    const all = summaries({ n2: [session(A)], n1: [session(A)], n3: [session(B), session(A, '192.0.2.2')], n4: [] });
    const first = await surveyOutside(all, ask, [...all.keys()]);
    expect(asked).toHaveLength(2);
    expect(first.sessions.map(({ node, remoteAddress }) => `${node} ${remoteAddress}`)).toEqual([
      ...['n1 192.0.2.1', 'n2 192.0.2.1', 'n3 192.0.2.1', 'n3 192.0.2.2'],
    ]);
    expect(new Set(Object.values(first.routes))).toEqual(new Set([A, B]));
    expect(first.unknown).toEqual({});
    const again = await surveyOutside(
      summaries({ n1: [session(A)], n3: [session(B)] }),
      ask,
      ['n1', 'n2', 'n3'],
      first,
    );
    expect(asked).toHaveLength(2);
    // n2 does not answer: the former holds. n4 is no more.
    expect(again.sessions.map(({ node }) => node)).toEqual(['n1', 'n2', 'n3']);
  });

  test('includes the neighbour of a link without addresses, which is named after the link', async () => {
    const { ask } = asking(A);
    const all = summaries({ n1: [{ ...session(A, 'n1%eth1'), localAddress: 'n1/local%eth1' }] });
    const heard = await surveyOutside(all, ask, ['n1']);
    expect(heard.unknown).toEqual({});
    expect(heard.sessions).toMatchObject([
      { node: 'n1', localAddress: 'n1/local%eth1', remoteAddress: 'n1%eth1', routes: sentRoutesName(A) },
    ]);
  });

  test('says over what each neighbour retains routes, where its agent does and this version knows it', async () => {
    const { ask } = asking(A);
    const own = (retains: string | undefined) => [{ ...session(A), retains } as OutsideStatus];
    const all = summaries({ n1: own('nothing'), n2: own(undefined), n3: own('of a later version') });
    const { sessions } = await surveyOutside(all, ask, [...all.keys()]);
    expect(sessions.map(({ retains }) => retains)).toEqual(['nothing', undefined, undefined]);
  });

  test('is asked of another node where the first does not tell, and is not known where nobody does', async () => {
    const { ask, asked } = asking(A);
    const shy = (node: string, name: string) => (node === 'n1' ? Promise.reject(new Error('busy')) : ask(node, name));
    const all = summaries({ n1: [session(A)], n2: [session(A)], n3: [session(B)] });
    const heard = await surveyOutside(all, shy, [...all.keys()]);
    expect(asked.sort()).toEqual(['n2', 'n3']);
    expect(Object.values(heard.routes)).toEqual([A]);
    expect(heard.sessions.map(({ node }) => node)).toEqual(['n1', 'n2']);
    expect(heard.unknown).toEqual({ 'they could not be fetched': ['n3'] });
  });

  test('is not known of older agents, nor of those that talk nonsense', async () => {
    const all = summaries({ n1: undefined, n2: [{ ...session(A), routes: 'x' }], n3: [session(A)] });
    const { unknown, sessions } = await surveyOutside(all, asking(A).ask, [...all.keys()]);
    expect(unknown).toEqual({
      'their agents are too old to report them': ['n1'],
      'their agents report them in a form that is not supported here': ['n2'],
    });
    expect(sessions.map(({ node }) => node)).toEqual(['n3']);
  });

  test('has the workload routes of each node: of those that do not answer the former, and of all together no more than may be kept', async () => {
    const own = (number: number) => ({
      number,
      routes: Array.from({ length: number }, (_, i) => [`10.244.${i >> 8}.${i & 255}/32`, 'cali0123456789']),
    });
    const tell = (all: Record<string, unknown>) =>
      new Map(Object.entries(all).map(([node, workloads]) => [node, { node, outside: [], workloads } as never]));
    const first = await surveyOutside(
      tell({ n1: own(2), n2: own(1), n3: undefined, n4: { number: -1 } }),
      asking().ask,
      [...['n1', 'n2', 'n3', 'n4']],
    );
    expect(first.workloads).toEqual({ n1: own(2), n2: own(1) });
    const again = await surveyOutside(tell({ n1: own(3) }), asking().ask, ['n1', 'n2'], first);
    expect(again.workloads).toEqual({ n1: own(3), n2: own(1) });
    const many = Array.from({ length: 50 }, (_, i) => `n${i}`);
    const { workloads = {} } = await surveyOutside(
      tell(Object.fromEntries(many.map((node) => [node, own(1000)]))),
      asking().ask,
      many,
    );
    expect(JSON.stringify(workloads).length).toBeLessThan(1_100_000);
    expect(new Set(Object.values(workloads).map(({ number, routes }) => `${number} ${routes.length}`)).size).toBe(1);
    expect(workloads.n7.routes.length).toBeGreaterThan(400);
  });

  test('is no more than may be kept: of too many tables, or too large ones, those that most nodes hear', async () => {
    const small = Array.from({ length: 300 }, (_, i) => sent(`10.${i >> 8}.${i & 255}.0/24`));
    const many = summaries(
      Object.fromEntries(
        small.flatMap((table, i) => (i < 2 ? [`a${i}`, `b${i}`] : [`a${i}`]).map((n) => [n, [session(table)]])),
      ),
    );
    const heard = await surveyOutside(many, asking(...small).ask, [...many.keys()]);
    expect(Object.keys(heard.routes)).toHaveLength(256);
    expect(heard.routes).toMatchObject({ [sentRoutesName(small[0])]: small[0], [sentRoutesName(small[1])]: small[1] });
    expect(heard.unknown['more than 256 different tables are received from outside']).toHaveLength(44);
    const large = Array.from({ length: 40 }, (_, i) =>
      sent(...Array.from({ length: 20_000 }, (_x, j) => `${i + 20}.${j >> 8}.${j & 255}.0/24`)),
    );
    const huge = summaries(Object.fromEntries(large.map((table, i) => [`n${i}`, [session(table)]])));
    const kept = await surveyOutside(huge, asking(...large).ask, [...huge.keys()]);
    expect(JSON.stringify(kept.routes).length).toBeLessThan(8_100_000);
    expect(kept.unknown['the tables received from outside are too large in total'].length).toBeGreaterThan(5);
  });
});
