import { METHODS, storedKey } from '../../../lib/control/etcd/messages';

const octets = (hex: string): Uint8Array => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const hex = (value: Uint8Array): string => Buffer.from(value).toString('hex');
const text = (value: string): Uint8Array => Buffer.from(value);

describe('the messages of etcd', () => {
  // As protoc writes them from etcd's rpc.proto.
  test('a range of a prefix', () => {
    const request = { key: text('a'), rangeEnd: text('b'), limit: 5, keysOnly: true };
    expect(hex(METHODS.range.request.encode(request))).toBe('0a0161' + '120162' + '1805' + '4001');
  });

  test('a transaction: a condition on the revision of a key, and a put with a lease', () => {
    const compare = [{ target: 2, key: text('k'), modRevision: 7 }];
    const success = [{ put: { key: text('k'), value: text('v'), lease: 300 } }];
    expect(hex(METHODS.txn.request.encode({ compare, success }))).toBe(
      '0a07' + '1002' + '1a016b' + '3007' + '120b' + '1209' + '0a016b' + '120176' + '18ac02',
    );
  });

  test('the creation of a watch from a revision', () => {
    const create = { key: text('a'), rangeEnd: text('b'), startRevision: 9 };
    expect(hex(METHODS.watch.request.encode({ create }))).toBe('0a08' + '0a0161' + '120162' + '1809');
  });

  test('events of a watch, a put and a deletion, after a header with ids beyond 2^53', () => {
    const header = '0a 18 08 ff ff ff ff ff ff ff ff ff 01 10 ff ff ff ff ff ff ff ff ff 01 18 2a';
    const put = '5a 0d 12 0b 0a 01 6b 10 08 18 09 20 02 2a 00';
    const deletion = '5a 09 08 01 12 05 0a 01 6b 18 2a';
    const { header: read, events, canceled } = METHODS.watch.response.decode(octets(header + put + deletion));
    expect(read?.revision).toBe(42);
    expect(canceled).toBe(false);
    expect(events.map(({ type, kv }) => [type, storedKey(kv!)])).toEqual([
      [0, { key: 'k', value: Buffer.alloc(0), createRevision: 8, modRevision: 9, lease: 0 }],
      [1, { key: 'k', value: Buffer.alloc(0), createRevision: 0, modRevision: 42, lease: 0 }],
    ]);
  });

  test('the end of a watch by a compaction', () => {
    const { canceled, compactRevision } = METHODS.watch.response.decode(octets('20 01 28 64'));
    expect([canceled, compactRevision]).toEqual([true, 100]);
  });

  test('a lease that no longer exists has 0 seconds left', () => {
    expect(METHODS.keepAlive.response.decode(octets('10 07')).ttl).toBe(0);
  });
});
