import fc from 'fast-check';
import { fabricShape } from '../../lib/model/shape';
import { fitted } from '../../lib/provider/fit';
import { schemaAttributes } from '../../lib/provider/schema';
import { conform, UNKNOWN, type Value } from '../../lib/provider/value';

const { type } = schemaAttributes(fabricShape()).peers;
const told = (value: Value) => fitted(value, type, ['peers']);

test('what is written as text is the number or the truth value that it says, and every attribute is there', () => {
  const { value, problems } = told({ tor: { as_number: '65000', passive: 'true', port: 179, address: '192.0.2.1' } });
  expect(problems).toEqual([]);
  expect(value).toEqual(conform({ tor: { as_number: 65000, passive: true, port: 179, address: '192.0.2.1' } }, type));
});

test('a dotted AS number stays text, which the model reads', () => {
  expect(told({ tor: { as_number: '1.1575' } }).value).toMatchObject({ tor: { as_number: '1.1575' } });
});

test('an attribute that is none is named, with the one that was probably meant', () => {
  const { problems } = told({ tor: { pasword: 'env:TOR' }, spine: { colour: 'red' } });
  expect(problems.map(({ summary }) => summary)).toEqual([
    'peers.tor.pasword: there is no attribute pasword',
    'peers.spine.colour: there is no attribute colour',
  ]);
  expect(problems[0].detail).toBe('Did you mean password?');
  expect(problems[1].detail).toMatch(/^There are node, .*password/);
});

test('what is unknown stays so, wherever it stands', () => {
  expect(told(UNKNOWN).value).toBe(UNKNOWN);
  expect(told({ a: UNKNOWN, b: { as_number: UNKNOWN } }).value).toMatchObject({
    a: UNKNOWN,
    b: { as_number: UNKNOWN },
  });
});

test('what fits the type comes out as Terraform would have it, and nothing at all makes it fail', () => {
  const peer = fc.record(
    {
      address: fc.string(),
      as_number: fc.integer(),
      passive: fc.boolean(),
      filters: fc.array(fc.string()),
      port: fc.constant(UNKNOWN),
    },
    { requiredKeys: [] },
  );
  const seeded = { seed: 15, numRuns: 300 };
  fc.assert(
    fc.property(fc.dictionary(fc.string(), peer), (map) => {
      expect(told(map as Value)).toEqual({ value: conform(map, type), problems: [] });
    }),
    seeded,
  );
  fc.assert(
    fc.property(fc.jsonValue(), (anything) => {
      expect(told(anything as Value).problems.every(({ severity }) => severity === 'error')).toBe(true);
    }),
    seeded,
  );
});
