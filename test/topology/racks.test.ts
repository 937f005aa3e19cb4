import type { FabricSpec } from '../../lib/model/fabric';
import { readFabric } from '../../lib/model/read';
import { atRest } from '../../lib/topology/deploy-state';
import { sessionsOf } from '../../lib/topology/derive';
import { explainSession } from '../../lib/topology/explain';
import { OUTSIDE, Reach } from '../../lib/topology/reach';

const TOPS = [
  { ipv4Address: '192.0.2.1', asNumber: 65101 },
  { ipv4Address: '192.0.2.2', asNumber: 65102 },
];
const fabricOf = (edition: number, more: Partial<FabricSpec> = {}, topOfRack: object[] = TOPS) => {
  const { fabric, problems } = readFabric({
    name: 'racks',
    edition,
    nodes: {
      r1: { ipv4Address: '10.0.0.1', rack: 'a' },
      r2: { ipv4Address: '10.0.0.2', rack: 'a' },
      far: { ipv4Address: '10.0.0.9', asNumber: 65009 },
    },
    racks: { a: { asNumber: 65001, topOfRack } },
    filters: {
      out: { export: [{ prefix: '10.0.0.0/8', action: 'accept' }] },
      in: { import: [{ prefix: '10.0.0.0/8', action: 'accept' }] },
    },
    ...more,
  });
  expect(problems.map(String)).toEqual([]);
  return fabric!;
};
const tops = (edition: number, topOfRack?: object[]) =>
  sessionsOf(fabricOf(edition, {}, topOfRack), 'r1').filter(({ kind }) => kind === 'rack');
const policies = (edition: number, topOfRack?: object[]) =>
  tops(edition, topOfRack).map(({ importPolicy, exportPolicy }) =>
    JSON.parse(JSON.stringify([importPolicy, exportPolicy])),
  );

const EVERYTHING = { rules: [], otherwise: 'accept' };
const OWN = { rules: [{ asPathMatches: '^$', action: 'accept' }], otherwise: 'reject' };

describe('the top of a rack', () => {
  test('is told the routes of the own AS alone, and everything is taken from it', () => {
    expect(policies(2)).toEqual([
      [EVERYTHING, OWN],
      [EVERYTHING, OWN],
    ]);
  });

  test('is told everything in the first edition', () => {
    expect(policies(1)).toEqual([
      [EVERYTHING, EVERYTHING],
      [EVERYTHING, EVERYTHING],
    ]);
  });

  test('with filters has theirs in each direction that they have rules for', () => {
    const [both, taking] = policies(2, [
      { ...TOPS[0], filters: ['in', 'out'] },
      { ...TOPS[1], filters: ['in'] },
    ]);
    expect(both[1]).toEqual({ rules: [{ prefix: '10.0.0.0/8', action: 'accept' }], otherwise: 'reject' });
    expect(taking).toEqual([{ rules: [{ prefix: '10.0.0.0/8', action: 'accept' }], otherwise: 'reject' }, OWN]);
  });

  test('is explained by what it is told', () => {
    const explained = (edition: number) => explainSession(fabricOf(edition), 'r1', tops(edition)[0]).routes;
    expect(explained(2)).toBe(
      'eBGP outside the fabric: accepts everything, advertises routes that originate in its own AS (an empty AS_PATH), otherwise nothing',
    );
    expect(explained(1)).toBe('eBGP outside the fabric: accepts everything, advertises everything');
  });

  test('hears of a node of another AS by way of the rack in the first edition only', () => {
    const peers = { far: { node: 'r1', address: '10.0.0.9', asNumber: 65009 } };
    const heard = (edition: number, origin: string) =>
      new Reach(atRest(fabricOf(edition, { peers })), ['r1', 'r2', 'far'], 'ipv4').from(origin).has(OUTSIDE);
    expect([heard(1, 'far'), heard(2, 'far')]).toEqual([true, false]);
    expect([heard(1, 'r2'), heard(2, 'r2')]).toEqual([true, true]);
  });
});
