import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { PLATFORMS, ProviderPackage } from '../../../lib/provider/package';
import { crc32 } from '../../../lib/provider/package/crc32';
import { dirhash } from '../../../lib/provider/package/dirhash';
import { withLock } from '../../../lib/provider/package/lock-file';
import { zip } from '../../../lib/provider/package/zip';

/** Reads a zip from its central directory, as unpackers do. */
function unzip(archive: Uint8Array) {
  const data = Buffer.from(archive);
  const end = data.length - 22;
  let at = data.readUInt32LE(end + 16);
  return Array.from({ length: data.readUInt16LE(end + 10) }, () => {
    const [packed, size, nameLength, local] = [20, 24, 28, 42].map((offset) =>
      offset === 28 ? data.readUInt16LE(at + offset) : data.readUInt32LE(at + offset),
    );
    const start = local + 30 + data.readUInt16LE(local + 26) + data.readUInt16LE(local + 28);
    const content = inflateRawSync(data.subarray(start, start + packed));
    expect([data.readUInt32LE(at), data.readUInt32LE(local)]).toEqual([0x02014b50, 0x04034b50]);
    expect([content.length, crc32(content)]).toEqual([size, data.readUInt32LE(at + 16)]);
    const entry = {
      name: data.toString('utf8', at + 46, at + 46 + nameLength),
      content,
      mode: data.readUInt32LE(at + 38) >>> 16,
      date: data.readUInt16LE(at + 14),
      time: data.readUInt16LE(at + 12),
    };
    at += 46 + nameLength;
    return entry;
  });
}

describe('the zip', () => {
  const entries = [
    { name: 'a.json', bytes: Buffer.from('{}\n'), mode: 0o644 },
    { name: 'run', bytes: Buffer.from('#!/bin/sh\n'.repeat(1000)), mode: 0o755 },
    { name: 'empty', bytes: new Uint8Array(0), mode: 0o600 },
  ];

  test('holds the files, their permissions and the first day of the format', () => {
    expect(unzip(zip(entries))).toEqual(
      entries.map(({ name, bytes, mode }) => ({
        name,
        content: Buffer.from(bytes),
        mode: 0o100000 | mode,
        date: 0x21,
        time: 0,
      })),
    );
  });

  test('is the same for the same files', () => {
    expect(zip(entries)).toEqual(zip(entries));
  });

  test("has the checksum of the standard: 'cbf43926' for the digits 1 to 9", () => {
    expect(crc32(Buffer.from('123456789')).toString(16)).toBe('cbf43926');
  });
});

test('the hash covers names and bytes, not the order of files', () => {
  const [a, b] = ['a', 'b'].map((name) => ({ name, bytes: Buffer.from(name) }));
  expect(dirhash([a, b])).toBe(dirhash([b, a]));
  expect(dirhash([a, b])).not.toBe(dirhash([a, { ...b, name: 'c' }]));
  expect(dirhash([a, b])).toMatch(/^h1:[A-Za-z0-9+/]{43}=$/);
});

describe('the lock file', () => {
  const ours = { address: 'registry.terraform.io/peerform/peerform', version: '1.2.3', hashes: ['h1:new='] };
  const nulls =
    'provider "registry.terraform.io/hashicorp/null" {\n  version     = "3.2.4"\n  constraints = "3.2.4"\n  hashes = [\n    "h1:x=",\n    "zh:y",\n  ]\n}\n';

  test('is written anew where there is none', () => {
    expect(withLock(undefined, ours)).toContain(
      'provider "registry.terraform.io/peerform/peerform" {\n  version     = "1.2.3"',
    );
  });

  test('keeps what stands there for others', () => {
    const text = withLock(`# mine\n\n${nulls}`, ours);
    expect(text.startsWith(`# mine\n\n${nulls}`)).toBe(true);
    expect(text).toContain('"h1:new="');
  });

  test('replaces our own block in its place, and nothing else', () => {
    const old = withLock(undefined, { ...ours, version: '1.0.0', hashes: ['h1:old='] });
    const text = withLock(`${old}\n${nulls}`, ours);
    expect(text).not.toContain('1.0.0');
    expect(text).not.toContain('h1:old=');
    expect(text.endsWith(`}\n\n${nulls}`)).toBe(true);
    expect(withLock(text, ours)).toBe(text);
  });
});

describe('the package', () => {
  const script = Buffer.from('#!/usr/bin/env node\n');
  const licences = [{ name: 'LICENSE', bytes: Buffer.from('text of a licence'), mode: 0o644 }];

  test('has a zip for each platform, equal but for its name', () => {
    const files = ProviderPackage.of(script, '0.1.0', true).files();
    expect(files.map(({ path }) => path)).toEqual(
      PLATFORMS.map(
        (platform) =>
          `terraform.d/plugins/registry.terraform.io/peerform/peerform/terraform-provider-peerform_0.1.0_${platform}.zip`,
      ),
    );
    expect(new Set(files.map(({ bytes }) => Buffer.from(bytes).toString('base64'))).size).toBe(1);
  });

  test('never gives other bytes under the same version, unless it is a release', () => {
    const one = ProviderPackage.of(script, '0.1.0');
    const other = ProviderPackage.of(Buffer.from('other'), '0.1.0');
    expect(one.version).toMatch(/^0\.1\.0-dev-[0-9a-f]{10}$/);
    expect(other.version).not.toBe(one.version);
    expect(ProviderPackage.of(script, '0.1.0', false, [], licences).version).not.toBe(one.version);
    expect(ProviderPackage.of(script, '0.1.0', true).version).toBe('0.1.0');
  });

  test('passes on the licences, also where it stands for another provider', () => {
    const one = ProviderPackage.of(script, '0.1.0', true, [], licences);
    for (const provider of [one, one.nullStandIn()])
      for (const { bytes } of provider.files())
        expect(unzip(bytes).map(({ name, mode }) => [name, mode & 0o777])).toEqual([
          ['LICENSE', 0o644],
          ['package.json', 0o644],
          [expect.stringMatching(/^terraform-provider-/), 0o755],
        ]);
    expect(one.hash).not.toBe(ProviderPackage.of(script, '0.1.0', true).hash);
  });

  test('of this build has the licences of the project', () => {
    const [{ bytes }] = ProviderPackage.load().files();
    const names = unzip(bytes).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['LICENSE', 'NOTICE']));
  });

  test('has a lock file that accepts what a registry has of the same version', () => {
    const other = ProviderPackage.of(script, '0.1.0', true, ['h1:registry=']);
    expect(other.lockFile()).toContain(`"${other.hash}"`);
    expect(other.lockFile()).toContain('"h1:registry="');
    expect(other.nullStandIn().lockFile()).not.toContain('h1:registry=');
  });

  test('runs as a script where a package.json above says ES modules', () => {
    const folder = mkdtempSync(join(tmpdir(), 'peerform-zip-'));
    try {
      const path = join(folder, 'p.zip');
      writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
      const main = '#!/usr/bin/env node\nrequire("node:fs").writeFileSync(__filename + ".ran", "")\n';
      writeFileSync(path, ProviderPackage.of(Buffer.from(main), '0.1.0', true).files()[0].bytes);
      mkdirSync(join(folder, 'inner'));
      for (const { name, content, mode } of unzip(readFileSync(path)))
        writeFileSync(join(folder, 'inner', name), content, { mode: mode & 0o777 });
      const program = join(folder, 'inner', 'terraform-provider-peerform_v0.1.0');
      execFileSync(program);
      expect(statSync(`${program}.ran`).isFile()).toBe(true);
      expect(readFileSync(program, 'utf8')).toBe(main);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
