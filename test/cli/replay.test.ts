import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Recorder } from '../../lib/agent/network/recorder';
import { SpeakerHost } from '../../lib/bgp/net/host';
import { replayFile } from '../../lib/cli/command/replay';
import { IpAddress } from '../../lib/model/address';
import { Prefix } from '../../lib/model/prefix';
import { sure } from '../../lib/model/problem';
import { routerId, sessionTo } from '../bgp/simulation';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'peerform-replay-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const prefix = (text: string) => sure(Prefix.parse(text));

/** Runs two speakers over real TCP until both have the other's routes; the one at 127.0.0.1 is recorded to the file. */
async function recordRun(file: string): Promise<void> {
  const options = { seed: 99 };
  const recorder = Recorder.open(file, options);
  const a: SpeakerHost = new SpeakerHost({
    ...options,
    onInput: recorder.onInput,
  });
  const b = new SpeakerHost({ seed: 5 });
  for (const [host, address] of [
    [a, '127.0.0.1'],
    [b, '127.0.0.2'],
  ] as const)
    expect(await host.listen([{ address, port: 0 }])).toEqual([]);
  const configure = (host: SpeakerHost, local: string, remote: string, port: number) =>
    host.configure({ routerId: routerId(local) }, [
      sessionTo(local, remote, { port, localAddresses: { ipv4: sure(IpAddress.parse('10.0.0.1')) } }),
    ]);
  configure(a, '127.0.0.1', '127.0.0.2', b.listening[0].port);
  configure(b, '127.0.0.2', '127.0.0.1', a.listening[0].port);
  for (let i = 0; i < 300; i++) b.give({ kind: 'originate', prefix: prefix(`20.0.${i >> 8}.${i & 255}/32`) });
  a.give({ kind: 'originate', prefix: prefix('198.51.100.0/24') });
  const count = (host: SpeakerHost) => host.speaker.rib.size.prefixes;
  while (count(a) < 301 || count(b) < 301) await new Promise((resolve) => setTimeout(resolve, 5));
  b.give({ kind: 'withdraw', prefix: prefix('20.0.0.0/32') });
  while (count(a) > 300) await new Promise((resolve) => setTimeout(resolve, 5));
  await a.close();
  await b.close();
  recorder.close();
}

test('a run over real TCP comes out the same, to the octet', async () => {
  const file = join(folder, 'run.jsonl');
  await recordRun(file);
  const { text, isSame } = await replayFile(file);
  expect(text).toMatch(/run\.jsonl: \d+ inputs over \d+\.\d s, all \d+ effects the same$/);
  expect(isSame).toBe(true);
});

test('an octet that was changed in a recording is found, with its line', async () => {
  const file = join(folder, 'run.jsonl');
  await recordRun(file);
  const lines = readFileSync(file, 'utf8').split('\n');
  const at = lines.findLastIndex((line) => line.includes('"send"'));
  const changed = lines[at].replace(/("kind":"send".*?"\$hex":")ff/, '$1fe');
  writeFileSync(file, lines.with(at, changed).join('\n'));
  const { text, isSame } = await replayFile(file);
  expect(isSame).toBe(false);
  expect(text).toContain(`run.jsonl: line ${at + 1}, `);
  expect(text).toMatch(/expected .*"\$hex":"fe/);
  expect(text).toMatch(/got .*"\$hex":"ff/);
});

test('a run that was killed while it wrote is replayed up to its last whole line', async () => {
  const file = join(folder, 'run.jsonl');
  await recordRun(file);
  writeFileSync(file, readFileSync(file, 'utf8').slice(0, -10));
  const { text, isSame } = await replayFile(file);
  expect(text).toContain('the last line is truncated');
  expect(isSame).toBe(true);
});

test('a recording ends where it can not be written, and says so once', () => {
  const failures: Error[] = [];
  const recorder = Recorder.open('/dev/full', { seed: 1 }, (error) => failures.push(error));
  for (let i = 0; i < 3; i++) recorder.onInput(i, { kind: 'timer' }, []);
  recorder.close();
  expect(failures.map(({ message }) => message)).toEqual([expect.stringContaining('ENOSPC')]);
});

test('an empty file is no run', async () => {
  const file = join(folder, 'empty');
  writeFileSync(file, '');
  expect(await replayFile(file)).toEqual({ text: `${file}: it does not contain a run`, isSame: false });
});

describe('the command', () => {
  const replay = (file: string) => {
    const script = `require(${JSON.stringify(join(__dirname, '../fuzz/load.cjs'))}); require(${JSON.stringify(join(__dirname, '../../lib/cli/main.ts'))})`;
    return spawnSync(process.execPath, ['-e', script, '--', 'peerform', 'replay', file], { encoding: 'utf8' });
  };

  test('ends with 1 where the file is no recording, and with 2 where there is none', () => {
    const file = join(folder, 'other.json');
    writeFileSync(file, '{}\n');
    const { status, stdout } = replay(file);
    expect(stdout).toContain('line 1: it is not a recording');
    expect(status).toBe(1);
    const missing = replay(join(folder, 'missing'));
    expect(missing.stderr).toContain('there is no such file');
    expect(missing.status).toBe(2);
  });
});
