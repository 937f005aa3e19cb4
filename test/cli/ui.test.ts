import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { meshOf, ServedFleet } from '../ui/served-fleet';

const MAIN = join(__dirname, '../../dist/cli/main.js');

/** What the command prints, until it ends or, where it says an address, is ended by a signal. */
async function run(words: readonly string[], signal: NodeJS.Signals = 'SIGINT') {
  const child = spawn(process.execPath, [MAIN, 'ui', ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'exit');
  let [out, error] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text) => {
    out += text;
    if (out.endsWith('\n')) child.kill(signal);
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    error += text;
  });
  return { code: (await ended)[0], out, error };
}

describe('peerform ui', () => {
  let fleet: ServedFleet;
  beforeAll(async () => {
    fleet = await new ServedFleet(meshOf(2)).start();
  });
  afterAll(() => fleet.stop());

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'prints its address alone and ends with 0 on %s',
    async (signal) => {
      const { code, out, error } = await run(['--via', fleet.via], signal);
      expect(out).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]{43}\n$/);
      expect([code, error]).toEqual([0, '']);
    },
  );

  test('ends at once where no agent responds, where its port is taken, or is none', async () => {
    expect(await run(['--via', 'unix:///nowhere.sock'])).toMatchObject({ code: 7, out: '' });
    const other: Server = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    expect(await run(['--via', fleet.via, '--port', String(port)])).toMatchObject({
      ...{ code: 2, out: '' },
      error: `peerform: port ${port} is in use on this machine: choose another with --port, or leave it out\n`,
    });
    other.close();
    expect(await run(['--port', '99999'])).toMatchObject({ code: 2, error: expect.stringContaining('up to 65535') });
  });
});
