import { fromJson, toJson } from '../../lib/bgp/json';
import { headerLine, type ReplayStep, readHeader, readStep, stepLine } from '../../lib/bgp/recording';
import { Replay } from '../../lib/bgp/replay';
import { type Input, Speaker } from '../../lib/bgp/speaker';
import { IpAddress } from '../../lib/model/address';
import type { HashKey } from '../../lib/model/keyed-hash';
import { Prefix } from '../../lib/model/prefix';
import { Problem, sure } from '../../lib/model/problem';
import { replay } from './replay';
import { routerId, Simulation, sessionTo } from './simulation';

const A = '10.0.0.1';
const B = '10.0.0.2';
const prefix = (text: string) => sure(Prefix.parse(text));
const address = (text: string) => sure(IpAddress.parse(text));

/** What speaker a of two lived through: routes, a policy, a lost connection, next hops, a shutdown. */
function simulated(): string[] {
  const network = new Simulation(() => 0.25);
  const policy = {
    rules: [{ prefix: prefix('192.0.2.0/24'), le: 32, action: 'accept' as const }],
    otherwise: 'reject' as const,
  };
  network.add('a', [A]);
  network.add('b', [B]);
  const give = (node: string, input: Input) => network.give(node, input);
  give('a', {
    kind: 'configure',
    routing: { routerId: routerId(A) },
    sessions: [sessionTo(A, B, { importPolicy: policy })],
  });
  give('b', { kind: 'configure', routing: { routerId: routerId(B) }, sessions: [sessionTo(B, A)] });
  give('b', { kind: 'originate', prefix: prefix('192.0.2.0/24'), attributes: { communities: [1, 2] } });
  give('b', { kind: 'originate', prefix: prefix('203.0.113.0/24') });
  give('a', { kind: 'originate', prefix: prefix('198.51.100.0/24'), attributes: { med: 7 } });
  network.run(100_000);
  network.breakAll('a');
  network.run(100_000);
  give('a', { kind: 'nextHops', changes: [{ address: address(B), state: { reachable: false, metric: 0 } }] });
  give('a', { kind: 'nextHops', changes: [{ address: address(B), state: undefined }] });
  const eth0 = { name: 'eth0', addresses: [{ address: address(A), length: 24 }] };
  give('a', { kind: 'interfaces', interfaces: [eth0] });
  give('a', { kind: 'links', links: [{ prefix: prefix('10.0.0.0/24'), interface: 'eth0' }] });
  give('a', { kind: 'withdraw', prefix: prefix('198.51.100.0/24') });
  network.run(1000);
  give('a', { kind: 'stop', text: 'bye' });
  const steps = network.inputs.filter(({ node }) => node === 'a');
  return [headerLine({ seed: 1 }), ...steps.map(({ at, input, effects }) => stepLine({ at, input, effects }))];
}

describe('a recorded run of two speakers', () => {
  test('comes out the same, to the octet', () => {
    const lines = simulated();
    const run = replay(lines);
    expect(run).toBeInstanceOf(Replay);
    expect(run).toMatchObject({ inputs: lines.length - 1 });
    expect((run as Replay).duration).toBeGreaterThan(200_000);
    expect(lines.join()).toContain('{"$prefix":"192.0.2.0/24"}');
  });

  test('shows where an octet was changed', () => {
    const lines = simulated();
    const at = lines.findIndex((line) => line.includes('"send"') && line.includes('"$hex":"ff'));
    const changed = lines.with(at, lines[at].replace(/("kind":"send".*?"\$hex":"ff.*?)00/, '$101'));
    expect(changed[at]).not.toEqual(lines[at]);
    const found = replay(changed);
    expect(found).toMatchObject({ line: at + 1 });
    const { expected, got } = found as { expected: string; got: string };
    expect(expected).toHaveLength(got.length);
    expect(JSON.parse(got).kind).toBe('send');
  });

  test.each([
    ['an effect is left out', (effects: unknown[]) => effects.slice(1)],
    ['there is one more', (effects: unknown[]) => [...effects, { kind: 'routes', changes: [], more: false }]],
    ['two change places', ([first, second, ...rest]: unknown[]) => [second, first, ...rest]],
  ])('shows where %s', (_, change) => {
    const lines = simulated();
    const at = lines.findIndex((line) => (JSON.parse(line).effects ?? []).length > 2);
    const step = JSON.parse(lines[at]);
    const changed = lines.with(at, JSON.stringify({ ...step, effects: change(step.effects) }));
    expect(replay(changed)).toMatchObject({ line: at + 1, input: { kind: step.input.kind } });
  });

  test('shows where another seed gives another time', () => {
    const [, ...steps] = simulated();
    const found = replay([headerLine({ seed: 2 }), ...steps]);
    expect(found).toMatchObject({ expected: expect.stringContaining('timer'), got: expect.stringContaining('timer') });
  });
});

describe('best routes', () => {
  /** A run in which routes come and go, some of them unseen. */
  function withRoutes(): ReplayStep[] {
    const speaker = new Speaker({ seed: 4 });
    const steps: ReplayStep[] = [];
    let at = 0;
    const give = (input: Input) => steps.push({ at: ++at, input, effects: speaker.handle(input, at) });
    give({ kind: 'configure', routing: { routerId: 1 }, sessions: [sessionTo(A, B)] });
    for (const i of [1, 2]) give({ kind: 'originate', prefix: prefix(`10.0.${i}.0/24`) });
    give({ kind: 'timer' });
    give({ kind: 'withdraw', prefix: prefix('10.0.1.0/24') });
    give({ kind: 'timer' });
    give({ kind: 'resendRoutes' });
    give({ kind: 'timer' });
    return steps;
  }
  const recorded = () => [headerLine({ seed: 4 }), ...withRoutes().map(stepLine)];

  test('are part of the recording, as text', () => {
    const effects = recorded().flatMap((line) => JSON.parse(line).effects ?? []);
    expect(effects.filter(({ kind }) => kind === 'routes')).toEqual([
      { kind: 'routes', changes: ['10.0.1.0/24 local', '10.0.2.0/24 local'], more: false },
      { kind: 'routes', changes: ['10.0.1.0/24 gone'], more: false },
      { kind: 'routes', changes: ['10.0.2.0/24 local'], more: false },
    ]);
  });

  test('are compared in a replay', () => {
    const lines = recorded();
    const at = lines.findIndex((line) => line.includes('10.0.1.0/24 gone'));
    expect(replay(lines)).toBeInstanceOf(Replay);
    expect(replay(lines.with(at, lines[at].replace('10.0.1.0/24 gone', '10.0.1.0/24 local')))).toMatchObject({
      line: at + 1,
      got: '{"changes":["10.0.1.0/24 gone"],"kind":"routes","more":false}',
    });
  });
});

describe('what can not be replayed', () => {
  test.each([
    ['no JSON', '{', 'it is not valid JSON'],
    ['another file', '{"name":"peerform"}', 'it is not a recording'],
    ['a list', '[]', 'it is not a recording'],
    ['another version', '{"recording":"peerform speaker","version":9,"options":{"seed":1}}', 'its version is 9, not 2'],
    ['a header without a seed', '{"recording":"peerform speaker","version":2}', 'the seed is missing'],
  ])('%s says so', (_, line, why) => {
    const problem = replay([line]);
    expect(problem).toBeInstanceOf(Problem);
    expect(String(problem)).toContain(why);
    expect(String(problem)).toContain('line 1');
  });

  test.each([
    ['null', 'it is not a step'],
    ['{"at":1,"effects":[]}', 'there is no such input'],
    ['{"at":1,"input":{"kind":"explode"},"effects":[]}', 'there is no such input'],
    ['{"at":1,"input":{"kind":"toString"},"effects":[]}', 'there is no such input'],
    ['{"at":1,"input":{"kind":"bytes","connection":1,"bytes":{"$hex":"f"}},"effects":[]}', 'there is no such input'],
    ['{"at":1,"input":{"kind":"withdraw","prefix":{"$prefix":"10.0.0.0/99"}},"effects":[]}', 'there is no such input'],
  ])('a step %s says so', (line, why) => {
    expect(String(readStep(line))).toContain(why);
  });

  test('an input that makes the speaker throw is the difference', () => {
    const line = stepLine({ at: 1, input: { kind: 'timer' }, effects: [] }).replace('"timer"', '"configure"');
    expect(replay([headerLine({ seed: 1 }), line])).toMatchObject({ line: 2, got: expect.stringContaining('throws') });
  });
});

describe('the key of hashes', () => {
  test('changes nothing that a speaker does: recordings of before replay, and those of another key', () => {
    const [, ...lines] = simulated();
    const headers = [headerLine({ seed: 1 }), headerLine({ seed: 1, hashKey: [0xdeadbeef, 7] })];
    expect(headers.map((header) => header.includes('"hashKey":[3735928559,7]'))).toEqual([false, true]);
    for (const header of headers) expect(replay([header, ...lines])).toBeInstanceOf(Replay);
  });
});

describe('a header', () => {
  const hashKey: HashKey = [1, 4294967295];
  test.each([{ seed: 3 }, { seed: 3, hashKey }, { seed: 4294967295, hashKey, restartingFor: 120 }])(
    'keeps %j',
    (options) => {
      expect(readHeader(headerLine(options))).toEqual(options);
    },
  );
});

describe('values as JSON', () => {
  test.each([
    ['octets', Uint8Array.of(0, 127, 255)],
    ['no octets', new Uint8Array()],
    ['an address', address('2001:db8::1')],
    ['a prefix', prefix('0.0.0.0/0')],
    ['a set', new Set(['a', 'b'])],
    ['a regular expression', /^65\d+ (x|\/)/u],
    ['a number without end', Number.NEGATIVE_INFINITY],
    ['nested ones', { list: [{ address: address('10.0.0.1') }, null, 'text', true, -1.5], empty: {} }],
    ['members whose names begin alike', { $hex: 1, other: 2 }],
  ])('give %s again', (_, value) => {
    expect(fromJson(JSON.parse(JSON.stringify(toJson(value))))).toEqual(value);
  });

  test('leave out what is undefined', () => {
    expect(toJson({ a: undefined, b: 1 })).toEqual({ b: 1 });
  });

  test('can not be made of what is not known', () => {
    expect(() => toJson(new Map())).toThrow('a Map cannot be written');
    expect(() => toJson(() => 1)).toThrow('a function cannot be written');
  });
});
