import { execFileSync } from 'node:child_process';
import { BFD_SERVICE, bfdUnit } from '../../../lib/agent/host/bfd-unit';
import { serviceUnit } from '../../../lib/agent/host/service-unit';

const unit = bfdUnit('/usr/bin/peerform');

test('the agent has the BFD process beside it, which outlives it at a shutdown', () => {
  const agent = serviceUnit('/usr/bin/peerform');
  expect(agent).toMatch(new RegExp(`^Wants=${BFD_SERVICE}\\.service$`, 'm'));
  expect(agent).toMatch(new RegExp(`^After=.*\\b${BFD_SERVICE}\\.service$`, 'm'));
  expect(unit).not.toContain('peerform-agent.service');
});

test('the unit keeps the sessions over a restart, and is back before a neighbour notices', () => {
  for (const line of ['RuntimeDirectoryPreserve=restart', 'RestartSec=50ms', 'StartLimitIntervalSec=0'])
    expect(unit).toContain(`\n${line}\n`);
});

test('the unit has the process start in real time where that is permitted, elsewhere without, and with no capability', () => {
  const [, script] = /^ExecStart=!\/bin\/sh -c '(.*)' sh \/usr\/bin\/peerform bfd \$PEERFORM_BFD_OPTIONS$/m.exec(unit)!;
  const run = (chrt: string) =>
    execFileSync(
      'sh',
      [
        '-c',
        `chrt() { ${chrt} }; setpriv() { echo setpriv "$@"; }; ${script.replaceAll('$$', '$').replace('exec ', '')}`,
        'sh',
        'peerform',
        'bfd',
      ],
      { encoding: 'utf8' },
    ).trim();
  const asUser = 'setpriv --reuid=peerform --regid=peerform --clear-groups --inh-caps=-all peerform bfd';
  expect(run('false;')).toBe(asUser);
  expect(run('test "$3" = true || echo chrt "$@";')).toBe(`chrt --rr 10 ${asUser}`);
  expect(unit).not.toMatch(/RestrictRealtime|^CPUScheduling|AmbientCapabilities/m);
  expect(unit).toContain('\nNoNewPrivileges=yes\n');
});
