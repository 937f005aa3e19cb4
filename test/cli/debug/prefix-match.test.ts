import { prefixMatchLine } from '../../../lib/cli/debug/prefix-match';

describe('peerform debug prefix-match', () => {
  const rules = [{ prefix: '10.0.0.0/8', ge: 10, le: 12 }];

  test('says whether a rule holds the prefix', () => {
    expect(prefixMatchLine({ rules, prefix: '10.1.0.0/11' })).toEqual({ matches: true });
    expect(prefixMatchLine({ rules, prefix: '10.1.0.0/13' })).toEqual({ matches: false });
    expect(prefixMatchLine({ rules: [], prefix: '10.1.0.0/13' })).toEqual({ matches: false });
  });

  test.each<[unknown, string]>([
    ['x', 'not a JSON object'],
    [{ prefix: '10.0.0.0/8' }, 'rules must be a list'],
    [{ rules, prefix: '10.0.0.0' }, 'not a valid prefix'],
    [{ rules: [{}], prefix: '10.0.0.0/8' }, 'rules[0]'],
    [{ rules: [{ prefix: '10.0.0.0/8', ge: 33 }], prefix: '10.0.0.0/8' }, '33'],
    [{ rules: [{ prefix: '10.0.0.0/8', le: '9' }], prefix: '10.0.0.0/8' }, '"9"'],
  ])('answers %j with an error that says where', (input, where) => {
    expect(prefixMatchLine(input)).toEqual({
      error: { code: expect.any(String), message: expect.stringContaining(where) },
    });
  });
});
