import { setTimeout as sleep } from 'node:timers/promises';
import { awaitConnected } from '../../../lib/lab/etcd';
import type { FabricSpec } from '../../../lib/model/fabric';
import { mayEtcd } from '../support/etcd';
import { Campaign, expectNothingLost, namesOf } from './campaign';
import { describeCampaign, explicitly, filtered, meshOf } from './fabrics';
import { seeded } from './random';
import { note } from './report';

/** How often each is killed: `npm run test:long` asks for a hundred. */
const KILLS = Number(process.env.PEERFORM_KILLS ?? 2);
const SEED = Number(process.env.PEERFORM_SEED ?? 1);
const VICTIMS = ['etcd', 'the provider', 'an agent'] as const;
type Victim = (typeof VICTIMS)[number];

/** Packets a second from each workload to each other one: deploys must have the processors to themselves. */
const RATE = 100;

/** Milliseconds of a deploy in which something may be killed, at least. */
const LEAST_MS = 1000;

jest.setTimeout(120_000 + KILLS * VICTIMS.length * 90_000);

const mesh = meshOf(3);
const all = namesOf(mesh);
/** What is deployed in turns: between any two of them sessions are reset, come, go or are tuned. */
const FABRICS: readonly FabricSpec[] = [{ ...mesh, asNumber: 67111 }, filtered(mesh, 200), explicitly(mesh), mesh];

const random = seeded(SEED);

/** Agents with a lab's etcd between them and terraform. */
(mayEtcd ? describeCampaign : describe.skip)('deploys through etcd under packets', () => {
  let campaign: Campaign;
  beforeAll(async () => {
    campaign = await Campaign.begin(mesh, { etcd: true, rate: RATE });
  }, 120_000);
  afterAll(() => campaign?.fleet.down(), 60_000);

  /** Terraform starts its provider more than once; between them there is none. */
  async function killProvider(isOver: () => boolean): Promise<boolean> {
    for (; !isOver(); await sleep(20)) {
      try {
        campaign.fleet.stack.killProvider();
        return true;
      } catch {} // not now
    }
    return false;
  }

  test(`${VICTIMS.join(', ')} killed ${KILLS} times each: every node runs the new or the last confirmed release`, async () => {
    const { fleet } = campaign;
    const kills = new Map<Victim, number>(VICTIMS.map((victim) => [victim, 0]));
    const remaining = () => VICTIMS.filter((victim) => kills.get(victim)! < KILLS);
    let [running, deploys, failures, packets, lastMs] = [mesh, 0, 0, 0, 4000];
    for (; remaining().length > 0; deploys++) {
      const after = FABRICS[deploys % FABRICS.length];
      const chosen = remaining().filter(() => random(2) === 0);
      const deeds = (chosen.length > 0 ? chosen : remaining().slice(0, 1)).map((victim) => ({
        ...{ victim, node: all[random(all.length)], wait: random(lastMs), down: random(1500) },
      }));
      const where = `deploy ${deploys + 1} of seed ${SEED}: ${JSON.stringify(deeds)}`;
      const seen = await fleet.observe(all, async () => {
        const began = performance.now();
        let tookMs: number | undefined;
        const deploy = fleet.deploy(after).finally(() => {
          tookMs = performance.now() - began;
        });
        const isOver = () => tookMs !== undefined;
        const execute = async ({ victim, node, wait, down }: (typeof deeds)[number]) => {
          await sleep(wait);
          if (isOver()) return;
          if (victim === 'the provider' && !(await killProvider(isOver))) return;
          kills.set(victim, kills.get(victim)! + 1);
          if (victim === 'etcd') await fleet.killEtcd(down);
          if (victim !== 'an agent') return;
          await fleet.stop(node, 'SIGKILL');
          await sleep(down);
          await fleet.start(node);
        };
        const [{ code }] = await campaign.throughout([running, after], Promise.all([deploy, ...deeds.map(execute)]));
        await campaign.expectEitherOf(running, after);
        await awaitConnected(fleet.lab.folder, fleet.lab.state.etcd!, all);
        if (code === 0) {
          lastMs = Math.max(LEAST_MS, tookMs!);
          return;
        }
        failures++;
        const again = await campaign.throughout([running, after], fleet.deploy(after));
        expect([where, again]).toEqual([where, expect.objectContaining({ code: 0 })]);
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
      `seed ${SEED}: ${[...kills].map(([victim, count]) => `${victim} killed ${count} times`).join(', ')} in ${deploys} deploys, of which ${failures} failed and went through the second time`,
    );
    note(
      `seed ${SEED}: at every look each node ran the new or the last confirmed release; ${packets} packets, none lost; no live route deleted, nothing foreign changed, nothing of ours left over`,
    );
  });
});
