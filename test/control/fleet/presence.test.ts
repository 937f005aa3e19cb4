import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EtcdTls } from '../../../lib/control/etcd/connection';
import { unfitAgents } from '../../../lib/control/fleet/connected';
import { FleetKeys } from '../../../lib/control/fleet/keys';
import {
  describeOverwritten,
  type Presence,
  parsePresence,
  readPresence,
  sealingKey,
  signSealing,
} from '../../../lib/control/fleet/presence';
import { SealingKey } from '../../../lib/control/fleet/sealing';

const DAY = 86_400_000;
const CERTIFICATE_OF_NOTHING = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';

describe('the key to which secrets for a node are sealed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pf-presence-'));
  const at = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
  const newKey = (name: string, type: string) => {
    const curve = type === 'ec' ? ['-pkeyopt', 'ec_paramgen_curve:P-256'] : [];
    return ['-newkey', type, ...curve, '-nodes', '-keyout', at(`${name}.key`), '-subj', `/CN=${name}`];
  };
  const authority = (name: string) =>
    openssl('req', '-x509', ...newKey(name, 'ec'), '-days', '9', '-out', at(`${name}.crt`));
  const issue = (name: string, by: string, type = 'ec') => {
    openssl('req', ...newKey(name, type), '-out', at(`${name}.csr`));
    const signer = ['-CA', at(`${by}.crt`), '-CAkey', at(`${by}.key`), '-CAcreateserial', '-days', '2'];
    openssl('x509', '-req', '-in', at(`${name}.csr`), ...signer, '-out', at(`${name}.crt`));
  };
  const tls = (name: string, ...chain: string[]): EtcdTls => ({
    ca: readFileSync(at('ca.crt')),
    certificate: Buffer.concat([name, ...chain].map((one) => readFileSync(at(`${one}.crt`)))),
    key: readFileSync(at(`${name}.key`)),
  });
  const n1 = { prefix: 'lab', node: 'n1' };
  const { publicKey } = new SealingKey();
  const presence = (by: EtcdTls, whose = n1): Presence => ({
    ...{ session: 's1', version: '1' },
    sealing: signSealing(publicKey, 's1', whose, by),
  });
  const deployer = () => ({ ...tls('lab:n1'), ca: readFileSync(at('ca.crt')) });

  beforeAll(() => {
    authority('ca');
    authority('other');
    issue('lab:n1', 'ca');
    issue('lab:n2', 'ca');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each(['ec', 'rsa:2048', 'ed25519'])('is that which its certificate signed, with a key of type %s', (type) => {
    issue('lab:n1', 'ca', type);
    expect(sealingKey(presence(tls('lab:n1')), n1, deployer())).toEqual(publicKey);
  });

  test('survives being written to etcd', () => {
    const read = readPresence(Buffer.from(JSON.stringify(presence(tls('lab:n1')))));
    expect(sealingKey(read!, n1, deployer())).toEqual(publicKey);
    expect(readPresence(Buffer.from('{"session":""}'))).toBeUndefined();
    expect(readPresence(Buffer.from('no JSON'))).toBeUndefined();
  });

  test.each([
    ['no JSON', 'it is not JSON'],
    [JSON.stringify({ session: 's', version: '1 2' }), 'version: is not a version'],
    [JSON.stringify({ session: 's', version: '1'.repeat(65) }), 'version: is not a version'],
    [JSON.stringify({ session: 's', version: '1'.repeat(1_200_000) }), 'it has 1200028 octets'],
    [JSON.stringify({ session: 's'.repeat(65), version: '1' }), 'session: '],
  ])('is read of nothing that no agent writes: %#', (text, why) => {
    expect(parsePresence(Buffer.from(text))).toContain(why);
    expect(readPresence(Buffer.from(text))).toBeUndefined();
  });

  test('has to be there for an agent that is in order', () => {
    const keys = new FleetKeys('lab');
    const stored = (value: object) => ({
      keys: [
        {
          key: keys.agent('n1'),
          value: Buffer.from(JSON.stringify(value)),
          createRevision: 1,
          modRevision: 1,
          lease: 1,
        },
      ],
    });
    const good = presence(tls('lab:n1'));
    expect(unfitAgents(stored(good), keys, deployer())).toEqual([]);
    const garbage = { ...good, sealing: { ...good.sealing!, certificates: CERTIFICATE_OF_NOTHING } };
    expect(unfitAgents(stored(garbage), keys, deployer())).toEqual([
      { node: 'n1', why: expect.stringContaining('the certificate of its agent cannot be read') },
    ]);
    expect(unfitAgents(stored({ session: 's', version: '' }), keys, undefined)).toEqual([
      { node: 'n1', why: 'version: is not a version' },
    ]);
  });

  test('is not that of another node', () => {
    expect(sealingKey(presence(tls('lab:n2')), n1, deployer())).toBe(
      'the certificate of its agent is of lab:n2, not of lab:n1',
    );
  });

  test('is not one of another session, fabric or key', () => {
    const own = presence(tls('lab:n1'));
    const unsigned = 'the key for its secrets is not signed with its certificate';
    expect(sealingKey({ ...own, session: 's2' }, n1, deployer())).toBe(unsigned);
    expect(sealingKey(presence(tls('lab:n1'), { ...n1, node: 'n3' }), n1, deployer())).toBe(unsigned);
    const other = new SealingKey().publicKey.toString('base64');
    expect(sealingKey({ ...own, sealing: { ...own.sealing!, publicKey: other } }, n1, deployer())).toBe(unsigned);
  });

  test('is not one of another authority', () => {
    issue('lab:n1', 'other');
    const why = sealingKey(presence(tls('lab:n1')), n1, deployer());
    issue('lab:n1', 'ca');
    expect(why).toBe('the certificate of its agent is not of the authority that is trusted here');
  });

  test('is not vouched for by a certificate that is no authority', () => {
    issue('lab:n1', 'lab:n2');
    const why = sealingKey(presence(tls('lab:n1', 'lab:n2')), n1, deployer());
    issue('lab:n1', 'ca');
    expect(why).toBe('the certificate of its agent is not of the authority that is trusted here');
  });

  test.each([-DAY, 3 * DAY])('is not one of a certificate that is not valid: %d ms from now', (ms) => {
    const then = new Date(Date.now() + ms);
    expect(sealingKey(presence(tls('lab:n1')), n1, deployer(), then)).toContain('is not valid now');
  });

  test('does not exist without TLS here', () =>
    expect(sealingKey(presence(tls('lab:n1')), n1, undefined)).toBe(
      'secrets are sent through etcd only with TLS, and PEERFORM_ETCD_PLAINTEXT is set here: unset it, and name the certificates',
    ));

  test('does not exist where the key of the agent has none', () =>
    expect(sealingKey({ session: 's1', version: '1' }, n1, deployer())).toMatch(
      /^it has no public key \(sealing\): its agent is connected without TLS \(.*\), or the key was written by who has the certificate of lab:n1, of a deployer or of root/,
    ));

  test('does not exist where its agent gives no certificate', () => {
    const own = presence(tls('lab:n1'));
    expect(sealingKey({ ...own, sealing: { ...own.sealing!, certificates: '' } }, n1, deployer())).toBe(
      'it has no certificate of its agent',
    );
  });
});

describe('an agent whose key was overwritten says who may have done it, and what to do', () => {
  test.each([
    [true, true, /only who has the certificate of lab:n1, of a deployer or of root can\. .* revoke and replace/],
    [true, false, /anyone with any certificate of its authority can, .* etcdctl auth enable/],
    [false, true, /anyone who reaches this etcd can, as it is used without TLS\. Use TLS/],
  ])('with TLS: %s, with rights: %s', (hasTls, hasRights, text) =>
    expect(describeOverwritten({ prefix: 'lab', node: 'n1' }, { hasTls, hasRights })).toMatch(text),
  );
});
