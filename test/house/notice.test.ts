import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, read } from './pages';

const notice = read('NOTICE');
const titles = [...notice.matchAll(/^-{100}\n(.+) \((.+)\)$/gm)].map(([, title, license]) => ({ title, license }));

/** Licences that let a program be passed on with their text alone. */
const PERMISSIVE = ['MIT', 'ISC', 'Apache-2.0', 'BSD-3-Clause'];

/** Every package that npm would install for production here, with its version. */
const installed = (): string[] => {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; peer?: boolean; devOptional?: boolean; version: string }>;
  };
  return Object.entries(packages)
    .filter(([path, { dev, peer, devOptional }]) => path !== '' && !dev && !peer && !devOptional)
    .map(([path, { version }]) => `${path.replace(/.*node_modules\//, '')} ${version}`);
};

/** What files of ours have in them, and nobody installs. */
const bundled = ['@grpc/grpc-js', '@js-sdsl/ordered-map'].map(
  (name) => `${name} ${JSON.parse(read(`node_modules/${name}/package.json`)).version}`,
);

describe('NOTICE', () => {
  test('is what scripts/notice.mjs writes', () => {
    expect(execFileSync(process.execPath, ['scripts/notice.mjs', '--print'], { cwd: ROOT, encoding: 'utf8' })).toBe(
      notice,
    );
  });

  test('has every package of the lock file that a product has in it', () => {
    const parts = installed().map((name) => name.replace(/^(@koromix\/koffi-linux-)\S+/, '$1*'));
    expect(parts.length).toBeGreaterThan(10);
    expect(titles.map(({ title }) => title).sort()).toEqual([...new Set([...parts, ...bundled])].sort());
  });

  test('has no licence that asks for more than its text', () =>
    expect(titles.filter(({ license }) => !PERMISSIVE.includes(license))).toEqual([]));

  test('is passed on with the package, and with the provider as far as it concerns it', () => {
    expect(JSON.parse(read('package.json')).files).toContain('NOTICE');
    const bundle = read('dist/provider/bundle.js');
    for (const name of ['zod', '@msgpack/msgpack'])
      expect(bundle).toContain(`\n${titles.find(({ title }) => title.startsWith(`${name} `))!.title} (`);
  });
});
