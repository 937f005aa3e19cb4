import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Machine, whyNoMachine } from './machine';

// The role of examples/ansible, run by Ansible on a Debian that was booted.
const ROOT = resolve(__dirname, '../..');
const MINUTE = 60_000;
jest.setTimeout(3 * MINUTE);

const why = whyNoMachine();
if (why !== undefined) process.stderr.write(`skipped: ${why}\n`);
const describeMachine = why === undefined ? describe : describe.skip;

describeMachine('the Ansible role', () => {
  let machine: Machine;
  let scratch: string;
  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), 'peerform-ansible-'));
    const made = execFileSync(process.execPath, [join(ROOT, 'scripts/package-deb.mjs'), scratch], { encoding: 'utf8' });
    machine = Machine.make('trixie', ['nodejs', 'ansible-core', 'python3-apt']);
    copyFileSync(made.trim().split('\n').at(-1)!, machine.path('root/agent.deb'));
    cpSync(join(ROOT, 'examples/ansible'), machine.path('root/ansible'), { recursive: true });
    await machine.boot();
  }, 6 * MINUTE);
  afterAll(async () => {
    await machine?.remove();
    rmSync(scratch, { recursive: true, force: true });
  }, MINUTE);

  const play = (...settings: string[]) =>
    machine.run(
      ...['env', '-C', '/root/ansible', 'ANSIBLE_NOCOLOR=1', 'ansible-playbook', 'site.yml'],
      ...['-i', 'node7.example.org,', '-l', 'all', '-e', 'ansible_connection=local'],
      ...settings.flatMap((setting) => ['-e', setting]),
    );
  const PACKAGE = 'peerform_agent_package=/root/agent.deb';
  /** The inventory of the example has a group that the play is for. */
  beforeAll(() => {
    machine.do('sed', '-i', 's/^  hosts: fabric$/  hosts: all/', '/root/ansible/site.yml');
    machine.do('useradd', 'deploy');
  });
  const pid = () => machine.do('systemctl', 'show', '--value', '--property=MainPID', 'peerform-agent').trim();

  test('says what it lacks', () => {
    const { status, stdout } = play();
    expect(status).not.toBe(0);
    expect(stdout).toContain('missing required arguments: peerform_agent_package');
  });

  test('installs the agent, which runs by the name of its node and with its options', () => {
    const { status, stdout } = play(
      PACKAGE,
      'peerform_agent_options="--log-format json"',
      '{"peerform_agent_deployers": ["deploy"]}',
    );
    expect([status, stdout]).toEqual([0, expect.stringMatching(/failed=0/)]);
    expect(machine.do('peerform', 'node', 'status')).toContain('The agent of node node7 is running');
    expect(readFileSync(machine.path('etc/default/peerform-agent'), 'utf8')).toBe(
      'PEERFORM_NODE=node7\nPEERFORM_OPTIONS=--log-format json\n',
    );
    expect(machine.do('id', '-nG', 'deploy').trim().split(' ')).toContain('peerform');
    expect(machine.do('systemctl', 'is-enabled', 'peerform-agent').trim()).toBe('enabled');
  });

  test('changes nothing when it runs again, and does not restart the agent', () => {
    const before = pid();
    const { status, stdout } = play(
      PACKAGE,
      'peerform_agent_options="--log-format json"',
      '{"peerform_agent_deployers": ["deploy"]}',
    );
    expect([status, stdout]).toEqual([0, expect.stringMatching(/changed=0 .*failed=0/)]);
    expect(pid()).toBe(before);
  });

  test('restarts the agent for other options', () => {
    const before = pid();
    expect(
      play(PACKAGE, 'peerform_agent_options="--log-level warn"', '{"peerform_agent_deployers": ["deploy"]}').status,
    ).toBe(0);
    expect(pid()).not.toBe(before);
    expect(machine.do('cat', `/proc/${pid()}/cmdline`).split('\0')).toEqual(
      expect.arrayContaining(['--log-level', 'warn']),
    );
  });
});
