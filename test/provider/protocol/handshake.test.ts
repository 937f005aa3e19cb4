import { handshakeLine, readInvitation } from '../../../lib/provider/protocol/handshake';

/** What Terraform says to every provider (terraform-plugin-go, tfprotov6). */
const MAGIC_COOKIE = {
  name: 'TF_PLUGIN_MAGIC_COOKIE',
  value: 'd602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2',
};

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
