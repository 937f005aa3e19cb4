import { PassThrough } from 'node:stream';
import { openLog } from '../../../lib/agent/host/log';

const POISON = '\u001b[2J\u009b2J\u202e\u2028\u200b\u007f\r\nFORGED\ud800';
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

async function linesOf(format: 'text' | 'json', write: (log: ReturnType<typeof openLog>) => void): Promise<string[]> {
  const output = new PassThrough({ encoding: 'utf8' });
  write(openLog('debug', format, output));
  await new Promise((resolve) => setImmediate(resolve));
  return String(output.read()).trimEnd().split('\n');
}

describe('the log', () => {
  test.each(['text', 'json'] as const)('has one line of %s for a message, whatever is in it', async (format) => {
    const [line, ...more] = await linesOf(format, (log) => log.warn(`they said ${POISON}`));
    expect(more).toEqual([]);
    expect(line).not.toMatch(UNSEEN);
    if (format === 'json') expect(JSON.parse(line)).toMatchObject({ level: 'warn', msg: `they said ${POISON}` });
    else expect(line).toMatch(/^\S+Z warn {2}they said \\u001b\[2J\\u009b2J/);
  });

  test('has a stack below its message, and nothing else on lines of its own', async () => {
    const [line, , ...stack] = await linesOf('text', (log) => log.error('the agent failed', new Error(`no${POISON}`)));
    expect(line).toMatch(/ error the agent failed$/);
    expect(stack.join('')).not.toMatch(UNSEEN);
    expect(stack.at(-1)).toMatch(/^ +at /);
  });

  test('has an error as a member of an object', async () => {
    const error = Object.assign(new TypeError(`no${POISON}`), { code: 'EIO' });
    const [line, ...more] = await linesOf('json', (log) => log.error('the agent failed', error));
    expect(more).toEqual([]);
    expect(line).not.toMatch(UNSEEN);
    const { message, stack } = error;
    const { time, ...rest } = JSON.parse(line) as { time: string };
    expect(new Date(time).toISOString()).toBe(time);
    expect(rest).toEqual({
      level: 'error',
      msg: 'the agent failed',
      err: { type: 'TypeError', message, stack, code: 'EIO' },
    });
  });

  test('has what its level lets through, which may change', async () => {
    const lines = await linesOf('json', (log) => {
      log.trace('1');
      log.debug('2');
      log.level = 'error';
      log.warn('3');
      log.error('4');
    });
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(['2', '4']);
  });

  test('cuts a message that is too long for a log', async () => {
    const [line] = await linesOf('text', (log) => log.info('x'.repeat(100_000)));
    expect(line.length).toBeLessThan(5000);
    expect(line).toMatch(/… \(96000 more characters\)$/);
  });
});
