/**
 * What a report of a change costs: the page of one more peer, and the page of another hold time, which resets every
 * session.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addressOf, nameOf } from './topology';

export interface Page {
  readonly nodes: number;
  readonly change: 'one more peer' | 'another hold time';
  /** The command as a whole process. */
  readonly seconds: number;
  readonly octets: number;
  /** Whether it is the same octets when it is made again. */
  readonly isSame: boolean;
}

function fabricOf(nodes: number, more: object) {
  return {
    name: 'scale',
    nodes: Object.fromEntries(Array.from({ length: nodes }, (_, i) => [nameOf(i), { ipv4Address: addressOf(i) }])),
    nodeToNodeMesh: false,
    routeReflectors: { reflectors: { reflectors: [0, 1].map(nameOf) } },
    ...more,
  };
}

const PEER = { tor: { node: nameOf(2), address: '192.0.2.1', asNumber: 65000 } };

/** `root` is this checkout, built. */
export function pagesOf(nodes: number, root: string): Page[] {
  const folder = mkdtempSync(join(tmpdir(), 'peerform-scale-'));
  const file = (name: string, more: object) => {
    const path = join(folder, name);
    writeFileSync(path, JSON.stringify(fabricOf(nodes, more)));
    return path;
  };
  try {
    const before = file('before.json', {});
    const changes = {
      'one more peer': file('peer.json', { peers: PEER }),
      'another hold time': file('time.json', { holdTime: 30 }),
    };
    return (Object.keys(changes) as Page['change'][]).map((change) => {
      const made = [1, 2].map((number) => {
        const page = join(folder, `${number}.html`);
        const started = performance.now();
        execFileSync(process.execPath, [
          join(root, 'dist/cli/main.js'),
          'report',
          before,
          changes[change],
          '--html',
          page,
        ]);
        return { seconds: (performance.now() - started) / 1000, page };
      });
      const [one, again] = made.map(({ page }) => readFileSync(page));
      return {
        ...{ nodes, change, seconds: Math.max(...made.map(({ seconds }) => seconds)) },
        ...{ octets: statSync(made[0].page).size, isSame: one.equals(again) },
      };
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
