import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { EventStream } from '../../lib/ui/event-stream';
import type { View } from '../../lib/ui/view';

/** An answer to a reader who takes what is written only when told to. */
class Reader extends EventEmitter {
  readonly written: string[] = [];
  isFull = false;
  isClosed = false;
  writeHead = () => this;
  write = (text: string) => {
    this.written.push(text);
    return !this.isFull;
  };
  destroy = () => {
    this.isClosed = true;
    this.emit('close');
  };
}

const view = (totals: string): View => ({
  regions: { fabric: '', totals, deploy: '', picture: '', names: '', events: '' },
  marks: new Map(),
});

describe('the events of one page', () => {
  let reader: Reader;
  let stream: EventStream;
  const closed = jest.fn();
  beforeEach(() => {
    jest.useFakeTimers();
    closed.mockClear();
    reader = new Reader();
    stream = new EventStream(reader as unknown as ServerResponse, closed);
  });
  afterEach(() => {
    stream.close();
    jest.useRealTimers();
  });

  test('are everything first, then what differs, and nothing where nothing does', () => {
    for (const totals of ['1', '1', '2']) stream.show(view(totals));
    expect(reader.written.map((text) => JSON.parse(text.slice(6)))).toEqual([
      { regions: view('1').regions },
      { regions: { totals: '2' } },
    ]);
  });

  test('wait while it does not read, however much happens; then it gets the last moment alone', () => {
    reader.isFull = true;
    for (let i = 0; i < 1000; i++) stream.show(view(String(i)));
    jest.advanceTimersByTime(20_000);
    expect(reader.written).toHaveLength(1);
    reader.isFull = false;
    reader.emit('drain');
    expect(reader.written.slice(1)).toEqual(['data: {"regions":{"totals":"999"}}\n\n']);
    expect(closed).not.toHaveBeenCalled();
  });

  test('end where it does not read for 30 s', () => {
    reader.isFull = true;
    stream.show(view('1'));
    jest.advanceTimersByTime(31_000);
    expect(reader.isClosed).toBe(true);
    expect(closed).toHaveBeenCalledTimes(1);
    expect(jest.getTimerCount()).toBe(0);
  });

  test('are never silent for long, so that both ends notice when the other is gone', () => {
    jest.advanceTimersByTime(31_000);
    expect(reader.written).toEqual([': \n\n', ': \n\n']);
  });
});
