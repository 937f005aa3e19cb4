import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup.mjs';

/** The quickstart as a project of its own, so that its state never lies in the checkout's own folders. */
export function makeProject(folder) {
  cpSync(join(root, 'examples/quickstart'), folder, {
    recursive: true,
    filter: (path) => !path.endsWith('cdktf.out'),
  });
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules/peerform'));
  symlinkSync(join(root, 'node_modules/.bin'), join(folder, 'node_modules/.bin'));
}
