import { tooOld } from '../../lib/cli/node-version';
import { describeService } from '../../lib/cli/service-state';

describe('where the agent of this machine does not answer', () => {
  test.each([
    [{ LoadState: 'not-found', ActiveState: 'inactive' }, /There is no service .* peerform agent install$/],
    [{ LoadState: 'masked', ActiveState: 'inactive' }, /is masked/],
    [
      { LoadState: 'loaded', ActiveState: 'inactive', SubState: 'dead' },
      /is inactive: systemctl start peerform-agent$/,
    ],
    [
      {
        ...{ LoadState: 'loaded', ActiveState: 'activating', SubState: 'auto-restart' },
        ...{ Result: 'signal', ExecMainStatus: '31', NRestarts: '7' },
      },
      /does not stay up: it was killed by signal 31, and was restarted 7 times; journalctl/,
    ],
    [
      { LoadState: 'loaded', ActiveState: 'failed', Result: 'exit-code', ExecMainStatus: '2', NRestarts: '0' },
      /it ended with exit-code 2, /,
    ],
    [
      { LoadState: 'loaded', ActiveState: 'active', SubState: 'running' },
      /is running: it may listen on another socket/,
    ],
  ])('%j is told with what to do', (state, sentence) => {
    expect(describeService(state)).toMatch(sentence);
  });
});

test('a Node.js that is too old is named, with what to do', () => {
  expect(tooOld('18.20.4')).toMatch(/^peerform needs Node\.js 20 or later, and \S+ is 18\.20\.4: install a later one/);
  expect(['20.9.0', '22.1.0', '26.0.0'].map(tooOld)).toEqual([undefined, undefined, undefined]);
});
