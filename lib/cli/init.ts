import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { CommandError } from './exit-codes';

/** Maximum number of conflicting files listed. */
const NAMED = 3;

/** Root of the package, with the templates and the tested versions. */
const PACKAGE = join(__dirname, '../..');

/** Options of a new project. */
interface Wanted {
  readonly folder: string;
  /** Name of the fabric, stack and package. Default: name of the folder. */
  readonly name?: string;
  /** For plain Terraform instead of CDKTF: version of the provider. */
  readonly providerVersion?: string;
}

/** What was created. */
interface Made {
  readonly folder: string;
  readonly name: string;
  /** Relative paths, sorted. */
  readonly files: readonly string[];
}

/**
 * Creates a working project. Never overwrites: throws a {@link CommandError} if one of its files exists, or if the name
 * is not valid for npm, Terraform and a fabric.
 */
export function initialise({ folder, name = nameFor(folder), providerVersion }: Wanted): Made {
  if (!/^[a-z][a-z0-9-]{0,61}[a-z0-9]$/.test(name))
    throw new CommandError(
      'usage',
      `${name} cannot be the name: set one of lower-case letters, digits and dashes with --name`,
    );
  // The Debian package has what a node needs.
  if (!existsSync(join(PACKAGE, 'templates')))
    throw new CommandError(
      'failed',
      'this installation has no templates for a project, as with the Debian package: install the npm package, npm install -g peerform, and run its peerform init',
    );
  const { version, devDependencies, overrides } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8'));
  const filled = (text: string) => text.replaceAll('__NAME__', name).replaceAll('__VERSION__', version);
  const files = new Map<string, string>();
  const add = (from: string, to = '') => {
    for (const path of filesIn(join(PACKAGE, from)))
      files.set(
        join(to, dirname(path), named(basename(path))),
        filled(readFileSync(join(PACKAGE, from, path), 'utf8')),
      );
  };
  if (providerVersion !== undefined) {
    add('examples/hcl-module');
    for (const path of ['variables.tf', 'modules/fabric/versions.tf'])
      files.set(
        path,
        files
          .get(path)!
          .replace(
            /( +)source( +)= "peerform\/peerform"/,
            `$1source  = "peerform/peerform"\n$1version = "${providerVersion}"`,
          ),
      );
    files.set('main.tf', files.get('main.tf')!.replace('name      = "edge"', `name      = "${name}"`));
  } else files.set('package.json', packageOf(name, version, devDependencies, overrides));
  const kind = providerVersion === undefined ? 'cdktf' : 'hcl';
  add(`templates/${kind}`);
  files.set(
    '.github/workflows/network.yml',
    filled(readFileSync(join(PACKAGE, `templates/ci/${kind}.github.yml`), 'utf8')),
  );
  files.set('.gitlab-ci.yml', filled(readFileSync(join(PACKAGE, `templates/ci/${kind}.gitlab.yml`), 'utf8')));
  const there = [...files.keys()].filter((path) => existsSync(join(folder, path)));
  if (there.length > 0) {
    const named = there.sort().slice(0, NAMED).join(', ');
    const more = there.length > NAMED ? ` and ${there.length - NAMED} more of the files` : '';
    throw new CommandError('usage', `${folder} has ${named}${more} already: choose an empty folder`);
  }
  for (const [path, text] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
    if (path.endsWith('.sh')) chmodSync(join(folder, path), 0o755);
  }
  return { folder, name, files: [...files.keys()].sort() };
}

/** npm does not pack `.gitignore`. */
const named = (file: string): string => (file === 'gitignore' ? '.gitignore' : file);

const nameFor = (folder: string): string =>
  basename(resolve(folder))
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '');

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (path) => statSync(join(folder, path)).isFile() && !path.split('/').some((part) => part.startsWith('.')),
  );

/**
 * package.json of a project: dependencies in the tested versions, and the terminal library that cdktf-cli needs with
 * Node.js 24 and later.
 */
function packageOf(name: string, version: string, tested: Readonly<Record<string, string>>, overrides: object): string {
  const pick = (...names: string[]) => Object.fromEntries(names.map((one) => [one, tested[one]]));
  const content = {
    name,
    private: true,
    scripts: {
      synth: 'tsc && node --enable-source-maps cdktf.out/main.js',
      test: 'tsc && node --enable-source-maps --test cdktf.out/test/*.test.js',
      impact: './impact.sh',
    },
    dependencies: { cdktf: tested.cdktf, constructs: '^10.4.2', peerform: `^${version}` },
    devDependencies: {
      ...pick('@cdktf/node-pty-prebuilt-multiarch', '@types/node', 'cdktf-cli'),
      typescript: '^5.9.0',
    },
    overrides,
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}
