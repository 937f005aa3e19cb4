import fc from 'fast-check';
import { MessageFramer } from '../../../lib/bgp/session/message-framer';
import { BGP_HEADER_LENGTH, MESSAGE, message } from '../../../lib/bgp/wire/message';

const MOST = 4096;

/** The bodies of the messages in these chunks, up to the first error. */
function bodiesIn(chunks: readonly Uint8Array[]): string[] {
  const framer = new MessageFramer();
  const found: string[] = [];
  for (const chunk of chunks)
    framer.push(
      chunk,
      () => MOST,
      (bytes, frame) => {
        found.push(
          frame.kind === 'error'
            ? `error ${frame.notification.subcode}`
            : Buffer.from(bytes.subarray(frame.start, frame.end)).toString('hex'),
        );
        return true;
      },
    );
  return found;
}

/** Octets in chunks that end at these places. */
function cut(octets: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...new Set([...places.map((place) => place % (octets.length + 1)), octets.length])];
  ends.sort((a, b) => a - b);
  return ends.map((end, i) => octets.slice(i === 0 ? 0 : ends[i - 1], end));
}

const body = fc.oneof(
  { weight: 3, arbitrary: fc.uint8Array({ minLength: 4, maxLength: 60 }) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(2000, MOST - BGP_HEADER_LENGTH - 1, MOST - BGP_HEADER_LENGTH)
      .map((length) => new Uint8Array(length).fill(length)),
  },
);

describe('the framer', () => {
  test('finds the same messages however the network cuts them', () => {
    const cuts = fc.array(fc.nat({ max: 20_000 }), { maxLength: 40 });
    fc.assert(
      fc.property(fc.array(body, { minLength: 1, maxLength: 12 }), cuts, (bodies, places) => {
        const octets = Buffer.concat(bodies.map((one) => message(MESSAGE.update, one)));
        expect(bodiesIn(cut(octets, places))).toEqual(bodies.map((one) => Buffer.from(one).toString('hex')));
      }),
    );
  });

  test('reports an error in a message that two chunks share', () => {
    const octets = Buffer.concat([1, 2, 3].map((octet) => message(MESSAGE.update, new Uint8Array(8).fill(octet))));
    octets[27 + 18] = 99; // the type of the second message
    for (let at = 1; at < octets.length; at++)
      expect(bodiesIn([octets.subarray(0, at), octets.subarray(at)]).slice(0, 2)).toEqual(['01'.repeat(8), 'error 3']);
  });
});
