import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { onJsonLines } from '../../../lib/agent/bfd/json-lines';

/** What is taken from a sender that sends this in one piece. */
async function taken(text: string) {
  const stream = new PassThrough();
  const values: unknown[] = [];
  onJsonLines(stream, (value) => values.push(value));
  const closed = once(stream, 'close');
  stream.end(text);
  await closed;
  return values;
}

test('each line is an object', async () => {
  expect(await taken('{"a":1}\n{"b":2}\n{"half')).toEqual([{ a: 1 }, { b: 2 }]);
});

test('a line is put together from pieces, and one that is too long is refused before its end, with the reason', async () => {
  const stream = new PassThrough();
  const [values, reasons]: [unknown[], string[]] = [[], []];
  onJsonLines(
    stream,
    (value) => values.push(value),
    (why) => reasons.push(why),
    10,
  );
  const closed = once(stream, 'close');
  for (const piece of ['{"a"', ':1}', '\n{"b":', '22222', '22222', '22222']) {
    stream.write(piece);
    await new Promise((turn) => setImmediate(turn));
  }
  await closed;
  expect([values, reasons]).toEqual([[{ a: 1 }], ['a line of more than 10 octets']]);
});

test.each(['nothing', 'null', '7', '"text"'])('after %s, which is no object, nothing more is taken', async (line) => {
  expect(await taken(`{"a":1}\n${line}\n{"b":2}\n`)).toEqual([{ a: 1 }]);
});
