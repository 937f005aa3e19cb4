import type { SessionStatus } from '../../lib/control/status';
import type { Fabric, FabricSpec } from '../../lib/model/fabric';
import { trialOf } from '../../lib/node/trial';
import { sessionsOf } from '../../lib/topology/derive';
import { valid } from '../model/valid';

const fabric = (spec: Partial<FabricSpec>): Fabric => {
  const nodes = { n1: { ipv4Address: '10.0.0.1', rack: 'a' }, n2: { ipv4Address: '10.0.0.2' } };
  return valid({ name: 'lab', edition: 2, nodes, racks: { a: { asNumber: 65001 } }, ...spec });
};
const peers = (more: object = {}, name = 'tor') =>
  fabric({ peers: { [name]: { address: '192.0.2.1', asNumber: 65100, ...more } } });

/** Sessions as an agent tells of them where all of these fabric's are up, but for those that are named. */
const told = (of: Fabric, down: readonly string[] = []) =>
  sessionsOf(of, 'n1').map(
    ({ key, origin, remoteAddress, isInside }) =>
      ({
        ...{ key, origin, isInside, isRetiring: false, remoteAddress: String(remoteAddress) },
        state: down.includes(String(remoteAddress)) ? 'Active' : 'Established',
      }) as SessionStatus,
  );
/** What a change on n1 asks for: `address: before[, for another][, changed]`. */
function asked(before: Fabric, after: Fabric, sessions = told(before)): string[] {
  return trialOf({ held: { fabric: before }, sessions }, { fabric: after }, 'n1', '').demands.map(
    ({ remoteAddress, before: was, replaces, isChanged }) =>
      `${remoteAddress}: ${was}${replaces ? `, for ${replaces.split(' ')[1]}` : ''}${isChanged ? ', changed' : ''}`,
  );
}

describe('what a node is held to by a release on trial', () => {
  test.each<[string, Fabric, Fabric, string[]]>([
    [
      'the session as it was, with other filters or another name',
      peers(),
      peers({ maxPrefixes: 5 }, 'rack'),
      ['192.0.2.1: up'],
    ],
    ['the session again, with another AS number', peers(), peers({ asNumber: 65101 }), ['192.0.2.1: up, changed']],
    ['the session again, with a key', peers(), peers({ password: 'file:/k' }), ['192.0.2.1: up, changed']],
    [
      'another address in place of the one before',
      peers(),
      peers({ address: '192.0.2.9' }),
      ['192.0.2.9: up, for 192.0.2.1, changed'],
    ],
    ['nothing of a neighbour that need not come up', peers(), peers({ expect: 'down' }), []],
    ['nothing of a neighbour that is kept down', peers(), peers({ adminDown: 'maintenance' }), []],
    ['nothing of a neighbour that is removed', peers(), fabric({}), []],
    ['a new neighbour', fabric({}), peers(), ['192.0.2.1: none, changed']],
    [
      'the top of a rack with one wrong digit',
      fabric({ racks: { a: { asNumber: 65001, topOfRack: [{ ipv4Address: '192.0.2.1', asNumber: 65100 }] } } }),
      fabric({ racks: { a: { asNumber: 65001, topOfRack: [{ ipv4Address: '192.0.2.11', asNumber: 65100 }] } } }),
      ['192.0.2.11: up, for 192.0.2.1, changed'],
    ],
    [
      'the AS number of its rack, which the neighbour must know',
      fabric({ racks: { a: { asNumber: 65001, topOfRack: [{ ipv4Address: '192.0.2.1', asNumber: 65100 }] } } }),
      fabric({ racks: { a: { asNumber: 65009, topOfRack: [{ ipv4Address: '192.0.2.1', asNumber: 65100 }] } } }),
      ['192.0.2.1: up, changed'],
    ],
  ])('is %s', (_, before, after, expected) => {
    expect(asked(before, after)).toEqual(expected);
  });

  test('counts what was up, not what should have been', () => {
    expect(asked(peers(), peers({ address: '192.0.2.9' }), told(peers(), ['192.0.2.1']))).toEqual([
      '192.0.2.9: down, for 192.0.2.1, changed',
    ]);
  });

  const range = (prefix: string, more: object = {}) =>
    fabric({ peers: { hosts: { prefix, asNumber: 65200, ...more } } });
  const guests = (...addresses: string[]) =>
    addresses.map(
      (remoteAddress) =>
        ({
          ...{ key: `10.0.0.1 ${remoteAddress} 179`, origin: 'peers.hosts', remoteAddress },
          ...{ isInside: false, isRetiring: false, state: remoteAddress.endsWith('9') ? 'Active' : 'Established' },
        }) as SessionStatus,
    );

  test('asks for each neighbour of a prefix that was up, while the prefix stays', () => {
    const all = guests('198.51.100.1', '198.51.100.2', '198.51.100.9');
    expect(asked(range('198.51.100.0/24'), range('198.51.100.0/24', { maxPrefixes: 9 }), all)).toEqual([
      '198.51.100.1: up',
      '198.51.100.2: up',
    ]);
    expect(asked(range('198.51.100.0/24'), range('198.51.100.0/24', { asNumber: 65201 }), all)).toEqual([
      '198.51.100.1: up, changed',
      '198.51.100.2: up, changed',
    ]);
    expect(asked(range('198.51.100.0/24'), range('198.51.100.0/31'), all)).toEqual(['198.51.100.1: up']);
    expect(asked(range('198.51.100.0/24'), fabric({}), all)).toEqual([]);
  });

  test('knows a node that is new to the fabric from one that is renamed with it', () => {
    const isFirst = (before: Fabric | undefined, after: Fabric) =>
      trialOf({ ...(before && { held: { fabric: before } }), sessions: [] }, { fabric: after }, 'n1', '').isFirst;
    expect(isFirst(undefined, peers())).toBe(true);
    expect(isFirst(fabric({}), peers())).toBe(false);
    expect(isFirst(fabric({ name: 'former' }), peers())).toBe(false);
    const elsewhere = fabric({
      name: 'other',
      nodes: { n1: { ipv4Address: '10.0.0.1' }, n7: { ipv4Address: '10.0.0.7' } },
    });
    expect(isFirst(elsewhere, peers())).toBe(true);
  });

  test('goes on to be measured by what was up before a release that nobody confirmed', () => {
    const wrong = peers({ address: '192.0.2.9' });
    const first = trialOf({ held: { fabric: peers() }, sessions: told(peers()) }, { fabric: wrong }, 'n1', '');
    const again = trialOf(
      { held: { fabric: wrong }, sessions: told(wrong, ['192.0.2.9']), trial: first },
      { fabric: peers() },
      'n1',
      '',
    );
    expect(again.demands).toMatchObject([{ remoteAddress: '192.0.2.1', before: 'up' }]);
  });
});
