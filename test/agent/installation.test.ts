import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { install, uninstall } from '../../lib/agent/installation';
import { SERVICE_FILES, serviceUnit, settingsWith } from '../../lib/agent/service-unit';

describe('an installation of the agent as a service', () => {
  let root: string;
  const said: string[] = [],
    path = process.env.PATH;
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
    put('etc/group', 'peerform:x:999:\n');
  });
  afterEach(() => {
    process.env.PATH = path;
    rmSync(root, { recursive: true });
  });

  test('writes unit, settings and state folder, and says so', () => {
    install({ ...options(), node: 'node1' });
    expect(read(SERVICE_FILES.unit)).toContain(
      'ExecStart=/usr/bin/node "/usr/lib/peer form/main.js" agent $PEERFORM_OPTIONS\n',
    );
    expect(read(SERVICE_FILES.settings)).toContain('PEERFORM_NODE=node1\n');
    expect(statSync(file(SERVICE_FILES.state)).mode & 0o777).toBe(0o700);
    expect(said).toEqual([
      '/etc/systemd/system/peerform-agent.service: written',
      '/etc/default/peerform-agent: written',
      '/var/lib/peerform: made',
      'enable the service in the image, or start it there by hand',
    ]);
  });

  test('is refused in a folder that holds no system', () => {
    rmSync(file('etc'), { recursive: true });
    expect(() => install(options())).toThrow(/holds no system: there is no etc\/group/);
    expect(existsSync(file('var'))).toBe(false);
  });

  test('done again changes nothing, and with another name only that', () => {
    install({ ...options(), node: 'node1' });
    put(SERVICE_FILES.settings, `${read(SERVICE_FILES.settings)}PEERFORM_OPTIONS=--metrics [::1]:9179\n`);
    said.length = 0;
    install({ ...options(), node: 'node1' });
    install(options());
    expect(said.filter((line) => /written|made|brought/.test(line))).toEqual([]);
    install({ ...options(), node: 'node2' });
    expect(said.filter((line) => /brought/.test(line))).toEqual(['/etc/default/peerform-agent: brought up to date']);
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
    expect(read('log').split('\n').slice(0, 2)).toEqual([
      `groupadd --system --prefix ${root} peerform`,
      `useradd --system --prefix ${root} --gid peerform --no-create-home --home-dir /var/lib/peerform --shell /usr/sbin/nologin peerform`,
    ]);
  });

  test('leaves the unit of the Debian package as it is', () => {
    put(SERVICE_FILES.packagedUnit, '[Unit]\n');
    install({ ...options(), node: 'node1' });
    expect(existsSync(file(SERVICE_FILES.unit))).toBe(false);
    expect(() => uninstall({ root, say, purge: false })).toThrow('apt-get remove peerform-agent');
  });

  test.each([
    [{ node: 'a b' }, 'is no name of a node'],
    [{ program: ['/root/.nvm/bin/node', '/usr/lib/x.js'] }, '/root/.nvm/bin/node lies where a service sees nothing'],
    [{ program: ['/usr/bin/node', '/home/me/peerform/main.js'] }, '/home/me/peerform/main.js lies where'],
  ])('is refused with %j', (more, text) => {
    expect(() => install({ ...options(), ...more })).toThrow(text);
    expect(existsSync(file(SERVICE_FILES.unit))).toBe(false);
  });

  test('is undone with state and settings left, or with a purge without', () => {
    install({ ...options(), node: 'node1' });
    uninstall({ root, say, purge: false });
    expect(
      [SERVICE_FILES.unit, SERVICE_FILES.settings, SERVICE_FILES.state].map((name) => existsSync(file(name))),
    ).toEqual(
      [false, true, true], //
    );
    uninstall({ root, say, purge: true });
    uninstall({ root, say, purge: true });
    expect(existsSync(file(SERVICE_FILES.state))).toBe(false);
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

test('settings keep what stands in them', () => {
  expect(settingsWith('A=1', 'n')).toBe('A=1\nPEERFORM_NODE=n\n');
  expect(settingsWith('PEERFORM_NODE=$&\nA=1\n', 'n')).toBe('PEERFORM_NODE=n\nA=1\n');
});
