import type { FabricSpec } from '../../../lib/model/fabric';
import { eventually } from '../support/network';
import { bundledProvider, type Run } from '../terraform-stack';
import { describeCampaign, explicitly, filtered, meshOf } from './fabrics';
import { Fleet, type Observed } from './fleet';
import { tell } from './report';

jest.setTimeout(180_000);

/** How often the round of changes is made: once in `npm test`, several times in `npm run test:long`. */
const ROUNDS = Number(process.env.PEERFORM_ROUNDS ?? 1);

const mesh = meshOf(5),
  explicit = explicitly(mesh);

/** Each goes from the fabric of the one before. */
const CHANGES: readonly (readonly [title: string, after: FabricSpec])[] = [
  ['the mesh becomes explicit peers', explicit],
  ['explicit peers become the mesh', mesh],
  ['the default AS number becomes 67111', { ...mesh, asNumber: 67111 }],
  ['and 64512 again', mesh],
  ['a filter comes', filtered(mesh, 200)],
  ['the filter changes', filtered(mesh, 50)],
  ['the filter goes', mesh],
  ['the hold time changes', { ...mesh, holdTime: 30 }],
  ['the port changes', { ...mesh, listenPort: 1790 }],
  ['both change back', mesh],
  ['a node leaves', meshOf(4)],
  ['a node comes', mesh],
];

describeCampaign(`changes of a fabric under packets, ${ROUNDS} rounds`, () => {
  let fleet: Fleet,
    running = mesh;
  const foreign = new Map<string, string[]>();
  beforeAll(async () => {
    fleet = await Fleet.up(mesh, bundledProvider());
    for (const node of Object.keys(mesh.nodes!)) foreign.set(node, await fleet.plantForeign(node));
    expect(await fleet.deploy(mesh)).toMatchObject({ code: 0 });
    await expectWhole(mesh);
  });
  afterAll(() => fleet?.down());

  const namesOf = (spec: FabricSpec) => Object.keys(spec.nodes!);

  /** Every node keeps the release and has the routes to all workloads of the others, and nothing else of ours. */
  async function expectWhole(spec: FabricSpec): Promise<void> {
    const names = namesOf(spec);
    for (const node of names) {
      await eventually(async () =>
        expect([node, await fleet.prefixes(node)]).toEqual([node, fleet.expected(node, names)]),
      );
      expect([node, await fleet.routes(node, 'foreign')]).toEqual([node, foreign.get(node)]);
      expect([node, await fleet.unusedObjects(node)]).toEqual([node, []]);
    }
  }

  function expectNothingLost<T>({ report, deletions }: Observed<T>): void {
    expect(report.late).toBe(0);
    expect(report.flows.filter(({ lost }) => lost > 0)).toEqual([]);
    expect(deletions).toEqual([]);
  }

  for (let round = 1; round <= ROUNDS; round++) {
    test.each(CHANGES)(`${ROUNDS > 1 ? `round ${round}: ` : ''}%s`, async (title, after) => {
      const names = namesOf(running).filter((name) => after.nodes![name]);
      const seen: Observed<Run> = await fleet.observe(names, () => fleet.deploy(after));
      expect(seen.result).toMatchObject({ code: 0 });
      tell(title, seen);
      running = after;
      await expectWhole(after);
      expectNothingLost(seen);
    });

    test(`${ROUNDS > 1 ? `round ${round}: ` : ''}every agent is started again, one after another`, async () => {
      const names = namesOf(mesh);
      const seen = await fleet.observe(names, async () => {
        for (const node of names) {
          await fleet.restart(node);
          expect(await fleet.lab.settles(30)).toBe(true);
        }
      });
      tell('every agent is started again', seen);
      await expectWhole(mesh);
      expectNothingLost(seen);
    });
  }
});
