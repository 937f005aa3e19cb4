import { setTimeout as sleep } from 'node:timers/promises';
import type { FabricSpec } from '../../../lib/model/fabric';
import { share } from '../../breadth';
import { Campaign, expectNothingLost, namesOf } from './campaign';
import { CAMPAIGN_WAYS, describeCampaign, explicitly, filtered, meshOf } from './fabrics';
import { seeded } from './random';
import { note } from './report';

/** How often an agent is killed: in CI a tenth of what `npm run test:long` asks for. */
const KILLS = Number(process.env.PEERFORM_KILLS ?? share(10));
const SEED = Number(process.env.PEERFORM_SEED ?? 1);

jest.setTimeout(60_000 + KILLS * 60_000);

const mesh = meshOf(4);
const all = namesOf(mesh);
/** What is deployed in turns: between any two of them sessions are reset, come, go or are tuned. */
const FABRICS: readonly FabricSpec[] = [
  { ...mesh, asNumber: 67111 },
  filtered(mesh, 200),
  explicitly({ ...mesh, asNumber: 67111 }),
  mesh,
];

const random = seeded(SEED);

describeCampaign.each(CAMPAIGN_WAYS)(`an agent killed at ${KILLS} moments, deploys %s, under packets`, (over, ways) => {
  let campaign: Campaign;
  beforeAll(async () => {
    campaign = await Campaign.begin(mesh, { ways });
  });
  afterAll(() => campaign?.fleet.down());

  test('every node runs the new or the last confirmed release, and one more deploy converges', async () => {
    const { fleet } = campaign;
    let running = mesh;
    let failed = 0;
    let packets = 0;
    let lastMs = 4000;
    for (let kill = 1; kill <= KILLS; kill++) {
      const after = FABRICS[(kill - 1) % FABRICS.length];
      const node = all[random(all.length)];
      const [wait, down] = [random(lastMs), random(1500)];
      const where = `kill ${kill} of seed ${SEED}: ${node} after ${wait} ms, for ${down} ms`;
      const seen = await fleet.observe(all, async () => {
        const began = performance.now();
        const deploy = fleet.deploy(after);
        await sleep(wait);
        await fleet.stop(node, 'SIGKILL');
        await sleep(down);
        await fleet.start(node);
        const { code } = await deploy;
        await campaign.expectEitherOf(running, after);
        if (code === 0) {
          lastMs = performance.now() - began - down;
          return;
        }
        failed++;
        expect([where, await fleet.deploy(after)]).toEqual([where, expect.objectContaining({ code: 0 })]);
      });
      running = after;
      await campaign.expectWhole(after);
      for (const { sent } of seen.report.flows) packets += sent;
      try {
        expectNothingLost(seen);
      } catch (error) {
        throw new Error(`${where}: ${(error as Error).message}`);
      }
    }
    note(
      `seed ${SEED}, ${over}: an agent killed at ${KILLS} moments, ${failed} deploys failed and went through the second time; ${packets} packets, none lost; no live route deleted, nothing foreign changed, nothing of ours left over`,
    );
  });
});
