import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { etcdAccess } from '../../../lib/control/fleet/access';
import { unusable } from '../../../lib/control/fleet/certificates';

const DAY = 86_400_000;

describe('how etcd is connected to', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pf-access-'));
  const [cert, key, other, none] = ['cert', 'key', 'other', 'none'].map((name) => join(folder, name));
  const make = (keyFile: string, out: string) => {
    const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', keyFile, '-out', out];
    execFileSync('openssl', ['req', '-x509', ...made, '-subj', '/CN=a', '-days', '2'], { stdio: 'pipe' });
  };
  const env = { PEERFORM_ETCD_CACERT: cert, PEERFORM_ETCD_CERT: cert, PEERFORM_ETCD_KEY: key };
  beforeAll(() => {
    make(key, cert);
    make(other, join(folder, 'unused'));
    writeFileSync(none, 'nothing');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('with the files that the environment names', () => {
    const [certificate, secret] = [readFileSync(cert), readFileSync(key)];
    expect(etcdAccess(['e1:2379'], env)).toEqual({
      hosts: ['e1:2379'],
      tls: { ca: certificate, certificate, key: secret },
    });
  });

  test('not without TLS, unless that is said', () => {
    expect(() => etcdAccess(['e1:2379'], { ...env, PEERFORM_ETCD_KEY: '' })).toThrow('set PEERFORM_ETCD_KEY to a file');
    expect(etcdAccess(['e1:2379'], { PEERFORM_ETCD_PLAINTEXT: '1' })).toEqual({ hosts: ['e1:2379'] });
  });

  test('not both with and without TLS', () => {
    expect(() => etcdAccess(['e1:2379'], { ...env, PEERFORM_ETCD_PLAINTEXT: '1' })).toThrow(
      'PEERFORM_ETCD_PLAINTEXT=1 cannot be combined with PEERFORM_ETCD_CACERT, PEERFORM_ETCD_CERT, PEERFORM_ETCD_KEY',
    );
  });

  test.each([
    ['is missing', 'no', 'there is no such file'],
    ['is a folder', '', 'it is a folder, not a file'],
  ])('names the variable of a file that %s, and the file', (_, name, why) => {
    const path = join(folder, name);
    expect(() => etcdAccess(['e1:2379'], { ...env, PEERFORM_ETCD_CERT: path })).toThrow(
      `PEERFORM_ETCD_CERT (${path}) cannot be read: ${why}`,
    );
  });

  test.each([
    ['PEERFORM_ETCD_CACERT', none, 'is not a certificate in PEM'],
    ['PEERFORM_ETCD_CERT', none, 'is not a certificate in PEM'],
    ['PEERFORM_ETCD_KEY', none, 'is not a private key in PEM'],
    ['PEERFORM_ETCD_KEY', other, 'is not the key of the certificate'],
  ])('names %s and its file, which cannot be used: %s %s', (name, file, why) =>
    expect(() => etcdAccess(['e1:2379'], { ...env, [name]: file })).toThrow(`${name} (${file}) ${why}`),
  );

  test.each([
    [3 * DAY, /^expired on 20/],
    [-DAY, /^is valid from 20/],
  ])('a certificate is not used outside its time: %d ms from now', (ms, text) => {
    const tls = { ca: readFileSync(cert), certificate: readFileSync(cert), key: readFileSync(key) };
    expect(unusable(tls, new Date(Date.now() + ms))).toEqual({
      part: 'certificate',
      text: expect.stringMatching(text),
    });
  });
});
