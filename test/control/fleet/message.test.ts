import { gzipSync } from 'node:zlib';
import { openReply, packReply, readRequest, writeRequest } from '../../../lib/control/fleet/message';

describe('a request in etcd', () => {
  test('is read as it was written', () => {
    const request = { session: 's', method: 'POST', path: '/v1/stage', body: '{}' };
    expect(readRequest(Buffer.from(writeRequest(request)))).toEqual(request);
  });

  test.each([
    '',
    '{',
    '[]',
    '{"session":"s"}',
    '{"session":"","method":"GET","path":"/"}',
    '{"session":"s","method":"GET","path":"x"}',
  ])('is not read from %j', (text) => expect(readRequest(Buffer.from(text))).toBeUndefined());
});

describe('a reply in etcd', () => {
  test.each([
    { status: 200, body: Buffer.from('{"node":"n1"}\n{"node":"n2"}\n') },
    { status: 409, body: Buffer.alloc(0) },
    { status: 200, body: Buffer.from([0, 10, 255]) },
  ])('%# is read as it was written', (reply) => expect(openReply(packReply(reply))).toEqual(reply));

  test.each([Buffer.alloc(0), Buffer.from('200\n'), gzipSync('200'), gzipSync('\n{}'), gzipSync('ok\n{}')])(
    '%# is not read from anything else',
    (octets) => expect(openReply(octets)).toBeUndefined(),
  );
});
