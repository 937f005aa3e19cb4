import fc from 'fast-check';
import { detectionTime } from '../../../lib/bfd/timing';
import type { Bfd } from '../../../lib/model/bfd';
import type { Fabric } from '../../../lib/model/fabric';
import { bfdRow } from '../../../lib/preview/fields/bfd';
import { describeQuestion, questionsIn } from '../../../lib/preview/fields/row';
import { valid } from '../../model/valid';

const PROFILE: Bfd = {
  ...{ transmitInterval: 300, receiveInterval: 300, detectMultiplier: 3 },
  ...{ passive: false, multihop: true, minimumTtl: 64, strict: false },
};
const fabric: Fabric = valid({ name: 'lab', edition: 2, nodes: { n1: { ipv4Address: '10.0.0.1' } } });

/** What a plan asks people to check where a profile changes. */
const asked = (was: Bfd | undefined, is: Bfd | undefined): string[] =>
  questionsIn(
    bfdRow()(was, is, { path: 'peers.isp.bfd', before: fabric, after: fabric, was: undefined, is: undefined }),
    true,
  ).map(describeQuestion);

describe('a change of a BFD profile is said with each value before and after, and what it does at either end:', () => {
  test.each<[keyof Bfd, Partial<Bfd>, string]>([
    [
      'multihop',
      { multihop: false },
      'multihop true -> false: both ends must run a new BFD session on UDP port 3784, on the link; until it is up neither end watches the other',
    ],
    ['multihop', { multihop: undefined }, 'multihop true -> default: if that is another port, both ends must run'],
    [
      'minimumTtl',
      { minimumTtl: 254 },
      'minimumTtl 64 -> 254: this end drops packets that arrive with a TTL below 254; if those of the other end do, BFD goes down after the detection time, and the session is closed',
    ],
    [
      'minimumTtl',
      { minimumTtl: undefined },
      'minimumTtl 64 -> default: this end accepts packets from further away; nothing changes at the other end',
    ],
    [
      'strict',
      { strict: true },
      'strict false -> true: at this end, a session that is closed comes up again only when',
    ],
    ['passive', { passive: true }, 'passive false -> true: this end sends nothing until the other does'],
    [
      'transmitInterval',
      { transmitInterval: 100 },
      'transmitInterval 300 -> 100: this end sends every 100 ms, or less often if the other end demands that; the other end finds a failure sooner, unless it accepts packets no more often than every 300 ms',
    ],
    [
      'receiveInterval',
      { receiveInterval: 1000 },
      'receiveInterval 300 -> 1000: the other end sends no more often than every 1000 ms; this end finds a failure later, unless the other end sends no more often than every 1000 ms anyway',
    ],
    [
      'detectMultiplier',
      { detectMultiplier: 5 },
      'detectMultiplier 3 -> 5: the other end takes this one for failed after 5 missing packets; nothing changes at this end',
    ],
  ])('%s', (_, more, said) => {
    const questions = asked(PROFILE, { ...PROFILE, ...more });
    expect(questions).toEqual([expect.stringContaining(said)]);
    // It says so of no other field.
    expect(questions[0].match(/ -> /g)).toHaveLength(1);
  });

  test('several, each', () => {
    const [question] = asked(PROFILE, { ...PROFILE, minimumTtl: 255, strict: true, detectMultiplier: 1 });
    for (const difference of ['minimumTtl 64 -> 255', 'strict false -> true', 'detectMultiplier 3 -> 1'])
      expect(question).toContain(difference);
  });
});

test.each<[Partial<Bfd>, string]>([
  [{ minimumTtl: 65 }, 'closes sessions if BFD packets arrive with too low a TTL'],
  [{ minimumTtl: 63 }, 'accepts BFD packets from further away'],
  [{ strict: true }, 'lets sessions come up only when BFD is up'],
  [{ passive: true }, 'leaves it to the other end to start BFD'],
  [{ detectMultiplier: 5 }, 'lets BFD find failures later'],
  [{ transmitInterval: 100, receiveInterval: 100 }, 'lets BFD close sessions sooner where the other end keeps pace'],
  [{ receiveInterval: 1000 }, 'lets BFD find failures later where the other end keeps pace'],
  [
    { strict: true, detectMultiplier: 2 },
    'lets sessions come up only when BFD is up, and lets BFD close sessions sooner',
  ],
])('begins with what changes: %j', (more, clause) => {
  const [question] = asked(PROFILE, { ...PROFILE, ...more });
  expect(question).toMatch(`peers.isp.bfd ${clause}: `);
  expect(question).not.toContain('as soon as BFD packets stop');
});

test('begins with what BFD does where it is new', () => {
  expect(asked(undefined, PROFILE)[0]).toContain('closes sessions as soon as BFD packets stop: ');
});

test('BFD that goes asks nothing, as it closes no session', () => {
  expect(asked(PROFILE, undefined)).toEqual([]);
});

const intervals = fc.integer({ min: 50, max: 60_000 });

test('says of an interval when either end finds a failure sooner or later, as the detection time has it', () => {
  const seen = { sooner: 0, later: 0, never: 0 };
  fc.assert(
    fc.property(
      fc.constantFrom('transmitInterval' as const, 'receiveInterval' as const),
      ...([intervals, intervals, intervals] as const),
      (field, was, is, theirs) => {
        fc.pre(was !== is);
        const [question] = asked({ ...PROFILE, [field]: was }, { ...PROFILE, [field]: is });
        const [, how, bound] = /finds a failure (sooner|later), unless .* every (\d+) ms/.exec(question)!;
        const said = theirs >= Number(bound) ? 'never' : (how as 'sooner' | 'later');
        // With this end's interval, and the other's.
        const timeOf = (own: number) =>
          field === 'receiveInterval'
            ? detectionTime({ detectMultiplier: 3, desiredMinTx: theirs }, own)
            : detectionTime({ detectMultiplier: 3, desiredMinTx: own }, theirs);
        const [before, after] = [was, is].map(timeOf);
        expect(said).toBe(after < before ? 'sooner' : after > before ? 'later' : 'never');
        seen[said]++;
      },
    ),
    { seed: 3 },
  );
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(5);
});

test('names real time where an interval first needs it', () => {
  const REAL_TIME = 'below 300 ms, both ends must run BFD in real time';
  expect(asked(undefined, { ...PROFILE, receiveInterval: 299 })[0]).toContain(REAL_TIME);
  expect(asked(PROFILE, { ...PROFILE, transmitInterval: 60 })[0]).toContain(REAL_TIME);
  const fast = { ...PROFILE, transmitInterval: 60 };
  for (const [was, is] of [
    [undefined, PROFILE],
    [PROFILE, { ...PROFILE, receiveInterval: 400 }],
    [fast, { ...fast, detectMultiplier: 5 }],
    [fast, { ...fast, receiveInterval: 100 }],
  ] as const)
    expect(asked(was, is)[0]).not.toContain('real time');
});

test('calls the loss of one packet by its name', () => {
  expect(asked(undefined, { ...PROFILE, detectMultiplier: 1 })[0]).toContain('without the loss of a single packet');
  expect(asked(undefined, PROFILE)[0]).toContain('without losing 3 packets in a row');
});
