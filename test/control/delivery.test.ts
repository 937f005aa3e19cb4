import { gzipSync } from 'node:zlib';
import { openDelivery, packDelivery } from '../../lib/control/delivery';
import { makeRelease } from '../../lib/control/release';
import { readFabric } from '../../lib/model/read';

const release = makeRelease(readFabric({ name: 'main', nodes: { n1: { ipv4Address: '10.0.0.1' } } }).fabric!);
const endpoints = { n1: 'unix:///n1.sock' };

describe('a delivery', () => {
  test('opens to the release and the endpoints that were packed', () => {
    const opened = openDelivery(packDelivery({ release, endpoints }));
    expect(opened).toMatchObject({ release: { digest: release.digest }, endpoints });
  });

  const written = (value: unknown) => gzipSync(JSON.stringify(value));
  test.each([
    ['cut short', packDelivery({ release, endpoints }).subarray(0, 40), "can't be read"],
    ['of no gzip at all', Buffer.from('hello'), "can't be read"],
    ['of no JSON', gzipSync('{'), "can't be read"],
    ['of another form', written({ document: {} }), 'no release with endpoints'],
    ['of another version', written({ document: { schemaVersion: 99 }, endpoints }), 'schema version'],
    ['that grows beyond all bounds', gzipSync(Buffer.alloc(80 * 1024 * 1024)), "can't be read"],
  ])('%s is a problem and no exception', (_, octets, why) => {
    const opened = openDelivery(octets);
    expect(String(opened)).toContain(why);
  });
});
