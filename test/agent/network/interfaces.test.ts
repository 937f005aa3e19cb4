import { localInterfaces } from '../../../lib/agent/network/interfaces';
import { ADDRESS_FLAG } from '../../../lib/kernel/codec/interface-address';
import { IpAddress } from '../../../lib/model/address';
import { sure } from '../../../lib/model/problem';

const ip = (text: string) => sure(IpAddress.parse(text));
const on = (index: number, text: string, flags = 0) => {
  const [address, length] = text.split('/');
  return { interface: index, address: ip(address), length: Number(length), flags };
};
const link = (index: number, name: string) => ({ index, name, up: true, carrier: true });
const LINKS = [link(1, 'lo'), link(2, 'eth1'), link(3, 'eth2'), link(4, 'cali1')];

const shown = (addresses: ReturnType<typeof on>[], ...wanted: string[]) =>
  localInterfaces(LINKS, addresses, wanted.map(ip)).map(
    ({ name, addresses: all }) => `${name}: ${all.map(({ address, length }) => `${address}/${length}`).join(' ')}`,
  );

describe('the interfaces that the speaker is told of', () => {
  test('are those that have an address which is known beyond the link, or one of a session, with all addresses, and not those of workloads', () => {
    const all = [on(2, '2001:db8::1/127'), on(2, '192.0.2.1/31'), on(2, 'fe80::2/64'), on(4, 'fe80::1/64')];
    const eth1 = 'eth1: 192.0.2.1/31 2001:db8::1/127 fe80::2/64';
    expect(shown([...all, on(1, '127.0.0.1/8'), on(1, '10.255.0.1/32')], '192.0.2.1', '10.255.0.1')).toEqual([
      'lo: 10.255.0.1/32 127.0.0.1/8',
      eth1,
    ]);
    expect(shown(all, '198.51.100.1')).toEqual([eth1]);
    expect(shown(all, 'fe80::1')).toEqual([eth1, 'cali1: fe80::1/64']);
  });

  test('come with the addresses that stay before those that go or stand beside others, and never with those that nobody may use', () => {
    const { deprecated, secondary, tentative, dadFailed } = ADDRESS_FLAG;
    const all = [
      on(2, '2001:db8::1/64', deprecated),
      on(2, '2001:db8::2/64', secondary),
      on(2, '2001:db8::3/64', tentative),
      on(2, '2001:db8::4/64', tentative | dadFailed),
      on(2, '2001:db8::6/64'),
      on(2, '2001:db8::5/64'),
      on(2, '192.0.2.1/31'),
    ];
    expect(shown(all, '192.0.2.1')).toEqual([
      'eth1: 192.0.2.1/31 2001:db8::5/64 2001:db8::6/64 2001:db8::2/64 2001:db8::1/64',
    ]);
    expect(localInterfaces(LINKS, all, [])).toEqual([
      expect.objectContaining({
        unusable: [
          { address: ip('2001:db8::3'), length: 64 },
          { address: ip('2001:db8::4'), length: 64 },
        ],
      }),
    ]);
  });

  test('are said in the same words whatever order the kernel tells them in', () => {
    const all = [on(2, '192.0.2.1/31'), on(2, '2001:db8::1/127'), on(1, '10.255.0.1/32')];
    expect(shown([...all].reverse(), '192.0.2.1', '10.255.0.1')).toEqual(shown(all, '10.255.0.1', '192.0.2.1'));
  });
});
