import { gzipSync } from 'node:zlib';
import {
  openReply,
  packReply,
  readRequest,
  requestSteps,
  stepContext,
  writeRequest,
} from '../../../lib/control/fleet/message';

describe('a request in etcd', () => {
  test('is read as it was written', () => {
    const request = { session: 's', method: 'POST', path: '/v1/stage', body: '{}' };
    expect(readRequest(Buffer.from(writeRequest(request)))).toEqual(request);
  });

  test('has its steps in order, each with a place of its own', () => {
    const [first, second] = [
      { method: 'PUT', path: '/v1/release', stored: 'x' },
      { method: 'POST', path: '/v1/stage', body: '{}' },
    ];
    const request = readRequest(Buffer.from(writeRequest({ session: 's', ...first, next: [second] })))!;
    expect(requestSteps(request)).toMatchObject([first, second]);
    expect([0, 1, 2].map((step) => stepContext('id', step))).toEqual(['id', 'id/1', 'id/2']);
  });

  test.each([
    '',
    '{',
    '[]',
    '{"session":"s"}',
    '{"session":"","method":"GET","path":"/"}',
    '{"session":"s","method":"GET","path":"x"}',
    '{"session":"s","method":"GET /v1/status HTTP/1.0\\r\\n\\r\\nPOST","path":"/v1/rollback"}',
    '{"session":"s","method":"GET","path":"/v1/status HTTP/1.0\\r\\n\\r\\nPOST /v1/rollback"}',
    '{"session":"s","method":"GET","path":"/v1/status","next":[{"method":"GET","path":"/v1/a b"}]}',
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
