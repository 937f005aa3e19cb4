import { handshakeLine, MAGIC_COOKIE, readInvitation } from '../../../lib/provider/protocol/handshake';

const cookie = { [MAGIC_COOKIE.name]: MAGIC_COOKIE.value };

test('without the cookie a person started it, and is told what it is', () => {
  expect(readInvitation({})).toContain('Terraform provider of Peerform');
});

test('a host that speaks only an older protocol is told which Terraform to use', () => {
  expect(readInvitation({ ...cookie, PLUGIN_PROTOCOL_VERSIONS: '4,5' })).toContain('plugin protocol 4,5');
  expect(readInvitation({ ...cookie, PLUGIN_PROTOCOL_VERSIONS: '5,6' })).toEqual({});
});

test("the host's certificate and folder are taken from the environment", () => {
  expect(readInvitation({ ...cookie, PLUGIN_CLIENT_CERT: 'pem', PLUGIN_UNIX_SOCKET_DIR: '/s' })).toEqual({
    clientCertificate: 'pem',
    socketFolder: '/s',
  });
});

test('the line has six fields, and the certificate no padding', () => {
  expect(handshakeLine('/t/s', Uint8Array.of(1))).toBe('1|6|unix|/t/s|grpc|AQ\n');
  expect(handshakeLine('/t/s')).toBe('1|6|unix|/t/s|grpc|\n');
});
