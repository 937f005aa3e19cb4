import { explainFile, explainSocket } from '../../lib/control/system-error';

const error = (code: string | undefined) => Object.assign(new Error('as the system has it'), { code });

test.each([
  ['ENOENT', 'is the agent running?'],
  ['ECONNREFUSED', 'is the agent running?'],
  ['EACCES', 'root and members of the agent'],
])('%s says what to look at', (code, text) => expect(explainSocket(error(code))).toContain(text));

test('any other is as the system has it', () => {
  for (const code of ['EPIPE', undefined, 'constructor'])
    expect(explainSocket(error(code))).toBe('as the system has it');
});

test('a file may have a reason of its own in place of the usual one', () => {
  const own = { EACCES: "the agent's user may not read it" };
  expect(explainFile(error('EACCES'))).toBe('permission denied');
  expect(explainFile(error('EACCES'), own)).toBe(own.EACCES);
  expect(explainFile(error('ENOENT'), own)).toBe('there is no such file');
});
