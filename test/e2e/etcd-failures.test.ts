import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { packDelivery } from '../../lib/control/delivery';
import type { Request, Verb } from '../../lib/control/protocol';
import { makeRelease, type Release } from '../../lib/control/release';
import { readFabric } from '../../lib/model/read';
import type { Namespace } from '../kernel/namespace';
import { describeEtcds, type EtcdServer } from './support/etcd';
import { FleetMachine } from './support/fleet-machine';
import { eventually, LocalNetwork, type Process } from './support/network';
import { note } from './transaction/report';

jest.setTimeout(120_000);

const NODES = ['n1', 'n2'] as const;
const DAY = 86_400;

const releaseOf = (holdTime: number): Release => {
  const { fabric } = readFabric({
    name: 'lab',
    holdTime,
    nodes: Object.fromEntries(NODES.map((node, i) => [node, { ipv4Address: `10.0.0.${i + 1}` }])),
  });
  return makeRelease(fabric!);
};
const RELEASES = [releaseOf(90), releaseOf(120)];

/** What goes wrong with a member, and how it is mended. */
const TROUBLES: Readonly<
  Record<string, (member: EtcdServer, machine: Namespace) => readonly [() => unknown, () => unknown]>
> = {
  'is killed': (member) => [() => member.kill(), () => member.launch()],
  hangs: (member) => [() => member.signal('SIGSTOP'), () => member.signal('SIGCONT')],
  'is cut off': (_, machine) => [() => machine.ip('link set eth0 down'), () => machine.ip('link set eth0 up')],
};

/**
 * Real agents, each on a machine of its own, an etcd of three members on three others, and one that deploys. Each test
 * goes on where the one before it ended.
 */
describeEtcds('agents and three members of the etcd of %s', (_, debian) => {
  let network: LocalNetwork;
  let fleet: FleetMachine;
  let agents: Process[];
  let clock: string;
  let last = 0;

  const membersAt = () => network.machines.slice(3);
  const command = (node: string, what: Release) => ({
    ...{ node, owner: 'e2e', fabric: 'lab', release: what.digest, activation: last },
  });
  const onEach = <V extends Verb>(verb: V, what: Release, more: object = {}) =>
    Promise.all(NODES.map((node) => fleet.client(node).send(verb, { ...command(node, what), ...more } as Request<V>)));
  const deliver = async (what: Release) => {
    last++;
    const octets = packDelivery({
      release: what,
      endpoints: Object.fromEntries(NODES.map((node) => [node, fleet.endpoint(node)])),
    });
    await Promise.all(NODES.map((node) => fleet.client(node).deliver(octets)));
  };
  const stage = async (what: Release) => {
    await deliver(what);
    await onEach('stage', what);
  };
  const activate = (what: Release, confirmWithin = 600) => onEach('activate', what, { confirmWithin });
  const confirm = async (what: Release) => {
    await onEach('confirm', what);
    await onEach('finalise', what);
  };
  /** As their own sockets say, whatever becomes of etcd. */
  const states = () => Promise.all(NODES.map(async (node) => (await network.client(node).summary()).transaction));
  const expectConfirmed = async (what: Release) => {
    for (const { active, confirmed } of await states())
      expect([active?.release, confirmed?.release, confirmed?.activation]).toEqual([what.digest, what.digest, last]);
  };
  const answers = () => eventually(() => Promise.all(NODES.map((node) => fleet.client(node, 5_000).summary())), 60);
  const next = () => RELEASES[last % RELEASES.length];
  const tell = (what: string) => note(`etcd ${fleet.etcd.version()}: ${what}`);
  const stepClock = (seconds: number) => writeFileSync(clock, String(seconds));

  beforeAll(async () => {
    last = 0;
    network = new LocalNetwork([1, 2, 3, 4, 5, 6]);
    const members = membersAt().map((machine, i) => ({ machine, address: `10.0.0.${4 + i}` }));
    fleet = await FleetMachine.start(network, network.machines[2], '10.0.0.3', NODES, { debian, members });
    clock = network.path('clock');
    stepClock(0);
    const stepped = [`CLOCK_FILE=${clock}`, `NODE_OPTIONS=--require ${join(__dirname, 'support/stepped-clock.js')}`];
    agents = NODES.map((node, i) => fleet.agent(network.machines[i], node, stepped));
    await answers();
    const what = next();
    await stage(what);
    await activate(what);
    await confirm(what);
  });
  afterEach(() => stepClock(0));
  afterAll(async () => {
    await fleet?.remove();
    await network?.remove();
  });

  const troubles = Object.keys(TROUBLES);
  test.each(troubles.flatMap((trouble) => [['stage', trouble] as const, ['activate', trouble] as const]))(
    'a deploy goes through whose %s the leader does not see the end of: it %s',
    async (verb, trouble) => {
      const what = next();
      if (verb === 'stage') await deliver(what);
      else await stage(what);
      const at = fleet.members.findIndex((member) => member.isLeader());
      const [begin, end] = TROUBLES[trouble](fleet.members[at], membersAt()[at]);
      const asked = verb === 'stage' ? onEach('stage', what) : activate(what);
      await sleep(5 * at); // not always at the same moment
      await begin();
      try {
        await asked;
        if (verb === 'stage') await activate(what);
        await confirm(what);
        await expectConfirmed(what);
      } finally {
        await end();
      }
      await eventually(() => Promise.all(fleet.members.map((member) => member.isUp('root'))), 60);
      expect(fleet.members.filter((member) => member.isLeader()).length).toBe(1);
      tell(`the leader of three ${trouble} while agents are asked to ${verb}: the deploy goes through`);
    },
  );

  test('whichever member hangs, agents hear what they are asked while the one who asks waits', async () => {
    for (const member of fleet.members) {
      member.signal('SIGSTOP');
      try {
        await Promise.all(NODES.map((node) => fleet.client(node).summary()));
      } finally {
        member.signal('SIGCONT');
      }
    }
    tell('each member hangs in turn: agents go to another before their requests time out');
  });

  test('without a leader nothing is activated later than its sender waits for it', async () => {
    const [what, before] = [next(), await states()];
    await stage(what);
    // The leader stays: what it is sent now it has in its log, and carries out once the others are there again.
    const gone = fleet.members.filter((member) => !member.isLeader());
    await Promise.all(gone.map((member) => member.kill()));
    const late = NODES.map((node) =>
      fleet.client(node, 4_000).send('activate', { ...command(node, what), confirmWithin: 600 }),
    );
    for (const one of await Promise.allSettled(late)) expect(one).toMatchObject({ status: 'rejected' });
    for (const member of gone) member.launch();
    await answers();
    expect((await states()).map(({ active }) => active)).toEqual(before.map(({ active }) => active));
    await activate(what);
    await confirm(what);
    await expectConfirmed(what);
    tell('two members of three are killed: an activation fails, and is not executed later');
  });

  test('an agent that is cut off over a compaction takes the confirmation of its release afterwards', async () => {
    const what = next();
    await stage(what);
    await activate(what);
    network.machines[0].ip('link set eth0 down');
    const admin = fleet.etcd.client('root');
    for (let i = 0; i < 50; i++) await admin.transact([], [{ put: '/elsewhere', value: String(i) }]);
    await admin.compact((await admin.get('/elsewhere'))!.modRevision);
    admin.close();
    await expect(fleet.client('n1', 3_000).summary()).rejects.toThrow();
    network.machines[0].ip('link set eth0 up');
    await answers();
    await confirm(what);
    await expectConfirmed(what);
    tell('compaction while an agent is cut off, with a release on trial: it is confirmed afterwards');
  });

  describe('a clock on the wall that is stepped', () => {
    test.each([30 * DAY, -30 * DAY])(
      'by %d s on the nodes neither ends a release on trial nor prolongs it',
      async (seconds) => {
        const [what, before] = [next(), await states()];
        await stage(what);
        await activate(what);
        stepClock(seconds);
        await answers();
        expect((await states()).map(({ active }) => active?.release)).toEqual(NODES.map(() => what.digest));
        await onEach('rollback', what, { reason: 'a test' });
        await stage(what);
        await activate(what, 5);
        stepClock(-seconds);
        await eventually(async () => {
          const now = await states();
          expect(now.map(({ active }) => active)).toEqual(before.map(({ active }) => active));
          expect(now.map(({ returned }) => returned?.reason)).toEqual(
            NODES.map(() => 'no confirmation arrived in time'),
          );
        }, 30);
        await answers();
        tell(
          `the clocks of the nodes step by ${seconds / DAY} days: a release on trial is neither ended nor prolonged`,
        );
      },
    );

    test('while agents connect to an etcd that was away does not keep them from it', async () => {
      await Promise.all(fleet.members.map((member) => member.kill()));
      stepClock(3 * DAY);
      for (const member of fleet.members) member.launch();
      await sleep(500);
      stepClock(-3 * DAY);
      await answers();
      tell('the clocks of the nodes step while they connect: they connect');
    });

    test.each([DAY, -DAY])('by %d s where the deploy runs does not fail it', async (seconds) => {
      const what = next();
      const real = Date.now;
      await stage(what);
      const stepped = jest.spyOn(Date, 'now').mockImplementation(() => real() + seconds * 1000);
      try {
        await activate(what);
        await confirm(what);
      } finally {
        stepped.mockRestore();
      }
      await onEach('finalise', what);
      await expectConfirmed(what);
      tell(`the clock of the deployer steps by ${seconds / DAY} days: the deploy goes through`);
    });
  });

  test('through all of it no agent was started again', async () => {
    const ended = await Promise.race([...agents.map(({ ended }) => ended), sleep(100, 'none')]);
    expect(ended).toBe('none');
  });
});
