import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { INITIAL_STATE } from '../../lib/control/transaction';
import type { FabricSpec } from '../../lib/model/fabric';
import { inCi } from '../breadth';
import { ANYCAST, anycastRouter, anycastStandIn } from '../e2e/support/anycast';
import { eventually, LocalNetwork } from '../e2e/support/network';
import { Pings } from '../e2e/support/pings';
import { Machine, releases, whyNoMachine } from './machine';
import { blocksOf, fabricOf } from './page';

const ROOT = resolve(__dirname, '../..');
const MINUTE = 60_000;
jest.setTimeout(3 * MINUTE);

const why = whyNoMachine();
if (why !== undefined) process.stderr.write(`skipped: ${why}\n`);
const describeMachine = why === undefined ? describe : describe.skip;

/** The versions of Node.js that are supported. */
const NODES = [20, 22, 24, 26];
const nodeBinary = (version: number): string => {
  const script = `import(${JSON.stringify(pathToFileURL(join(ROOT, 'scripts/node-binary.mjs')).href)}).then((m) => console.log(m.nodeFolder(${version})))`;
  return join(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }).trim().split('\n').at(-1)!, 'node');
};

/** A package `nodejs` where Debian's own is too old, as NodeSource has one. */
function nodejsPackage(folder: string): string {
  const stage = join(folder, 'nodejs');
  mkdirSync(join(stage, 'usr/bin'), { recursive: true });
  mkdirSync(join(stage, 'DEBIAN'));
  copyFileSync(nodeBinary(20), join(stage, 'usr/bin/node'));
  const architecture = execFileSync('dpkg', ['--print-architecture'], { encoding: 'utf8' }).trim();
  const fields = `Package: nodejs\nVersion: 20.0.0\nArchitecture: ${architecture}\nMaintainer: nobody <n@example.org>\nDescription: Node.js\n`;
  writeFileSync(join(stage, 'DEBIAN/control'), fields);
  execFileSync('dpkg-deb', ['--root-owner-group', '--build', '-Znone', stage, `${stage}.deb`], { stdio: 'pipe' });
  return `${stage}.deb`;
}

/** The same package as another version. */
function asVersion(deb: string, version: string, folder: string): string {
  const stage = join(folder, version);
  const control = join(stage, 'DEBIAN/control');
  execFileSync('dpkg-deb', ['--raw-extract', deb, stage]);
  writeFileSync(control, readFileSync(control, 'utf8').replace(/^Version: .*$/m, `Version: ${version}`));
  execFileSync('dpkg-deb', ['--root-owner-group', '--build', '-Znone', stage, `${stage}.deb`], { stdio: 'pipe' });
  return `${stage}.deb`;
}

/**
 * The machine and a router on a link `cable0`: one called host0, as containers have, systemd-networkd would configure
 * as it likes.
 */
const OURS = '10.0.9.2';
const ROUTER = '10.0.9.1';
const STAND_IN = '10.0.0.3';
const anycast: FabricSpec = {
  name: 'anycast',
  asNumber: 65002,
  nodes: { n1: { ipv4Address: OURS, advertise: [{ prefix: `${ANYCAST}/32` }] } },
  peers: { router: { address: ROUTER, asNumber: 65001, filters: ['all'], connectRetryTime: 1 } },
  filters: { all: { import: [{ action: 'accept' }], export: [{ action: 'accept' }] } },
};

describeMachine.each(why === undefined ? releases() : [])('the service on a Debian that was booted, %s', (release) => {
  let machine: Machine;
  let scratch: string;
  let deb: string;
  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), 'peerform-service-'));
    const made = execFileSync(process.execPath, [join(ROOT, 'scripts/package-deb.mjs'), scratch], { encoding: 'utf8' });
    deb = made.trim().split('\n').at(-1)!;
    machine = Machine.make(release, ['openssh-server', 'openssh-client', ...(release === 'trixie' ? ['nodejs'] : [])]);
    if (release === 'bookworm') {
      copyFileSync(nodejsPackage(scratch), machine.path('root/nodejs.deb'));
      machine.prepare('dpkg', '-i', '/root/nodejs.deb');
    }
    copyFileSync(deb, machine.path('root/agent.deb'));
    machine.prepare('dpkg', '-i', '/root/agent.deb');
    await machine.boot();
  }, 5 * MINUTE);
  afterAll(async () => {
    await machine?.remove();
    rmSync(scratch, { recursive: true, force: true });
  }, MINUTE);

  const property = (name: string) =>
    machine.do('systemctl', 'show', '--value', `--property=${name}`, 'peerform-agent').trim();
  const journal = () => {
    machine.do('journalctl', '--sync'); // what was written by now
    return machine.do('journalctl', '-u', 'peerform-agent', '-o', 'cat');
  };
  /** It runs, did so at its first attempt, and its agent answers. */
  const expectRunning = async (node: string) => {
    await eventually(() =>
      expect(machine.do('peerform', 'node', 'status')).toContain(`The agent of node ${node} is running`),
    );
    expect([property('ActiveState'), property('NRestarts')]).toEqual(['active', '0']);
    expect(machine.do('peerform', 'status')).toMatch(/no release/);
  };
  const program = (): string => machine.do('readlink', `/proc/${property('MainPID')}/exe`).trim();
  const hostname = () => machine.do('hostname').trim();
  const install = (file: string) => {
    copyFileSync(file, machine.path('root/agent.deb'));
    return machine.run('dpkg', '-i', '/root/agent.deb');
  };

  describe('by the Debian package', () => {
    test('that was installed in a tree comes with the machine that is booted from it', async () => {
      await expectRunning(hostname());
      expect(program()).toBe('/usr/bin/node');
      expect(machine.do('systemctl', 'is-enabled', 'peerform-agent').trim()).toBe('enabled');
      expect(journal()).not.toMatch(/code=killed|unset environment/);
    });

    test('lets members of a group watch it, and change nothing; others may neither', () => {
      const by = (user: string, ...words: string[]) =>
        machine.run('runuser', '-u', user, '--', 'peerform', ...words, '--via', 'unix:///run/peerform/monitor.sock');
      machine.do('useradd', '--groups', 'peerform-monitor', 'watcher');
      machine.do('useradd', 'stranger');
      expect(by('watcher', 'status').stdout).toMatch(/no release/);
      expect(by('watcher', 'drain', hostname()).stderr).toContain('for those who watch');
      expect(by('stranger', 'status').stderr).toContain('permission denied');
      expect(machine.run('runuser', '-u', 'watcher', '--', 'peerform', 'status').stderr).toContain('permission denied');
    });

    test('is told of by node status where it does not run, with what to do', async () => {
      machine.do('systemctl', 'stop', 'peerform-agent');
      expect(machine.run('peerform', 'node', 'status').stderr).toMatch(/is inactive: systemctl start peerform-agent$/m);
      writeFileSync(machine.path('etc/default/peerform-agent'), 'PEERFORM_OPTIONS=--metrics nowhere\n');
      expect(machine.run('systemctl', 'start', 'peerform-agent').status).toBe(1);
      expect(machine.run('peerform', 'node', 'status').stderr).toMatch(
        /does not stay up: it (ended|exited) with exit-code 2,.* journalctl/,
      );
    });

    test('says at its installation that its agent does not start, and runs where it may', async () => {
      machine.do('dpkg', '--remove', 'peerform-agent');
      const { stderr, status } = install(deb);
      expect(stderr).toContain('peerform-agent: the agent did not start; journalctl -u peerform-agent shows why');
      expect(status).toBe(0);
      rmSync(machine.path('etc/default/peerform-agent'));
      machine.do('systemctl', 'restart', 'peerform-agent');
      await expectRunning(hostname());
    });

    test('reads its secrets again at a reload, in the same process', async () => {
      const pid = property('MainPID');
      machine.do('systemctl', 'reload', 'peerform-agent');
      await eventually(() => expect(journal()).toContain('re-reading its secrets'));
      expect([property('MainPID'), property('ActiveState')]).toEqual([pid, 'active']);
    });

    // That of Debian 12 does not know that nexthop objects may be others', and says by nothing when it has deleted
    // them.
    const aside = release === 'trixie' ? inCi(test) : test.skip;
    aside('has back what systemd-networkd deletes, and is left alone by it after agent install', async () => {
      const write = (path: string, content: string) => {
        mkdirSync(dirname(machine.path(path)), { recursive: true });
        writeFileSync(machine.path(path), content);
      };
      const fabric = {
        ...{ name: 'beside', nodes: { n1: { ipv4Address: '10.0.0.1' } } },
        peers: { far: { address: '192.0.2.1', asNumber: 65000, reachableBy: '10.0.0.9', multihop: true } },
      };
      write('etc/systemd/network/up0.network', '[Match]\nName=up0\n[Network]\nAddress=10.0.0.1/24\n');
      write('etc/fabric.json', JSON.stringify(fabric));
      write('etc/default/peerform-agent', 'PEERFORM_NODE=n1\nPEERFORM_OPTIONS=--fabric /etc/fabric.json\n');
      machine.do('ip', 'link', 'add', 'up0', 'type', 'veth', 'peer', 'name', 'up1');
      machine.do('ip', 'link', 'set', 'up1', 'up');
      machine.do('systemctl', 'restart', 'systemd-networkd', 'peerform-agent');
      const isBack = () =>
        eventually(() => {
          expect(machine.do('networkctl', '--no-pager', 'status', 'up0')).toContain('(configured)');
          expect(machine.do('ip', 'route', 'show', 'proto', '114')).toMatch(/^192.0.2.1 nhid/);
        });
      await isBack();
      const deleted = async (...commands: string[]) => {
        const lines = () => readFileSync(machine.path('root/monitor'), 'utf8');
        const monitor = 'exec ip monitor route nexthop > /root/monitor';
        machine.do('systemd-run', '--quiet', '--collect', '--unit=monitor', 'sh', '-c', monitor);
        await eventually(() => {
          for (const verb of ['add', 'del']) machine.do('ip', 'route', verb, 'blackhole', '198.18.0.0/24');
          expect(lines()).toContain('198.18.0.0/24');
        });
        for (const command of commands) {
          machine.do(...command.split(' '));
          await isBack();
        }
        machine.do('systemctl', 'stop', 'monitor');
        return lines()
          .split('\n')
          .filter((line) => /^Deleted .*proto 114/.test(line));
      };
      expect((await deleted('systemctl restart systemd-networkd')).join()).toMatch(/192.0.2.1 .*id \d+ group/);
      machine.do('peerform', 'agent', 'install');
      const left = await deleted(
        'systemctl restart systemd-networkd',
        'systemctl reload systemd-networkd',
        'networkctl reconfigure up0',
      );
      expect(left).toEqual([]);
      for (const path of ['etc/default/peerform-agent', 'etc/systemd/network/up0.network']) rmSync(machine.path(path));
      machine.do('systemctl', 'stop', 'systemd-networkd');
      machine.do('ip', 'link', 'del', 'up0');
      machine.do('systemctl', 'restart', 'peerform-agent');
      await expectRunning(hostname());
    });

    test('is replaced by its own machine where it hangs', async () => {
      const folder = machine.path('etc/systemd/system/peerform-agent.service.d');
      const pid = property('MainPID');
      expect(property('WatchdogUSec')).toBe('30s');
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'soon.conf'), '[Service]\nWatchdogSec=4s\n');
      machine.do('systemctl', 'daemon-reload');
      machine.do('systemctl', 'restart', 'peerform-agent');
      const hanging = property('MainPID');
      expect(hanging).not.toBe(pid);
      machine.do('kill', '-STOP', hanging);
      await eventually(() => {
        expect([hanging, '0']).not.toContain(property('MainPID'));
        expect(property('ActiveState')).toBe('active');
      });
      expect(journal()).toContain('Watchdog timeout');
      rmSync(folder, { recursive: true });
      machine.do('systemctl', 'daemon-reload');
    });

    inCi(test)('has BFD beside it, in real time, whose restart no neighbour notices', async () => {
      const network = new LocalNetwork([1]);
      const [router] = network.machines;
      const bfd = (name: string) =>
        machine.do('systemctl', 'show', '--value', `--property=${name}`, 'peerform-bfd').trim();
      const sessions = () => network.birdc(router, 'show bfd sessions');
      /** When the session last changed its state, as BIRD shows it. */
      const since = () => /\bUp\s+(\S+)/.exec(sessions())?.[1];
      try {
        router.ip(`link add m0 type veth peer name cable0 netns ${machine.pid}`);
        router.ip(`addr add ${ROUTER}/24 dev m0`);
        router.ip('link set m0 up');
        machine.do('ip', 'addr', 'add', `${OURS}/24`, 'dev', 'cable0');
        machine.do('ip', 'link', 'set', 'cable0', 'up');
        network.bird(
          router,
          `router id ${ROUTER}; protocol device {}
          protocol bfd { interface "*" { interval 400 ms; multiplier 12; }; neighbor ${OURS}; }`,
        );
        expect(bfd('ActiveState')).toBe('active');
        expect(machine.do('chrt', '-p', bfd('MainPID'))).toMatch(/SCHED_RR[\s\S]*priority: 10/);
        const capabilities = machine.do('grep', '-E', '^Cap(Inh|Prm|Eff|Amb)', `/proc/${bfd('MainPID')}/status`);
        expect(capabilities.match(/\S+$/gm)).toEqual(Array(4).fill('0000000000000000'));
        // The agent says that there is to be none: this test speaks in its place.
        machine.do('systemctl', 'stop', 'peerform-agent');
        const wanted = { local: OURS, remote: ROUTER, multihop: false };
        // Long enough for a process to start where many others run.
        const times = { minimumTtl: 255, transmitInterval: 400, receiveInterval: 400, detectMultiplier: 12 };
        const spec = { key: `${OURS} ${ROUTER} direct`, ...wanted, ...times, passive: false };
        const line = JSON.stringify({ sessions: [spec] });
        const script = `const socket = require('node:net').connect('/run/peerform-bfd/bfd.sock');
          socket.write(${JSON.stringify(`${line}\n`)}); socket.resume(); setTimeout(() => process.exit(), 500);`;
        machine.do('node', '-e', script);
        await eventually(() => expect(since()).toBeDefined());
        await eventually(() => expect(sessions()).toMatch(/0\.400\s+4\.800/));
        const before = since();
        for (const command of ['systemctl restart peerform-bfd', 'systemctl kill -s KILL peerform-bfd']) {
          const pid = bfd('MainPID');
          machine.do(...command.split(' '));
          await eventually(() => expect([pid, '0']).not.toContain(bfd('MainPID')));
          await new Promise((turn) => setTimeout(turn, 6000)); // longer than the detection time
          expect([command, since()]).toEqual([command, before]);
        }
        machine.do('systemctl', 'stop', 'peerform-bfd');
        expect([bfd('Result'), existsSync(machine.path('run/peerform-bfd'))]).toEqual(['success', false]);
        expect(machine.do('journalctl', '-u', 'peerform-bfd', '-o', 'cat')).not.toMatch(/code=killed, status=31|SCHED/);
      } finally {
        machine.run('ip', 'link', 'del', 'cable0');
        await network.remove();
        machine.do('systemctl', 'start', 'peerform-agent');
      }
      expect(bfd('ActiveState')).toBe('active');
    });

    inCi(test)('has BFD without real-time scheduling where that is not permitted', async () => {
      const folder = machine.path('etc/systemd/system/peerform-bfd.service.d');
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'refused.conf'), '[Service]\nCapabilityBoundingSet=~CAP_SYS_NICE\n');
      machine.do('systemctl', 'daemon-reload');
      machine.do('systemctl', 'restart', 'peerform-bfd');
      const said = machine.do('journalctl', '-u', 'peerform-bfd', '-o', 'cat', '-n', '20');
      rmSync(folder, { recursive: true });
      machine.do('systemctl', 'daemon-reload');
      machine.do('systemctl', 'restart', 'peerform-bfd');
      expect(said).toContain('BFD runs without real-time scheduling (EPERM)');
    });

    inCi(test)(
      'has a neighbour on a link without addresses with the drop-in of docs/real-nodes.md, and says so without',
      async () => {
        const network = new LocalNetwork([1]);
        const [router] = network.machines;
        const folder = machine.path('etc/systemd/system/peerform-agent.service.d');
        const dropIn = (text: string) => {
          mkdirSync(folder, { recursive: true });
          writeFileSync(join(folder, 'override.conf'), text);
          machine.do('systemctl', 'daemon-reload');
          return machine.run('systemctl', 'restart', 'peerform-agent').status;
        };
        const fabric: FabricSpec = {
          ...{ name: 'unnumbered', asNumber: 65002, nodes: { n1: { ipv4Address: OURS } } },
          peers: { up: { interface: 'cable0', peerType: 'external', filters: ['all'], connectRetryTime: 1 } },
          filters: anycast.filters,
        };
        const session = () => machine.run('peerform', 'why', 'n1', 'up').stdout;
        const capabilities = () => machine.do('grep', '-E', '^Cap(Amb|Bnd)', `/proc/${property('MainPID')}/status`);
        const NET_RAW = 0x2000n;
        const may = () =>
          capabilities()
            .match(/\S+$/gm)!
            .map((mask) => (BigInt(`0x${mask}`) & NET_RAW) !== 0n);
        try {
          router.ip(`link add m0 type veth peer name cable0 netns ${machine.pid}`);
          router.ip('link set m0 up');
          machine.do('sysctl', '-qw', 'net/ipv6/conf/cable0/accept_ra=2');
          machine.do('ip', 'link', 'set', 'cable0', 'up');
          network.bird(
            router,
            `router id ${ROUTER}; protocol device {}
          protocol radv { interface "m0" { max ra interval 10; default lifetime 0; }; }
          protocol static { ipv4; route 203.0.113.0/24 unreachable; }
          protocol bgp host {
            local as 65001; neighbor range fe80::/10 external; interface "m0";
            ipv4 { extended next hop on; import all; export all; };
          }`,
          );
          writeFileSync(machine.path('etc/fabric.json'), JSON.stringify(fabric));
          writeFileSync(
            machine.path('etc/default/peerform-agent'),
            'PEERFORM_NODE=n1\nPEERFORM_OPTIONS=--fabric /etc/fabric.json\n',
          );
          machine.do('systemctl', 'restart', 'peerform-agent');
          // Its sandbox has /proc/sys to read only.
          await eventually(() => expect(session()).toContain('set accept_ra_defrtr to 0'));
          machine.do('sysctl', '-qw', 'net/ipv6/conf/cable0/accept_ra_defrtr=0');
          machine.do('systemctl', 'restart', 'peerform-agent');
          await eventually(() => expect(session()).toContain('grant the agent CAP_NET_RAW'));
          expect(session()).toContain('CapabilityBoundingSet=CAP_NET_RAW');
          expect(may()).toEqual([false, false]);

          const [text] = blocksOf('real-nodes.md', 'ini').filter((block) => block.includes('CAP_NET_RAW'));
          expect(dropIn(text)).toBe(0);
          expect(may()).toEqual([true, true]);
          await eventually(
            () => expect(machine.do('peerform', 'sessions', '--node', 'n1')).toContain('Established'),
            60,
          );
          await eventually(() =>
            expect(machine.do('ip', 'route', 'show', 'proto', '114')).toMatch(/^203.0.113.0\/24 .*via inet6 fe80:/),
          );
          expect(journal()).not.toMatch(/code=killed, status=31/);
        } finally {
          for (const path of ['etc/default/peerform-agent', 'etc/fabric.json'])
            rmSync(machine.path(path), { force: true });
          rmSync(folder, { recursive: true, force: true });
          machine.do('systemctl', 'daemon-reload');
          // Before the link goes: a connection whose end nobody acknowledges keeps the network of the machine alive.
          machine.do('systemctl', 'restart', 'peerform-agent');
          machine.run('ip', 'link', 'del', 'cable0');
          await network.remove();
        }
        await expectRunning(hostname());
      },
    );

    describe('with a route of the agent in the kernel', () => {
      const routes = () => machine.do('ip', 'route', 'show', 'proto', '114').trim();
      /** How the last agent of several was ended. */
      const signal = () => /(SIG\w+): stopping/.exec(journal().split('\n').reverse().join('\n'))?.[1];
      // A running agent would take it for one that it has not written.
      beforeAll(() => {
        machine.do('systemctl', 'stop', 'peerform-agent');
        machine.do('ip', 'route', 'add', 'blackhole', '203.0.113.0/24', 'proto', '114', 'metric', '200');
        machine.do('systemctl', 'start', 'peerform-agent');
      });

      test.each([
        ['an upgrade', '9.9.9'],
        ['the way back to the version before, with a state that the later one wrote', undefined],
      ])('stays up and keeps it over %s', async (_, version) => {
        const before = property('MainPID');
        const later = {
          version: 1,
          node: hostname(),
          later: {},
          transaction: { ...INITIAL_STATE, later: 1 },
          endpoints: {},
        };
        writeFileSync(machine.path('var/lib/peerform/state.json'), JSON.stringify(later));
        machine.do('chown', 'peerform', '/var/lib/peerform/state.json');
        expect(install(version === undefined ? deb : asVersion(deb, version, scratch)).status).toBe(0);
        expect(property('MainPID')).not.toBe(before);
        await expectRunning(hostname());
        expect(signal()).toBe('SIGTERM');
        expect(routes()).toBe('blackhole 203.0.113.0/24 metric 200');
        expect(JSON.parse(readFileSync(machine.path('var/lib/peerform/state.json'), 'utf8'))).toEqual(later);
      });

      test('stays stopped over an upgrade where somebody stopped it', () => {
        machine.do('systemctl', 'stop', 'peerform-agent');
        expect(signal()).toBe('SIGUSR2');
        install(deb);
        expect(property('ActiveState')).toBe('inactive');
        machine.do('systemctl', 'start', 'peerform-agent');
      });

      test('leaves it, and its state, where it is removed, and takes all away where it is purged', () => {
        machine.do('dpkg', '--remove', 'peerform-agent');
        expect(signal()).toBe('SIGUSR2');
        expect(property('LoadState')).toBe('not-found');
        expect([routes(), existsSync(machine.path('var/lib/peerform/state.json'))]).toEqual([
          'blackhole 203.0.113.0/24 metric 200',
          true,
        ]);
        machine.do('dpkg', '--purge', 'peerform-agent');
        expect([routes(), existsSync(machine.path('var/lib/peerform'))]).toEqual(['', false]);
        expect(machine.do('find', '/etc', '/var/lib/systemd', '-name', 'peerform*')).toBe('');
      });
    });

    inCi(test)('loses no packet to an anycast address over a planned poweroff, and is back after it', async () => {
      const network = new LocalNetwork([1, 3]);
      const [router, other] = network.machines;
      const attach = () => {
        router.ip(`link add m0 type veth peer name cable0 netns ${machine.pid}`);
        router.ip(`addr add ${ROUTER}/24 dev m0`);
        router.ip('link set m0 up');
        for (const command of [`addr add ${OURS}/24 dev cable0`, 'link set cable0 up', `addr add ${ANYCAST}/32 dev lo`])
          machine.do('ip', ...command.split(' '));
      };
      const via = () => router.routes(ANYCAST)[0]?.split(' ')[2];
      let pings: Pings | undefined;
      try {
        other.ip(`addr add ${ANYCAST}/32 dev lo`);
        attach();
        mkdirSync(machine.path('etc/peerform'));
        writeFileSync(machine.path('etc/peerform/fabric.json'), JSON.stringify(anycast));
        const options = '--node n1 --fabric /etc/peerform/fabric.json --leave-within 6';
        writeFileSync(machine.path('etc/default/peerform-agent'), `PEERFORM_OPTIONS=${options}\n`);
        const nodes = [
          { name: 'ours', local: ROUTER, remote: OURS, as: 65002, preference: 200 },
          { name: 'standin', local: '10.0.0.1', remote: STAND_IN, as: 65003, preference: 100 },
        ];
        network.bird(router, anycastRouter('10.0.0.1', nodes));
        network.bird(other, anycastStandIn(STAND_IN, '10.0.0.1', 65003));
        expect(install(deb).status).toBe(0);
        await eventually(() =>
          expect([via(), network.birdc(router, 'show route')]).toEqual([OURS, expect.stringContaining('[standin')]),
        );
        pings = new Pings(router.name, ANYCAST);
        await pings.more(20);
        await machine.powerOff(); // its links go with it
        await pings.more(20);
        expect(await pings.end()).toBe(0);
        expect(network.birdc(router, 'show route')).not.toContain('[ours');
        await machine.boot();
        attach();
        await eventually(() => expect(via()).toBe(OURS));
      } finally {
        await pings?.end();
        await network.remove();
      }
      machine.do('dpkg', '--purge', 'peerform-agent');
    });

    const withLintian = spawnSync('which', ['lintian']).status === 0 ? test : test.skip;
    withLintian('has no error that lintian knows', () => {
      const { status, stdout } = spawnSync('lintian', ['--no-cfg', '--fail-on', 'error', deb], { encoding: 'utf8' });
      expect([status, stdout.match(/^E: .*$/gm)]).toEqual([0, null]);
    });
  });

  inCi(describe)('by the words of docs/real-nodes.md', () => {
    const HOME = '/root/work';
    const NODES_OF_PAGE = [1, 2, 3];
    /**
     * Another machine of the page: a network of its own on the same link, with ssh and the agent's folder of its own.
     */
    const startNode = (n: number) =>
      machine.do(
        'sh',
        '-c',
        `set -e; ip netns add node${n}; ip link add port${n} type veth peer name eth0 netns node${n}
        ip link set port${n} master br0 up; ip -n node${n} addr add 10.0.0.${n}/24 dev eth0
        ip -n node${n} link set eth0 up; ip -n node${n} link set lo up; mkdir -p /run/node${n}
        ip netns exec node${n} sh -c 'mount --bind /run/node${n} /run/peerform; /usr/sbin/sshd;
          exec setpriv --regid peerform --clear-groups peerform agent --node node${n} --fabric /etc/peerform/fabric.json' >/dev/null 2>&1 &`,
      );
    const letIn = (user: string, home: string) =>
      machine.do(
        'sh',
        '-c',
        `install -d -m 700 -o ${user} ${home}/.ssh && install -m 600 -o ${user} /root/.ssh/key.pub ${home}/.ssh/authorized_keys`,
      );
    /** What the page says in words before a block, by how the block begins. */
    const BEFORE: Readonly<Record<string, () => unknown>> = {
      "ssh root@node1 'usermod -aG peerform-monitor": () => {
        machine.do('useradd', '--create-home', 'monitoring');
        letIn('monitoring', '/home/monitoring');
      },
      'ssh deploy@node1 true': () => letIn('deploy', '/home/deploy'),
      "ssh root@node1 'install -D": () => writeFileSync(machine.path(`${HOME}/mesh.key`), 'secret\n'),
      'export PEERFORM_ENDPOINT=': async () => {
        const [program] = blocksOf('real-nodes.md', 'ts');
        const fabric = fabricOf(program, 'network', join(scratch, 'page'));
        writeFileSync(machine.path('etc/peerform/fabric.json'), JSON.stringify(fabric));
        const options = 'PEERFORM_OPTIONS=--fabric /etc/peerform/fabric.json\n';
        writeFileSync(machine.path('etc/default/peerform-agent'), `PEERFORM_NODE=node1\n${options}`);
        machine.do('systemctl', 'restart', 'peerform-agent');
        for (const n of NODES_OF_PAGE.slice(1)) startNode(n);
        await eventually(() => expect(machine.do('peerform', 'node', 'status').match(/Established/g)).toHaveLength(2));
        for (const command of [
          'link add cali1 type veth peer name c1',
          'link set cali1 up',
          'link set c1 up',
          'route add 10.65.0.2 dev cali1',
        ])
          machine.do('ip', '-n', 'node2', ...command.split(' '));
        await eventually(() => expect(machine.do('ip', '-n', 'node3', 'route')).toContain('10.65.0.2'));
      },
    };
    /** Begins of blocks that are not run, and why. */
    const LEFT_OUT = {
      'npm install && npm run package:deb': 'the package of this test is made by that script, outside',
    };
    const isLeftOut = (block: string) => Object.keys(LEFT_OUT).some((begin) => block.startsWith(begin));

    beforeAll(() => {
      machine.do(
        'sh',
        '-c',
        `set -e; ip link add br0 type bridge; ip addr add 10.0.0.1/24 dev br0; ip link set br0 up
        mkdir -p /root/.ssh ${HOME}/build; ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/key; cp /root/.ssh/key.pub /root/.ssh/authorized_keys
        printf 'IdentityFile /root/.ssh/key\nStrictHostKeyChecking accept-new\nLogLevel ERROR\n' > /root/.ssh/config
        for n in ${NODES_OF_PAGE.join(' ')}; do echo "10.0.0.$n node$n" >> /etc/hosts; done`,
      );
      copyFileSync(deb, machine.path(`${HOME}/build/${basename(deb)}`));
    });
    afterAll(() => {
      machine.run('sh', '-c', 'for n in 2 3; do ip netns pids node$n | xargs -r kill -9; ip netns del node$n; done');
      machine.run('dpkg', '--purge', 'peerform-agent');
    }, MINUTE);

    const SAYS: Readonly<Record<string, RegExp>> = {
      "ssh root@node1 'peerform agent install": /The agent of node node1 is running, with no release yet\./,
      'export PEERFORM_ENDPOINT=': /nodeToNodeMesh[\s\S]*10\.65\.0\.2/,
    };
    test.each(why === undefined ? blocksOf('real-nodes.md', 'sh').filter((block) => !isLeftOut(block)) : [])(
      '%s',
      async (block) => {
        for (const [begin, prepare] of Object.entries(BEFORE)) if (block.startsWith(begin)) await prepare();
        const { status, stdout, stderr } = machine.run('bash', '-ec', `cd ${HOME}\n${block}`);
        expect([block, status, status === 0 ? '' : stdout + stderr]).toEqual([block, 0, '']);
        for (const [begin, says] of Object.entries(SAYS)) if (block.startsWith(begin)) expect(stdout).toMatch(says);
      },
    );

    test('has no word here about a block that the page no longer has', () => {
      const blocks = blocksOf('real-nodes.md', 'sh');
      for (const begin of [...Object.keys(BEFORE), ...Object.keys(SAYS), ...Object.keys(LEFT_OUT)])
        expect(blocks.filter((block) => block.startsWith(begin))).toHaveLength(1);
      expect(property('MemoryMax')).toBe('1258291200');
    });
  });

  inCi(describe)('by npm install -g and peerform agent install', () => {
    beforeAll(() => {
      const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', scratch], {
        cwd: ROOT,
        encoding: 'utf8',
      });
      const archive = join(scratch, packed.trim().split('\n').at(-1)!);
      // What a CDKTF project brings along is no matter of a node.
      const options = [
        '--omit=peer',
        '--no-audit',
        '--no-fund',
        '--loglevel=error',
        '--prefix',
        machine.path('usr/local'),
      ];
      execFileSync('npm', ['install', '--global', ...options, archive], { stdio: 'pipe' });
      for (const version of NODES) {
        mkdirSync(machine.path(`opt/node${version}`), { recursive: true });
        copyFileSync(nodeBinary(version), machine.path(`opt/node${version}/node`));
      }
    }, 5 * MINUTE);

    test.each(NODES)('starts with Node.js %i, stays up, and is found by its command line', async (version) => {
      machine.do(`/opt/node${version}/node`, '/usr/local/bin/peerform', 'agent', 'install', '--node', `n${version}`);
      machine.do('systemctl', 'restart', 'peerform-agent');
      await expectRunning(`n${version}`);
      expect(program()).toBe(`/opt/node${version}/node`);
      expect(journal()).not.toMatch(/unset environment/);
    });

    test('is taken away whole', () => {
      machine.do('peerform', 'agent', 'uninstall', '--purge');
      expect(machine.run('systemctl', 'cat', 'peerform-agent').status).toBe(1);
      const { status, stderr } = machine.run('peerform', 'node', 'status');
      expect(stderr).toContain('There is no service peerform-agent on this machine');
      expect(status).toBe(7);
    });
  });
});
