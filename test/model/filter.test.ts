import { canonicalText } from '../../lib/model/canonical';
import { readFabric } from '../../lib/model/read';

const read = (filter: unknown) => readFabric({ name: 'lab', filters: { f: filter } });
const paths = (filter: unknown) => read(filter).problems.map(({ code, path }) => `${code} ${path}`);
const rule = (more: object) => paths({ export: [{ action: 'accept', ...more }] });

describe('a filter rule', () => {
  test('says all that it may say, and reads back from its canonical form', () => {
    const { fabric, problems } = read({
      import: [
        {
          prefix: '10.0.0.0/8',
          ge: 16,
          le: 24,
          communities: ['64512:100', 'rt:64512:1', '64512:1:2', '65535:65281'],
          asPathBeginsWith: [65001, '1.1'],
          asPathContains: ['65002'],
          asPathMatches: '_65003$',
          peerType: 'ebgp',
          nextHop: '192.0.2.0/24',
          source: 'bgp',
          action: 'accept',
          set: {
            addCommunities: ['blackhole'],
            removeCommunities: ['64512:100'],
            prepend: 3,
            prependAsNumbers: [65010],
            localPreference: 4294967295,
            med: 0,
            nextHop: '192.0.2.1',
          },
        },
      ],
      export: [{ interface: 'cali*', source: 'workload', action: 'accept', set: { nextHop: 'self', communities: [] } }],
    });
    expect(problems.map(String)).toEqual([]);
    const text = canonicalText(fabric!);
    expect(canonicalText(readFabric(JSON.parse(text)).fabric!)).toBe(text);
    expect(text).toContain('"communities":["64512:100","rt:64512:1","64512:1:2","no-export"]');
    expect(text).toContain('"asPathBeginsWith":[65001,65537]');
  });

  test.each([
    [{ communities: ['64512:100000'] }, 'community filters.f.export.0.communities.0'],
    [{ communities: [] }, 'shape filters.f.export.0.communities'],
    [{ asPathBeginsWith: [0] }, 'as-number filters.f.export.0.asPathBeginsWith.0'],
    [{ asPathContains: [] }, 'shape filters.f.export.0.asPathContains'],
    [{ asPathMatches: '(1' }, 'pattern filters.f.export.0.asPathMatches'],
    [{ peerType: 'any' }, 'shape filters.f.export.0.peerType'],
    [{ nextHop: '10.0.0.1' }, 'prefix filters.f.export.0.nextHop'],
    [{ interface: 'a b' }, 'interface filters.f.export.0.interface'],
    [{ source: 'static' }, 'shape filters.f.export.0.source'],
    [{ set: { prepend: 11 } }, 'range filters.f.export.0.set.prepend'],
    [{ set: { prepend: 0 } }, 'range filters.f.export.0.set.prepend'],
    [{ set: { prependAsNumbers: new Array(101).fill(65001) } }, 'shape filters.f.export.0.set.prependAsNumbers'],
    [{ set: { localPreference: 2 ** 32 } }, 'range filters.f.export.0.set.localPreference'],
    [{ set: { med: -1 } }, 'range filters.f.export.0.set.med'],
    [{ set: { nextHop: '224.0.0.1' } }, 'address filters.f.export.0.set.nextHop'],
    [{ set: { nextHop: 'me' } }, 'address filters.f.export.0.set.nextHop'],
    [{ set: { communities: ['1:1'], addCommunities: ['1:2'] } }, 'filter-rule filters.f.export.0.set.addCommunities'],
    [{ set: { weight: 1 } }, 'unknown-field filters.f.export.0.set.weight'],
    [{ action: 'reject', set: { med: 1 } }, 'filter-rule filters.f.export.0.set'],
  ])('%j: %s', (more, problem) => {
    expect(rule(more)).toEqual([problem]);
  });

  test('for routes that come in says nothing of what only own routes have', () => {
    const rules = [
      { action: 'accept', interface: 'cali*' },
      { action: 'accept', source: 'workload' },
      { action: 'accept', set: { nextHop: 'self' } },
    ];
    expect(paths({ import: rules })).toEqual([
      'filter-rule filters.f.import.0.interface',
      'filter-rule filters.f.import.1.source',
      'filter-rule filters.f.import.2.set.nextHop',
    ]);
  });
});
