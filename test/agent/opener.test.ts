import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DeliveryOpener } from '../../lib/agent/opener';
import { packDelivery } from '../../lib/control/delivery';
import { makeRelease } from '../../lib/control/release';
import { readFabric } from '../../lib/model/read';

/** The thread reads the TypeScript of this checkout. */
const opener = new DeliveryOpener({ execArgv: ['-r', join(__dirname, '../fuzz/load.cjs')] });
const release = makeRelease(readFabric({ name: 'main', nodes: { n1: { ipv4Address: '10.0.0.1' } } }).fabric!);
const delivery = { release, endpoints: { n1: 'unix:///n1.sock' } };

describe('a delivery that is opened aside', () => {
  test('is what was packed', async () => {
    expect(await opener.open(packDelivery(delivery))).toMatchObject(delivery);
  });

  test('takes its turn among others, however they end, and of too many the last are refused', async () => {
    const all = await Promise.all(
      Array.from({ length: 10 }, (_, i) => opener.open(i === 0 ? Buffer.from('no gzip') : packDelivery(delivery))),
    );
    expect(all[0]).toMatchObject({ problems: [expect.stringContaining('the release cannot be read')] });
    expect(all.filter((one) => 'release' in one)).toHaveLength(7);
    expect(all.slice(8)).toEqual(
      Array(2).fill({ problems: ['too many releases are delivered at once: deploy again'], unknownFields: [] }),
    );
    expect(await opener.open(packDelivery(delivery))).toMatchObject(delivery);
  });

  const nodes = Object.fromEntries(
    Array.from({ length: 60_000 }, (_, i) => [`n${i}`, { ipv4Address: `10.0.0.${i % 250}`, labels: { a: 'b' } }]),
  );
  test.each([
    ['64 MB of objects', gzipSync(`[${'{},'.repeat(21 << 20)}{}]`)],
    ['as many objects as may be', gzipSync(`[${'{},'.repeat(700_000)}{}]`)],
    [
      'a fabric that is wrong in every node',
      gzipSync(
        JSON.stringify({ document: { schemaVersion: 1, digest: '', fabric: { name: 'f', nodes } }, endpoints: {} }),
      ),
    ],
  ])('and is %s is refused, while everything else goes on', async (_, octets) => {
    let isOpen = true;
    let turns = 0;
    const opened = opener.open(octets).finally(() => {
      isOpen = false;
    });
    for (; isOpen; turns++) await new Promise((turn) => setTimeout(turn, 1));
    expect(await opened).toMatchObject({ problems: expect.arrayContaining([expect.any(String)]) });
    expect(turns).toBeGreaterThan(20);
  });
});
