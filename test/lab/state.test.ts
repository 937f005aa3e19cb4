import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Lab } from '../../lib/lab/lab';
import type { LabState } from '../../lib/lab/lab-state';
import { track } from '../../lib/lab/process';
import { makeFolder, newState, writeState } from '../../lib/lab/state';
import { up } from '../../lib/lab/up';
import { readFabric } from '../../lib/model/read';

const isRoot = process.getuid?.() === 0;
const asRoot = isRoot ? test : test.skip;
const NOBODY = 65534;

let base: string;
let folder: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'peerform-labs-'));
  folder = join(base, 'lab');
});
afterEach(() => rmSync(base, { recursive: true }));

test('BFD processes that are started and stopped at the same time are all remembered, and none is started twice', async () => {
  makeFolder(folder);
  const members = Object.fromEntries(
    ['n1', 'n2', 'n3'].map((name) => [name, { kind: 'node' as const, namespace: `${name}@l`, addresses: [] }]),
  );
  const lab = new Lab(folder, { ...newState('l'), members });
  const start = jest.fn(async () => {
    await new Promise((turn) => setTimeout(turn, 5));
    return track(process.pid);
  });
  const host = jest.spyOn(Lab.prototype, 'host', 'get').mockReturnValue({ start } as unknown as Lab['host']);
  const startAll = () => Promise.all(Object.keys(members).map((name) => lab.startBfd(name, ['peerform'])));
  await startAll();
  expect(Object.keys(lab.state.bfd ?? {}).sort()).toEqual(['n1', 'n2', 'n3']);
  await startAll();
  expect(start).toHaveBeenCalledTimes(3);
  // Those that are gone already are not killed.
  for (const name of ['n1', 'n2']) lab.state.bfd![name] = { pid: 2 ** 22, startTime: '1' };
  await Promise.all(['n1', 'n2'].map((name) => lab.stopBeside('bfd', name)));
  expect(Object.keys(lab.state.bfd ?? {})).toEqual(['n3']);
  host.mockRestore();
});

const whole = (): LabState => ({
  ...newState('l'),
  namespaces: ['_switch@l', 'node1@l', 'w@l'],
  members: {
    node1: { kind: 'node', namespace: 'node1@l', addresses: [] },
    w: { kind: 'workload', namespace: 'w@l', addresses: [], host: 'node1', interface: 'cali1' },
  },
  processes: { node1: { pid: 2 ** 22, startTime: '1' } },
});
const made = (state: unknown = whole()) => {
  makeFolder(folder);
  writeState(folder, state as LabState);
};
const open = () => Lab.open({ folder });

describe('what a lab remembers', () => {
  test('is read again as it was written, and taken away with its folder', async () => {
    made();
    expect(open().state).toEqual(whole());
    await open().down();
    expect(readdirSync(base)).toEqual([]);
  });

  test('may be about members that are called as what every object of JavaScript has', () => {
    const name = 'constructor';
    const state = { ...whole(), members: { [name]: { kind: 'node', namespace: `${name}@l`, addresses: [] } } };
    made({ ...state, namespaces: [], processes: {} });
    expect(open().isRunning(name)).toBe(false);
    expect(() => open().argv('toString', ['true'])).toThrow('the lab has no toString; it has constructor');
  });

  const { members } = whole();
  const elsewhere = '../../../tmp/precious';
  test.each<[string, object, string]>([
    [
      'folders outside',
      { members: { [elsewhere]: { ...members.node1, namespace: `${elsewhere}@l` } } },
      'is not a valid member name',
    ],
    ['options', { members: { '-rf': { ...members.node1, namespace: '-rf@l' } } }, 'is not a valid member name'],
    ['namespaces of others', { namespaces: ['node1@other'] }, 'is not one of its namespaces'],
    ['a member in a namespace of others', { members: { a: { ...members.node1, namespace: 'a@b' } } }, 'another lab'],
    ['a machine that is no member', { members: { w: { ...members.w, host: 'toString' } } }, 'behind an unknown member'],
    ['every process', { processes: { node1: { pid: -1, startTime: '1' } } }, 'is not one of its processes'],
    ['the first process', { processes: { node1: { pid: 1, startTime: '1' } } }, 'is not one of its processes'],
    ['a holder that is none', { holder: { pid: '4711; reboot', startTime: '1' } }, 'its holder is not a process'],
    ['a relay of a member that there is not', { relays: { b: { pid: 7, startTime: '1' } } }, 'one of its processes'],
    ['an etcd without a port', { etcd: { prefix: 'l', port: 0 } }, 'its etcd is not one of a lab'],
    ['an etcd of another prefix', { etcd: { prefix: '../x', port: 4001 } }, 'its etcd is not one of a lab'],
    [
      'an etcd that is the first process',
      { etcd: { prefix: 'l', port: 4001, process: { pid: 1, startTime: '1' } } },
      'its etcd is not one of a lab',
    ],
    ['a name with a path', { name: '../x' }, 'it has no name'],
    ['no members', { members: undefined }, 'a part of it is missing'],
    ['members that are none', { members: { node1: null } }, 'is not an object'],
    [
      'a speaker that there is not',
      { members: { node1: { ...members.node1, speaker: 'toString' } } },
      'an unknown speaker',
    ],
    ['another version', { version: 2 }, 'made by another version'],
  ])('is refused where it names %s', (_, more, why) => {
    made({ ...whole(), ...more });
    expect(open).toThrow(why);
    expect(existsSync(folder)).toBe(true);
  });

  test('is refused where it is cut off, or no file', () => {
    made();
    writeFileSync(join(folder, 'lab.json'), '{"version":1');
    expect(open).toThrow('its lab.json is not valid JSON');
    rmSync(join(folder, 'lab.json'));
    symlinkSync('/etc/passwd', join(folder, 'lab.json'));
    expect(open).toThrow('lab.json is not a file');
  });

  test.each([
    ['there are none', undefined],
    ['they are cut off', '[{"name":'],
    ['one of them is none', '[{"name":"l"},{"nodes":1}]'],
  ])('is not grown from its fabrics where %s', async (_, text) => {
    made({ ...whole(), agents: 'idle' });
    if (text !== undefined) writeFileSync(join(folder, 'fabrics.json'), text, { mode: 0o600 });
    const { fabric } = readFabric({ name: 'l' });
    await expect(up({ fabric: fabric!, folder })).rejects.toThrow(
      `the lab l was left half-made, or made by another version; stop it with: peerform lab down --dir ${folder}`,
    );
    if (text === undefined) return;
    chmodSync(join(folder, 'fabrics.json'), 0o666);
    await expect(up({ fabric: fabric!, folder })).rejects.toThrow('fabrics.json is writable by others');
  });

  test('has no etcd if it began without one', async () => {
    made({ ...whole(), agents: 'idle' });
    writeFileSync(join(folder, 'fabrics.json'), '[{"name":"l"}]', { mode: 0o600 });
    const { fabric } = readFabric({ name: 'l' });
    await expect(up({ fabric: fabric!, folder, etcd: true })).rejects.toThrow(
      `the lab l has no etcd; to change that, stop it with: peerform lab down --dir ${folder}`,
    );
  });

  test('has no room for a node that is called as one of its files', async () => {
    const { fabric } = readFabric({ name: 'l', nodes: { 'keys.json': { ipv4Address: '10.0.0.1' } } });
    await expect(up({ fabric: fabric!, folder })).rejects.toThrow('a lab cannot have a node called keys.json');
    expect(existsSync(folder)).toBe(false);
  });

  test('names a holder that has ended: nothing is entered, and the files go', async () => {
    made({ ...whole(), holder: { pid: process.pid, startTime: '1' } });
    expect(() => open().argv('node1', ['true'])).toThrow(`has ended with process ${process.pid}`);
    await open().down();
    expect(readdirSync(base)).toEqual([]);
  });
});

describe('a folder of a lab', () => {
  test.each([
    ['', 0o777],
    ['', 0o770],
    ['lab.json', 0o666],
  ])('is refused where others may write to it: %s %o', (name, mode) => {
    made();
    chmodSync(join(folder, name), mode);
    expect(open).toThrow('is writable by others');
  });

  test('is not made, nor trusted, where others may put another in its place', () => {
    mkdirSync(join(base, 'open'));
    chmodSync(join(base, 'open'), 0o777);
    expect(() => makeFolder(join(base, 'open', 'lab'))).toThrow(
      'where others can change it; choose another with --dir',
    );
    expect(() => makeFolder(join(base, 'open', 'labs', 'lab'))).toThrow('where others can change it');
    expect(readdirSync(join(base, 'open'))).toEqual([]);
  });

  asRoot('is refused where it, or one on the way to it, is of another user', () => {
    made();
    chownSync(join(folder, 'lab.json'), NOBODY, NOBODY);
    expect(open).toThrow(`lab.json belongs to user ${NOBODY}: only the user who started a lab may use or remove it`);
    chownSync(folder, NOBODY, NOBODY);
    expect(open).toThrow(`lab belongs to user ${NOBODY}`);
    chownSync(base, NOBODY, NOBODY);
    expect(open).toThrow(`lies in ${base}, where others can change it`);
  });

  asRoot('may lie in one of the user who became root by sudo', () => {
    const before = process.env.SUDO_UID;
    try {
      chownSync(base, NOBODY, NOBODY);
      process.env.SUDO_UID = String(NOBODY);
      made();
      expect(open().name).toBe('l');
    } finally {
      if (before === undefined) delete process.env.SUDO_UID;
      else process.env.SUDO_UID = before;
    }
  });
});
