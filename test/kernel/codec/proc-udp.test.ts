import { udpSocketsIn } from '../../../lib/kernel/codec/proc-udp';

const TABLE = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  461: 070200C0:0EC8 00000000:0000 07 00000000:00000000 00:00000000 00000000 65534        0 21432 2 0000000000000000 0
  462: 00000000000000000000000001000000:12B0 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000   108        0 21433 2 0000000000000000 0
`;

test('sockets of both families are read with their address, port and user, and nothing else', () => {
  expect(udpSocketsIn(TABLE)).toEqual([
    { local: Uint8Array.of(192, 0, 2, 7), port: 3784, uid: 65534 },
    { local: Uint8Array.of(...new Uint8Array(15), 1), port: 4784, uid: 108 },
  ]);
  expect(udpSocketsIn('')).toEqual([]);
});
