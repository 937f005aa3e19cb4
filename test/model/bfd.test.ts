import { readFabric } from '../../lib/model/read';

const problemOf = (transmitInterval: unknown): string =>
  String(readFabric({ name: 'lab', meshBfd: { transmitInterval: transmitInterval as number } }).problems);

test.each([
  [30, 'transmitInterval: 30 is too low: write a whole number from 50 to 60000 milliseconds, as with less a loaded'],
  [60_001, 'transmitInterval: 60001 is too high: write a whole number from 50 to 60000 milliseconds'],
  [99.5, 'transmitInterval: 99.5 is not a whole number from 50 to 60000 milliseconds'],
  ['300', 'transmitInterval: "300" is not a whole number from 50 to 60000 milliseconds'],
])('an interval of %p is refused with what is wrong with it', (value, said) => {
  expect(problemOf(value)).toContain(said);
});
