import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup.mjs';

/** With `--etcd`, the fabric says once where its agents are, instead of each node. */
const OVER_ETCD = [
  [/^ *endpoint: .*\n/m, ''],
  [/^.*nodeToNodeMesh: true,\n/m, "$&      fleet: { etcd: [process.env.PEERFORM_LAB_ETCD ?? '127.0.0.1:2379'] },\n"],
  [/^.*Where the agents listen.*\n.*PEERFORM_LAB .*\n\n/m, ''],
];

/** The quickstart as a project of its own, so that its state never lies in the checkout's own folders. */
export function makeProject(folder, { etcd = false } = {}) {
  cpSync(join(root, 'examples/quickstart'), folder, {
    recursive: true,
    filter: (path) => !path.endsWith('cdktf.out'),
  });
  const main = join(folder, 'main.ts');
  for (const [what, by] of etcd ? OVER_ETCD : []) {
    const text = readFileSync(main, 'utf8');
    if (!what.test(text)) throw new Error(`the quickstart has no line ${what}`);
    writeFileSync(main, text.replace(what, by));
  }
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules/peerform'));
  symlinkSync(join(root, 'node_modules/.bin'), join(folder, 'node_modules/.bin'));
}
