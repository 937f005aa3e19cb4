import { createServer, type Server } from 'node:net';
import { metricsPlace } from '../../../lib/agent/metrics/place';
import { MetricsServer } from '../../../lib/agent/metrics/serve';
import { flood } from '../../flood';

const numbers = { contentType: 'text/plain', text: async () => 'peerform_activation 1\n' };

/** Listens at a free port of the loopback. */
const squat = () =>
  new Promise<{ server: Server; port: number }>((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.listen(0, '127.0.0.1', () => resolve({ server, port: (server.address() as { port: number }).port }));
  });
const closed = (server: Server) => new Promise((done) => server.close(done));
const waitFor = async (holds: () => boolean) => {
  const deadline = performance.now() + 20_000; // it is there to end a test that fails
  while (!holds() && performance.now() < deadline) await new Promise((turn) => setTimeout(turn, 5));
};

describe('where metrics are served', () => {
  test.each([
    ['127.0.0.1:9179', { address: '127.0.0.1', port: 9179 }],
    ['[::1]:9179', { address: '::1', port: 9179 }],
    ['[2001:db8::1]:80', { address: '2001:db8::1', port: 80 }],
  ])('is %s', (text, place) => {
    expect(metricsPlace(text)).toEqual(place);
  });

  test.each(['9179', ':9179', 'nowhere', '127.0.0.1', '127.0.0.256:9179', '1:9179', '[::1]:65536', '[::1]', ''])(
    'is not %s',
    (text) => {
      expect(metricsPlace(text)).toBeUndefined();
    },
  );
});

describe('the server of metrics', () => {
  let said: string[];
  const log = { info: (text: string) => said.push(text), warn: (text: string) => said.push(text) } as never;
  beforeEach(() => {
    said = [];
  });

  test('says once that its address is taken, and serves as soon as it is free', async () => {
    const { server: squatter, port } = await squat();
    const server = new MetricsServer(numbers, { address: '127.0.0.1', port }, log, 10);
    try {
      await waitFor(() => said.length > 0);
      await new Promise((later) => setTimeout(later, 100)); // some attempts
      expect(said).toEqual([
        expect.stringMatching(new RegExp(`^metrics are not served at 127.0.0.1:${port} yet: .*EADDRINUSE`)),
      ]);
      await closed(squatter);
      await waitFor(() => said.length > 1);
      expect(said.slice(1)).toEqual([`metrics are served at 127.0.0.1:${port} now`]);
      expect(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).toBe('peerform_activation 1\n');
    } finally {
      server.close();
    }
  });

  test('keeps few connections, however many come and drip, and ends those that never ask', async () => {
    const { server: squatter, port } = await squat();
    await closed(squatter);
    const server = new MetricsServer(numbers, { address: '127.0.0.1', port }, log, 10);
    const { open, all } = await flood({ host: '127.0.0.1', port }, 200);
    try {
      await waitFor(() => open() <= 64);
      expect(open()).toBe(64);
      await waitFor(() => open() === 0); // within the time for headers
      expect(open()).toBe(0);
      expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(200);
    } finally {
      for (const socket of all) socket.destroy();
      server.close();
    }
  });

  test('waits for an address that this machine does not have', async () => {
    const server = new MetricsServer(numbers, { address: '192.0.2.1', port: 9179 }, log, 10);
    await waitFor(() => said.length > 0);
    server.close();
    expect(said).toEqual([expect.stringContaining('EADDRNOTAVAIL')]);
  });
});
