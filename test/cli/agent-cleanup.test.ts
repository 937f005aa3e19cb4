import { cleanUpKernel } from '../../lib/agent/cleanup';
import { programOf } from '../../lib/cli/program';

jest.mock('../../lib/agent/cleanup', () => ({ cleanUpKernel: jest.fn(async () => 0) }));

test.each([
  ['agent cleanup', '/var/lib/peerform', 114],
  ['agent --state /s cleanup', '/s', 114],
  ['agent cleanup --state /s', '/s', 114],
  ['agent --state /other cleanup --state /s', '/s', 114],
  ['agent --kernel-protocol 115 cleanup --state /s', '/s', 115],
  ['agent cleanup --kernel-protocol 115', '/var/lib/peerform', 115],
])('peerform %s cleans up what the agent with these options left', async (words, state, protocol) => {
  const exit = jest.spyOn(process, 'exit').mockImplementation(() => undefined as never);
  try {
    await (await programOf()).exitOverride().parseAsync(words.split(' '), { from: 'user' });
    expect(jest.mocked(cleanUpKernel).mock.lastCall).toEqual([expect.any(Function), state, protocol]);
    expect(exit).toHaveBeenCalledWith(0);
  } finally {
    exit.mockRestore();
  }
});
