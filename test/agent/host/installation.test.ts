import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { BFD_UNITS } from '../../../lib/agent/host/bfd-unit';
import { install, uninstall } from '../../../lib/agent/host/installation';
import { NETWORKD, SERVICE_FILES, SYSTEMD, serviceUnit, settingsWith } from '../../../lib/agent/host/service-unit';
import { readFabric } from '../../../lib/model/read';
import { routingOf } from '../../../lib/node/routing';

describe('an installation of the agent as a service', () => {
  let root: string;
  const said: string[] = [];
  const path = process.env.PATH;
  const say = (line: string) => void said.push(line);
  const file = (name: string) => join(root, name);
  const read = (name: string) => readFileSync(file(name), 'utf8');
  const put = (name: string, content: string) => {
    mkdirSync(dirname(file(name)), { recursive: true });
    writeFileSync(file(name), content);
  };
  const options = () => ({ root, program: ['/usr/bin/node', '/usr/lib/peer form/main.js'], say });

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'peerform-install-'));
    said.length = 0;
    put('etc/passwd', `peerform:x:${process.getuid?.()}:${process.getgid?.()}::/:/bin/false\n`);
    put('etc/group', 'peerform:x:999:\npeerform-monitor:x:998:\n');
  });
  afterEach(() => {
    process.env.PATH = path;
    rmSync(root, { recursive: true });
  });

  test('writes unit, settings and state folder, and says so', () => {
    install({ ...options(), node: 'node1' });
    expect(read(SERVICE_FILES.unit)).toContain(
      'ExecStart=/usr/bin/node "/usr/lib/peer form/main.js" agent --monitor-socket /run/peerform/monitor.sock $PEERFORM_OPTIONS\n',
    );
    expect(read(SERVICE_FILES.settings)).toContain('PEERFORM_NODE=node1\n');
    expect(statSync(file(SERVICE_FILES.state)).mode & 0o777).toBe(0o700);
    expect(read(BFD_UNITS.unit)).toContain('sh /usr/bin/node "/usr/lib/peer form/main.js" bfd $PEERFORM_BFD_OPTIONS\n');
    expect(said).toEqual([
      '/etc/systemd/system/peerform-bfd.service: written',
      '/etc/systemd/system/peerform-agent.service: written',
      '/etc/default/peerform-agent: written',
      '/var/lib/peerform: created',
      'there is no systemd: start the agent in another way, with the settings of the unit',
    ]);
  });

  describe('into an image with symbolic links', () => {
    let outside: string;
    beforeEach(() => {
      outside = mkdtempSync(join(tmpdir(), 'peerform-outside-'));
    });
    afterEach(() => {
      expect(readdirSync(outside)).toEqual([]);
      rmSync(outside, { recursive: true });
    });
    const link = (target: string, name: string) => {
      mkdirSync(dirname(file(name)), { recursive: true });
      symlinkSync(target, file(name));
    };

    test('writes to where the image itself will find it, never out of it', () => {
      link(outside, 'etc/systemd');
      link(`../../../../../../../..${outside}`, 'etc/default');
      link(join(outside, 'state'), 'var/lib/peerform');
      install({ ...options(), node: 'node1' });
      const inside = (path: string) => join(outside, path);
      expect(read(inside('system/peerform-agent.service'))).toContain('[Unit]');
      expect(read(inside('peerform-agent'))).toContain('PEERFORM_NODE=node1');
      expect(statSync(file(inside('state'))).isDirectory()).toBe(true);
      uninstall({ root, say, purge: true });
      expect(existsSync(file(inside('system/peerform-agent.service')))).toBe(false);
    });

    test('takes a link to a folder outside away, and not the folder', () => {
      install(options());
      rmSync(file(SERVICE_FILES.state), { recursive: true });
      link(outside, SERVICE_FILES.state);
      uninstall({ root, say, purge: true });
      expect([existsSync(file(SERVICE_FILES.state)), existsSync(outside)]).toEqual([false, true]);
    });

    test('is refused where users and groups would be written outside', () => {
      rmSync(file('etc/group'));
      link('passwd', 'etc/group');
      expect(() => install(options())).toThrow(/etc\/group is reached through a symbolic link/);
      expect(existsSync(file(SERVICE_FILES.unit))).toBe(false);
    });

    test.each([
      ['a circle', () => link('default', 'etc/default'), /symbolic links form a loop/],
      [
        'a folder where a file belongs',
        () => mkdirSync(file(SERVICE_FILES.settings), { recursive: true }),
        /is not a file/,
      ],
      ['a file where a folder belongs', () => put(SERVICE_FILES.state, ''), /is not a folder/],
      ['a file in the way', () => put('etc/default', ''), /etc\/default is not a folder/],
    ])('is refused with %s', (_, make, text) => {
      make();
      expect(() => install({ ...options(), node: 'node1' })).toThrow(text);
    });

    test('leaves alone what a file of the image is called elsewhere', () => {
      install({ ...options(), node: 'node1' });
      const elsewhere = file('elsewhere');
      linkSync(file(SERVICE_FILES.settings), elsewhere);
      install({ ...options(), node: 'node2' });
      expect(readFileSync(elsewhere, 'utf8')).toContain('PEERFORM_NODE=node1');
    });
  });

  test('is refused in a folder that holds no system', () => {
    rmSync(file('etc'), { recursive: true });
    expect(() => install(options())).toThrow(/does not contain a system: etc\/group is missing/);
    expect(existsSync(file('var'))).toBe(false);
  });

  test('has the service start with a machine that is booted from the image later, until it is undone', () => {
    put(SYSTEMD, '');
    install({ ...options(), node: 'node1' });
    install(options());
    expect(said.at(-1)).toBe('the service peerform-agent starts at boot');
    expect(readlinkSync(file(SERVICE_FILES.wantedBy))).toBe(SERVICE_FILES.unit);
    uninstall({ root, say, purge: false });
    expect(readdirSync(dirname(file(SERVICE_FILES.wantedBy)))).toEqual([]);
  });

  test('done again changes nothing, and with another name only that', () => {
    install({ ...options(), node: 'node1' });
    put(SERVICE_FILES.settings, `${read(SERVICE_FILES.settings)}PEERFORM_OPTIONS=--metrics [::1]:9179\n`);
    said.length = 0;
    install({ ...options(), node: 'node1' });
    install(options());
    expect(said.filter((line) => /written|created|updated/.test(line))).toEqual([]);
    install({ ...options(), node: 'node2' });
    expect(said.filter((line) => /updated/.test(line))).toEqual(['/etc/default/peerform-agent: updated']);
    expect(read(SERVICE_FILES.settings)).toMatch(/^PEERFORM_NODE=node2\nPEERFORM_OPTIONS=--metrics/m);
  });

  test('makes user and group in the files of the image', () => {
    const bin = file('bin');
    mkdirSync(bin);
    for (const name of ['groupadd', 'useradd']) {
      writeFileSync(join(bin, name), `#!/bin/sh\necho ${name} "$@" >> ${file('log')}\n`);
      chmodSync(join(bin, name), 0o755);
    }
    process.env.PATH = `${bin}:${path}`;
    put('etc/passwd', '');
    put('etc/group', '');
    install(options());
    expect(read('log').trim().split('\n')).toEqual([
      `groupadd --system --prefix ${root} peerform`,
      `groupadd --system --prefix ${root} peerform-monitor`,
      `useradd --system --prefix ${root} --gid peerform --no-create-home --home-dir /var/lib/peerform --shell /usr/sbin/nologin peerform`,
    ]);
  });

  test('leaves the unit of the Debian package as it is', () => {
    put(SERVICE_FILES.packagedUnit, '[Unit]\n');
    install({ ...options(), node: 'node1' });
    expect([SERVICE_FILES.unit, BFD_UNITS.unit].map((name) => existsSync(file(name)))).toEqual([false, false]);
    expect(() => uninstall({ root, say, purge: false })).toThrow('apt-get remove peerform-agent');
  });

  test.each([
    [{ node: 'a b' }, 'is not a valid node name'],
    [{ program: ['/root/.nvm/bin/node', '/usr/lib/x.js'] }, '/root/.nvm/bin/node is not visible to a service'],
    [{ program: ['/usr/bin/node', '/home/me/peerform/main.js'] }, '/home/me/peerform/main.js is not visible'],
  ])('is refused with %j', (more, text) => {
    expect(() => install({ ...options(), ...more })).toThrow(text);
    expect(existsSync(file(SERVICE_FILES.unit))).toBe(false);
  });

  test('lets systemd-networkd leave our routes alone where a machine has it, says so, and does not on request', () => {
    install(options());
    expect(existsSync(file(SERVICE_FILES.networkd))).toBe(false);
    put(NETWORKD, '');
    said.length = 0;
    install(options());
    install(options());
    expect(read(SERVICE_FILES.networkd)).toMatch(/^\[Network\]\nManageForeignRoutes=no\nManageForeignNextHops=no$/m);
    expect(said.filter((line) => line.includes('networkd'))).toEqual([
      '/etc/systemd/networkd.conf.d/peerform-agent.conf: written',
      expect.stringMatching(
        /keeps routes .*, from its next start on; --no-networkd leaves its configuration unchanged/,
      ),
    ]);
    install({ ...options(), networkd: false });
    expect(existsSync(file(SERVICE_FILES.networkd))).toBe(false);
    install(options());
    uninstall({ root, say, purge: true });
    expect(existsSync(file(SERVICE_FILES.networkd))).toBe(false);
  });

  test('is undone with state and settings left, or with a purge without', () => {
    install({ ...options(), node: 'node1' });
    uninstall({ root, say, purge: false });
    expect(
      [SERVICE_FILES.unit, BFD_UNITS.unit, SERVICE_FILES.settings, SERVICE_FILES.state].map((name) =>
        existsSync(file(name)),
      ),
    ).toEqual([false, false, true, true]);
    mkdirSync(file(SERVICE_FILES.cache), { recursive: true }); // as the service manager does
    uninstall({ root, say, purge: true });
    uninstall({ root, say, purge: true });
    expect([SERVICE_FILES.state, SERVICE_FILES.cache].map((name) => existsSync(file(name)))).toEqual([false, false]);
  });
});

test('the unit lets neighbours keep the routes over a restart, and does not repeat what no restart mends', () => {
  const unit = serviceUnit('/usr/bin/peerform');
  for (const line of [
    'KillMode=mixed',
    'Restart=on-failure',
    'RestartPreventExitStatus=2 3',
    'StartLimitIntervalSec=0',
  ])
    expect(unit).toContain(`\n${line}\n`);
});

test('the unit lets Node.js do what it does at its start, and refuses what it does not know rather than kill it', () => {
  const unit = serviceUnit('/usr/bin/peerform');
  expect(unit).toContain('\nSystemCallFilter=@system-service @pkey\n');
  expect(unit).toContain('\nSystemCallErrorNumber=EPERM\n');
});

test('the unit has a bound of memory that fits what routes may take, and is not killed after the workloads of the node', () => {
  const unit = serviceUnit('/usr/bin/peerform');
  const { fabric } = readFabric({ name: 'f', nodes: { n1: { ipv4Address: '10.0.0.1' } } });
  const [, gigabytes] = /^MemoryMax=(\d+)G$/m.exec(unit)!;
  // Twice what routes may take, for what a kernel keeps of them; a third of it for what moves; and the rest of the
  // agent.
  expect(Number(gigabytes) * 1024).toBeGreaterThan((2 + 1 / 3) * routingOf(fabric!, 'n1').maxRouteMemory! + 400);
  expect(unit).not.toContain('OOM');
});

test('settings keep what stands in them', () => {
  expect(settingsWith('A=1', 'n')).toBe('A=1\nPEERFORM_NODE=n\n');
  expect(settingsWith('PEERFORM_NODE=$&\nA=1\n', 'n')).toBe('PEERFORM_NODE=n\nA=1\n');
});
