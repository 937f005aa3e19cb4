import {
  makeRelease,
  openRelease,
  type Release,
  reopenRelease,
  SCHEMA_VERSION,
  writeRelease,
} from '../../lib/control/release';
import type { Problem } from '../../lib/model/problem';
import { readAccepted, readFabric } from '../../lib/model/read';

const release = (more: object = {}) =>
  makeRelease(readFabric({ name: 'lab', nodes: { n1: { ipv6Address: 'fd00::1' } }, ...more }).fabric!);

describe('a release', () => {
  test('has one digest for one content, whatever its spelling or endpoints', () => {
    const spelled = release({
      asNumber: '0.64512',
      nodes: { n1: { ipv6Address: 'FD00:0::1', endpoint: 'unix:///n1.sock' } },
    });
    expect(spelled.digest).toBe(release().digest);
    expect(release({ asNumber: 64513 }).digest).not.toBe(release().digest);
    expect(release().digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  test('reads back from its document', () => {
    const document = JSON.parse(JSON.stringify(writeRelease(release())));
    expect((openRelease(document) as Release).digest).toBe(release().digest);
  });

  test.each<[string, object | null, string]>([
    ['a changed content', { fabric: { name: 'other' } }, 'digest'],
    ['another schema version', { schemaVersion: SCHEMA_VERSION + 1 }, 'schema-version'],
    ['an invalid fabric', { fabric: { name: 'lab', asNumber: 0 } }, 'as-number'],
    ['no document', null, 'schema-version'],
  ])('is refused with %s', (_, change, code) => {
    const problems = openRelease(change && { ...writeRelease(release()), ...change }) as Problem[];
    expect(problems.map((problem) => problem.code)).toEqual([code]);
  });

  test('that breaks a rule is refused when it comes, and not where it was kept', () => {
    const broken = makeRelease(
      readAccepted({ name: 'lab', nodes: { n1: { ipv4Address: '10.0.0.1' }, n2: { ipv4Address: '10.0.0.1' } } })
        .fabric!,
    );
    expect(openRelease(writeRelease(broken))).toMatchObject([{ path: 'nodes.n2.ipv4Address' }]);
    expect(reopenRelease(writeRelease(broken))).toEqual(broken);
    expect(reopenRelease({ ...writeRelease(broken), fabric: { name: 'lab', asNumber: 0 } })).toMatchObject([
      { code: 'as-number' },
    ]);
  });
});
