import { existsSync, mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Namespace } from '../kernel/namespace';
import { skipUnless } from './interop/run-cells';
import { ANYCAST } from './support/anycast';
import { frrRouter, NODE, ROUTERS, routersFabric } from './support/bfd-routers';
import { randomBelow, SEED } from './support/footprint';
import { FRR_BFD_PROGRAMS, startFrr, vtysh } from './support/frr';
import { eventually, LocalNetwork, type Process } from './support/network';
import { Pings } from './support/pings';
import { note } from './transaction/report';

/** How often the agent or the BFD process is ended: a twentieth of what `npm run test:long` asks for. */
const KILLS = Number(process.env.PEERFORM_KILLS ?? 5);

jest.setTimeout(60_000 + KILLS * 30_000);

/**
 * Both keep routes over a restart (RFC 4724), put them into their kernel, and close the session upon BFD Down. Each has
 * a route for the node: one with none of its own in its kernel does not say that it preserved its forwarding state.
 */
const BIRD = `
router id ${ROUTERS.bird};
protocol device {}
protocol bfd { interface "*" { interval 300 ms; multiplier 3; }; }
protocol kernel { ipv4 { export all; }; }
protocol static { ipv4; route 203.0.113.0/25 blackhole; }
protocol bgp n1 {
  local ${ROUTERS.bird} as 65001; neighbor ${NODE} as 65002; bfd on; connect retry time 1; error wait time 1, 2;
  graceful restart on; graceful restart time 120; ipv4 { import all; export where source = RTS_STATIC; };
}
`;
const FRR = frrRouter('no bgp network import-check', 'network 203.0.113.128/25');

/** What ends, and by which signal; an upgrade is a SIGTERM and another start. */
const ENDS = (['agent', 'bfd'] as const).flatMap((what) =>
  (['SIGKILL', 'SIGTERM'] as const).map((signal) => ({ what, signal })),
);

const programs = ['/usr/sbin/bird', ...FRR_BFD_PROGRAMS];
skipUnless(
  'BIRD and FRR beside an agent',
  programs.filter((path) => !existsSync(path)),
  [{ title: 'kills of the agent and of the BFD process' }],
  () => {
    let network: LocalNetwork;
    let node: Namespace;
    let bird: Namespace;
    let frr: Namespace;
    let pings: Pings[] = [];
    let running: Record<'agent' | 'bfd', Process>;

    beforeEach(async () => {
      network = new LocalNetwork([1, 253, 254]);
      [node, bird, frr] = network.machines;
      node.ip(`addr add ${ANYCAST}/32 dev lo`);
      mkdirSync(network.path('n1-bfd'));
      network.bird(bird, BIRD);
      await startFrr(network, frr, FRR, { bfd: 'bfd\n' });
      network.write('fabric.json', routersFabric('kills'));
      running = { agent: start.agent(), bfd: start.bfd() };
      await settled();
    });
    afterEach(async () => {
      await Promise.all(pings.splice(0).map((each) => each.end()));
      await network.remove();
    });

    const start = {
      agent: () => network.agent(node, 'n1', ['--fabric', network.path('fabric.json')]),
      bfd: () => network.bfd(node, 'n1'),
    };
    const frrJson = (daemon: string, command: string) => JSON.parse(vtysh(network, frr, daemon, command));
    /** When the session of BIRD came to be in its state, and how often FRR's went down. */
    const seen = () => ({
      bird: /(Up|Down|Init|AdminDown)\s+(\S+)/.exec(network.birdc(bird, 'show bfd sessions'))?.slice(1),
      frr: frrJson('bfdd', 'show bfd peers counters json')[0]?.['session-down'],
      frrState: frrJson('bfdd', 'show bfd peers json')[0]?.status,
    });
    /** Both routers have the route from the agent that runs now, and BFD is Up at all ends. */
    const settled = () =>
      eventually(async () => {
        expect(network.birdc(bird, 'show protocols n1')).toContain('Established');
        expect(network.birdc(bird, 'show route')).not.toContain('stale');
        const [route] = frrJson('bgpd', `show bgp ipv4 unicast ${ANYCAST}/32 json`).paths ?? [];
        expect([route?.valid, route?.stale]).toEqual([true, undefined]);
        const { sessions } = await network.client('n1').status();
        for (const { state, bfd } of sessions)
          expect({ state, bfd }).toMatchObject({
            state: 'Established',
            bfd: { state: 'Up', detectionTime: 900 },
          });
        expect(sessions).toHaveLength(2);
        expect(seen()).toMatchObject({ bird: ['Up', expect.anything()], frrState: 'up' });
      }, 30);

    /** Nor did this end, as far as the BFD process that runs now can say. */
    const expectNoDown = async (where: string) => {
      const { sessions } = await network.client('n1').status();
      for (const { remoteAddress, bfd } of sessions)
        expect([where, remoteAddress, bfd?.downs, bfd?.lastDownReason]).toEqual([where, remoteAddress, 0, undefined]);
    };

    test(`${KILLS} times neither neighbour sees a BFD Down, and no packet is lost`, async () => {
      const random = randomBelow(SEED);
      const before = seen();
      pings = [bird, frr].map(({ name }) => new Pings(name, ANYCAST));
      const counts = new Map<string, number>();
      for (let kill = 1; kill <= KILLS; kill++) {
        const { what, signal } = ENDS[random(ENDS.length)];
        const where = `kill ${kill} of seed ${SEED}: ${what} by ${signal}`;
        await sleep(random(400));
        await running[what].kill(signal);
        running[what] = start[what]();
        // As long as a neighbour waits before it says Down, and then until all is as it was.
        await sleep(900);
        await settled();
        await expectNoDown(where);
        expect([where, seen(), pings.map((each) => each.lost)]).toEqual([where, before, [0, 0]]);
        counts.set(`${what} ${signal}`, (counts.get(`${what} ${signal}`) ?? 0) + 1);
      }
      for (const each of pings) await each.more(20);
      const answered = pings.reduce((sum, each) => sum + each.answered, 0);
      const lost = await Promise.all(pings.splice(0).map((each) => each.end()));
      const ends = [...counts].sort().map(([end, count]) => `${end} ${count}`);
      note(
        `seed ${SEED}, ${KILLS} times ended and started again (${ends.join(', ')}): no BFD Down at BIRD or FRR, of ${answered} packets ${lost[0] + lost[1]} lost`,
      );
      expect(lost).toEqual([0, 0]);
    });
  },
);
