import { LocalLinks } from '../../../lib/agent/network/local-links';
import { TroubleWatch } from '../../../lib/agent/network/trouble-watch';
import { SpeakerHost } from '../../../lib/bgp/net/host';
import { KEEPALIVE } from '../../../lib/bgp/wire/keepalive';
import type { RunningSession } from '../../../lib/node/sessions';
import { ip } from '../../bgp/rib/world';
import { openOf } from '../../bgp/script';
import { routerId, sessionTo } from '../../bgp/simulation';

const OWN = { interface: 2, address: ip('10.0.0.1'), length: 24 };
const ETH0 = { index: 2, name: 'eth0', up: true, carrier: true };
const GONE = 'no interface of this machine has 10.0.0.1';
const TOR = sessionTo('10.0.0.1', '10.0.0.2', { name: 'tor', dial: 'wait' });
const SPINE = sessionTo('10.0.0.1', '10.0.0.3', { name: 'spine', dial: 'wait' });

/** A node with two sessions that wait for their neighbours, on a machine whose addresses and links change. */
async function node() {
  const world = { addresses: [OWN], links: [ETH0], others: 0, now: 0 };
  const host = new SpeakerHost({ seed: 1, clock: () => world.now });
  const said: string[] = [];
  const reports = {
    say: ({ level, message }: { level?: string; message: string }) => void said.push(`${level} ${message}`),
  };
  const links = new LocalLinks(host, reports);
  links.watched({ links: () => world.links, addresses: () => world.addresses, hasAdvertisedDefault: () => false });
  await host.configure({ routerId: routerId('10.0.0.1') }, [TOR, SPINE]);
  const running = [TOR, SPINE].map((config) => ({ config }) as RunningSession);
  const watch = new TroubleWatch(
    host,
    links,
    () => running,
    reports,
    () => world.others++,
  );
  /** What the next look says. */
  const look = async () => {
    said.length = 0;
    world.now += 5_000;
    await jest.advanceTimersByTimeAsync(5_000);
    return [...said];
  };
  /** A neighbour connects, and the session comes up. */
  const comesUp = (remote: string) => {
    host.give({ kind: 'accepted', connection: 1, local: '10.0.0.1', remote });
    for (const bytes of [openOf(remote), KEEPALIVE]) host.give({ kind: 'bytes', connection: 1, bytes });
  };
  return { world, host, watch, look, comesUp };
}

describe('the watch over sessions that are down', () => {
  let here: Awaited<ReturnType<typeof node>>;
  beforeEach(async () => {
    here = await node();
    jest.useFakeTimers({ doNotFake: ['performance', 'setImmediate'] });
    here.watch.begin();
  });
  afterEach(async () => {
    here.watch.close();
    jest.useRealTimers();
    await here.host.close();
  });

  test('says nothing where only their neighbours are missing, and looks after what else has no event', async () => {
    expect([await here.look(), await here.look(), here.world.others]).toEqual([[], [], 2]);
  });

  test('says at the second look in a row what this machine lacks for each, and says it once', async () => {
    here.world.addresses = [];
    expect(await here.look()).toEqual([]);
    expect(await here.look()).toEqual([`warn tor 10.0.0.2: ${GONE}`, `warn spine 10.0.0.3: ${GONE}`]);
    expect([await here.look(), await here.look()]).toEqual([[], []]);
  });

  test('says nothing of what the second look no longer finds', async () => {
    here.world.addresses = [];
    expect(await here.look()).toEqual([]);
    here.world.addresses = [OWN];
    expect([await here.look(), await here.look()]).toEqual([[], []]);
  });

  test('says it again when the reason is another one', async () => {
    here.world.addresses = [];
    await here.look();
    expect(await here.look()).toHaveLength(2);
    here.world.addresses = [OWN];
    here.world.links = [{ ...ETH0, carrier: false }];
    expect(await here.look()).toEqual([]);
    const cause = 'link eth0 has no carrier';
    expect(await here.look()).toEqual([`warn tor 10.0.0.2: ${cause}`, `warn spine 10.0.0.3: ${cause}`]);
    expect(await here.look()).toEqual([]);
  });

  test('says nothing of a session that is up', async () => {
    here.comesUp('10.0.0.2');
    expect(here.host.speaker.session(TOR.key)?.established).toBeDefined();
    here.world.addresses = [];
    expect([await here.look(), await here.look()]).toEqual([[], [`warn spine 10.0.0.3: ${GONE}`]]);
  });

  test('is over when it is closed', async () => {
    here.world.addresses = [];
    await here.look();
    here.watch.close();
    expect([await here.look(), here.world.others]).toEqual([[], 1]);
  });
});
