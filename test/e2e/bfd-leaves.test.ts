import { existsSync, mkdirSync } from 'node:fs';
import type { Namespace } from '../kernel/namespace';
import { skipUnless } from './interop/run-cells';
import { ANYCAST } from './support/anycast';
import { frrRouter, NODE, ROUTERS, routersFabric } from './support/bfd-routers';
import { FRR_BFD_PROGRAMS, startFrr, vtysh } from './support/frr';
import { eventually, LocalNetwork, type Process } from './support/network';

const PREFIX = `${ANYCAST}/32`;
/** Both close the session upon BFD Down, and take AdminDown for it. BIRD logs the order of both. */
const BIRD = `
log stderr all;
router id ${ROUTERS.bird};
protocol device {}
protocol bfd { debug { states, events }; interface "*" { interval 300 ms; multiplier 3; }; }
protocol bgp n1 {
  debug { states, events, routes };
  local ${ROUTERS.bird} as 65001; neighbor ${NODE} as 65002; bfd on; connect retry time 1; error wait time 60, 60;
  graceful restart on; ipv4 { import all; export none; };
}
`;
const FRR = frrRouter();
const LEAVES = ['--on-stop', 'leave'];

jest.setTimeout(90_000);
skipUnless(
  'BIRD and FRR beside an agent',
  ['/usr/sbin/bird', ...FRR_BFD_PROGRAMS].filter((path) => !existsSync(path)),
  [{ title: 'a permanent stop of the agent and of the BFD process' }],
  () => {
    let network: LocalNetwork;
    let node: Namespace;
    let atBird: Namespace;
    let frr: Namespace;
    let bird: Process;
    let agent: Process;
    let bfd: Process;

    beforeEach(async () => {
      network = new LocalNetwork([1, 253, 254]);
      [node, atBird, frr] = network.machines;
      node.ip(`addr add ${PREFIX} dev lo`);
      mkdirSync(network.path('n1-bfd'));
      bird = network.bird(atBird, BIRD);
      await startFrr(network, frr, FRR, { bfd: 'bfd\n' });
      network.write('fabric.json', routersFabric('leaves'));
    });
    afterEach(() => network.remove());

    /** Starts both with options of their own; resolves when both neighbours have the route, and BFD is Up. */
    async function start(ofAgent: readonly string[], ofBfd: readonly string[]): Promise<void> {
      const options = ['--fabric', network.path('fabric.json'), '--leave-within', '4', ...ofAgent];
      agent = network.agent(node, 'n1', options);
      bfd = network.bfd(node, 'n1', ofBfd);
      await eventually(async () => {
        expect([routeOfBird(), routesOfFrr().length]).toEqual([expect.stringContaining(PREFIX), 1]);
        const { sessions } = await network.client('n1').status();
        expect(sessions.map((session) => session.bfd?.state)).toEqual(['Up', 'Up']);
        expect(network.birdc(atBird, 'show bfd sessions')).toMatch(/ Up /);
        expect(JSON.parse(vtysh(network, frr, 'bfdd', 'show bfd peers json'))).toMatchObject([{ status: 'up' }]);
      }, 40);
    }
    const routeOfBird = () => network.birdc(atBird, 'show route all');
    const bgpOfFrr = (command: string) => JSON.parse(vtysh(network, frr, 'bgpd', command));
    const routesOfFrr = (): { community?: { string: string } }[] =>
      bgpOfFrr(`show bgp ipv4 unicast ${PREFIX} json`).paths ?? [];

    const messagesOfFrr = () => bgpOfFrr(`show bgp neighbors ${NODE} json`)[NODE].messageStats;

    test.each([
      { signal: 'SIGUSR2', options: [], first: 'agent' },
      { signal: 'SIGTERM', options: LEAVES, first: 'bfd' },
    ] as const)('by $signal at once, the $first first, moves traffic away, and BFD ends after BGP', async (stop) => {
      await start(stop.options, []);
      const sent = messagesOfFrr().notificationsSent; // two connections at once may have ended by one
      const [one, other] = stop.first === 'agent' ? [agent, bfd] : [bfd, agent];
      const ended = [one.kill(stop.signal), other.kill(stop.signal)];
      await eventually(() => {
        expect(routeOfBird()).toContain('(65535,0)');
        expect(routesOfFrr()[0]?.community?.string).toMatch(/65535:0|graceful-shutdown/);
      });
      expect(await Promise.all(ended)).toEqual([0, 0]);
      const [before, after] = bird.text.split('n1: Received: Administrative shutdown');
      expect(before).toMatch(/Session to .* changed state from .* to Up/);
      expect(before).toMatch(new RegExp(`> removed .*${PREFIX}`));
      expect(before).not.toContain('changed state from Up');
      expect(after).toContain('BGP session closed');
      // Upon BFD Down it would have sent one itself.
      await eventually(() => {
        const { notificationsSent, notificationsRecv } = messagesOfFrr();
        expect([notificationsSent, notificationsRecv > 0]).toEqual([sent, true]);
      });
      const [, departure] = agent.text.split('leaving: asking');
      expect(departure).toContain('sent: Cease');
      expect(departure).not.toContain('received: Cease');
      expect(bfd.text).toMatch(/the agent is leaving[\s\S]*administratively down/);
    });

    test('of the BFD process alone by SIGTERM says that BFD is administratively down', async () => {
      await start([], LEAVES);
      expect(await bfd.kill('SIGTERM')).toBe(0);
      const [peer] = JSON.parse(vtysh(network, frr, 'bfdd', 'show bfd peers json'));
      expect(peer).toMatchObject({ status: 'down', 'remote-diagnostic': 'administratively down' });
    });
  },
);
