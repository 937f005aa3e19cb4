import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { etcdAccess } from '../../../lib/control/fleet/access';

describe('how etcd is connected to', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pf-access-'));
  const [ca, cert, key] = ['ca', 'cert', 'key'].map((name) => join(folder, name));
  for (const file of [ca, cert, key]) writeFileSync(file, file);
  const env = { PEERFORM_ETCD_CACERT: ca, PEERFORM_ETCD_CERT: cert, PEERFORM_ETCD_KEY: key };
  afterAll(() => rmSync(folder, { recursive: true }));

  test('with the files that the environment names', () => {
    expect(etcdAccess(['e1:2379'], env)).toEqual({
      hosts: ['e1:2379'],
      tls: { ca: Buffer.from(ca), certificate: Buffer.from(cert), key: Buffer.from(key) },
    });
  });

  test('not without TLS, unless that is said', () => {
    expect(() => etcdAccess(['e1:2379'], { ...env, PEERFORM_ETCD_KEY: '' })).toThrow('set PEERFORM_ETCD_KEY to files');
    expect(etcdAccess(['e1:2379'], { PEERFORM_ETCD_PLAINTEXT: '1' })).toEqual({ hosts: ['e1:2379'] });
  });

  test('names the variable of a file that is missing', () => {
    expect(() => etcdAccess(['e1:2379'], { ...env, PEERFORM_ETCD_CERT: join(folder, 'no') })).toThrow(
      /^PEERFORM_ETCD_CERT: ENOENT/,
    );
  });
});
