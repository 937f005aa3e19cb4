import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { registryDocs } from './registry-docs.mjs';
import { publicKey, sign } from './signature.mjs';
import { nodeLicence, standaloneProviders } from './standalone.mjs';

/** What Terraform's plugin protocol is, for the registry's manifest. */
const MANIFEST = { version: 1, metadata: { protocol_versions: ['6.0'] } };

/** Half the work of level 9, for one part in two hundred of the size. */
const LEVEL = 6;

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** Lines as sha256sum writes them. */
export const checksums = (files) =>
  Object.keys(files)
    .sort()
    .map((name) => `${sha256(files[name])}  ${name}\n`)
    .join('');

/**
 * The provider as the Terraform Registry takes it. For Linux it has Node.js in it; for macOS, whose programs must be
 * signed by their maker, it is the script that the npm package has, too. Tells the package the hashes of the former, so
 * that a lock file which `cdktf synth` writes accepts them.
 */
export function registryLayout({ source, out, scratch, key, repository }) {
  const { folder, version, epoch } = source;
  const require = createRequire(join(folder, 'dist/index.js'));
  const { ProviderPackage } = require('./provider/package.js');
  const { zip } = require('./provider/package/zip.js');
  const { dirhash } = require('./provider/package/dirhash.js');
  const script = join(folder, 'dist/provider/bundle.js');
  const read = (name) => readFileSync(join(folder, name));
  const provider = `terraform-provider-peerform_${version}`;
  const files = {};
  const hashes = [];
  for (const { path, bytes } of ProviderPackage.load().files())
    if (path.includes('_darwin_')) files[path.split('/').at(-1)] = bytes;
  for (const [arch, bytes] of Object.entries(standaloneProviders(script, scratch))) {
    const entries = [
      { name: 'LICENSE', bytes: read('LICENSE'), mode: 0o644 },
      { name: 'LICENSE.node', bytes: nodeLicence(scratch), mode: 0o644 },
      { name: 'NOTICE', bytes: read('NOTICE'), mode: 0o644 },
      { name: `terraform-provider-peerform_v${version}`, bytes, mode: 0o755 },
    ];
    hashes.push(dirhash(entries));
    files[`${provider}_linux_${arch}.zip`] = zip(entries, LEVEL);
  }
  files[`${provider}_manifest.json`] = Buffer.from(`${JSON.stringify(MANIFEST, null, 2)}\n`);
  const sums = `${provider}_SHA256SUMS`;
  mkdirSync(out, { recursive: true });
  for (const [name, bytes] of Object.entries({ ...files, [sums]: checksums(files) }))
    writeFileSync(join(out, name), bytes);
  if (key !== undefined) {
    sign(join(out, sums), key, epoch);
    writeFileSync(join(out, 'signing-key.asc'), publicKey(key));
  }
  const about = join(folder, 'dist/provider/bundle.json');
  writeFileSync(about, `${JSON.stringify({ ...JSON.parse(readFileSync(about, 'utf8')), hashes })}\n`);
  for (const [path, page] of Object.entries(registryDocs({ folder, require, version, repository }))) {
    mkdirSync(dirname(join(out, 'docs', path)), { recursive: true });
    writeFileSync(join(out, 'docs', path), page);
  }
}
