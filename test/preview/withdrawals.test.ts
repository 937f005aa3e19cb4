import type { Fabric } from '../../lib/model/fabric';
import { withFormerSecrets } from '../../lib/model/former-secrets';
import { aboutChange } from '../../lib/preview/about';
import { impactOf } from '../../lib/preview/impact';
import { routeImpactOf } from '../../lib/preview/route-impact';
import { describeWithdrawal } from '../../lib/preview/withdrawals';
import { routeDiagnostics } from '../../lib/provider/resource/route-impact';
import { NOTHING_HEARD, type OutsideRoutes, type Retains } from '../../lib/topology/outside-routes';
import { valid } from '../model/valid';

const TOR = '192.0.2.1';
const OTHER = '192.0.2.2';

const fabric = (more: object = {}, holdTime = 90): Fabric =>
  valid({
    name: 'lab',
    holdTime,
    nodes: { n1: { ipv4Address: '10.0.0.1' }, n2: { ipv4Address: '10.0.0.2' } },
    filters: { all: { import: [{ action: 'accept' }], export: [{ action: 'accept' }] } },
    peers: {
      tor: { address: TOR, asNumber: 65001, filters: ['all'], ...more },
      other: { node: 'n1', address: OTHER, asNumber: 65002, filters: ['all'] },
    },
  });
const KEYED = fabric({ password: 'file:/k' });

/** Both nodes have a session with the first neighbour that is up, and n1 one with the other. */
const heard = (retains: Retains | undefined): OutsideRoutes => ({
  sessions: ['n1 192.0.2.1', 'n2 192.0.2.1', 'n1 192.0.2.2'].map((text) => {
    const [node, remoteAddress] = text.split(' ');
    return { node, localAddress: '10.0.0.9', remoteAddress, routerId: 1, routes: 'a', retains };
  }),
  routes: { a: { received: 0, sets: [] } },
  unknown: {},
});

const found = (after: Fabric, outside: OutsideRoutes, before = fabric()) => {
  const { counts, sessions } = impactOf(before, after);
  const routes = routeImpactOf(before, after, outside, [], sessions)!;
  const losses = { paths: [], isolated: [], prefixes: [] };
  return { routes, about: aboutChange({ counts, sessions, losses, isLooked: true, isAllowed: false, routes }) };
};
const said = (after: Fabric, outside: OutsideRoutes) =>
  (found(after, outside).routes.withdrawals ?? []).map(describeWithdrawal);

describe('neighbours outside that drop the routes of nodes while their sessions are reset', () => {
  test('are those without graceful restart, with the nodes whose sessions are reset', () => {
    expect(said(KEYED, heard('nothing'))).toEqual([
      '192.0.2.1 withdraws the routes of n1, n2 while its sessions are down: it does not support graceful restart (RFC 4724, RFC 8538)',
    ]);
    expect(said(KEYED, heard('connection-loss'))).toEqual([]);
    expect(said(KEYED, heard('notification'))).toEqual([]);
  });

  test('are those whose secret has a new value, if it has one', () => {
    const after = fabric({ password: 'secret:k' });
    const { routes, about } = found(after, heard('nothing'), withFormerSecrets(after));
    expect(routes.withdrawals!.map(describeWithdrawal)).toEqual([
      '192.0.2.1 withdraws the routes of n1, n2 while its sessions are down, if they are reset: it does not support graceful restart (RFC 4724, RFC 8538)',
    ]);
    expect(routes.others).toMatchObject([{ must: 'sign with the new value of secret:k, if it has one' }]);
    expect(about).toBe(
      "May require 192.0.2.1 to be changed as well; may reset 2 sessions (password if secret:k has a new value); if its session is reset, 192.0.2.1 withdraws this fabric's routes until the session is up again, or the gate has ended (no graceful restart); nodes keep their paths to each other.",
    );
    expect(routeDiagnostics(routes, false, false)[0].summary).toBe(
      'Outside neighbours may have to be changed as well: 192.0.2.1',
    );
  });

  test('may be those of which nothing is known: an older agent, or nobody was asked', () => {
    const may =
      '192.0.2.1 may withdraw the routes of n1, n2 while its sessions are down: whether it supports graceful restart is unknown';
    expect(said(KEYED, heard(undefined))).toEqual([may]);
    expect(said(KEYED, NOTHING_HEARD)).toEqual([may]);
    expect(said(KEYED, { ...heard('nothing'), sessions: [], unknown: { 'they are too old': ['n1', 'n2'] } })).toEqual([
      may,
    ]);
  });

  test('are none where their sessions are not up', () => {
    const { sessions, ...rest } = heard('nothing');
    const without = { ...rest, sessions: sessions.filter(({ remoteAddress }) => remoteAddress === OTHER) };
    expect(said(KEYED, without)).toEqual([]);
  });

  test('are those that come from a prefix, each by its address', () => {
    const range = (password?: string) =>
      valid({
        ...{ name: 'lab', nodes: { n1: { ipv4Address: '10.0.0.1' } } },
        peers: {
          pool: { node: 'n1', prefix: '192.0.2.0/24', asNumber: 65001, ...(password && { password }) },
        },
      });
    const { sessions } = impactOf(range(), range('file:/k'));
    const routes = routeImpactOf(range(), range('file:/k'), heard('nothing'), [], sessions)!;
    expect(routes.withdrawals!.map(({ neighbour }) => neighbour)).toEqual([TOR, OTHER]);
  });

  test('stand in the sentence about the change, which then does not say that nothing is lost', () => {
    const { about } = found(KEYED, heard('nothing'));
    expect(about).toContain(
      "192.0.2.1 withdraws this fabric's routes until the session is up again, or the gate has ended (no graceful restart)",
    );
    expect(about).not.toContain('no node loses');
    expect(found(KEYED, heard('notification')).about).toContain('no node loses a path');
  });

  test('stand in the warning that they must be changed as well, or in one of their own', () => {
    const warnings = (after: Fabric) => routeDiagnostics(found(after, heard('nothing')).routes, false, false);
    const [key, ...others] = warnings(KEYED);
    expect(others).toEqual([]);
    expect(key.summary).toContain('must be changed as well');
    expect(key.detail).toContain('192.0.2.1 withdraws the routes of n1, n2');
    expect(key.detail).toContain('60 s by default');
    // One of which nothing is known and that need not be changed is back in seconds.
    expect(routeDiagnostics(found(fabric({}, 30), NOTHING_HEARD).routes, false, false)).toEqual([]);
    const [timer] = warnings(fabric({}, 30));
    expect(timer.summary).toBe(
      "Outside neighbours withdraw this fabric's routes while their sessions are reset: 192.0.2.1, 192.0.2.2",
    );
  });
});
