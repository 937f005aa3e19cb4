import { etcdLine, howToUse } from '../../lib/cli/view/lab-etcd';
import { checkEtcd, etcdEnvironment, etcdUrl, relayArgv } from '../../lib/lab/etcd';
import { Host } from '../../lib/lab/host';
import { agentArgv } from '../../lib/lab/speakers';

const etcd = { prefix: 'edge', port: 4001 };
const outcome = (code: number) => ({ code, stdout: '', stderr: '' });

afterEach(() => jest.restoreAllMocks());

test('the agents of a lab never join the fleet that a shell is set up for', () => {
  const clean = ['env', '-u', 'PEERFORM_ETCD', '-u', 'PEERFORM_ETCD_PLAINTEXT'];
  expect(agentArgv(['peerform'], '/tmp', '.').slice(0, 6)).toEqual([...clean, 'peerform']);
  const through = `PEERFORM_ETCD=${etcdUrl(etcd)}`;
  expect(agentArgv(['peerform'], '/tmp', '.', { PEERFORM_ETCD: etcdUrl(etcd) }).slice(0, 7)).toEqual([
    ...clean,
    through,
    'peerform',
  ]);
});

test('each node has a certificate of its own, which is not that of an administrator', () => {
  const files = (['root', 'deployer', { node: 'root' }, { node: 'n1' }] as const).map(
    (who) => etcdEnvironment('/l', who).PEERFORM_ETCD_CERT,
  );
  expect(files).toEqual(['root', 'deployer', 'node-root', 'node-n1'].map((name) => `/l/_etcd/${name}.crt`));
  expect(relayArgv('/l', etcd).slice(-2)).toEqual(['4001', '/l/_etcd/client:0']);
});

test.each([
  ['etcd', 'etcd-server'],
  ['openssl', 'openssl'],
])('without %s, --etcd names the package that has it', async (program, name) => {
  jest.spyOn(Host.prototype, 'attempt').mockImplementation(async (argv) => outcome(argv.at(-1) === program ? 127 : 0));
  await expect(checkEtcd('edge', ['n1'])).rejects.toThrow(
    `--etcd needs ${program}, which is not installed here (Debian: apt-get install ${name})`,
  );
});

test('a name that does not fit into a certificate is refused before anything is made', async () => {
  jest.spyOn(Host.prototype, 'attempt').mockResolvedValue(outcome(0));
  const fits = 'n'.repeat(64 - 'edge:'.length);
  await expect(checkEtcd('edge', [fits])).resolves.toBeUndefined();
  await expect(checkEtcd('edge', [`${fits}n`])).rejects.toThrow(`edge:${fits}n, but that may have up to 64 characters`);
});

test('a lab says how to deploy through its etcd, and whether that runs', () => {
  const known = { host: '127.0.0.1:4001', url: etcdUrl(etcd), pid: 7, isRunning: true };
  const text = howToUse(known, etcdEnvironment('/l', 'deployer'));
  expect(text).toContain("fleet: { etcd: ['127.0.0.1:4001'] }");
  expect(text).toContain('export PEERFORM_ETCD_KEY=/l/_etcd/deployer.key');
  expect(etcdLine({ ...known, connected: ['n1', 'n2'] })).toMatch(/\(pid 7\) at .*; connected: n1, n2$/);
  expect(etcdLine({ ...known, connected: [] })).toMatch(/connected: no agent$/);
  expect(etcdLine({ ...known, error: 'gone' })).toMatch(/edge: gone$/);
  expect(etcdLine({ ...known, isRunning: false })).toContain('is not running; to start it, run lab up again');
});
