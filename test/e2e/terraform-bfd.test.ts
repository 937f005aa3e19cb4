import { mkdirSync } from 'node:fs';
import type { SessionStatus } from '../../lib/control/status';
import { eventually } from './support/network';
import { RealFleet } from './terraform-fleet';
import { bundledProvider, TerraformStack } from './terraform-stack';

const TOP = '10.0.0.254';
const to = (node: string) =>
  `protocol bgp ${node} { local as 65100; neighbor 10.0.0.${node.slice(1)} as 64512; bfd on; ipv4 { import all; export all; };
    connect retry time 1; error wait time 1, 2; connect delay time 1; }`;
/** A neighbour outside that would run BFD with every node from the first moment. */
const BIRD = `router id ${TOP};
protocol device {}
protocol bfd { interface "*" { interval 300 ms; multiplier 3; }; }
${['n1', 'n2', 'n3'].map(to).join('\n')}
`;

/** Three nodes in a mesh and a real BIRD beside them; each test goes on where the one before ended. */
describe('BFD in a fabric that runs, with real terraform, agents and BIRD', () => {
  let fleet: RealFleet;
  let stack: TerraformStack;
  beforeAll(async () => {
    fleet = new RealFleet(3, [254]);
    fleet.network.bird(fleet.network.machines[3], BIRD);
    stack = new TerraformStack(bundledProvider());
    await fleet.start(...fleet.nodes);
    configure('', '');
    expect(await stack.terraform('init')).toMatchObject({ code: 0 });
  });
  afterAll(async () => {
    stack.remove();
    await fleet.remove();
  });

  const configure = (mesh: string, peer: string) =>
    stack.configure(
      fleet.configuration({
        fabric: `  ${mesh}
  peer "top" {
    address   = "${TOP}"
    as_number = 65100
    filters   = ["all"]
    ${peer}
  }
  filter "all" {
    import = [{ action = "accept" }]
    export = [{ action = "accept" }]
  }
`,
        wave: '  gate = { within = 10 }\n',
      }),
    );
  const apply = () => stack.terraform('apply', '-auto-approve');
  /** Text of terraform without its frames and line breaks. */
  const flat = (text: string) => text.replace(/[│\s]+/g, ' ');
  const startBfd = (node: string) => {
    mkdirSync(fleet.network.path(`${node}-bfd`));
    return fleet.network.bfd(fleet.machine(node), node);
  };

  const sessions = async (): Promise<SessionStatus[]> =>
    (await Promise.all(fleet.nodes.map((node) => fleet.status(node)))).flatMap((status) => status.sessions);
  const isUp = () =>
    eventually(async () => {
      for (const session of await sessions()) expect(session).toMatchObject({ state: 'Established' });
    });
  const bfd = async () =>
    (await sessions()).map((session) => `${session.bfd?.state} ${session.bfd?.downs} ${session.bfd?.transmitInterval}`);
  const all = (text: string) => Array.from({ length: 9 }, () => text);

  /**
   * When each session came up. Agents tell moments by another clock than they note them, and on a busy machine read the
   * two some time apart; a session that was reset came up seconds later.
   */
  let since: number[];
  const moments = async () => (await sessions()).map((session) => Date.parse(session.since));
  async function expectNoReset(): Promise<void> {
    const now = await moments();
    expect(now.map((moment, i) => Math.abs(moment - since[i]) < 1500)).toEqual(since.map(() => true));
  }

  test('a wave that turns it on fails where a node has no BFD process, and touches no session', async () => {
    expect(await apply()).toMatchObject({ code: 0 });
    await isUp();
    since = await moments();
    expect(since).toHaveLength(9);
    startBfd('n1');
    startBfd('n2');
    configure('mesh_bfd = {}', 'bfd = {}');
    const { code, text } = await apply();
    expect(code).toBe(1);
    expect(flat(text)).toMatch(/10\.0\.0\.3 \(n3\) is Established, but .*BFD/);
    expect(flat(text)).toMatch(/n3: .*the BFD process does not respond/);
    await expectNoReset();
  });

  test('it comes up on every session before the gate opens, and none is reset', async () => {
    startBfd('n3');
    const plan = flat((await stack.terraform('plan')).text);
    expect(plan).toMatch(/"retuned: BFD added with 3 x 300 ms" = 6/);
    expect(plan).toMatch(/10\.0\.0\.254 must run BFD on the link \(UDP port 3784\), here 3 x 300 ms/);
    expect(await apply()).toMatchObject({ code: 0 });
    const within = (await sessions()).filter(({ isInside }) => isInside);
    expect(within.map((session) => session.bfd?.state)).toEqual(within.map(() => 'Up'));
    await eventually(async () => expect(await bfd()).toEqual(all('Up 0 300')));
    await expectNoReset();
  });

  test('it is retuned without a reset, and without a Down', async () => {
    const tuned = 'transmit_interval = 400, receive_interval = 400, detect_multiplier = 4';
    configure(`mesh_bfd = { ${tuned} }`, `bfd = { ${tuned}, strict = true }`);
    expect(await apply()).toMatchObject({ code: 0 });
    await eventually(async () => expect(await bfd()).toEqual(all('Up 0 400')));
    await expectNoReset();
  });

  test('a node that falls silent is gone long before the hold timer expires, and comes back', async () => {
    const at = performance.now();
    fleet.machine('n3').ip('link set eth0 down');
    const isGone = async (node: string) => {
      const { sessions: ends } = await fleet.status(node);
      return ends.find(({ remoteNode }) => remoteNode === 'n3')!;
    };
    await eventually(async () => {
      for (const node of ['n1', 'n2'])
        expect(await isGone(node)).toMatchObject({ lastError: { text: expect.stringContaining('BFD') } });
    });
    expect(performance.now() - at).toBeLessThan(8_000); // The hold time is 90 s.
    fleet.machine('n3').ip('link set eth0 up');
    await eventually(async () => expect((await bfd()).filter((text) => !text.startsWith('Up'))).toEqual([]), 40);
    await isUp();
  });

  test('it is removed without a reset', async () => {
    since = await moments();
    configure('', '');
    const plan = flat((await stack.terraform('plan')).text);
    expect(plan).toMatch(/"retuned: BFD removed" = 6/);
    expect(plan).toMatch(/10\.0\.0\.254 must stop BFD after the deploy/);
    expect(await apply()).toMatchObject({ code: 0 });
    expect((await sessions()).filter(({ bfd }) => bfd)).toEqual([]);
    await expectNoReset();
  });

  test('a neighbour that goes on with it is answered, and may end it when it likes', async () => {
    const [, , , top] = fleet.network.machines;
    const watched = () => fleet.network.birdc(top, 'show bfd sessions').match(/\bUp\b/g)?.length ?? 0;
    await new Promise((turn) => setTimeout(turn, 5_000)); // longer than AdminDown is told, and than silence is borne
    expect(watched()).toBe(3);
    await expectNoReset();
    fleet.network.write(`${top.name}.conf`, BIRD.replaceAll('bfd on;', ''));
    fleet.network.birdc(top, 'configure');
    await eventually(() => expect(watched()).toBe(0));
    await new Promise((turn) => setTimeout(turn, 5_000));
    await isUp();
    await expectNoReset();
  });
});
