import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { licences } from './notice.mjs';
import { packageIn } from './production.mjs';

/**
 * An esbuild plugin. zod's messages in fifty languages are half of what a bundle would be, and our programs start
 * often.
 */
export const englishOnly = {
  name: 'english-only',
  setup({ onLoad }) {
    onLoad({ filter: /zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
    }));
  },
};

/**
 * An esbuild plugin that needs `metafile`. Appends to each bundle the text that each licence of what it has in it from
 * others wants passed on; the names of these packages are added to `contains`.
 */
export const withLicences = (root, contains = []) => ({
  name: 'with-licences',
  setup({ onEnd }) {
    onEnd(({ metafile }) => {
      for (const [outfile, { inputs }] of Object.entries(metafile.outputs)) {
        const folders = Object.keys(inputs).flatMap((path) => /.*node_modules\/(@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []);
        const packages = [...new Set(folders)].sort().map((folder) => packageIn(join(root, folder)));
        contains.push(...packages.map(({ name }) => name));
        if (packages.length === 0) continue;
        appendFileSync(join(root, outfile), `/*\n${licences(packages).replaceAll('*/', '* /')}*/\n`);
      }
    });
  },
});
