import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, get, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KeptSocket } from '../../../lib/agent/host/kept-socket';

describe('the file of the control socket', () => {
  let folder: string;
  let path: string;
  let kept: KeptSocket;
  let said: string[];
  const log = { warn: (text: string) => said.push(text), error: (text: string) => said.push(text) } as never;
  const open = () =>
    new Promise<Server>((resolve, reject) => {
      const server = createServer((_, reply) => reply.end('here'));
      server.once('error', reject);
      server.listen(path, () => resolve(server));
    });
  const ask = () =>
    new Promise<string>((resolve, reject) => {
      get({ socketPath: path, path: '/', agent: false }, (reply) => {
        reply.setEncoding('utf8').on('data', resolve);
      }).on('error', reject);
    });
  beforeEach(async () => {
    said = [];
    folder = mkdtempSync(join(tmpdir(), 'peerform-kept-'));
    path = join(folder, 'agent.sock');
    kept = await KeptSocket.listen(open, path, log, { apart: 10 });
  });
  afterEach(() => {
    kept.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('is made anew when somebody takes it away, again and again', async () => {
    for (let round = 1; round <= 3; round++) {
      rmSync(path);
      await patiently(() => existsSync(path) && said.length === round);
      expect(await ask()).toBe('here');
    }
    expect(said).toEqual(Array(3).fill(`${path} was removed: listening on it again`));
  });

  test('is awaited where its folder is gone too, with one complaint', async () => {
    rmSync(folder, { recursive: true });
    await patiently(() => said.length === 1);
    expect(said[0]).toContain('cannot be created again');
    mkdirSync(folder);
    await patiently(() => existsSync(path) && said.length === 2);
    expect(await ask()).toBe('here');
  });

  test('is awaited where it cannot be made at first, with one complaint, unless that is fatal', async () => {
    const late = join(folder, 'late', 'agent.sock');
    const openLate = () =>
      new Promise<Server>((resolve, reject) => {
        const server = createServer((_, reply) => reply.end('late'));
        server.once('error', reject).listen(late, () => resolve(server));
      });
    await expect(KeptSocket.listen(openLate, late, log, { apart: 10 })).rejects.toThrow('listen');
    const patient = await KeptSocket.listen(openLate, late, log, { apart: 10, isFatal: () => false });
    expect([patient.isListening, said]).toEqual([false, [expect.stringContaining(`${late} cannot be opened yet`)]]);
    mkdirSync(join(folder, 'late'));
    await patiently(() => said.length > 1);
    expect([patient.isListening, said.slice(1)]).toEqual([true, [`now listening on ${late}`]]);
    patient.close();
  });

  test("is left alone where another file took its place: it is somebody's", async () => {
    rmSync(path);
    writeFileSync(path, 'mine');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(said).toEqual([]);
  });
});

async function patiently(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 20_000; // it is there to end a test that fails
  while (!holds() && performance.now() < deadline) await new Promise((turn) => setTimeout(turn, 5));
}
