import { Command } from 'commander';
import { exitCodeOf } from '../../lib/cli/exit-codes';
import { withVia } from '../../lib/cli/via';

const parse = (...args: string[]) =>
  withVia(new Command()).exitOverride().parse(args, { from: 'user' }).opts<{ via: string }>().via;

describe('--via', () => {
  afterEach(() => {
    delete process.env.PEERFORM_ENDPOINT;
  });

  test('is an endpoint, else that of the environment, else the agent of this machine', () => {
    expect(parse()).toBe('unix:///run/peerform/agent.sock');
    process.env.PEERFORM_ENDPOINT = 'ssh://root@node1';
    expect(parse()).toBe('ssh://root@node1');
    expect(parse('--via', 'unix:///a')).toBe('unix:///a');
  });

  test('that is no endpoint is a wrong command line, also from the environment', () => {
    process.env.PEERFORM_ENDPOINT = 'http://node1';
    for (const args of [[], ['--via', 'node1']]) {
      const ended = (() => {
        try {
          return parse(...args);
        } catch (error) {
          return error as Error;
        }
      })() as Error;
      expect(ended.message).toMatch(/^"(http:\/\/)?node1" is not a valid endpoint/);
      expect(exitCodeOf(ended)).toBe(2);
    }
  });
});
