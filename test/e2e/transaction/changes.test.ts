import type { FabricSpec } from '../../../lib/model/fabric';
import { isWide } from '../../breadth';
import { Campaign, expectNothingLost, namesOf } from './campaign';
import {
  CAMPAIGN_WAYS,
  clustered,
  describeCampaign,
  explicitly,
  filtered,
  meshOf,
  racked,
  reflected,
  renumbered,
} from './fabrics';
import type { DeployOptions } from './fleet';
import { tell } from './report';

/** How often the round of changes is made: once in `npm test`, several times in `npm run test:long`. */
const ROUNDS = Number(process.env.PEERFORM_ROUNDS ?? 1);

const mesh = meshOf(5);

/** Each goes from the fabric of the one before. */
const CHANGES: readonly (readonly [title: string, after: FabricSpec])[] = [
  ['the mesh becomes two redundant reflectors', reflected(mesh, 'n1', 'n2')],
  ['a reflector is replaced', reflected(mesh, 'n1', 'n3')],
  ['the reflectors share a cluster', clustered(mesh, 'n1', 'n3')],
  ['every router id changes under reflectors', renumbered(clustered(mesh, 'n1', 'n3'), 0)],
  ['both reflectors are replaced, and the router ids are the former ones', reflected(mesh, 'n2', 'n4')],
  ['reflectors become the mesh', mesh],
  ['one AS becomes an AS for each rack', racked(mesh)],
  ['and one AS again', mesh],
  ['the mesh becomes explicit peers', explicitly(mesh)],
  ['explicit peers become the mesh', mesh],
  ['the default AS number becomes 67111', { ...mesh, asNumber: 67111 }],
  ['and 64512 again', mesh],
  ['every router id changes', renumbered(mesh, 1)],
  ['every router id changes, and the AS number', { ...renumbered(mesh, 2), asNumber: 67111 }],
  ['ids and number change back', mesh],
  ['a filter comes', filtered(mesh, 200)],
  ['the filter changes', filtered(mesh, 50)],
  ['the filter goes', mesh],
  ['the hold time changes', { ...mesh, holdTime: 30 }],
  ['the port changes', { ...mesh, listenPort: 1790 }],
  ['both change back', mesh],
  ['a node leaves', meshOf(4)],
  ['a node comes', mesh],
];

/** How many of them are made where somebody waits: they lead back to the mesh. */
const FEW = 6;

/** A mesh without a password, and back to it, in waves. */
const PASSWORDS: readonly (readonly [title: string, password: string | undefined, values: Record<string, string>])[] = [
  ['a password comes', 'secret:mesh', { mesh: 'one' }],
  ['its value changes', 'secret:mesh', { mesh: 'two' }],
  ['another secret takes its place', 'secret:next', { mesh: 'two', next: 'three' }],
  ['no password is wanted any more', undefined, {}],
];

/** How many sessions ended once, and what Terraform said. */
interface Changed {
  readonly resets: number;
  readonly said: string;
}

const HOW_OFTEN = `${ROUNDS} ${ROUNDS === 1 ? 'round' : 'rounds'}`;

describeCampaign.each(CAMPAIGN_WAYS)(`changes of a fabric %s under packets, ${HOW_OFTEN}`, (over, ways) => {
  let campaign: Campaign;
  let running = mesh;
  let version = 0;
  beforeAll(async () => {
    [running, version] = [mesh, 0];
    campaign = await Campaign.begin(mesh, { ways });
  });
  afterAll(() => campaign?.fleet.down());

  for (let round = 1; round <= ROUNDS; round++) {
    const prefix = ROUNDS > 1 ? `round ${round}: ` : '';

    /** Deploys a fabric under packets; nothing is lost, and no session ends twice. */
    async function change(title: string, after: FabricSpec, options?: DeployOptions): Promise<Changed> {
      const { fleet } = campaign;
      const stay = namesOf(running).filter((name) => after.nodes?.[name]);
      const before = stay.map((node) => fleet.falls(node));
      const seen = await fleet.observe(stay, () => fleet.deploy(after, options));
      expect(seen.result).toMatchObject({ code: 0 });
      tell(`${title}, ${over}`, seen);
      running = after;
      await campaign.expectWhole(after);
      expectNothingLost(seen);
      const falls = stay.flatMap((node, i) =>
        [...fleet.falls(node)].map(([session, count]) => ({
          node,
          session,
          count: count - (before[i].get(session) ?? 0),
        })),
      );
      expect(falls.filter(({ count }) => count > 1)).toEqual([]);
      return { resets: falls.filter(({ count }) => count === 1).length, said: seen.result.text };
    }

    /** The plan said so, of sessions with two ends each; what is removed or new ends or comes up besides. */
    async function expectSaid(resets: number): Promise<void> {
      const { impact } = (await campaign.fleet.stack.state('peerform_fabric')) as { impact: Record<string, number> };
      if (impact.added + impact.removed === 0) expect(resets).toBe(2 * impact.reset);
    }

    test.each(isWide ? CHANGES : CHANGES.slice(0, FEW))(`${prefix}%s`, async (title, after) => {
      await expectSaid((await change(title, after)).resets);
    });

    test.each(PASSWORDS)(`${prefix}%s`, async (title, meshPassword, values) => {
      const after = { ...mesh, ...(meshPassword && { meshPassword }) };
      const secrets = { values, version: ++version };
      const { resets, said } = await change(title, after, { secrets, canaries: ['n1', 'n4'] });
      expect(resets).toBeGreaterThan(0);
      expect(said).not.toContain('did not go as predicted');
      await expectSaid(resets);
    });

    test(`${prefix}every agent is started again, one after another`, async () => {
      const { fleet } = campaign;
      const seen = await fleet.observe(namesOf(mesh), async () => {
        for (const node of namesOf(mesh)) {
          await fleet.restart(node);
          expect(await fleet.lab.settles(90)).toBe(true);
        }
      });
      tell(`every agent is started again, one after another, ${over}`, seen);
      await campaign.expectWhole(mesh);
      expectNothingLost(seen);
    });
  }
});
