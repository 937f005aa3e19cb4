import { LocalLinks } from '../../../lib/agent/network/local-links';
import type { SpeakerHost } from '../../../lib/bgp/net/host';
import type { Input } from '../../../lib/bgp/speaker';
import { IpAddress } from '../../../lib/model/address';
import { sure } from '../../../lib/model/problem';

const ip = (text: string) => sure(IpAddress.parse(text));
const ETH0 = { index: 2, name: 'eth0', up: true, carrier: true };
const OWN = { interface: 2, address: ip('10.0.0.1'), length: 24 };
const CONFIG = { key: 'tor', localAddress: OWN.address, remoteAddress: ip('10.0.0.2') };
const END = { localAddress: OWN.address, localAddresses: { ipv4: OWN.address } };

/** A machine with one link and one session over it, which is up unless it is not. */
function machine(established = true) {
  const given: Input[] = [];
  const said: string[] = [];
  let addresses = [OWN];
  const host = {
    give: (input: Input) => void given.push(input),
    speaker: { configs: () => [CONFIG], session: () => ({ established, config: CONFIG }) },
  } as unknown as SpeakerHost;
  const links = new LocalLinks(host, { say: ({ message }) => void said.push(message) });
  links.watched({ links: () => [ETH0], addresses: () => addresses, hasAdvertisedDefault: () => false });
  const have = (all: (typeof OWN)[]) => {
    addresses = all;
  };
  return { links, given, said, have };
}

describe('the links of a node', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  test('are told to the speaker when sessions leave from them, once for all that stays the same', () => {
    const { links, given } = machine();
    links.set([END]);
    links.add([END]);
    expect(given).toEqual([
      { kind: 'interfaces', interfaces: [{ name: 'eth0', addresses: [{ address: OWN.address, length: 24 }] }] },
    ]);
    links.close();
  });

  test('end the sessions that they carry at once when they go down', () => {
    const { links, given, said } = machine();
    links.linkChanged({ ...ETH0, carrier: false });
    expect(given).toEqual([{ kind: 'reset', session: 'tor', why: 'link eth0 is down' }]);
    expect(said).toEqual(['session with 10.0.0.2 closed: link eth0 is down']);
    links.close();
  });

  test('end nothing that is not up', () => {
    const { links, given } = machine(false);
    links.linkChanged({ ...ETH0, up: false });
    expect(given).toEqual([]);
    links.close();
  });

  test.each([
    ['comes back in time', true, []],
    ['does not come back', false, [{ kind: 'reset', session: 'tor', why: 'address 10.0.0.1 is gone' }]],
  ])('an address that is gone and %s', (_, comesBack, resets) => {
    const { links, given, have } = machine();
    have([]);
    links.addressChanged(OWN, false);
    jest.advanceTimersByTime(900);
    if (comesBack) have([OWN]);
    jest.advanceTimersByTime(200);
    expect(given.filter(({ kind }) => kind === 'reset')).toEqual(resets);
    links.close();
  });
});
