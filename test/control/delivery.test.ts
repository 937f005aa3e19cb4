import { gzipSync } from 'node:zlib';
import {
  assembleDelivery,
  examineDelivery,
  openDelivery,
  packDelivery,
  type Unreadable,
} from '../../lib/control/delivery';
import { makeRelease, reopenRelease } from '../../lib/control/release';
import { readFabric } from '../../lib/model/read';

const release = makeRelease(readFabric({ name: 'main', nodes: { n1: { ipv4Address: '10.0.0.1' } } }).fabric!);
const endpoints = { n1: 'unix:///n1.sock' };

const written = (value: unknown) => gzipSync(JSON.stringify(value));

describe('a delivery', () => {
  test('opens to the release and the endpoints that were packed', () => {
    const opened = openDelivery(packDelivery({ release, endpoints }));
    expect(opened).toMatchObject({ release: { digest: release.digest }, endpoints });
  });

  test.each([
    ['cut short', packDelivery({ release, endpoints }).subarray(0, 40), 'cannot be read'],
    ['of no gzip at all', Buffer.from('hello'), 'cannot be read'],
    ['of no JSON', gzipSync('{'), 'cannot be read'],
    ['of another form', written({ document: {} }), 'not a release with endpoints'],
    ['of another version', written({ document: { schemaVersion: 99 }, endpoints }), 'schema version'],
    ['that grows beyond all bounds', gzipSync(Buffer.alloc(17 * 1024 * 1024)), 'cannot be read'],
    ['of millions of objects', gzipSync(`[${'{},'.repeat(5_000_000)}{}]`), 'more than 1500000 values'],
    ['of objects within objects', gzipSync('{"document":'.repeat(100_000)), 'nested more than 32 deep'],
  ])('%s is a problem and no exception', (_, octets, why) => {
    const opened = openDelivery(octets);
    expect(String(opened)).toContain(why);
  });
});

describe('a delivery that is opened by one thread for another', () => {
  const names = Array.from({ length: 250 }, (_, i) => `n${i}`);
  const spec = {
    name: 'main',
    edition: 2,
    nodes: Object.fromEntries(names.map((name, i) => [name, { ipv4Address: `10.0.${i >> 8}.${i & 255}`, rack: 'r1' }])),
    peers: Object.fromEntries(
      names.map((name) => [`tor-${name}`, { node: name, address: '192.0.2.1', asNumber: 65000, filters: ['all'] }]),
    ),
    racks: { r1: { asNumber: 65001, topOfRack: [{ ipv4Address: '192.0.2.9', asNumber: 65009 }] } },
    filters: { all: { import: [{ action: 'accept' }] } },
    communities: { blue: '65000:1', constructor: '65000:2' },
    restartTime: 77,
  };

  test('is the same, and so is what is kept of it', async () => {
    const { fabric, problems } = readFabric(spec);
    expect(problems).toEqual([]);
    const large = makeRelease(fabric!);
    const examined = examineDelivery(packDelivery({ release: large, endpoints }));
    if (!('parts' in examined)) throw new Error(examined.problems.join());
    expect(examined.parts.length).toBeGreaterThan(6);
    const { release: whole, document } = await assembleDelivery(examined);
    expect(whole).toEqual(large);
    expect(makeRelease(whole.fabric).digest).toBe(large.digest);
    expect(reopenRelease(JSON.parse(document!))).toEqual(large);
    expect(examineDelivery(packDelivery({ release: whole, endpoints, document }))).toEqual(examined);
  });

  test('tells the first problems of many', () => {
    const nodes = Object.fromEntries(names.map((name) => [name, {}]));
    const document = { schemaVersion: 1, digest: 'x', fabric: { name: 'main', nodes } };
    const { problems } = examineDelivery(written({ document, endpoints })) as Unreadable;
    expect(problems).toHaveLength(21);
    expect(problems[20]).toBe('and 230 more problems');
  });

  test('names the fields that are not known here, wherever they are', () => {
    const fabric = { name: 'main', epoch: 3, nodes: { n1: { ipv4Address: '10.0.0.1', colour: 'red' }, n2: {} } };
    const document = { schemaVersion: 1, digest: 'x', fabric };
    expect(examineDelivery(written({ document, endpoints }))).toMatchObject({
      unknownFields: expect.arrayContaining(['epoch', 'nodes.n1.colour']),
    });
    expect(examineDelivery(Buffer.from('hello'))).toMatchObject({ unknownFields: [] });
  });
});
