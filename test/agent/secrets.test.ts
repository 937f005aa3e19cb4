import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secrets } from '../../lib/agent/secrets';

describe('the secrets of a node', () => {
  const folder = mkdtempSync(join(tmpdir(), 'peerform-secrets-'));
  const file = join(folder, 'tor.key');
  beforeEach(() => writeFileSync(file, 'hunter2\n', { mode: 0o600 }));
  afterAll(() => rmSync(folder, { recursive: true }));
  const nameOf = (secrets: Secrets, reference: string, delivered?: Record<string, string>) =>
    (secrets.find(reference, delivered) as { name: string }).name;

  test('come from files, the environment and the deploy', () => {
    const secrets = new Secrets({ TOR: 'from the environment' });
    expect(secrets.value(nameOf(secrets, `file:${file}`))).toBe('hunter2');
    expect(secrets.value(nameOf(secrets, 'env:TOR'))).toBe('from the environment');
    expect(secrets.value(nameOf(secrets, 'secret:tor', { tor: 'delivered' }))).toBe('delivered');
  });

  test('have another name when they change, and no name says what they are', () => {
    const secrets = new Secrets();
    const first = nameOf(secrets, `file:${file}`);
    expect(nameOf(secrets, `file:${file}`)).toBe(first);
    writeFileSync(file, 'other');
    const second = nameOf(secrets, `file:${file}`);
    expect(second).not.toBe(first);
    expect([secrets.value(first), secrets.value(second)]).toEqual(['hunter2', 'other']);
    secrets.keepOnly(new Set([second]));
    expect([secrets.value(first), secrets.value(second)]).toEqual([undefined, 'other']);
    expect(first + second).not.toMatch(/hunter2|other/);
  });

  test('are not waited for where there is no file, nor sought in a large one', () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', ['-m', '600', pipe]);
    expect(new Secrets().find(`file:${pipe}`)).toEqual({ problem: expect.stringContaining('it is not a file') });
    expect(new Secrets().find(`file:${folder}`)).toEqual({ problem: expect.stringContaining('it is not a file') });
    writeFileSync(file, 'x'.repeat(5000));
    expect(new Secrets().find(`file:${file}`)).toEqual({ problem: expect.stringContaining('longer than 80 octets') });
  });

  test('are not taken from a file that others may read', () => {
    chmodSync(file, 0o640);
    expect(new Secrets().find(`file:${file}`)).toEqual({ problem: expect.stringContaining(`chmod 600 ${file}`) });
    chmodSync(file, 0o600);
  });

  test.each([
    ['file:/nowhere', 'cannot be read: there is no such file'],
    ['env:NOWHERE', "is not set in the agent's environment"],
    ['secret:tor', 'was not delivered'],
    ['hunter2', 'is not a reference'],
  ])('that are missing say why: %s', (reference, why) => {
    expect(new Secrets({}).find(reference)).toEqual({ problem: expect.stringContaining(why) });
  });

  test('that can be no key are none', () => {
    const secrets = new Secrets({ EMPTY: '', LONG: 'x'.repeat(81) });
    expect(secrets.find('env:EMPTY')).toEqual({ problem: expect.stringContaining('is empty') });
    expect(secrets.find('env:LONG')).toEqual({ problem: expect.stringContaining('longer than 80 octets') });
  });
});
