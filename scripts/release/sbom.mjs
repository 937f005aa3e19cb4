// Bills of materials, as CycloneDX 1.6 in JSON, of what a release consists of. The same parts give the same octets.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundledPackages, manifestOf, nativeName, nativePart, productionPackages } from '../production.mjs';
import { NODE_VERSION, NODES } from './standalone.mjs';

const purl = (name, version) => `pkg:npm/${name.replace('@', '%40')}@${version}`;
const licensed = (id) => [{ license: { id } }];
const hex = (integrity) => Buffer.from(integrity.replace(/^sha512-/, ''), 'base64').toString('hex');

/** A part that comes from npm. */
const component = ({ name, version, license, integrity }, scope = 'required') => ({
  type: 'library',
  'bom-ref': purl(name, version),
  ...(name.startsWith('@') && { group: name.split('/')[0] }),
  name: name.split('/').at(-1),
  version,
  scope,
  ...(integrity && { hashes: [{ alg: 'SHA-512', content: hex(integrity) }] }),
  licenses: licensed(license),
  purl: purl(name, version),
});

/** Node.js as a program for Linux has it, by the npm package that it is taken from. */
const nodeFor = (arch) => ({
  type: 'platform',
  'bom-ref': `pkg:github/nodejs/node@v${NODE_VERSION}`,
  name: 'node',
  version: NODE_VERSION,
  scope: 'required',
  licenses: [{ license: { name: 'LICENSE.node, beside the provider' } }],
  purl: `pkg:github/nodejs/node@v${NODE_VERSION}`,
  externalReferences: [
    {
      type: 'distribution',
      url: `https://www.npmjs.com/package/node-linux-${NODES[arch].cpu}/v/${NODE_VERSION}`,
      hashes: [{ alg: 'SHA-512', content: hex(NODES[arch].integrity) }],
    },
  ],
});

const SUPPLIER = { name: 'the authors of Peerform' };

/** The bills of a release, by the name of the file that each is about. */
export function billsOfMaterials({ source, debs, registry }) {
  const { folder, version, epoch } = source;
  const { packages: locked } = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'));
  const integrityOf = (path) => locked[path.slice(folder.length + 1)]?.integrity;
  const all = [...productionPackages(folder), ...bundledPackages(folder)];
  const packages = all.map((one) => ({ ...one, integrity: integrityOf(one.folder) }));
  const { contains } = JSON.parse(readFileSync(join(folder, 'dist/provider/bundle.json'), 'utf8'));
  const bundled = packages.filter(({ name }) => contains.includes(name)).map((one) => component(one));
  const natives = Object.keys(manifestOf(folder).optionalDependencies).map((name) =>
    component(nativePart(folder, name.slice(nativeName('').length)), 'optional'),
  );
  const license = manifestOf(folder).license;
  const bill = (name, reference, components) => {
    const about = {
      type: 'application',
      'bom-ref': reference,
      name,
      version,
      licenses: licensed(license),
      purl: reference,
    };
    const metadata = {
      timestamp: new Date(epoch * 1000).toISOString(),
      tools: { components: [{ type: 'application', name: 'scripts/release.mjs', version }] },
      component: about,
      supplier: SUPPLIER,
    };
    const text = { metadata, components };
    const all = { ref: reference, dependsOn: components.map((one) => one['bom-ref']) };
    const dependencies = [all, ...all.dependsOn.map((ref) => ({ ref }))];
    return {
      $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      serialNumber: `urn:uuid:${uuidOf(JSON.stringify(text))}`,
      version: 1,
      ...text,
      dependencies,
    };
  };
  const required = packages.map((one) => component(one));
  return Object.fromEntries([
    [`peerform-${version}.tgz`, bill('peerform', purl('peerform', version), [...required, ...natives])],
    ...debs.map(({ file, arch, cpu }) => [
      file,
      bill('peerform-agent', `pkg:deb/debian/peerform-agent@${version.replace(/-/g, '~')}?arch=${arch}`, [
        ...required,
        component(nativePart(folder, cpu)),
      ]),
    ]),
    ...registry.map((file) => [
      file,
      bill(
        `terraform-provider-peerform`,
        `pkg:generic/${file}@${version}`,
        file.includes('_linux_') ? [...bundled, nodeFor(/_linux_(\w+)\.zip$/.exec(file)[1])] : bundled,
      ),
    ]),
  ]);
}

/** A UUID of version 8 (RFC 9562) that stands for a text. */
function uuidOf(text) {
  const octets = createHash('sha256').update(text).digest().subarray(0, 16);
  octets[6] = (octets[6] & 0x0f) | 0x80;
  octets[8] = (octets[8] & 0x3f) | 0x80;
  return octets.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
