import { linkOf } from '../../../lib/bgp/rib/link-subnet';
import { IpAddress } from '../../../lib/model/address';
import { Prefix } from '../../../lib/model/prefix';
import { sure } from '../../../lib/model/problem';

const ip = (text: string) => sure(IpAddress.parse(text));
const net = (text: string) => sure(Prefix.parse(text));

test('an address is on the link with the smallest subnet around it', () => {
  const links = [
    { prefix: net('10.0.0.0/8'), interface: 'eth0' },
    { prefix: net('10.1.0.0/16'), interface: 'eth1' },
    { prefix: net('0.0.0.0/0'), interface: 'eth2' },
  ];
  expect(['10.1.2.3', '10.2.0.1', '192.0.2.1', '2001:db8::1'].map((text) => linkOf(ip(text), links))).toEqual([
    'eth1',
    'eth0',
    'eth2',
    undefined,
  ]);
});
