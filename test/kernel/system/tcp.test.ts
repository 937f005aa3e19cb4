import { execFileSync } from 'node:child_process';
import type { AddressInfo, Server } from 'node:net';
import { tcp } from '../../../lib/kernel/system/tcp';

const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux('a server lets thousands of neighbours wait that connect at once', async () => {
  const server = await tcp.listen({ address: '127.0.0.1', port: 0 });
  expect(server).not.toBeInstanceOf(Error);
  const { port } = (server as Server).address() as AddressInfo;
  const [, , limit] = execFileSync('ss', ['-ltnH', `sport = :${port}`], { encoding: 'utf8' }).split(/\s+/);
  (server as Server).close();
  expect(Number(limit)).toBeGreaterThanOrEqual(1024);
});
