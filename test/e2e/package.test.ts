import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { AgentClient } from '../../lib/control/client';
import type { Namespace } from '../kernel/namespace';
import { eventually, LocalNetwork, type Process } from './support/network';

const ROOT = resolve(__dirname, '../..');
const UNIT = 'usr/lib/systemd/system/peerform-agent.service';
const MINUTE = 60_000;
jest.setTimeout(MINUTE);

const has = (program: string) => spawnSync('which', [program]).status === 0;
const describePackage = process.getuid?.() === 0 && has('dpkg') ? describe : describe.skip;

/** The capabilities that the unit leaves the agent, as a user who is nobody in particular. */
const UNPRIVILEGED = [
  ...['setpriv', '--reuid', '64999', '--regid', '64999', '--clear-groups', '--no-new-privs'],
  ...['--bounding-set', '-all,+net_admin,+net_bind_service'],
  ...['--inh-caps', '-all,+net_admin,+net_bind_service', '--ambient-caps', '-all,+net_admin,+net_bind_service'],
];

/**
 * A folder with what the container's build stage copies, and no more: what is made there is made in the container, too.
 */
function asContainersBuild(folder: string): string {
  const [stage] = readFileSync(join(ROOT, 'packaging/Containerfile'), 'utf8').split(/^FROM .*debian/m);
  mkdirSync(folder);
  for (const [, words] of stage.matchAll(/^COPY (.+)$/gm)) {
    const [target, ...sources] = words.split(' ').reverse();
    for (const source of sources)
      cpSync(join(ROOT, source), join(folder, target === './' ? source : target), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

/** Makes the package as `npm run package:deb` does; its path. */
function packageFrom(source: string, output: string): string {
  const script = join(source, 'scripts/package-deb.mjs');
  return execFileSync(process.execPath, [script, output], { encoding: 'utf8' }).trim().split('\n').at(-1)!;
}

describePackage('the Debian package', () => {
  let folder: string;
  let image: string;
  let deb: string;
  let network: LocalNetwork;
  const inImage = (path: string) => join(image, path);
  const dpkg = (...args: string[]) =>
    execFileSync('dpkg', [`--root=${image}`, '--force-depends', '--force-script-chrootless', ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  const field = (name: string) => execFileSync('dpkg-deb', ['-f', deb, name], { encoding: 'utf8' }).trim();

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'peerform-package-'));
    chmodSync(folder, 0o755);
    image = join(folder, 'image');
    for (const path of ['etc', 'var/log', 'var/lib/dpkg/info', 'var/lib/dpkg/updates'])
      mkdirSync(inImage(path), { recursive: true });
    for (const path of ['var/lib/dpkg/status', 'etc/passwd', 'etc/group', 'etc/shadow', 'etc/gshadow'])
      writeFileSync(inImage(path), '');
    deb = packageFrom(asContainersBuild(join(folder, 'src')), folder);
    network = new LocalNetwork([1, 2]);
    chmodSync(network.folder, 0o777);
  }, 2 * MINUTE);
  afterAll(async () => {
    await network.remove();
    rmSync(folder, { recursive: true });
  }, MINUTE);

  test('says what it is and what it needs', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect([field('Package'), field('Version')]).toEqual(['peerform-agent', version.replace('-', '~')]);
    expect(field('Depends')).toContain('nodejs (>= 20)');
  });

  test('is installed with a user and a group of its own, and installed again without a change', () => {
    dpkg('-i', deb);
    const users = () => [readFileSync(inImage('etc/passwd'), 'utf8'), readFileSync(inImage('etc/group'), 'utf8')];
    const before = users();
    expect(before).toEqual([expect.stringMatching(/^peerform:x:.*nologin$/m), expect.stringMatching(/^peerform:x:/m)]);
    dpkg('-i', deb);
    expect(users()).toEqual(before);
  });

  test('holds the command line with all that it needs, and nothing that no program reads', () => {
    const run = (...args: string[]) => spawnSync(inImage('usr/bin/peerform'), args, { encoding: 'utf8', cwd: '/' });
    expect(run('--version')).toMatchObject({ status: 0, stderr: '' });
    expect(run('--help')).toMatchObject({ status: 0, stderr: '' }); // loads every command
    const files = execFileSync('dpkg-deb', ['-c', deb], { encoding: 'utf8' });
    const superfluous = files.split('\n').filter((line) => /(?<!licen[cs]e)\.(ts|map|cc|md)$/i.test(line));
    expect(superfluous).toEqual([]);
    expect(files).toMatch(/koffi\.node$/m);
    for (const path of [
      'man/man1/peerform-status.1.gz',
      'bash-completion/completions/peerform',
      'zsh/vendor-completions/_peerform',
      'fish/vendor_completions.d/peerform.fish',
      'peerform/prometheus/peerform.rules.yaml',
      'peerform/prometheus/peerform-dashboard.json',
    ])
      expect(files).toMatch(new RegExp(`\\./usr/share/${path}$`, 'm'));
    expect(files).not.toContain('node_modules/cdktf');
  });

  test.each([[[]], [['--hcl']]])('says where projects are made, which it has no templates for: init %p', (options) => {
    const project = join(folder, 'project');
    const made = spawnSync(inImage('usr/bin/peerform'), ['init', project, ...options], { encoding: 'utf8' });
    expect([made.status, made.stderr]).toEqual([1, expect.stringContaining('npm install -g peerform')]);
    expect(made.stderr.trim().split('\n')).toHaveLength(1);
    expect(existsSync(project)).toBe(false);
  });

  test('has a unit that systemd understands whole, and deems well shut', () => {
    if (!has('systemd-analyze')) return;
    const unit = join(folder, 'peerform-agent.service');
    writeFileSync(unit, readFileSync(inImage(UNIT), 'utf8').replaceAll('/usr/bin/peerform', '/bin/true'));
    const analyze = (...args: string[]) => spawnSync('systemd-analyze', args, { encoding: 'utf8' });
    const verified = analyze('verify', unit);
    expect(verified.stderr.split('\n').filter((line) => line.includes('peerform-agent'))).toEqual([]);
    expect(analyze('security', '--offline=true', '--threshold=30', unit).status).toBe(0);
  });

  describe('runs an agent', () => {
    let here: Namespace;
    let there: Namespace;
    let agents: Process[];
    const state = (node: string) => network.path(`state-${node}`);
    const client = (node: string) => new AgentClient(`unix://${network.path(`${node}.sock`)}`);
    const start = (machine: Namespace, node: string) =>
      network.start(machine, [
        ...UNPRIVILEGED,
        ...[inImage('usr/bin/peerform'), 'agent', '--node', node, '--fabric', network.path('fabric.json')],
        ...['--socket', network.path(`${node}.sock`), '--state', state(node)],
      ]);
    const routes = () => here.routes('10.65.0.2');

    beforeAll(async () => {
      [here, there] = network.machines;
      there.pair('cali1');
      there.ip('route add 10.65.0.2/32 dev cali1');
      const nodes = { n1: { ipv4Address: '10.0.0.1' }, n2: { ipv4Address: '10.0.0.2' } };
      network.write('fabric.json', { name: 'deb', nodes });
      for (const node of ['n1', 'n2']) {
        mkdirSync(state(node));
        chownSync(state(node), 64999, 64999);
      }
      agents = [start(here, 'n1'), start(there, 'n2')];
      await eventually(() => expect(routes()).toEqual(['10.65.0.2 via 10.0.0.2 dev eth0 proto 114 metric 200']));
    });

    test('as a user with two capabilities, whose socket is for its group', async () => {
      const { sessions, kernel } = await client('n1').status();
      expect(sessions.map(({ state }) => state)).toEqual(['Established']);
      expect(kernel.failed).toEqual([]);
      const { mode, uid } = statSync(network.path('n1.sock'));
      expect([mode & 0o777, uid]).toEqual([0o660, 64999]);
    });

    test('that is upgraded by a restart which keeps the routes on both sides', async () => {
      await agents[0].kill('SIGTERM');
      expect(routes().length).toBe(1);
      dpkg('-i', deb);
      agents[0] = start(here, 'n1');
      await eventually(async () =>
        expect((await client('n1').status()).sessions.map(({ state }) => state)).toEqual(['Established']),
      );
      expect(routes().length).toBe(1);
    });

    test('whose routes stay when it is removed, and go when it is purged', async () => {
      await agents[0].kill('SIGTERM');
      const script = readFileSync(inImage('var/lib/dpkg/info/peerform-agent.postrm'), 'utf8');
      network.write('postrm', script);
      // The script works on the machine itself: what it may touch there is covered, and its network is the namespace.
      const covered = ['/var/lib', '/var/cache', '/etc/default', '/etc/systemd', '/run'].map(
        (path) => `mount -t tmpfs none ${path}`,
      );
      const run = (what: string) =>
        execFileSync('ip', [
          ...['netns', 'exec', here.name, 'unshare', '--mount', 'sh', '-ec'],
          `${covered.join('; ')}; mkdir /var/lib/peerform; sh ${network.path('postrm')} ${what}; ! test -e /var/lib/peerform`,
        ]);
      expect(() => run('remove')).toThrow(); // the state is still there
      expect(routes().length).toBe(1);
      run('purge');
      expect(routes()).toEqual([]);
      expect(here.nexthops().size).toBe(0);
    });
  });

  test('is removed with its settings and state left, and purged with them', () => {
    for (const path of ['var/lib/peerform', 'var/cache/peerform', 'etc/default'])
      mkdirSync(inImage(path), { recursive: true });
    writeFileSync(inImage('etc/default/peerform-agent'), 'PEERFORM_NODE=n1\n');
    dpkg('-r', 'peerform-agent');
    expect(
      ['usr/bin/peerform', UNIT, 'var/lib/peerform', 'etc/default/peerform-agent'].map((path) =>
        existsSync(inImage(path)),
      ),
    ).toEqual([false, false, true, true]);
    dpkg('-P', 'peerform-agent');
    expect(
      ['var/lib/peerform', 'var/cache/peerform', 'etc/default/peerform-agent'].map((path) => existsSync(inImage(path))),
    ).toEqual([false, false, false]);
  });
});
