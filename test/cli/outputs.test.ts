import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { OUTPUTS } from '../../lib/cli/output';
import { programOf } from '../../lib/cli/program';
import { commandWords, withAllBelow } from '../../lib/cli/tree';
import { readFabric } from '../../lib/model/read';
import { ANSWERS, AnsweringAgent, CODES, ESCAPE, outputOf } from './answers';

const spec = {
  name: 'lab',
  asNumber: 67111,
  nodeToNodeMesh: true,
  nodes: { n1: { ipv4Address: '10.0.0.1', labels: { role: 'edge' } }, n2: { ipv4Address: '10.0.0.2' } },
  peers: { tor: { address: '10.0.0.3', asNumber: 65000 } },
};
const agent = new AnsweringAgent(readFabric(spec).fabric!);
agent.now = { ...ANSWERS, endpoints: { n1: 'x' } as never };
const file = join(agent.folder, 'after.json');
writeFileSync(file, JSON.stringify({ ...spec, nodeToNodeMesh: false }));
beforeAll(() => agent.start());
afterAll(() => agent.stop());

const printed = async (line: string) =>
  (await agent.asked(...line.split(' ').map((word) => (word === 'FILE' ? file : word)))).out;

describe('what programs read', () => {
  const recorded = JSON.parse(readFileSync(join(__dirname, '../fixtures/cli/outputs.json'), 'utf8')) as Record<
    string,
    string
  >;
  test.each(Object.entries(recorded))('is for peerform %s what it was before there was one -o', async (line, out) => {
    const now = await printed(line);
    // As YAML it is the same data: quotes are a matter of style.
    if (line.includes('yaml')) expect(parse(now)).toEqual(parse(out));
    else expect(now).toBe(out);
  });

  test.each(Object.keys(recorded).filter((line) => line.includes('--json')))(
    'is for peerform %s the same by -o',
    async (line) => {
      expect(await printed(line.replace('--json', '-o json'))).toBe(await printed(line));
    },
  );

  test.each(['status', 'impact FILE', 'fib check', 'sessions --explain', 'node status'])(
    'is for peerform %s the same as JSON and as YAML',
    async (line) => {
      expect(parse(await printed(`${line} -o yaml`))).toEqual(JSON.parse(await printed(`${line} -o json`)));
    },
  );

  test.each(['routes', 'watch --history'])(
    'is for peerform %s, whose end may be far, one JSON object a line and one list of YAML',
    async (line) => {
      const lines = (await printed(`${line} -o json`)).trimEnd().split('\n');
      expect(parse(await printed(`${line} -o yaml`))).toEqual(lines.map((one) => JSON.parse(one)));
    },
  );

  test('is an empty list of YAML where there is no route', async () => {
    agent.now = { ...ANSWERS, routes: [] };
    expect(parse(await printed('routes -o yaml'))).toEqual([]);
    agent.now = { ...ANSWERS, endpoints: { n1: 'x' } as never };
  });

  test('is for peerform impact --markdown what -o markdown prints', async () => {
    expect(await printed('impact FILE --markdown')).toBe(await printed('impact FILE -o markdown'));
    expect(await printed('impact FILE -o markdown')).toMatch(/^<!-- peerform report -->\n### Fabric/);
  });
});

/** Why a command has no `-o`. */
const WITHOUT: Readonly<Record<string, readonly string[]>> = {
  'says what it did': ['drain', 'undrain', 'reset', 'rollback', 'init', 'provider install', 'lab down'],
  'ends with a code that says it all': ['gate', 'replay'],
  'runs until it is ended, or gives its streams to another': ['agent dial', 'bfd', 'lab exec', 'ui'],
  'works on this machine': ['agent install', 'agent uninstall', 'agent cleanup'],
  'writes a file in a form of its own': ['import calico', 'reference', 'completion'],
  'reads and writes JSON, a line each': ['decode', 'best-path', 'prefix-match', 'selector', 'calico', 'netlink'].map(
    (tool) => `debug ${tool}`,
  ),
  'is refused': ['create', 'apply', 'replace', 'patch', 'delete', 'label', 'config set', 'config unset'],
};

describe('-o', () => {
  test('is taken by every command but those that print no data', async () => {
    const leaves = withAllBelow(await programOf()).filter(({ commands }) => commands.length === 0);
    const taking = leaves.filter(({ options }) => options.some(({ short }) => short === '-o'));
    expect(taking.map(commandWords).sort()).toEqual(Object.keys(OUTPUTS).sort());
    expect(
      leaves
        .filter((one) => !taking.includes(one))
        .map(commandWords)
        .sort(),
    ).toEqual(Object.values(WITHOUT).flat().sort());
  });

  test('takes table, json and yaml everywhere, and nothing else without a word', async () => {
    for (const forms of Object.values(OUTPUTS))
      expect(forms).toEqual(expect.arrayContaining(['table', 'json', 'yaml']));
    const exit = jest.spyOn(process, 'exit').mockImplementation((code) => {
      throw new Error(`exit ${code}`);
    });
    const { error } = await outputOf('status', '-o', 'xml');
    exit.mockRestore();
    expect(error).toContain('Allowed choices are table, json, yaml');
    expect(error).toContain('exit 2');
  });
});

describe('what a terminal shows', () => {
  const onTerminal = async (columns: number, env: NodeJS.ProcessEnv, line: string) => {
    const { isTTY, columns: before } = process.stdout;
    const { FORCE_COLOR, NO_COLOR, TERM } = process.env;
    Object.assign(process.stdout, { isTTY: true, columns });
    for (const name of ['FORCE_COLOR', 'NO_COLOR']) delete process.env[name];
    Object.assign(process.env, { TERM: 'xterm' }, env);
    try {
      return await printed(line);
    } finally {
      Object.assign(process.stdout, { isTTY, columns: before });
      for (const name of Object.keys(env)) delete process.env[name];
      Object.assign(
        process.env,
        Object.fromEntries(Object.entries({ FORCE_COLOR, NO_COLOR, TERM }).filter(([, value]) => value !== undefined)),
      );
    }
  };
  test('has colour, by which one sees what is down', async () => {
    const out = await onTerminal(200, {}, 'sessions');
    expect(out).toContain(`${ESCAPE}[31mIdle${ESCAPE}[39m`);
    expect(out.replace(CODES, '')).toBe(await printed('sessions'));
  });

  test.each<[NodeJS.ProcessEnv]>([[{ NO_COLOR: '1' }], [{ FORCE_COLOR: '0' }], [{ TERM: 'dumb' }]])(
    'has none with %j',
    async (env) => expect(await onTerminal(200, env, 'status')).not.toMatch(CODES),
  );

  test.each([
    'status',
    'sessions',
    'sessions --explain',
    'node status',
    'get peers -o wide',
    'get config',
    'routes',
    'watch --history',
    'fib check',
    'impact FILE',
  ])('keeps %s within 80 columns, and loses no word of it', async (line) => {
    const out = (await onTerminal(80, {}, line)).replace(CODES, '');
    expect(Math.max(...out.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
    const letters = (text: string) => [...text.replace(/[\s|+-]/g, '')].sort().join('');
    expect(letters(out)).toBe(letters(await printed(line)));
  });

  test('is whole in JSON, however narrow it is', async () => {
    expect(await onTerminal(40, {}, 'status -o json')).toBe(await printed('status -o json'));
  });
});
