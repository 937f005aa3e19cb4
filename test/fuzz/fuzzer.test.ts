import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { Dice } from './dice';
import { digest } from './digest';
import { Fuzzer } from './fuzzer';
import { mutateOctets } from './mutation/octets';
import { closeness, decodeInPlace, fail, same, Watched } from './oracle';
import type { Note, Target } from './target';
import { TARGETS } from './targets';

/** A target around a run of its own. */
const targetOf = (run: (input: Uint8Array, note: Note) => void, renew?: () => void): Target => ({
  name: 'planted',
  about: 'a mistake',
  share: 1,
  seeds: () => [new Uint8Array(8)],
  mutate: (input, other, dice) => mutateOctets(input, other, dice, 64),
  run,
  ...(renew && { renew }),
});

function fuzz(target: Target, executions: number, seed = 1): Fuzzer {
  const fuzzer = new Fuzzer(target, seed);
  while (fuzzer.executions < executions) fuzzer.step();
  return fuzzer;
}

describe('the fuzzer', () => {
  test('finds a mistake three octets deep, step by step, and makes its input small', () => {
    const target = targetOf((input, note) => {
      let depth = 0;
      while (depth < 3 && input[depth] === 'BGP'.charCodeAt(depth)) depth++;
      note(depth);
      if (depth === 3) fail('it is there');
    });
    const [found, ...others] = fuzz(target, 100_000).found.values();
    expect(others).toEqual([]);
    expect(Buffer.from(found.input).toString()).toBe('BGP');
    expect(found).toMatchObject({ message: 'it is there', alone: true });
  });

  test('does the same with the same seed, and something else with another', () => {
    const inputs = (seed: number) => {
      const all: number[] = [];
      fuzz(
        targetOf((input, note) => {
          all.push(digest(input));
          note(input.length);
        }),
        500,
        seed,
      );
      return all;
    };
    expect(inputs(7)).toEqual(inputs(7));
    expect(inputs(7)).not.toEqual(inputs(8));
  });

  test('keeps the inputs before one that goes wrong only behind them', () => {
    let count = 0;
    const target = targetOf(
      () => {
        if (++count === 40) fail('the fortieth');
      },
      () => {
        count = 0;
      },
    );
    const [found] = fuzz(target, 100).found.values();
    expect(found).toMatchObject({ alone: false, message: 'the fortieth' });
    expect(found.before).toHaveLength(39);
  });

  test('counts one mistake once, however often and with whatever numbers it shows', () => {
    const { found } = fuzz(
      targetOf((input) => fail(`one of ${input.length} octets`)),
      200,
    );
    expect([...found.values()].map(({ times }) => times)).toEqual([expect.any(Number)]);
    expect([...found.values()][0].times).toBeGreaterThan(150);
  });
});

describe('the oracles', () => {
  beforeAll(() => {
    closeness.always = true;
  });
  afterAll(() => {
    closeness.always = false;
  });
  const input = Uint8Array.of(1, 2, 3);

  test('see that an octet behind the buffer decides', () => {
    expect(() => decodeInPlace(input, (bytes, _, end) => bytes[end] > 7)).toThrow('make a difference');
  });

  test('see a read outside the buffer that decides nothing', () => {
    expect(() => decodeInPlace(input, (bytes, start) => void bytes[start + 3])).toThrow('reads octet 3 of 3');
    expect(() => decodeInPlace(input, (bytes, start) => void bytes[start - 1])).toThrow('reads octet -1 of 3');
    expect(() => decodeInPlace(input, (bytes, start) => void bytes.subarray(start, start + 4))).toThrow(
      'reads octets 0 to 4',
    );
  });

  test('see more reading than the octets are worth', () => {
    const often = (bytes: Uint8Array, start: number) => {
      for (let i = 0; i < 5000; i++) bytes[start];
    };
    expect(() => decodeInPlace(input, often)).toThrow('reads 5000 octets of an input of 3');
  });

  test('let a decoder pass that keeps to its octets', () => {
    expect(decodeInPlace(input, (bytes, start, end) => [...bytes.subarray(start, end)])).toEqual([1, 2, 3]);
    expect(new Watched(input, 0, 3).octets.length).toBe(3);
  });

  test('tell values apart', () => {
    expect(() => same({ a: [1, Uint8Array.of(2)] }, { a: [1, Uint8Array.of(2)] }, 'a value')).not.toThrow();
    for (const [a, b] of [
      [{ a: 1 }, { b: 1 }],
      [
        [1, [2]],
        [[1], 2],
      ],
      [undefined, null],
      [0, '0'],
      [new Set([1]), new Set([2])],
      [0.5, 0.25],
      [{ a: undefined }, {}],
    ])
      expect(() => same(a, b, 'a value')).toThrow('a value');
  });
});

describe('dice', () => {
  test('fall on every side about as often', () => {
    const dice = new Dice(5);
    const counts = new Array(6).fill(0);
    for (let i = 0; i < 60_000; i++) counts[dice.below(6)]++;
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });
});

describe('npm run fuzz', () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [join(__dirname, '../../scripts/fuzz.mjs'), ...args], { encoding: 'utf8' });

  test('runs what it is asked for and ends with 0 where nothing is found', () => {
    const args = ['--target', 'route-refresh,capability', '--executions', '300', '--seed', '4'];
    const { stdout, status } = run(...args);
    const executions = [...stdout.matchAll(/^(?:capability|route-refresh) +(\d+) executions/gm)].map(([, n]) =>
      Number(n),
    );
    expect(executions).toHaveLength(2);
    const sum = executions[0] + executions[1]; // each target's share is rounded up
    expect([sum - 300 <= 2, sum >= 300, Math.min(...executions) > 0]).toEqual([true, true, true]);
    expect(stdout).toMatch(new RegExp(`^${sum} executions in \\d+ s, seed 4: 0 findings`, 'm'));
    expect(status).toBe(0);
  });

  test('lists every target and refuses what it does not know', () => {
    const { stdout } = run('--list');
    expect(stdout.trim().split('\n')).toHaveLength(TARGETS.length);
    expect(run('--target', 'nothing').status).toBe(2);
    expect(run('--seconds', 'soon')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--seconds must be a number'),
    });
  });
});
