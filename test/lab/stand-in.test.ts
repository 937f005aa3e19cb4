import { planLab } from '../../lib/lab/plan';
import { SAMPLE } from '../../lib/lab/sample';
import { standInFabric } from '../../lib/lab/stand-in';
import type { FabricSpec } from '../../lib/model/fabric';
import { readFabric } from '../../lib/model/read';
import { sessionsOf } from '../../lib/topology/derive';

const EVERYTHING: FabricSpec = {
  ...SAMPLE,
  nodes: { ...SAMPLE.nodes, other: { ipv4Address: '10.9.0.1', asNumber: 65010 } },
  peers: {
    both: { address: '192.20.30.40', asNumber: '1.1575', families: ['ipv4', 'ipv6'], port: 1179, holdTime: 30 },
    six: { node: 'node1', address: 'aa:bb::ff', asNumber: 65099, password: 'file:/tor.key', ttlSecurity: 2 },
  },
  nodeToNodeMesh: false,
};
const outsideOf = (spec: FabricSpec) =>
  planLab(readFabric(spec).fabric!).machines.filter(({ kind }) => kind === 'outside');

describe('the fabric of an agent that stands for the outside', () => {
  test.each([
    ['the sample', SAMPLE],
    ['one of every kind', EVERYTHING],
  ])('is valid and mirrors the sessions of the nodes, for %s', (_, spec) => {
    for (const machine of outsideOf(spec)) {
      const { fabric, problems } = readFabric(standInFabric(machine));
      expect(problems.map(String)).toEqual([]);
      const shown = [...sessionsOf(fabric!, machine.name), ...machine.sessions].map((session) => [
        ...[String(session.localAddress), String(session.remoteAddress), session.families],
        ...[session.ttlSecurity, session.password !== undefined],
      ]);
      const half = machine.sessions.length;
      expect(shown.slice(0, half)).toEqual(shown.slice(half));
    }
  });

  test('lets everything in and out, also where the neighbour has another AS number', () => {
    const [machine] = outsideOf(EVERYTHING);
    const fabric = readFabric(standInFabric(machine)).fabric!;
    for (const { importPolicy, exportPolicy } of sessionsOf(fabric, machine.name))
      expect([importPolicy, exportPolicy].map(({ rules }) => rules.map(({ action }) => action))).toEqual([
        ['accept'],
        ['accept'],
      ]);
  });
});
