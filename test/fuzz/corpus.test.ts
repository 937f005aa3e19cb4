import { readEntries, targetsIn } from './corpus';
import { closeness } from './oracle';
import { TARGETS } from './targets';

beforeAll(() => {
  closeness.always = true;
});

describe.each(TARGETS)('$name', (target) => {
  const run = (input: Uint8Array) => {
    target.renew?.();
    target.run(input, () => {});
  };

  test('takes its seeds', () => {
    for (const input of target.seeds()) run(input);
  });

  test('takes the inputs that brought about something new', () => {
    for (const { input } of readEntries('corpus', target.name)) run(input);
  });

  const found = readEntries('found', target.name).map(({ about, input }) => ({
    about: about || 'no oracle is breached',
    hex: Buffer.from(input).toString('hex').slice(0, 32),
    input,
  }));
  if (found.length > 0) test.each(found)('no longer: $about ($hex)', ({ input }) => run(input));
});

test('every committed input has a target', () => {
  const names = TARGETS.map(({ name }) => name);
  for (const kind of ['corpus', 'found'] as const)
    expect(targetsIn(kind).filter((name) => !names.includes(name))).toEqual([]);
});
