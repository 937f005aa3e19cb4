import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { exitCodeOf } from '../../lib/cli/exit-codes';
import { withVia } from '../../lib/cli/via';
import { track } from '../../lib/lab/process';
import { makeFolder, newState, writeState } from '../../lib/lab/state';

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

describe('--lab', () => {
  let base: string;
  let folder: string;
  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'peerform-labs-'));
    folder = join(base, 'lab');
  });
  afterEach(() => rmSync(base, { recursive: true }));

  const lab = (processes: Record<string, ReturnType<typeof track>>) => {
    const node = (name: string) => ({ kind: 'node' as const, namespace: `${name}@l`, addresses: [] });
    makeFolder(folder);
    writeState(folder, { ...newState('l'), members: { node1: node('node1'), node2: node('node2') }, processes });
  };
  const viaOf = async (...args: string[]) => {
    let via: string | undefined;
    const command = withVia(new Command()).action((options: { via: string }) => {
      via = options.via;
    });
    await command.exitOverride().parseAsync(args, { from: 'user' });
    return via;
  };

  test('is the endpoint of the first node of the lab whose agent runs, whatever the environment says', async () => {
    lab({ node2: track(process.pid) });
    process.env.PEERFORM_ENDPOINT = 'ssh://root@node1';
    expect(await viaOf('--lab', folder)).toBe(`unix://${folder}/node2/agent.sock`);
    delete process.env.PEERFORM_ENDPOINT;
  });

  test('is refused where no agent of the lab runs, where there is no such lab, and beside --via', async () => {
    lab({});
    await expect(viaOf('--lab', folder)).rejects.toThrow('no agent of the lab l is running');
    await expect(viaOf('--lab', join(base, 'other'))).rejects.toThrow(`there is no lab in ${join(base, 'other')}`);
    await expect(viaOf('--lab', folder, '--via', 'unix:///a')).rejects.toThrow('--lab and --via cannot be combined');
  });
});
