import fc from 'fast-check';
import { previewOf } from '../../lib/preview/preview';
import { htmlOf } from '../../lib/report/html';
import { markdownOf } from '../../lib/report/markdown';
import { type Report, reportOf } from '../../lib/report/report';
import type { OutsideRoutes } from '../../lib/topology/outside-routes';
import { smallFabrics } from '../topology/fabrics';
import { digest, fabricOf } from './changes';

const UP = { node: 'e1', interface: 'eth1', asNumber: 65001, filters: ['b'] };
const BASE = {
  name: 'lab',
  edition: 2,
  nodes: {
    e1: { endpoint: 'unix:///1', ipv4Address: '10.0.0.1' },
    w1: { endpoint: 'unix:///2', ipv4Address: '10.0.0.2', workloadInterfaces: ['cali*'] },
  },
  peers: { up: UP },
  filters: {
    b: { import: [{ action: 'accept' }], export: [{ action: 'accept', source: 'workload' }, { action: 'reject' }] },
  },
};
const { e1, w1 } = BASE.nodes;
const up = (more: object) => ({ peers: { up: { ...UP, ...more } } });
const filter = (more: object) => ({ filters: { b: { ...BASE.filters.b, ...more } } });

/** What the neighbour sends, as the agent of the node says: by link-local next hops. */
const HEARD: OutsideRoutes = {
  sessions: [
    { node: 'e1', localAddress: 'e1/local%eth1', remoteAddress: 'e1%eth1', routerId: 0x01010101, routes: 'all' },
  ],
  routes: {
    all: {
      received: 2,
      sets: [
        {
          attributes: '40010100400206020100 00fde9'.replace(' ', ''),
          nextHop: 'fe80::1',
          prefixes: ['203.0.113.0/24'],
        },
        { attributes: '40010100400206020100 00fde9'.replace(' ', ''), nextHop: 'fe80::1', prefixes: ['2001:db8::/32'] },
      ],
    },
  },
  unknown: {},
};

const reportFor = (before: object, after: object, outside?: OutsideRoutes): Report => {
  const [was, is] = [before, after].map(fabricOf);
  return reportOf(previewOf(was, is, { ...(outside && { outside }) }), { before: was, after: is });
};

const CHANGES: readonly (readonly [what: string, change: object, line: RegExp])[] = [
  ['anything else', { logLevel: 'debug' }, /^Changes no session; no node loses a path/],
  ['its removal', { peers: {} }, /^Cuts off e1, w1 from the outside.*removes 1 session \(peers\.up\)/],
  ['another', { peers: { up: UP, two: { ...UP, node: 'w1' } } }, /adds 1 session \(peers\.two\); adds w1%eth1, whose/],
  [
    'one on every node',
    { peers: { up: UP, all: { interface: 'eth2', peerType: 'external' } } },
    /^Adds 2 sessions \(peers\.all\)/,
  ],
  ['a hold time', up({ holdTime: 9 }), /^Resets 1 session \(hold time\)/],
  ['another AS number', up({ asNumber: 65002 }), /^Requires e1%eth1 to be changed as well;.* resets 1 session/],
  ['the same AS', up({ asNumber: undefined, peerType: 'internal' }), /^Cuts off w1 from the outside/],
  ['another link', up({ interface: 'eth9' }), /removes 1 session \(peers\.up\), adds 1 session \(peers\.up\)/],
  ['an address instead', up({ interface: undefined, address: '192.0.2.1' }), /adds 192\.0\.2\.1, whose routes/],
  ['one family only', up({ families: ['ipv6'] }), /resets 1 session \(families, extended next hop\)/],
  ['BFD', up({ bfd: {} }), /^Requires e1%eth1 to be changed as well/],
  ['a drain', { nodes: { e1: { ...e1, drain: true }, w1 } }, /^Cuts off w1.*takes e1 out of service/],
  [
    'a prefix',
    { nodes: { e1: { ...e1, advertise: [{ prefix: '10.1.0.0/16' }] }, w1 } },
    /advertises 10\.1\.0\.0\/16 to up/,
  ],
  ['another address of the node', { nodes: { e1: { ...e1, ipv4Address: '10.0.0.7' }, w1 } }, /\S/],
  ['a node that leaves', { nodes: { e1 } }, /^Removes w1 from the fabric/],
  ['no import', filter({ import: [{ action: 'reject' }] }), /rejects all routes of up/],
  ['less export', filter({ export: [{ action: 'reject' }] }), /^Cuts off e1, w1 from the outside/],
  [
    'less import',
    filter({ import: [{ action: 'accept', prefix: '10.0.0.0/8', le: 32 }] }),
    /akes routes of up from e1, w1/,
  ],
];

describe('the report of a fabric with a peer on a link without addresses', () => {
  test.each(CHANGES)('says what becomes of it by %s, in either direction', (_what, change, line) => {
    const [there, back] = [reportFor(BASE, { ...BASE, ...change }), reportFor({ ...BASE, ...change }, BASE)];
    expect(there.verdict.line).toMatch(line);
    for (const report of [there, back]) {
      expect(htmlOf(report, digest)).toContain('</html>');
      expect(markdownOf([report])).toContain(report.verdict.line.slice(0, 10));
    }
  });

  test.each(CHANGES)('knows what the neighbour sends: %s', (_what, change) => {
    for (const [before, after] of [
      [BASE, { ...BASE, ...change }],
      [{ ...BASE, ...change }, BASE],
    ])
      expect(reportFor(before, after, HEARD).verdict.line).toMatch(/\.$/);
  });

  test('names the received prefixes that nodes lose by a filter', () => {
    const ipv6Only = filter({ import: [{ action: 'accept', prefix: '::/0', le: 128 }] });
    expect(reportFor(BASE, { ...BASE, ...ipv6Only }, HEARD).verdict.line).toMatch(/203\.0\.113\.0\/24/);
  });

  test('asks nothing of the neighbour where any other AS is accepted instead of its own', () => {
    const any = up({ asNumber: undefined, peerType: 'external' });
    const text = (before: object, after: object) => JSON.stringify(reportFor(before, after));
    expect(text(BASE, { ...BASE, ...any })).not.toMatch(/changed as well|42949672/);
    expect(text({ ...BASE, ...any }, BASE)).toContain(
      'e1%eth1 must be in AS 65001, if it is in another one: its session with e1',
    );
    expect(reportFor({ ...BASE, ...any }, BASE).verdict.line).toMatch(
      /^May require e1%eth1 to be changed as well;.* may reset 1 session \(AS number unless the neighbour is in AS 65001\)/,
    );
    const inner = up({ asNumber: undefined, peerType: 'internal' });
    expect(text({ ...BASE, ...inner }, { ...BASE, ...any })).toMatch(/e1%eth1 must be in an AS other than \d+:/);
  });

  test('says what may become of other links where a pattern becomes a link, and the other way around', () => {
    const [pattern, link] = [{ ...BASE, ...up({ interface: 'eth*' }) }, BASE];
    for (const outside of [undefined, HEARD]) {
      const [there, back] = [reportFor(pattern, link, outside), reportFor(link, pattern, outside)];
      expect(there.verdict.line).toMatch(/^May remove 1 session \(peers\.up if other interfaces match eth\*\)/);
      expect(back.verdict.line).toMatch(
        /^May add 1 session \(peers\.up if other interfaces match eth\*\); may add e1%eth\*, whose routes are not known/,
      );
      for (const { verdict } of [there, back]) {
        expect(verdict.level).toBe('look');
        expect(verdict.line).not.toMatch(/takes|cuts off/i);
      }
    }
  });

  test('says that a neighbour may send over its link what it sent to an address, and the other way around', () => {
    const numbered = { ...BASE, ...up({ interface: undefined, address: '192.0.2.1' }) };
    const line = reportFor(BASE, numbered, HEARD).verdict.line;
    expect(line).toMatch(/akes .*203\.0\.113\.0\/24 from e1, w1, unless a new neighbour sends them; removes 1 session/);
    expect(reportFor(BASE, { ...BASE, peers: {} }, HEARD).verdict.line).not.toContain('unless');
  });

  test('is written for any two fabrics', () => {
    fc.assert(
      fc.property(smallFabrics, smallFabrics, (before, after) => {
        const { verdict } = reportOf(previewOf(before, after, { play: false }), { before, after });
        expect(verdict.line).toMatch(/\.$/);
      }),
      { numRuns: 60 },
    );
  });
});
