import fc from 'fast-check';
import { changeOf } from '../../lib/bgp/session/change';
import type { Fabric } from '../../lib/model/fabric';
import { readFabric } from '../../lib/model/read';
import { localAsAfter } from '../../lib/node/local-as';
import { runningSessions } from '../../lib/node/sessions';
import { otherSidesOf } from '../../lib/preview/other-side';
import { fabricPairs } from '../node/pairs';

const withPeer = (peer: object): Fabric => {
  const peers = { isp: { node: 'n1', address: '10.0.0.9', asNumber: 65011, ...peer } };
  const nodes = { n1: { ipv4Address: '10.0.0.1' } };
  const { fabric, problems } = readFabric({ name: 'lab', edition: 2, asNumber: 65001, nodes, peers });
  if (!fabric) throw new Error(problems.join('; '));
  return fabric;
};
const TWICE = /^AS number of the neighbour: .* The session is reset twice: by this node at activation \((.*)\), and by/;

describe('a neighbour in another AS is reset', () => {
  const sides = (after: object) => otherSidesOf(withPeer({}), withPeer(after));

  test('once where it stays external', () => {
    expect(sides({ asNumber: 65012 })).toEqual([
      expect.objectContaining({ way: expect.stringContaining('its session is reset once') }),
    ]);
  });

  test('twice where it becomes internal, by this node for the hops; nothing else is asked of it', () => {
    const [side, ...others] = sides({ asNumber: 65001 });
    expect(side.must).toBe('be in AS 65001 instead of 65011');
    expect(TWICE.exec(side.way)?.[1]).toBe('hops');
    expect(others).toEqual([]);
  });

  test('twice where this node resets it for another change', () => {
    expect(TWICE.exec(sides({ asNumber: 65012, holdTime: 30 })[0].way)?.[1]).toBe('hold time');
  });

  test('as often as a node does it that has activated the release', () => {
    const seen = { once: 0, twice: 0 };
    fc.assert(
      fc.property(fabricPairs, ([before, after]) => {
        const all = otherSidesOf(before, after).filter(({ must }) => /^be in AS \d+ instead of/.test(must));
        for (const { neighbour, nodes, way } of all) {
          const [name] = nodes;
          const [was, is] = [
            { fabric: before },
            { fabric: after, localAs: localAsAfter({ fabric: before }, after, name) },
          ];
          const [staged, active] = [
            runningSessions({ active: was, staged: is }, name),
            runningSessions({ active: is, retiring: { ...was, phase: 'kept', behind: [] } }, name),
          ].map((sessions) => sessions.map(({ config }) => config));
          const to = staged.find(({ remoteAddress, retiring }) => String(remoteAddress) === neighbour && !retiring);
          const next = active.find(({ key }) => key === to?.key);
          if (!to || !next || next.retiring) continue;
          const isReset = changeOf(to, next, to.acceptable[0]).cost === 'reset';
          expect(TWICE.test(way)).toBe(isReset);
          seen[isReset ? 'twice' : 'once']++;
        }
      }),
      { seed: 5, numRuns: 600 },
    );
    // What never happened was not tried.
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(0);
  });
});
