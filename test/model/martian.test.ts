import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { IpAddress } from '../../lib/model/address';
import { MARTIANS, martianOf } from '../../lib/model/martian';
import { Prefix } from '../../lib/model/prefix';
import { sure } from '../../lib/model/problem';
import { readFabric } from '../../lib/model/read';

const prefixOf = (text: string) => sure(Prefix.parse(text));
const nameOf = (text: string) => martianOf(prefixOf(text))?.range.toString();

/** Any prefix within a range. */
const within = ({ address, length, family }: Prefix) =>
  fc
    .record({
      bytes: fc.uint8Array({ minLength: address.bytes.length, maxLength: address.bytes.length }),
      more: fc.nat(),
    })
    .map(({ bytes, more }) => {
      const mixed = bytes.map((octet, i) => {
        const kept = 0xff00 >> Math.min(8, Math.max(0, length - 8 * i));
        return (address.bytes[i] & kept) | (octet & ~kept);
      });
      const bits = family === 'ipv4' ? 32 : 128;
      return Prefix.of(IpAddress.fromBytes(mixed), length + (more % (bits - length + 1)));
    });

describe('a martian', () => {
  test.each([
    ['0.0.0.0/8', '0.0.0.0/8'],
    ['0.0.0.0/32', '0.0.0.0/8'],
    ['0.255.0.0/16', '0.0.0.0/8'],
    ['127.0.0.0/8', '127.0.0.0/8'],
    ['127.0.0.1/32', '127.0.0.0/8'],
    ['169.254.0.0/16', '169.254.0.0/16'],
    ['169.254.169.254/32', '169.254.0.0/16'],
    ['224.0.0.0/4', '224.0.0.0/4'],
    ['239.255.255.0/24', '224.0.0.0/4'],
    ['240.0.0.0/4', '240.0.0.0/4'],
    ['255.0.0.0/8', '240.0.0.0/4'],
    ['255.255.255.255/32', '240.0.0.0/4'],
    ['::/128', '::/128'],
    ['::1/128', '::1/128'],
    ['::ffff:0:0/96', '::ffff:0:0/96'],
    ['::ffff:10.0.0.0/104', '::ffff:0:0/96'],
    ['fe80::/10', 'fe80::/10'],
    ['fe80::/64', 'fe80::/10'],
    ['febf::/16', 'fe80::/10'],
    ['ff00::/8', 'ff00::/8'],
    ['ff02::1/128', 'ff00::/8'],
  ])('is %s, by %s', (text, range) => {
    expect(nameOf(text)).toBe(String(prefixOf(range)));
  });

  test.each([
    '0.0.0.0/0',
    '0.0.0.0/7',
    '1.0.0.0/8',
    '126.0.0.0/7',
    '126.0.0.0/8',
    '128.0.0.0/1',
    '169.254.0.0/15',
    '169.255.0.0/16',
    '224.0.0.0/3',
    '223.255.255.255/32',
    '10.0.0.0/8',
    '10.1.2.3/32',
    '172.16.0.0/12',
    '192.168.0.0/16',
    '100.64.0.0/10',
    '100.64.0.1/32',
    '192.0.2.0/24',
    '198.18.0.0/15',
    '198.51.100.0/24',
    '203.0.113.0/24',
    '::/0',
    '::/127',
    '::/96',
    '::2/128',
    '64:ff9b::/96',
    '100::/64',
    '100::1/128',
    '2001:db8::/32',
    'fc00::/7',
    'fd00::1/128',
    'fe00::/9',
    'fec0::/10',
    'fe00::/7',
    'ff00::/7',
  ])('is not %s', (text) => {
    expect(nameOf(text)).toBeUndefined();
  });

  test('is every prefix within a range, and none that covers one', () => {
    for (const { range } of MARTIANS) {
      fc.assert(fc.property(within(range), (prefix) => martianOf(prefix)?.range.equals(range) === true));
      for (let length = 0; length < range.length; length++)
        expect(martianOf(Prefix.of(range.address, length))).toBeUndefined();
    }
  });

  test('has an exception at most where it is no loopback, multicast or link-local prefix', () => {
    const never = MARTIANS.filter(({ isAdmissible }) => !isAdmissible).map(({ use }) => use);
    expect([...new Set(never)].sort()).toEqual(['link-local', 'loopback', 'multicast']);
    expect(MARTIANS.filter(({ use }) => never.includes(use)).every(({ isAdmissible }) => !isAdmissible)).toBe(true);
  });

  test.each(MARTIANS.map(({ range }) => String(range)))('is not advertised: %s', (range) => {
    const node = { ipv4Address: '10.0.0.1', advertise: [{ prefix: '10.9.0.0/16' }, { prefix: range }] };
    const { problems } = readFabric({ name: 'f', nodes: { n: node } });
    expect(problems.map(({ code, path }) => `${code} ${path}`)).toEqual(['martian nodes.n.advertise.1.prefix']);
    expect(String(problems[0])).toContain(`${range} is within ${range} (`);
  });
});

test('docs/martians.md has the table', () => {
  const page = readFileSync(join(__dirname, '../../docs/martians.md'), 'utf8');
  const rows = MARTIANS.map(
    ({ range, use, source, isAdmissible }) =>
      `| \`${range}\` | ${use} | ${source} | ${isAdmissible ? 'by an import rule' : 'never'} |`,
  );
  expect(page.split('\n').filter((line) => line.startsWith('| `'))).toEqual(rows);
});
