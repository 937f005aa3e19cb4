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
    const [line, ...more] = await linesOf(format, (log) =>
      log.warn({ prefix: POISON, list: [POISON] }, `they said ${POISON}`),
    );
    expect(more).toEqual([]);
    expect(line).not.toMatch(UNSEEN);
    if (format === 'json') expect(JSON.parse(line)).toMatchObject({ msg: `they said ${POISON}`, prefix: POISON });
    else expect(line).toMatch(/^\S+Z warn {2}they said \\u001b\[2J\\u009b2J/);
  });

  test('has a stack below its message, and nothing else on lines of its own', async () => {
    const [line, , ...stack] = await linesOf('text', (log) =>
      log.error({ err: new Error(`no${POISON}`) }, 'the agent failed'),
    );
    expect(line).toMatch(/ error the agent failed$/);
    expect(stack.join('')).not.toMatch(UNSEEN);
    expect(stack.at(-1)).toMatch(/^ +at /);
  });

  test('cuts a message that is too long for a log', async () => {
    const [line] = await linesOf('text', (log) => log.info('x'.repeat(100_000)));
    expect(line.length).toBeLessThan(5000);
    expect(line).toMatch(/… \(96000 more characters\)$/);
  });
});
