import { addressesOf, OwnAddresses } from '../../../lib/bgp/rib/own-addresses';
import { IpAddress } from '../../../lib/model/address';
import { sure } from '../../../lib/model/problem';

const ip = (text: string) => sure(IpAddress.parse(text));

describe('the addresses of a node', () => {
  const own = new OwnAddresses(
    [ip('192.0.2.1')],
    [
      {
        name: 'eth0',
        addresses: [
          { address: ip('2001:db8::5'), length: 64 },
          { address: ip('fe80::5'), length: 64 },
        ],
      },
      {
        name: 'eth1',
        addresses: [{ address: ip('2001:db8:1::1'), length: 127 }],
        unusable: [{ address: ip('198.51.100.7'), length: 24 }],
      },
    ],
  );
  test('are those of its sessions and interfaces, usable or not', () => {
    for (const text of ['192.0.2.1', '2001:db8::5', '198.51.100.7']) expect(own.has(ip(text), undefined)).toBe(true);
    for (const text of ['192.0.2.2', '198.51.100.0']) expect(own.has(ip(text), undefined)).toBe(false);
  });
  test('are on their own link alone where they are link-local (RFC 4007)', () => {
    expect(own.has(ip('fe80::5'), 'eth0')).toBe(true);
    expect(own.has(ip('fe80::5'), 'eth1')).toBe(false);
    expect(own.has(ip('fe80::5'), undefined)).toBe(false);
  });
  test('include the anycast address of routers of a subnet (RFC 4291), but not of a point-to-point link (RFC 6164)', () => {
    expect(own.has(ip('2001:db8::'), undefined)).toBe(true);
    expect(own.has(ip('2001:db8:1::'), undefined)).toBe(false);
  });
});

test('those that a configuration has are all that it names', () => {
  const of = addressesOf({
    localAddress: ip('10.0.0.1'),
    localAddresses: { ipv6: ip('2001:db8::1') },
    nextHops: { ipv4: ip('10.0.0.2') },
  } as never);
  expect(of.map(String)).toEqual(['10.0.0.1', '2001:db8::1', '10.0.0.2']);
});
