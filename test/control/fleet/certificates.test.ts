import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { whoAsks } from '../../../lib/cli/via';
import { commonName } from '../../../lib/control/etcd/user';
import { notOfNode, unfitNames } from '../../../lib/control/fleet/certificates';

describe('the certificate of', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pf-names-'));
  const [key, file] = ['key', 'crt'].map((name) => join(folder, name));
  const tlsOf = (name: string) => {
    const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key];
    execFileSync('openssl', ['req', '-x509', ...newKey, '-subj', name, '-days', '2', '-out', file], { stdio: 'pipe' });
    const certificate = readFileSync(file);
    return { ca: certificate, certificate, key: readFileSync(key) };
  };
  afterAll(() => rmSync(folder, { recursive: true }));
  const n1 = { prefix: 'lab', node: 'n1' };

  test.each([
    ['the node', '/CN=lab:n1', undefined],
    ['another node', '/CN=lab:n2', 'the certificate is of node n2, and this agent is node n1'],
    ['a node of another fabric', '/CN=labs:n1', 'the certificate is of labs:n1, and this agent is node n1'],
    ['an administrator', '/O=us/CN=alice', 'the certificate is of alice, and this agent is node n1'],
    ['nobody', '/O=us', 'the certificate is of nobody, and this agent is node n1'],
  ])('%s', (_, name, why) => {
    const said = notOfNode(tlsOf(name), n1);
    expect(said).toBe(why && `${why}: its certificate must have the common name lab:n1`);
  });

  test('one who asks is named beside who runs the command, through etcd alone', () => {
    const before = process.env;
    tlsOf('/CN=alice');
    const { SUDO_USER: _, ...rest } = before;
    process.env = { ...rest, PEERFORM_ETCD_CERT: file };
    const { username } = userInfo();
    try {
      expect(whoAsks('etcd://e1/lab/n1')).toBe(`${username} (etcd user alice)`);
      expect(whoAsks('ssh://n1')).toBe(username);
      delete process.env.PEERFORM_ETCD_CERT;
      expect(whoAsks('etcd://e1/lab/n1')).toBe(username);
    } finally {
      process.env = before;
    }
  });

  test('anything else has no name', () => expect(commonName(Buffer.from('x'))).toBeUndefined());
});

test('a name that does not fit into a certificate is told, with how many more there are', () => {
  const fits = 'n'.repeat(64 - 'lab:'.length);
  expect(unfitNames('lab', ['n1', fits])).toBeUndefined();
  expect(unfitNames('lab', ['n1', `${fits}n`])).toContain(`the common name lab:${fits}n, but that may have up to 64`);
  expect(unfitNames('lab', [`${fits}n`, fits, `${fits}m`])).toContain(`lab:${fits}n (and 1 more), but`);
});
