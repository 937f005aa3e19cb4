import { writeFileSync } from 'node:fs';
import { createServer as createSocketServer, type Server } from 'node:net';
import { join } from 'node:path';
import { parse } from 'yaml';
import { membersTable } from '../../lib/cli/command/lab';
import { readFabric } from '../../lib/model/read';
import { ANSWERS, AnsweringAgent, type Answers, CODES, outputOf } from './answers';

/**
 * Clears the screen, sets a title, turns the direction, ends the line and begins one that lies, hides, and breaks a
 * pair.
 */
const POISON = '\u001b]0;x\u0007\u001b[2J\u009b2J\u202e\u2066\u2028\u200b\u007f\r\nFORGED\ud800\u0085';
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

/** Everything that may be a text in an answer, as paths; what the keys of maps are, too. */
function pathsIn(value: unknown, path: readonly string[] = []): string[][] {
  if (typeof value === 'string') return [[...path]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => pathsIn(inner, [...path, key]));
}

/** A copy with poison at the end of the texts that are meant. */
function poisoned<T>(value: T, isMeant: (path: readonly string[]) => boolean, path: readonly string[] = []): T {
  if (typeof value === 'string') return (isMeant(path) ? value + POISON : value) as T;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((inner, i) => poisoned(inner, isMeant, [...path, `${i}`])) as T;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, poisoned(inner, isMeant, [...path, key])]),
  ) as T;
}

const spec = {
  name: 'lab',
  asNumber: 67111,
  nodeToNodeMesh: true,
  nodes: {
    n1: { ipv4Address: '10.0.0.1', labels: { role: `edge${POISON}` } },
    n2: { ipv4Address: '10.0.0.2' },
  },
  peers: { tor: { address: '10.0.0.3', asNumber: 65000 } },
};
const agent = new AnsweringAgent(readFabric(spec).fabric!);
agent.refusal = { code: 'busy', message: `no${POISON}` };
const file = join(agent.folder, 'after.json');
writeFileSync(file, JSON.stringify({ ...spec, nodeToNodeMesh: false }));

const servers: Server[] = [];
const listening = (server: Server, path: string) => {
  servers.push(server);
  return new Promise<void>((resolve) => server.listen(path, resolve));
};
beforeAll(() => agent.start());
afterAll(async () => {
  for (const server of servers) await new Promise((resolve) => server.close(resolve));
  await agent.stop();
});

/** Every command that shows what an agent says. */
const COMMANDS: readonly (readonly string[])[] = [
  ['status'],
  ['status', '--json'],
  ['watch', '--history'],
  ['watch', '--history', '-o', 'json'],
  ['impact', file],
  ['impact', file, '--markdown'],
  ['impact', file, '--json'],
  ['report', file],
  ['report', file, '--markdown'],
  ['report', '--observed'],
  ['report', '--observed', '-o', 'yaml'],
  ['report', '--observed', '--markdown'],
  ['report', file, '--observed', '1', '--markdown'],
  ['get', 'nodes', '-o', 'wide'],
  ['get', 'nodes', '-o', 'json'],
  ['get', 'nodes', '-o', 'yaml'],
  ['get', 'peers'],
  ['get', 'config'],
  ['get', 'fabric'],
  ['get', 'node', 'n7'],
  ['config', 'get', 'asNumber'],
  ['node', 'status'],
  ['node', 'status', '-o', 'yaml'],
  ['node', 'status', '--node', 'n2'],
  ['sessions'],
  ['sessions', '--explain'],
  ['sessions', '-o', 'json'],
  ['sessions', '--node', 'n3'],
  ['why', 'n1', '10.0.0.2'],
  ['why', 'n1', '10.0.0.0/8', '-o', 'json'],
  ['routes'],
  ['routes', '--json'],
  ['routes', '-o', 'yaml'],
  ['drain', 'n1'],
  ['undrain', 'n1'],
  ['reset', '192.0.2.2'],
  ['fib', 'check'],
  ['fib', 'check', '--json'],
  ['apply', '-f', 'nodes.yaml'],
];

/** With a name for each, which is not that of a folder of this run. */
const named = (commands: readonly (readonly string[])[]) =>
  commands.map((words) => [words.join(' ').replace(file, 'FILE'), words] as const);

/** Which of them show what stands in which answer. */
const SHOWING: Readonly<Record<keyof Answers, readonly (readonly string[])[]>> = {
  status: [['status'], ['node', 'status'], ['sessions', '--explain']],
  summary: [
    ['drain', 'n1'],
    ['apply', '-f', 'nodes.yaml'],
    ['sessions', '--node', 'n3'],
  ],
  endpoints: [['status']],
  routes: [['routes'], ['impact', file]],
  fib: [['fib', 'check']],
  matches: [['sessions', '--explain']],
  events: [['watch', '--history']],
  observed: [['report', '--observed']],
};

/** No character that is not seen, and no line that an agent began. */
function expectHarmless({ out, error }: { out: string; error: string }): void {
  for (const text of [out, error]) {
    expect(UNSEEN.exec(text.replaceAll('\n', ''))).toBeNull();
    expect(text).not.toMatch(/^\s*FORGED/m);
  }
}

/** As a program reads what a command printed. */
function dataOf(words: readonly string[], out: string): unknown {
  if (words.includes('yaml') || words[1] === 'fabric') return parse(out);
  if (words[0] === 'routes' || words[0] === 'watch')
    return out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  return JSON.parse(out);
}
const isForPrograms = (words: readonly string[]) => words.some((word) => /^(json|yaml|--json|fabric)$/.test(word));

describe('what answers like an agent, and with nothing that one says,', () => {
  test.each(named(COMMANDS.filter(([verb]) => verb !== 'apply')))('is told by %s in a sentence', async (_, words) => {
    agent.now = { status: {}, summary: {}, endpoints: [], routes: [{}], fib: {}, events: {}, observed: {} } as never;
    const { error } = await agent.asked(...words);
    expect(error).toMatch(
      /^peerform: unix:\S+(: whatever answers there is not an agent| runs a release that is not supported).*\n$/,
    );
  });
});

describe('an agent whose every word is meant for the terminal, not for who reads it', () => {
  /** Some words steer the command: with them as they should be it goes on to all the others. */
  const STEERING = new Set(['node', 'state', 'kind', 'service', 'from', 'release']);
  /** An answer with anything else is refused. */
  const TIMES = new Set(['time', 'at', 'since', 'startedAt', 'began', 'last', 'lastDifference']);
  const isFree = (path: readonly string[]) =>
    !STEERING.has(path.at(-1)!) && !TIMES.has(path.at(-1)!) && !path.includes('endpoints');

  test.each(named(COMMANDS))('does nothing to it by %s', async (_, words) => {
    agent.now = poisoned(ANSWERS, isFree);
    const shown = await agent.asked(...words);
    expect(shown.out + shown.error).not.toBe('');
    expectHarmless(shown);
    agent.now = poisoned(ANSWERS, () => true);
    expectHarmless(await agent.asked(...words));
    agent.now = { ...ANSWERS, endpoints: { [`n2${POISON}`]: `ssh://${POISON}`, [POISON]: POISON } as never };
    expectHarmless(await agent.asked(...words));
  });

  test.each(named(COMMANDS.filter(isForPrograms)))('tells programs by %s what it said', async (_, words) => {
    agent.now = poisoned(ANSWERS, isFree);
    const { out } = await agent.asked(...words);
    if (words[0] === 'impact') dataOf(words, out);
    else expect(JSON.stringify(dataOf(words, out))).toContain(JSON.stringify(POISON).slice(1, -1));
  });

  test('gives no colour but that of the command line, where there is colour', async () => {
    const { FORCE_COLOR } = process.env;
    process.env.FORCE_COLOR = '1';
    agent.now = poisoned(ANSWERS, (path) => isFree(path) || (path.includes('transaction') && path.at(-1) !== 'at'));
    const { out } = await agent.asked('status');
    if (FORCE_COLOR === undefined) delete process.env.FORCE_COLOR;
    else process.env.FORCE_COLOR = FORCE_COLOR;
    const codes = out.match(CODES)!;
    expect(new Set(codes).size).toBeGreaterThan(3);
    expectHarmless({ out: codes.reduce((text, code) => text.replace(code, ''), out), error: '' });
  });

  test('gets through by no single word of any answer', async () => {
    const paths = pathsIn(ANSWERS);
    expect(paths.length).toBeGreaterThan(100);
    for (const path of paths) {
      agent.now = poisoned(ANSWERS, (one) => one.join('\n') === path.join('\n'));
      for (const words of SHOWING[path[0] as keyof Answers]) expectHarmless(await agent.asked(...words));
    }
  });
  test.each(named(COMMANDS))('refuses %s in one harmless line', async (_, words) => {
    agent.now = undefined;
    const shown = await agent.asked(...words);
    expect(shown.out).toBe('');
    expectHarmless(shown);
    if (words[0] !== 'apply') expect(shown.error.trimEnd().split('\n')).toHaveLength(1);
  });

  test.each([
    ['no HTTP', POISON],
    ['a status line of its own', `HTTP/1.1 200 ${POISON}\r\n\r\n{}`],
    ['a body that is no JSON', `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{${POISON}`],
    ['a failure without words', `HTTP/1.1 500 ${POISON}\r\n\r\n${POISON}`],
  ])('is told of harmlessly where it answers %s', async (name, octets) => {
    const path = join(agent.folder, `${name.replaceAll(' ', '-')}.sock`);
    const server = createSocketServer((socket) => socket.on('error', () => {}).once('data', () => socket.end(octets)));
    await listening(server, path);
    for (const words of COMMANDS.filter(([command]) => command !== 'watch'))
      expectHarmless(await outputOf(...words, '--via', `unix://${path}`));
  });
});

test('a lab shows what its agents and its file say in cells', () => {
  const text = membersTable([
    {
      name: `n1${POISON}`,
      kind: 'node',
      addresses: [`10.0.0.1${POISON}`],
      speaker: 'agent',
      pid: 1,
      isRunning: true,
      error: `no${POISON}`,
    },
  ]);
  expectHarmless({ out: text, error: '' });
});
