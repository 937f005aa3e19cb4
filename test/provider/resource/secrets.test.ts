import { readFabric } from '../../../lib/model/read';
import { secretsFor } from '../../../lib/provider/resource/secrets';
import type { Value } from '../../../lib/provider/value';

const fabric = readFabric({
  name: 'lab',
  nodes: { n1: { ipv4Address: '10.0.0.1' } },
  peers: {
    tor: { address: '10.0.0.254', asNumber: 65000, password: 'secret:tor' },
    other: { address: '10.0.0.253', asNumber: 65000, password: 'file:/etc/key' },
  },
}).fabric!;

describe('the secrets of a deploy', () => {
  test('are those that the fabric names, and no others', () => {
    expect(secretsFor(fabric, { secrets_wo: { tor: 'a', more: 'b' } })).toEqual({ secrets: { tor: 'a' } });
  });

  test('that are missing end the apply before anything changed', () => {
    const given: readonly Value[] = [null, {}, { tor: '' }];
    for (const secrets_wo of given)
      expect(secretsFor(fabric, { secrets_wo })).toMatchObject({
        problems: [{ summary: 'secrets_wo: there is no secret tor' }],
      });
  });
});
