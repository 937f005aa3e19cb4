import { ownTroubles } from '../../../lib/agent/network/own-trouble';
import { ADDRESS_FLAG } from '../../../lib/kernel/codec/interface-address';
import { IpAddress } from '../../../lib/model/address';
import { sure } from '../../../lib/model/problem';

const address = (text: string) => sure(IpAddress.parse(text));
const links = [
  { index: 1, name: 'lo', up: true, carrier: true },
  { index: 2, name: 'eth0', up: true, carrier: true },
];
const has = (text: string, length: number, more: { interface?: number; flags?: number } = {}) => ({
  interface: 2,
  address: address(text),
  length,
  ...more,
});
/** What is against a session from the local address to a neighbour. */
const trouble = (
  local: string,
  remote: string,
  addresses: Parameters<typeof ownTroubles>[1],
  all: Parameters<typeof ownTroubles>[2] = links,
) => ownTroubles([{ key: 'k', localAddress: address(local), remoteAddress: address(remote) }], addresses, all).get('k');

describe('what a node lacks of what a session leaves from', () => {
  test('is nothing where an interface that works has its address', () => {
    expect(trouble('10.0.0.1', '10.0.0.2', [has('10.0.0.1', 24)])).toBeUndefined();
  });

  test('is the address, where no interface has it', () => {
    expect(trouble('10.0.0.1', '10.0.0.2', [has('10.0.0.3', 24)])).toBe('no interface of this machine has 10.0.0.1');
  });

  test('is nothing where the loopback interface has its whole subnet', () => {
    expect(trouble('127.0.0.2', '127.0.0.3', [has('127.0.0.1', 8, { interface: 1 })])).toBeUndefined();
  });

  test('is the right to use the address, where another machine has it too', () => {
    const flags = ADDRESS_FLAG.dadFailed | ADDRESS_FLAG.tentative;
    expect(trouble('2001:db8::1', '2001:db8::2', [has('2001:db8::1', 64, { flags })])).toBe(
      'another machine on the link has 2001:db8::1 on eth0, too (duplicate address detection failed)',
    );
  });

  test('is patience, while it is found out whether another one has it', () => {
    const flags = ADDRESS_FLAG.tentative;
    expect(trouble('2001:db8::1', '2001:db8::2', [has('2001:db8::1', 64, { flags })])).toContain(
      'cannot be used yet: duplicate address detection is in progress',
    );
  });

  test('is nothing where the address is good on one interface of two', () => {
    const twice = [
      has('2001:db8::1', 64, { flags: ADDRESS_FLAG.dadFailed }),
      has('2001:db8::1', 128, { interface: 1 }),
    ];
    expect(trouble('2001:db8::1', '2001:db8:1::2', twice)).toBeUndefined();
  });

  test.each([
    [{ up: true, carrier: false }, 'link eth0 has no carrier'],
    [{ up: false, carrier: false }, 'link eth0 is down'],
  ])('is the link to the neighbour, where it does not work (%j)', (state, text) => {
    const all = [links[0], { ...links[1], ...state }];
    expect(trouble('10.0.0.1', '10.0.0.2', [has('10.0.0.1', 24)], all)).toBe(text);
    expect(trouble('10.0.0.1', '192.0.2.1', [has('10.0.0.1', 24)], all)).toBeUndefined();
  });
});
