import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const text = (path) => readFileSync(path, 'utf8');

/**
 * Copies the files of a tag into a folder of their own, builds them there as a release, and returns
 * {folder, version, epoch}. Without a tag: a rehearsal, with the files of the checkout as they are.
 */
export function releaseSource({ root, tag, repository, folder }) {
  const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 }).trim();
  if (tag !== undefined && git('tag', '--list', tag) !== tag)
    throw new Error(`there is no tag ${tag}: git tag lists those that there are`);
  mkdirSync(folder, { recursive: true });
  if (tag === undefined) copyCheckout(root, folder, git);
  else extractTag(root, folder, tag);
  const manifest = JSON.parse(text(join(folder, 'package.json')));
  if (tag !== undefined) check(root, folder, tag, manifest.version);
  const commit = tag === undefined ? 'HEAD' : `${tag}^{commit}`;
  const epoch = Number(process.env.SOURCE_DATE_EPOCH ?? git('log', '-1', '--format=%ct', commit));
  if (repository !== undefined) {
    const named = { ...manifest, repository: { type: 'git', url: `git+${repository}.git` }, homepage: repository };
    writeFileSync(join(folder, 'package.json'), `${JSON.stringify(named, null, 2)}\n`);
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const env = { ...process.env, SOURCE_DATE_EPOCH: String(epoch) };
  const run = (command, ...args) =>
    execFileSync(command, args, { cwd: folder, env, stdio: ['ignore', 'inherit', 'inherit'] });
  run('npm', 'run', '--silent', 'build');
  run(process.execPath, 'scripts/bundle-provider.mjs', '--release');
  if (tag !== undefined) checkRecording(folder, tag, manifest.version);
  return { folder, version: manifest.version, epoch, env };
}

function copyCheckout(root, folder, git) {
  for (const path of git('ls-files', '-z', '--cached', '--others', '--exclude-standard').split('\0')) {
    if (path === '' || !existsSync(join(root, path))) continue;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(join(root, path), join(folder, path));
  }
}

function extractTag(root, folder, tag) {
  const archive = execFileSync('git', ['archive', '--format=tar', tag], { cwd: root, maxBuffer: 1 << 30 });
  execFileSync('tar', ['-x', '-C', folder], { input: archive });
}

const namesFile = (version) => join('test/fixtures/released', version, 'names.json');

/** Later versions are tested with what was recorded: it has to be what this one has. */
function checkRecording(folder, tag, version) {
  const names = execFileSync(process.execPath, ['scripts/public-names.mjs'], { cwd: folder, encoding: 'utf8' });
  const [recorded, now] = [text(join(folder, namesFile(version))), names].map((list) => JSON.parse(list));
  const differing = [
    ...now.filter((name) => !recorded.includes(name)).map((name) => `without "${name}"`),
    ...recorded.filter((name) => !now.includes(name)).map((name) => `with "${name}", which there is not`),
  ];
  if (differing.length > 0)
    throw new Error(
      `${namesFile(version)} of ${tag} was recorded from other sources, ${differing[0]}: run node scripts/record-version.mjs, commit, and tag that commit`,
    );
}

/** What would make a release other than what its tag says. */
function check(root, folder, tag, version) {
  if (tag !== `v${version}`)
    throw new Error(
      `tag ${tag} has version ${version} in package.json: set the version there, commit, and tag that commit`,
    );
  if (text(join(folder, 'package-lock.json')) !== text(join(root, 'package-lock.json')))
    throw new Error(`package-lock.json of ${tag} differs from the one here: check out ${tag} and run npm ci`);
  const locked = JSON.parse(text(join(folder, 'package-lock.json')));
  const other = [locked.version, locked.packages?.['']?.version].find((one) => one !== version);
  if (other !== undefined)
    throw new Error(
      `package-lock.json of ${tag} has version ${other}, not ${version}: run npm install, commit, and tag that commit`,
    );
  if (!new RegExp(`^## ${version.replaceAll('.', '\\.')}\\b`, 'm').test(text(join(folder, 'CHANGELOG.md'))))
    throw new Error(
      `CHANGELOG.md of ${tag} has no heading "## ${version}": rename "## Unreleased", commit, and tag that commit`,
    );
  if (!existsSync(join(folder, namesFile(version))))
    throw new Error(
      `${tag} has not recorded what version ${version} writes: run node scripts/record-version.mjs, commit, and tag that commit`,
    );
}
