import { FleetDouble } from '../agent-double';
import { deploymentOf } from '../sequences/deployment';
import { type Block, type Result, Terraform } from '../sequences/terraform';

const fleet = new FleetDouble();
const terraform = new Terraform();
beforeAll(() => fleet.start('n1', 'n2', 'n3'));
afterAll(() => fleet.stop());

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
  expect(told(await terraform.plan(blocks(['n3'], 60)))).toEqual([]);
});
