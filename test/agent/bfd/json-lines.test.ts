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

test.each(['nothing', 'null', '7', '"text"'])('after %s, which is no object, nothing more is taken', async (line) => {
  expect(await taken(`{"a":1}\n${line}\n{"b":2}\n`)).toEqual([{ a: 1 }]);
});
