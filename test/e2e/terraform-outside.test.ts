import { chmodSync } from 'node:fs';
import { inCi } from '../breadth';
import type { Namespace } from '../kernel/namespace';
import { Deletions } from './support/footprint';
import { eventually } from './support/network';
import { RealFleet } from './terraform-fleet';
import { bundledProvider, type Run, TerraformStack } from './terraform-stack';

const TOP = '10.0.0.254';
const HOST = '203.0.113.1';
const COMMON = 'connect retry time 1; error wait time 1, 2; connect delay time 1; ipv4 { import all; export all; };';
const neighbour = (node: string, as: number) =>
  `protocol bgp ${node} { local as ${as}; neighbor 10.0.0.${node.slice(1)} as 65001; password "right"; ${COMMON} }`;
const bird = (as = 65100) => `router id ${TOP};
protocol device {}
protocol direct { ipv4; interface "lo"; }
${neighbour('n1', as)}
${neighbour('n2', as)}
`;
/** A neighbour of n1 alone, which is not there until it is started. */
const SECOND_BIRD = `router id 10.0.0.253;
protocol device {}
protocol bgp n1 { local as 65101; neighbor 10.0.0.1 as 65001; ${COMMON} }
`;

/**
 * A rack of two nodes below a real BIRD, which has a host that they reach over it; each test goes on where the one
 * before ended.
 */
describe('a deploy under packets to the outside', () => {
  let fleet: RealFleet;
  let stack: TerraformStack;
  let top: Namespace;
  let second: Namespace;
  beforeAll(async () => {
    fleet = new RealFleet(2, [254, 253]);
    [, , top, second] = fleet.network.machines;
    top.ip(`addr add ${HOST}/32 dev lo`);
    fleet.network.bird(top, bird());
    for (const key of ['right', 'wrong']) chmodSync(fleet.network.write(key, key), 0o600);
    stack = new TerraformStack(bundledProvider());
    await fleet.start(...fleet.nodes);
    configure();
    expect(await stack.terraform('init')).toMatchObject({ code: 0 });
  });
  afterAll(async () => {
    stack.remove();
    await fleet.remove();
  });

  interface Rack {
    readonly address?: string;
    readonly topAs?: number;
    readonly rackAs?: number;
    readonly key?: string;
    readonly more?: string;
    readonly gate?: string;
  }
  const configure = ({ address = TOP, topAs = 65100, rackAs = 65001, key = 'right', ...rack }: Rack = {}) =>
    stack.configure(
      fleet.configuration({
        node: 'rack = "a"',
        fabric: `  rack "a" {
    as_number = ${rackAs}
    top_of_rack = [{ ipv4_address = "${address}", as_number = ${topAs}, password = "file:${fleet.network.path(key)}" }]
  }
${rack.more ?? ''}`,
        wave: `  gate = { within = 8 ${rack.gate ?? ''} }\n`,
      }),
    );
  const apply = () => stack.terraform('apply', '-auto-approve');
  const outside = async (node: string) => (await fleet.status(node)).sessions.filter(({ isInside }) => !isInside);
  const since = async () => (await Promise.all(fleet.nodes.map(outside))).flat().map(({ since: moment }) => moment);
  /** Agents tell moments by another clock than they note them: they are a few milliseconds off. */
  const expectNear = (moments: readonly string[], others: readonly string[]) =>
    expect(moments.map((moment, i) => Math.abs(Date.parse(moment) - Date.parse(others[i])) < 100)).toEqual(
      others.map(() => true),
    );
  const isUp = () =>
    eventually(async () => {
      for (const node of fleet.nodes) expect(await outside(node)).toMatchObject([{ state: 'Established' }]);
    });

  /**
   * Does something while every node sends packets to the host; gives how many were lost, and which kernel routes went.
   */
  async function underPackets(work: () => Promise<Run>): Promise<Run & { lost: number; deleted: string[] }> {
    const watches = fleet.nodes.map((node) => Deletions.watch(fleet.machine(node)));
    const pings = fleet.nodes.map((node) =>
      fleet.network.start(fleet.machine(node), ['ping', '-q', '-i', '0.01', HOST]),
    );
    const run = await work();
    await Promise.all(pings.map((ping) => ping.kill('SIGINT')));
    const deleted = watches.flatMap((watch) => watch.all());
    for (const watch of watches) watch.close();
    const counts = pings.map(({ text }) => {
      expect(text).toMatch(/packets transmitted/);
      return /(\d+) packets transmitted, (\d+) received/.exec(text)!.map(Number);
    });
    // A deploy that is refused is soon over.
    for (const [, sent] of counts) expect(sent).toBeGreaterThan(0);
    return { ...run, lost: counts.reduce((sum, [, sent, received]) => sum + sent - received, 0), deleted };
  }

  /** The top of the rack goes to another AS number. */
  const change = (as: number) => {
    fleet.network.write(`${top.name}.conf`, bird(as));
    fleet.network.birdc(top, 'configure');
  };

  /** A change that must fail, go back, and lose nothing. */
  async function failsWhole(rack: Rack, words: RegExp): Promise<void> {
    configure(rack);
    const before = await fleet.activations();
    const { code, text, lost, deleted } = await underPackets(apply);
    expect(text).toMatch(words);
    expect({ code, lost, deleted }).toEqual({ code: 1, lost: 0, deleted: [] });
    expect(await fleet.activations()).toEqual(before);
    await isUp();
  }

  test('at first says which sessions are not up, and why, and stands', async () => {
    configure({ key: 'missing' });
    const { code, text } = await apply();
    expect(code).toBe(0);
    expect(text).toMatch(/Warning: 2 sessions with outside neighbours are not up on n1, n2/);
    expect(text).toMatch(/n1, n2: the session with 10\.0\.0\.254 \(racks\.a\) is Idle: .*missing/);
    configure();
    expect(await apply()).toMatchObject({ code: 0 });
    await isUp();
    await eventually(() => {
      for (const node of fleet.nodes) expect(fleet.machine(node).routes(`${HOST} proto 114`)).toHaveLength(1);
    });
  });

  test('with one wrong digit in the address of the top of the rack goes back, and touches no session', async () => {
    const before = await since();
    await failsWhole(
      { address: '10.0.0.251' },
      /nodes? n\d[n\d, ]*: the session with 10\.0\.0\.251 \(racks\.a\) in place of 10\.0\.0\.254 is \w+.*it was\s+Established before/,
    );
    expectNear(await since(), before);
  });

  inCi(test)('with a wrong AS number of the top of the rack goes back, and touches no session', async () => {
    const before = await since();
    await failsWhole({ topAs: 65109 }, /is Established, but the neighbour is in AS 65100, not\s+65109/);
    expectNear(await since(), before);
  });

  inCi(test)(
    'to another AS number of the top of the rack stands where that changes meanwhile, as the plan says, and loses nothing',
    async () => {
      configure({ topAs: 65105 });
      const planned = await stack.terraform('plan');
      expect(planned.text).toMatch(/Warning: Outside neighbours must be changed as well: 10\.0\.0\.254/);
      expect(planned.text).toMatch(/must be in AS 65105 instead of 65100/);
      expect(planned.text).toMatch(/Change the neighbour\s+while the wave waits at its gate/);
      expect(planned.text).toMatch(/10\.0\.0\.254 \(racks\.a\) presented AS 65100 to n\d, not 65105/);
      for (const as of [65105, 65100]) {
        configure({ topAs: as });
        const before = (await fleet.activations())[0].split('/')[0];
        const { code, lost, deleted } = await underPackets(async () => {
          const applied = apply();
          const isOnTrial = () =>
            eventually(async () => expect((await fleet.activations())[1]).not.toMatch(`${before}/`), 40);
          await isOnTrial();
          change(as);
          return applied;
        });
        expect({ code, lost, deleted }).toEqual({ code: 0, lost: 0, deleted: [] });
        await isUp();
        for (const node of fleet.nodes) expect(await outside(node)).toMatchObject([{ remoteAs: as }]);
      }
    },
  );

  inCi(test)(
    'back to what runs is refused by the gate while a neighbour is up by the AS number of what was staged, and loses nothing',
    async () => {
      configure({ topAs: 65105 });
      expect(await stack.terraform('apply', '-auto-approve', '-target=peerform_fabric.main')).toMatchObject({
        code: 0,
      });
      change(65105);
      const unmet = 'the neighbour is in AS 65105, not 65100';
      await eventually(async () => {
        for (const node of fleet.nodes) expect(await outside(node)).toMatchObject([{ state: 'Established', unmet }]);
      });
      configure();
      const planned = await stack.terraform('plan');
      expect(planned.text).toMatch(/presented AS 65105 to n2, not 65100; the\s+session is up with it/);
      const before = await since();
      const { code, text, lost, deleted } = await underPackets(apply);
      expect(text).toMatch(
        /is Established, but the neighbour is in AS\s+65105,\s+not\s+65100; it was\s+Established before/,
      );
      expect({ code, lost, deleted }).toEqual({ code: 1, lost: 0, deleted: [] });
      expectNear(await since(), before);
      change(65100);
      await eventually(async () => {
        for (const node of fleet.nodes)
          expect(await outside(node)).toMatchObject([{ state: 'Established', remoteAs: 65100 }]);
      });
      const mended = await apply();
      expect(mended).toMatchObject({ code: 0 });
      expect(mended.text).not.toContain('presented AS');
    },
  );

  inCi(test)('with a wrong AS number of the rack goes back after one reset of each session', async () => {
    await failsWhole({ rackAs: 65009 }, /nodes? n\d[n\d, ]*: the session with 10\.0\.0\.254 \(racks\.a\)/);
  });

  inCi(test)('with a wrong key goes back after one reset of each session each way', async () => {
    await failsWhole({ key: 'wrong' }, /nodes? n\d[n\d, ]*: the session with 10\.0\.0\.254 \(racks\.a\)/);
  });

  inCi(test)('with a secret that is missing changes nothing, and says so', async () => {
    const before = await since();
    await failsWhole(
      { key: 'missing' },
      /is up and\s+would\s+go\s+down: the\s+secret\s+file:\S+missing\s+cannot\s+be\s+read/,
    );
    expectNear(await since(), before);
  });

  const SECOND = (more = '') => `  peer "second" {
    node = "n1"
    address = "10.0.0.253"
    as_number = 65101
    ${more}
  }
`;
  inCi(test)('with a new neighbour that does not come up goes back, unless it is said that it need not', async () => {
    await failsWhole(
      { more: SECOND() },
      /10\.0\.0\.253 \(peers\.second\) is \w+[\s\S]*it is new[\s\S]*expect = "down"/,
    );
    configure({ more: SECOND('expect = "down"') });
    const expected = await apply();
    expect(expected).toMatchObject({ code: 0 });
    expect(expected.text).not.toContain('outside neighbours');
    configure();
    expect(await apply()).toMatchObject({ code: 0 });
    configure({ more: SECOND(), gate: ', outside = "kept"' });
    const kept = await apply();
    expect(kept.code).toBe(0);
    expect(kept.text).toMatch(/Warning: A session with outside neighbours is not up on n1/);
    configure();
    expect(await apply()).toMatchObject({ code: 0 });
  });

  inCi(test)('stands where a neighbour is shut down by its own people meanwhile, and says so', async () => {
    configure({ more: SECOND() });
    const [number] = (await fleet.activations())[0].split('/').map(Number);
    const applied = apply();
    await eventually(async () => expect((await fleet.activations())[1]).toBe(`${number + 1}/${number}`), 40);
    await eventually(async () => expect((await outside('n2'))[0]).toMatchObject({ state: 'Established' }));
    fleet.network.birdc(top, 'disable n2');
    fleet.network.bird(second, SECOND_BIRD);
    const { code, text } = await applied;
    expect(text).toMatch(/n2: the session with 10\.0\.0\.254 \(racks\.a\)/);
    expect(code).toBe(0);
    fleet.network.birdc(top, 'enable n2');
  });
});
