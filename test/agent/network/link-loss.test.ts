import { endedByAddress, endedByLink } from '../../../lib/agent/network/link-loss';
import { IpAddress } from '../../../lib/model/address';
import { sure } from '../../../lib/model/problem';

const address = (text: string) => sure(IpAddress.parse(text));
const session = (local: string, remote: string) => ({
  key: remote,
  localAddress: address(local),
  remoteAddress: address(remote),
});
const sessions = [
  session('10.0.0.1', '10.0.0.2'),
  session('10.0.0.1', '192.0.2.9'),
  session('2001:db8::1', '2001:db8::2'),
  session('10.0.1.1', '10.0.1.2'),
];
const addresses = [
  { interface: 2, address: address('10.0.0.1'), length: 24 },
  { interface: 2, address: address('2001:db8::1'), length: 64 },
  { interface: 3, address: address('10.0.1.1'), length: 24 },
];
const link = (index: number, up: boolean, carrier: boolean) => ({ index, name: 'eth0', up, carrier });

describe('the loss of a link', () => {
  test.each([
    [true, false],
    [false, false],
  ])('ends the sessions with neighbours in its subnets, and no others (up %s, carrier %s)', (up, carrier) => {
    expect(endedByLink(link(2, up, carrier), addresses, sessions)).toEqual(['10.0.0.2', '2001:db8::2']);
  });

  test('ends nothing while it works', () => {
    expect(endedByLink(link(2, true, true), addresses, sessions)).toEqual([]);
  });

  test('leaves a neighbour alone that another link leads to as well', () => {
    const both = [...addresses, { interface: 3, address: address('10.0.0.3'), length: 24 }];
    expect(endedByLink(link(2, true, false), both, sessions)).toEqual(['2001:db8::2']);
  });
});

test('the loss of a link ends the sessions that can use no other, whatever the addresses of both', () => {
  const bound = (name: string) => ({ ...session('fe80::1', 'fe80::2'), key: name, interface: name });
  const own = [2, 3].map((index) => ({ interface: index, address: address('fe80::1'), length: 64 }));
  expect(endedByLink(link(2, true, false), own, [bound('eth0'), bound('eth1')])).toEqual(['eth0']);
});

test('the loss of an address ends the sessions that use it', () => {
  expect(endedByAddress(address('10.0.0.1'), sessions)).toEqual(['10.0.0.2', '192.0.2.9']);
});
