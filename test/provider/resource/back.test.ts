import { FleetDouble } from '../agent-double';
import { deploymentOf } from '../sequences/deployment';
import { type Block, type Result, Terraform } from '../sequences/terraform';

let fleet: FleetDouble;
let terraform: Terraform;
beforeEach(async () => {
  fleet = new FleetDouble();
  terraform = new Terraform();
  await fleet.start('n1', 'n2', 'n3');
});
afterEach(() => fleet.stop());

/** A fabric of three nodes, with its rollout. */
function blocks(unreachable: readonly string[], holdTime = 90): Block[] {
  const endpoints = Object.fromEntries(fleet.all.map(({ node, endpoint }) => [node, endpoint]));
  const nodes = fleet.all.map(({ node, endpoint }, i) => [node, { ipv4_address: `10.0.0.${i + 1}`, endpoint }]);
  const all = deploymentOf('lab', endpoints, { node: Object.fromEntries(nodes), hold_time: holdTime });
  return all.map((block) => ({ ...block, attributes: (of) => ({ ...block.attributes(of), unreachable }) }));
}
const told = ({ diagnostics }: Result) =>
  diagnostics.flatMap(({ summary, detail }) => (summary.includes('still listed') ? [`${summary}\n${detail}`] : []));

test('a plan names a node that is back and still listed as unreachable, until it is no longer either', async () => {
  expect((await terraform.apply(blocks([]))).isOk).toBe(true);
  await fleet.get('n3').stop();
  expect((await terraform.apply(blocks(['n3'], 60))).isOk).toBe(true);
  const away = await terraform.plan(blocks(['n3'], 60));
  expect([told(away), away.changes]).toEqual([[], []]);

  await fleet.get('n3').start();
  const back = await terraform.plan(blocks(['n3'], 60));
  expect([told(back), back.changes]).toEqual([
    [
      expect.stringMatching(
        /^Nodes are behind and respond, but are still listed in "unreachable": n3\n.*Remove them .*\n {2}node n3: it runs \w+/,
      ),
    ],
    [],
  ]);

  const unlisted = await terraform.apply(blocks([], 60));
  expect([told(unlisted), unlisted.isOk]).toEqual([[], true]);
});

test('it names one that is up to date, too: a later deploy would go ahead without it', async () => {
  expect((await terraform.apply(blocks(['n3'], 50))).isOk).toBe(true);
  const same = await terraform.plan(blocks(['n3'], 50));
  expect([told(same), same.changes]).toEqual([
    [
      expect.stringMatching(
        /^Nodes are up to date and respond, but are still listed in "unreachable": n3\nWhile they are listed, a later deploy goes ahead without .*\n {2}node n3: it is up to date$/,
      ),
    ],
    [],
  ]);
});

test('where a deploy is due it names both kinds, and says that the deploy is for them', async () => {
  expect((await terraform.apply(blocks([], 40))).isOk).toBe(true);
  await fleet.get('n3').stop();
  expect((await terraform.apply(blocks(['n3'], 30))).isOk).toBe(true);
  await fleet.get('n3').start();
  await fleet.get('n1').stop();
  expect(told(await terraform.plan(blocks(['n1', 'n2', 'n3'], 20)))).toEqual([
    expect.stringMatching(
      /^Nodes respond, but are still listed in "unreachable": n2, n3\nThis deploy is for them, too\..*\n {2}node n2: it is up to date before this deploy\n {2}node n3: it is behind: it runs \w+$/,
    ),
  ]);
});
