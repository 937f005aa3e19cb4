import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Daemon } from './daemon';

/** The checkout that the bench runs in. */
const ROOT = process.cwd();
const MAIN = join(ROOT, 'dist', 'cli', 'main.js');

export const peerform: Daemon = {
  name: 'Peerform',
  writesKernel: true,
  version: () =>
    existsSync(MAIN)
      ? (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version
      : undefined,
  start({ write, path, programs, start, routerId, as, family, neighbours, kernelRoutes }) {
    const peers = neighbours.map(({ id, local, remote, as: asNumber }) => [
      `n${id}`,
      {
        node: 'dut',
        address: local,
        localAddress: remote,
        asNumber,
        passive: true,
        families: [family],
        filters: ['all'],
      },
    ]);
    const all = { import: [{ action: 'accept' }], export: [{ action: 'accept' }] };
    const fabric = {
      name: 'bench',
      asNumber: as,
      nodes: {
        dut: {
          [`${family}Address`]: neighbours[0].remote,
          routerId,
          workloadInterfaces: [],
          ...(neighbours[0].as === as && { routeReflectorClusterId: routerId }),
        },
      },
      peers: Object.fromEntries(peers),
      filters: { all },
    };
    const file = write('fabric.json', JSON.stringify(fabric));
    start([
      'env',
      `BENCH_PAUSES=${path('pauses')}`,
      process.execPath,
      '--require',
      join(programs, 'pauses.js'),
      MAIN,
      'agent',
      '--node',
      'dut',
      '--fabric',
      file,
      '--socket',
      path('agent.sock'),
      ...(kernelRoutes ? [] : ['--no-kernel-routes']),
    ]);
  },
  async pauses({ write, path }) {
    write('pauses', '');
    await pause(300);
    return async () => {
      write('pauses.asked', '');
      for (let i = 0; i < 200 && !existsSync(path('pauses.told')); i++) await pause(50);
      return Number(readFileSync(path('pauses.told'), 'utf8'));
    };
  },
  async count({ ask, path, family, neighbours }) {
    const answer = await ask(path('agent.sock'), 'GET /v1/status HTTP/1.0\r\n\r\n');
    const { sessions = [] } = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4) || '{}') as Status;
    return sessions.find(({ remoteAddress }) => remoteAddress === neighbours[0].local)?.routes[family]?.received ?? 0;
  },
};

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

interface Status {
  readonly sessions?: readonly {
    readonly remoteAddress: string;
    readonly routes: Readonly<Record<string, { readonly received: number }>>;
  }[];
}
