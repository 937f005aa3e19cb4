import { idleBfdTtlWarnings } from '../../../lib/provider/resource/idle-bfd-ttl';
import { valid } from '../../model/valid';

test('a minimum TTL of BFD that has no effect is told of where it is', () => {
  const up = { address: '192.0.2.1', asNumber: 65001, bfd: { minimumTtl: 250 } };
  const fabric = valid({ name: 'lab', nodes: { n1: { ipv4Address: '10.0.0.1' } }, peers: { up } });
  expect(idleBfdTtlWarnings(fabric)).toMatchObject([
    { summary: 'peers.up.bfd.minimum_ttl has no effect', detail: expect.stringContaining('always 255') },
  ]);
});
