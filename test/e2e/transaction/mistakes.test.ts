import type { FabricSpec } from '../../../lib/model/fabric';
import { eventually } from '../support/network';
import { bundledProvider } from '../terraform-stack';
import { expectNothingLost, namesOf } from './campaign';
import { CAMPAIGN_WAYS, describeCampaign, nodesOf } from './fabrics';
import { Fleet, type Observed } from './fleet';
import { tell } from './report';

const TOP = { ipv4Address: '192.0.2.1', asNumber: 65100 };

/** A rack of three nodes below a real BIRD, which announces a host behind it. */
const rackOf = (top: object = {}, rack: object = {}): FabricSpec => ({
  name: 'campaign',
  nodes: Object.fromEntries(
    Object.entries(nodesOf(3)).map(([name, { ipv4Address }]) => [name, { ipv4Address, rack: 'a' }]),
  ),
  racks: { a: { asNumber: 65001, ...rack, topOfRack: [{ ...TOP, ...top }] } },
});
const right = rackOf();
const all = namesOf(right);

/** A mistake, what the plan says of it, what the gate says, and how often a session may be reset by it, each way. */
const MISTAKES: readonly (readonly [title: string, wrong: FabricSpec, plan: RegExp, gate: RegExp, resets: number])[] = [
  [
    'one wrong digit in the address of the top of the rack',
    rackOf({ ipv4Address: '192.0.2.2' }),
    /192\.0\.2\.2 in place of\s+192\.0\.2\.1 \(racks\.a\)/,
    /the session with 192\.0\.2\.2 \(racks\.a\) in place of 192\.0\.2\.1/,
    0,
  ],
  [
    'a wrong AS number of the top of the rack',
    rackOf({ asNumber: 65109 }),
    /192\.0\.2\.1 must be in AS 65109 instead of 65100/,
    /Established, but the neighbour is in AS 65100, not\s+65109/,
    0,
  ],
  [
    'a wrong AS number of the rack',
    rackOf({}, { asNumber: 65009 }),
    /192\.0\.2\.1 must expect AS 65009 instead of 65001/,
    /the session with 192\.0\.2\.1 \(racks\.a\)/,
    1,
  ],
  [
    'a wrong key',
    rackOf({ password: 'secret:tor' }),
    /192\.0\.2\.1 must sign with the key known here as secret:tor/,
    /the session with 192\.0\.2\.1 \(racks\.a\)/,
    1,
  ],
  [
    'a new neighbour that is not there',
    { ...right, peers: { second: { address: '192.0.2.9', asNumber: 65101, node: 'n1' } } },
    /192\.0\.2\.9 \(peers\.second\) with\s+n1: is new and must\s+come up/,
    /the session with 192\.0\.2\.9 \(peers\.second\) is \w+.*it is new/s,
    0,
  ],
];

/** Each mistake begins where the one before ended, which is where all of them began. */
describeCampaign.each(CAMPAIGN_WAYS)('mistakes about neighbours outside, %s, under packets', (over, ways) => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await Fleet.up(right, bundledProvider(), { ways });
    expect(await fleet.deploy(right)).toMatchObject({ code: 0 });
    await eventually(isWhole);
  });
  afterAll(() => fleet?.down());

  const withTop = [...all, 'tor'];
  const secrets = { values: { tor: 'not what BIRD has, which is none' }, version: 1 };
  const outside = async (node: string) => (await fleet.status(node)).sessions.filter(({ isInside }) => !isInside);

  /** Every node has its session with the top of the rack, and the routes to what is behind the others and behind it. */
  async function isWhole(): Promise<void> {
    for (const node of all) {
      expect(await outside(node)).toMatchObject([
        { remoteAddress: TOP.ipv4Address, remoteAs: TOP.asNumber, localAs: 65001, state: 'Established' },
      ]);
      expect([node, await fleet.prefixes(node)]).toEqual([node, fleet.expected(node, withTop)]);
    }
  }

  /**
   * What goes from node to node, and from nodes to the outside. What the outside knows of nodes is the neighbour's
   * affair while a session with it is reset.
   */
  const within = <T>(seen: Observed<T>): Observed<T> => ({
    ...seen,
    report: { ...seen.report, flows: seen.report.flows.filter(({ from }) => from !== 'outside') },
  });

  test.each(MISTAKES)('%s goes back, and loses nothing', async (title, wrong, plan, gate, resets) => {
    const activations = async () =>
      (await fleet.statuses(all)).map(({ transaction: { active, confirmed } }) => [
        active?.activation,
        confirmed?.activation,
      ]);
    const before = await activations();
    const falls = all.map((node) => fleet.falls(node));
    const options = { gateWithin: 8, canaries: ['n1'], secrets };
    fleet.configure(wrong, options);
    expect((await fleet.stack.terraform('plan')).text).toMatch(plan);
    const seen = await fleet.observe(withTop, async () => {
      const run = await fleet.deploy(wrong, options);
      await eventually(isWhole);
      return run;
    });
    expect(seen.result).toMatchObject({ code: 1, text: expect.stringMatching(gate) });
    tell(`${title}, ${over}`, resets === 0 ? seen : within(seen));
    expect(await activations()).toEqual(before);
    expectNothingLost(resets === 0 ? seen : within(seen));
    const fell = all.flatMap((node, i) =>
      [...fleet.falls(node)].map(([session, count]) => count - (falls[i].get(session) ?? 0)),
    );
    // Once each way: BIRD may end the session that is back over a connection of its own that it has just begun
    // (docs/interop.md).
    expect(Math.max(...fell, 0)).toBeLessThanOrEqual(2 * resets);
    expect(fell.filter((count) => count > 0).length).toBe(resets); // the canary's alone
    const mended = await fleet.observe(withTop, () => fleet.deploy(right, { secrets }));
    expect(mended.result).toMatchObject({ code: 0 });
    await eventually(isWhole);
    expectNothingLost(mended);
  });
});
