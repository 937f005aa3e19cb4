import { aboutChange } from '../../lib/preview/about';

type Findings = Parameters<typeof aboutChange>[0];

const about = (more: Partial<Findings> = {}) =>
  aboutChange({
    counts: { added: 0, removed: 0, reset: 0, retuned: 0 },
    sessions: [],
    losses: { paths: [], isolated: [], prefixes: [] },
    isLooked: true,
    isAllowed: false,
    ...more,
  });
const lost = (isLast: boolean) => ({
  paths: [{ kind: 'lost' as const, family: 'ipv4' as const, isLast, from: ['n1', 'n2'], to: ['n3'] }],
  isolated: [],
  prefixes: [],
});

const NO_ROUTES: NonNullable<Findings['routes']> = {
  routes: { prefixes: 2, changes: [], refused: [], limits: [], gaps: [] },
  ...{ shut: [], drains: { out: [], back: [] }, others: [] },
};

describe('the sentence about a change', () => {
  test('says so where nothing happens', () => {
    expect(about()).toBe('Changes no session; no node loses a path.');
  });

  test('tells sessions by what hurts most, with its reasons', () => {
    const counts = { added: 1, removed: 2, reset: 3, retuned: 4 };
    const sessions = [
      { change: 'retuned', reason: 'import policy', number: 1 },
      { change: 'reset', reason: 'hold time', number: 1 },
      { change: 'reset', reason: 'AS number', number: 1 },
      { change: 'added', reason: 'peers.x', number: 1 },
      { change: 'removed', reason: 'nodeToNodeMesh', number: 1 },
    ] as const;
    expect(about({ counts, sessions })).toBe(
      'Resets 3 sessions (hold time, AS number), removes 2 sessions (nodeToNodeMesh), adds 1 session (peers.x), changes 4 sessions without a reset (import policy); no node loses a path.',
    );
  });

  test('tells sessions that are shut down or enabled from resets, and no reason that another contains', () => {
    const sessions = [
      { change: 'reset', reason: 'admin-down', number: 2 },
      { change: 'reset', reason: 'no longer admin-down', number: 1 },
      { change: 'reset', reason: 'hold time', number: 1 },
      { change: 'retuned', reason: 'import policy', number: 1 },
      { change: 'retuned', reason: 'import policy, export policy', number: 1 },
    ] as const;
    expect(about({ counts: { added: 0, removed: 0, reset: 4, retuned: 2 }, sessions })).toBe(
      'Resets 1 session (hold time), shuts down 2 sessions, enables 1 session, changes 2 sessions without a reset (import policy, export policy); no node loses a path.',
    );
  });

  test('begins with who is cut off, and what that needs', () => {
    const counts = { added: 0, removed: 2, reset: 0, retuned: 0 };
    const sessions = [{ change: 'removed', reason: 'nodeToNodeMesh', number: 1 }] as const;
    const change = { counts, sessions, losses: lost(true) };
    expect(about(change)).toBe('Cuts off n3, which needs allow_disruption; removes 2 sessions (nodeToNodeMesh).');
    expect(about({ ...change, isAllowed: true })).toContain('Cuts off n3, as allow_disruption allows;');
    expect(about({ losses: lost(false) })).toBe('Takes paths in one address family from n3; changes no session.');
  });

  test('names of two sides that lose each other the smaller, and says where it is the outside alone', () => {
    const path = (from: string[], to: string[] | '') => ({
      ...{ kind: 'lost' as const, family: 'ipv4' as const, isLast: true, from, to },
    });
    const paths = [path(['n1'], ['n5']), path(['n2', 'n3', 'n4'], ['n5'])];
    expect(about({ losses: { paths, isolated: [], prefixes: [] } })).toMatch(/^Cuts off n5, which needs/);
    expect(about({ losses: { paths: [path(['n1'], '')], isolated: [], prefixes: [] } })).toMatch(
      /^Cuts off n1 from the outside, which needs/,
    );
  });

  test('names prefixes that are lost, and says where paths were not looked at', () => {
    const prefixes = [{ prefix: '203.0.113.0/24', at: ['n1'] }];
    expect(about({ losses: { ...lost(true), paths: [], prefixes } })).toBe(
      'Takes away the last path to 203.0.113.0/24, which needs allow_disruption; changes no session.',
    );
    const refused = [{ at: 1, prefixes: ['198.51.100.0/24'], nodes: ['n2'] }];
    const routes = { ...NO_ROUTES, routes: { ...NO_ROUTES.routes, refused: refused as never } };
    expect(about({ losses: { ...lost(true), paths: [], prefixes }, routes })).toMatch(
      /^Takes away the last path to 203\.0\.113\.0\/24 and 198\.51\.100\.0\/24, which needs allow_disruption; changes no/,
    );
    expect(about({ isLooked: false })).toBe('Changes no session; loss of paths was not checked.');
  });

  test('says what ends for nodes that leave, whoever takes them', () => {
    expect(about({ leaving: ['n3'] })).toBe(
      'Removes n3 from the fabric, which ends all paths between it and the other nodes; changes no session; no remaining node loses a path to another one.',
    );
  });

  test('says from whom to whom a route is leaked', () => {
    const leaked = (more: object) => ({
      ...{ effect: 'leaked' as const, nodes: ['n1'], neighbour: '192.0.2.2', prefixes: ['203.0.113.1/32'], ...more },
    });
    const routes = (...changes: ReturnType<typeof leaked>[]) => ({
      ...{ shut: [], drains: { out: [], back: [] }, others: [] },
      routes: { changes, refused: [], limits: [], gaps: [], prefixes: 1 },
    });
    expect(about({ routes: routes(leaked({ from: '192.0.2.1' })) })).toMatch(
      /^Leaks 203\.0\.113\.1\/32 from 192\.0\.2\.1 to 192\.0\.2\.2;/,
    );
    // A default route of nobody outside.
    expect(about({ routes: routes(leaked({ prefixes: ['0.0.0.0/0'] })) })).toMatch(
      /^Leaks 0\.0\.0\.0\/0 to 192\.0\.2\.2;/,
    );
  });
});
