import type { FabricSpec } from '../../../lib/model/fabric';
import { WAYS } from '../support/etcd';
import { Campaign, expectNothingLost, namesOf } from './campaign';
import type { Knock } from './doorkeeper';
import { describeCampaign, explicitly, meshOf } from './fabrics';
import type { DeployOptions } from './fleet';
import { tell } from './report';

/** Both sides of each step in `npm run test:long`; one of them, in turns, in `npm test`. */
const LONG = process.env.PEERFORM_LONG !== undefined;

const mesh = meshOf(4);
const all = namesOf(mesh);
/** Two fabrics between which every session changes. */
const [ONE, OTHER]: readonly FabricSpec[] = [mesh, explicitly({ ...mesh, asNumber: 67111 })];
const STEPS = ['release', 'stage', 'activate', 'health', 'confirm', 'finalise'] as const;

describeCampaign.each(WAYS)('deploys over %s that fail under packets', (way) => {
  let campaign: Campaign;
  let running = ONE;
  beforeAll(async () => {
    running = ONE;
    campaign = await Campaign.begin(mesh, { ways: [way] });
  });
  afterAll(() => campaign?.fleet.down());
  afterEach(() => campaign.fleet.doors.rest());

  const nextOf = (spec: FabricSpec) => (spec === ONE ? OTHER : ONE);

  /** Calls `act` the first time that `what` is heard of at a node. */
  const once = (node: string, what: string, act: () => void | Promise<void>) => {
    let isDone = false;
    return async (knock: Knock) => {
      if (isDone || knock.node !== node || knock.what !== what) return undefined;
      isDone = true;
      await act();
      return undefined;
    };
  };

  /** A deploy that fails, then `mend`, then one more deploy; all under packets. Gives what the first said. */
  async function failThenConverge(
    title: string,
    after: FabricSpec,
    mend: () => Promise<void>,
    options?: DeployOptions,
  ): Promise<string> {
    const { fleet } = campaign;
    const seen = await fleet.observe(all, async () => {
      const failed = await fleet.deploy(after, options);
      expect(failed).toMatchObject({ code: 1 });
      fleet.doors.rest();
      await mend();
      await campaign.expectEitherOf(running, after);
      return failed.text;
    });
    tell(`${title}, over ${way}`, seen);
    const more = await fleet.observe(all, () => fleet.deploy(after));
    expect(more.result).toMatchObject({ code: 0 });
    tell('  one more deploy', more);
    running = after;
    await campaign.expectWhole(after);
    expectNothingLost(seen);
    expectNothingLost(more);
    return seen.result;
  }

  describe('the provider is killed', () => {
    const moments = STEPS.flatMap((step, i) =>
      (['before', 'after'] as const).filter((_, j) => LONG || i % 2 === j).map((when) => [when, step] as const),
    );
    test.each(moments)('%s %s', async (when, step) => {
      const { doors, stack } = campaign.fleet;
      const kill = once('n3', step, () => stack.killProvider());
      if (when === 'before') doors.onRequest = kill;
      else doors.onAnswer = kill;
      await failThenConverge(`provider killed ${when} ${step}`, nextOf(running), async () => {});
    });
  });

  describe('an agent is killed', () => {
    test.each(['stage', 'activate', 'confirm'])('at %s', async (step) => {
      const { fleet } = campaign;
      fleet.doors.onRequest = once('n3', step, () => fleet.kill('n3'));
      const text = await failThenConverge(`agent killed at ${step}`, nextOf(running), () => fleet.restart('n3'));
      expect(text).toMatch(/n3/);
    });
  });

  test('canaries whose session does not come up go back by themselves, and no other node has moved', async () => {
    const { fleet } = campaign;
    const before = await fleet.statuses(['n3', 'n4']);
    // An address that n1 does not have: nobody can connect from it.
    const peer = { node: 'n1', address: '10.0.0.2', localAddress: '10.0.0.99', asNumber: 64512 };
    const wrong: FabricSpec = { ...ONE, peers: { peer } };
    const seen = await fleet.observe(all, () => fleet.deploy(wrong, { canaries: ['n1', 'n2'], gateWithin: 4 }));
    expect(seen.result).toMatchObject({ code: 1 });
    expect(seen.result.text).toMatch(/n1: session 10\.0\.0\.99 - 10\.0\.0\.2 \(n2\) is /);
    tell(`canaries with a session that does not come up, over ${way}`, seen);
    await campaign.expectWhole(running);
    const now = await fleet.statuses(['n3', 'n4']);
    expect(now.map(({ transaction }) => transaction.active)).toEqual(
      before.map(({ transaction }) => transaction.active),
    );
    expectNothingLost(seen);
    const more = await fleet.observe(all, () => fleet.deploy(running));
    expect(more.result).toMatchObject({ code: 0 });
    await campaign.expectWhole(running);
    expectNothingLost(more);
  });
});
