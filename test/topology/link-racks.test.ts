import { readFabric } from '../../lib/model/read';
import type { RackSpec } from '../../lib/model/spec';
import { localAsAfter } from '../../lib/node/local-as';
import { previewOf } from '../../lib/preview/preview';
import { reportOf } from '../../lib/report/report';
import { sessionsOf } from '../../lib/topology/derive';
import { explainSession } from '../../lib/topology/explain';
import { valid } from '../model/valid';

const spec = (topOfRack: RackSpec['topOfRack'], asNumber = 65001) => ({
  ...{ name: 'lab', edition: 2, racks: { a: { asNumber, topOfRack } } },
  nodes: { n1: { ipv4Address: '10.0.0.1', rack: 'a' }, n2: { ipv4Address: '10.0.0.2' } },
});
const fabric = (topOfRack: RackSpec['topOfRack'], asNumber?: number) => valid(spec(topOfRack, asNumber));
const problems = (topOfRack: readonly object[]) =>
  readFabric(spec(topOfRack as RackSpec['topOfRack'])).problems.map(({ path, message }) => `${path}: ${message}`);

describe('a top-of-rack neighbour on a link without addresses', () => {
  test('is a neighbour of the nodes in the rack alone, with the policy of the rack', () => {
    const lab = fabric([{ interface: 'eth*', peerType: 'external' }]);
    expect(sessionsOf(lab, 'n2')).toEqual([]);
    const [session, ...others] = sessionsOf(lab, 'n1');
    expect(others).toEqual([]);
    expect(session).toMatchObject({
      ...{ key: 'n1/local%eth* n1%eth* 179', kind: 'rack', origin: 'racks.a', interface: 'eth*', anyExternal: true },
      ...{ families: ['ipv4', 'ipv6'], extendedNextHop: true, multihop: false, importPolicy: { otherwise: 'accept' } },
    });
    const { made, routes } = explainSession(lab, 'n1', session);
    expect(made).toContain('n1 is in this rack, and the neighbour on eth* is its top-of-rack neighbour');
    expect(routes).toContain('advertises routes that originate in its own AS');
  });

  test('is in the AS of the rack unless its entry says another', () => {
    const as = (top: object) => {
      const [{ remoteAs, anyExternal }] = sessionsOf(fabric([{ interface: 'eth0', ...top }]), 'n1');
      return [remoteAs.value, anyExternal];
    };
    expect(as({})).toEqual([65001, undefined]);
    expect(as({ peerType: 'internal' })).toEqual([65001, undefined]);
    expect(as({ asNumber: 65100 })).toEqual([65100, undefined]);
    expect(as({ peerType: 'external' })[1]).toBe(true);
  });

  test('may be one of several', () => {
    const lab = fabric([{ interface: 'eth0' }, { interface: 'eth1' }, { ipv4Address: '10.0.0.99' }]);
    expect(sessionsOf(lab, 'n1').map(({ remoteAddress }) => String(remoteAddress))).toEqual([
      ...['n1%eth0', 'n1%eth1', '10.0.0.99'],
    ]);
  });

  test('knows the node by its former AS number until its own entry or the rack says another', () => {
    const was = { fabric: fabric([{ interface: 'eth0', peerType: 'external' }]) };
    const after = fabric([{ interface: 'eth0', peerType: 'external', holdTime: 9 }]);
    const moved = {
      ...after,
      nodes: { ...after.nodes, n1: { ...after.nodes.n1, asNumber: sessionsOf(after, 'n1')[0].remoteAs } },
    };
    expect(localAsAfter(was, moved, 'n1')).toEqual({ 'n1/local%eth0 n1%eth0 179': 65001 });
    expect(localAsAfter(was, fabric([{ interface: 'eth0', peerType: 'external' }], 65002), 'n1')).toEqual({});
  });

  test('is in the report of a change', () => {
    const [before, after] = [fabric([]), fabric([{ interface: 'eth*', peerType: 'external' }])];
    const report = reportOf(previewOf(before, after), { before, after });
    expect(report.verdict.line).toContain('adds 1 session (racks.a)');
  });

  test.each([
    [[{ interface: 'eth0', ipv4Address: '10.0.0.9' }], 'ipv4Address: ipv4Address cannot be combined with interface'],
    [[{ interface: 'eth0', asNumber: 1, peerType: 'external' }], 'asNumber: asNumber cannot be combined with peerType'],
    [[{ ipv4Address: '10.0.0.9', peerType: 'external' }], 'peerType: peerType needs an interface'],
    [[{ interface: 'eth0', multihop: true }], 'multihop: multihop cannot be combined with interface'],
    [[{ interface: 'eth0', bfd: { multihop: true } }], 'topOfRack.0.bfd.multihop: BFD over several hops'],
    [[{ interface: 'lo' }], 'interface: lo is the loopback interface'],
    [[{ interface: 'eth0', ttlSecurity: 2 }], 'ttlSecurity: a neighbour on a link is 1 hop away, not 2'],
    [[{ interface: 'eth 0' }], 'interface: "eth 0" is not a valid name of an interface, or pattern'],
    [[{}], 'racks.a.topOfRack.0: the top-of-rack neighbour has no address'],
    [
      [{ interface: 'eth0' }, { interface: 'eth0' }],
      'topOfRack.1.interface: topOfRack.0 already defines a session on eth0',
    ],
    [[{ interface: 'e*' }, { interface: 'eth*' }], 'on node n1, eth* and e* of racks.a.topOfRack.0 can match the same'],
  ])('is refused as %j, and why', (tops, why) => {
    expect(problems(tops).join('\n')).toContain(why);
  });

  test('is told to name the interface instead of a link-local address', () => {
    const { problems: found } = readFabric({
      ...{ name: 'lab', nodes: { n1: { ipv4Address: '10.0.0.1', rack: 'a' } } },
      racks: { a: { asNumber: 65001, topOfRack: [{ ipv6Address: 'fe80::1' }] } },
    });
    expect(found.map(String).join()).toContain('Write the interface instead of the address');
  });

  test('is accepted beside others', () => {
    expect(problems([{ interface: 'eth*', peerType: 'external' }, { interface: 'swp1' }])).toEqual([]);
  });
});
