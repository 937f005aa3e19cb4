import { explainSocket } from '../../lib/control/socket-error';

const error = (code: string | undefined) => Object.assign(new Error('as the system has it'), { code });

test.each([
  ['ENOENT', 'is the agent running?'],
  ['ECONNREFUSED', 'is the agent running?'],
  ['EACCES', 'root and members of the agent'],
])('%s says what to look at', (code, text) => expect(explainSocket(error(code))).toContain(text));

test('any other is as the system has it', () => {
  for (const code of ['EPIPE', undefined, 'constructor']) expect(explainSocket(error(code))).toBeDefined();
  expect(explainSocket(error('EPIPE'))).toBe('as the system has it');
});
