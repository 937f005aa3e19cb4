import { stepInWords, unknownFieldsInWords } from '../../lib/control/older-agents';

describe('an agent of 0.1', () => {
  test('tells in words which step of a deploy an event is', () => {
    const message = 'activate activation 7, release 5dea419f, to be confirmed within 60 s';
    expect(stepInWords({ kind: 'transaction', message })).toEqual({ step: 'activate', activation: 7 });
    expect(stepInWords({ kind: 'session', message })).toEqual({});
    expect(stepInWords({ kind: 'transaction', message: 'drain requested by ann' })).toEqual({});
  });

  test('names in words the fields that it does not know', () => {
    const message = 'edition: there is no field edition. Remove it.; peers.a.bfd: there is no field bfd. Remove it.';
    expect(unknownFieldsInWords('invalid', message)).toEqual(['edition', 'bfd']);
    expect(unknownFieldsInWords('busy', message)).toEqual([]);
  });
});
