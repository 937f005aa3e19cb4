import fc from 'fast-check';
import { netlinkLine } from '../../../lib/cli/debug/netlink';
import { decodeRouteMessage, encodeRouteMessage } from '../../../lib/cli/debug/netlink-message';
import { fromHex, hex } from '../../../lib/kernel/codec/octets';

const HEADER = '02180000fe72000100000000';
const reply = (digits: string) =>
  netlinkLine({ hex: digits, kind: 'route' }) as { route: { attributes: unknown }; reencoded: string };

describe('debug netlink', () => {
  test('shows a route and writes it again', () => {
    const digits = `${HEADER}080001000a32000008000600c8000000080005000a0000020800040005000000`;
    expect(reply(digits)).toEqual({
      route: {
        family: 2,
        destinationLength: 24,
        sourceLength: 0,
        tos: 0,
        table: 254,
        protocol: 114,
        protocolName: 'peerform',
        scope: 0,
        type: 1,
        flags: 0,
        attributes: [
          { name: 'destination', value: '10.50.0.0' },
          { name: 'priority', value: 200 },
          { name: 'gateway', value: '10.0.0.2' },
          { name: 'outputInterface', value: 5 },
        ],
      },
      reencoded: digits,
    });
  });

  test('shows several next hops', () => {
    const hop = (last: string) => `1000000306000000080005000a0000${last}`;
    const digits = `${HEADER}24000900${hop('02')}${hop('03')}`;
    expect(reply(digits).route.attributes).toEqual([
      {
        name: 'multipath',
        value: ['10.0.0.2', '10.0.0.3'].map((value) => ({
          flags: 0,
          weight: 4,
          interface: 6,
          attributes: [{ name: 'gateway', value }],
        })),
      },
    ]);
    expect(reply(digits).reencoded).toBe(digits);
  });

  test('shows hops within a hop as octets: there are none, and to look into them would take for ever', () => {
    const inner = '0c000900' + '0800000000000000';
    const digits = `${HEADER}18000900` + `1400000000000000${inner}`;
    expect(reply(digits).route.attributes).toMatchObject([
      { name: 'multipath', value: [{ attributes: [{ name: '9', type: 9, value: { hex: inner.slice(8) } }] }] },
    ]);
    expect(reply(digits).reencoded).toBe(digits);
  });

  test('shows an encapsulation that it does not know as octets', () => {
    const digits = `${HEADER}06001500030000000c00168008000100deadbeef`;
    expect(reply(digits).route.attributes).toEqual([
      { name: 'encapsulationType', value: 3 },
      { name: '22', type: 22, value: { hex: '08000100deadbeef' }, flags: 0x8000 },
    ]);
    expect(reply(digits).reencoded).toBe(digits);
  });

  test('answers to what is no route message with what is wrong', () => {
    expect(netlinkLine({ hex: '0218', kind: 'route' })).toMatchObject({ error: { code: 'route' } });
    expect(netlinkLine({ hex: 'xx', kind: 'route' })).toMatchObject({ error: { code: 'hex' } });
    expect(netlinkLine({ hex: '', kind: 'link' })).toMatchObject({ error: { code: 'kind' } });
    expect(netlinkLine(7)).toMatchObject({ error: { code: 'hex' } });
  });

  test('never throws, and what it shows is the whole message', () => {
    const attribute = fc.tuple(fc.nat(31), fc.uint8Array({ maxLength: 40 })).map(([type, value]) => {
      const padded = [...value, 0, 0, 0].slice(0, (value.length + 3) & ~3);
      return hex(Uint8Array.of(value.length + 4, 0, type, 0, ...padded));
    });
    fc.assert(
      fc.property(fc.constantFrom('02', '0a', '1c'), fc.array(attribute, { maxLength: 6 }), (family, attributes) => {
        const digits = `${family}${HEADER.slice(2)}${attributes.join('')}`;
        const normal = hex(encodeRouteMessage(decodeRouteMessage(fromHex(digits)!)!));
        expect(reply(digits).reencoded).toBe(normal);
      }),
      { numRuns: 1000 },
    );
  });
});
