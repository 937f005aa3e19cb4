import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FabricSpec } from '../../lib/model/fabric';
import type { Namespace } from '../kernel/namespace';
import { skipUnless } from './interop/run-cells';
import { eventually, LocalNetwork, type Process } from './support/network';

const [NODE, ROUTER] = ['10.0.0.1', '10.0.0.254'];
const fabric: FabricSpec = {
  name: 'bfd-process',
  asNumber: 65002,
  nodes: { n1: { ipv4Address: NODE } },
  peers: { router: { address: ROUTER, asNumber: 65001, bfd: {}, connectRetryTime: 1, filters: ['all'] } },
  filters: { all: { import: [{ action: 'accept' }], export: [{ action: 'accept' }] } },
};
/** BGP that does not heed BFD: what ends a session is the agent. */
const BIRD = `
router id ${ROUTER};
protocol device {}
protocol bfd { interface "*" { interval 300 ms; multiplier 3; }; neighbor ${NODE}; }
protocol bgp n1 {
  local ${ROUTER} as 65001; neighbor ${NODE} as 65002; connect retry time 1; error wait time 1, 2;
  hold time 90; ipv4 { import all; export all; };
}
`;

jest.setTimeout(90_000);
skipUnless(
  'BIRD beside an agent',
  ['/usr/sbin/bird'].filter((path) => !existsSync(path)),
  [{ title: 'a BFD process that hangs or goes away' }],
  () => {
    let network: LocalNetwork;
    let node: Namespace;
    let router: Namespace;
    let bird: Process;
    let bfd: Process;

    beforeEach(async () => {
      network = new LocalNetwork([1, 254]);
      [node, router] = network.machines;
      mkdirSync(network.path('n1-bfd'));
      bird = network.bird(router, BIRD);
      network.write('fabric.json', fabric);
      network.agent(node, 'n1', ['--fabric', network.path('fabric.json'), '--metrics', '127.0.0.1:9179']);
      bfd = network.bfd(node, 'n1');
      await becomes({ state: 'Established', bfd: { state: 'Up', detectionTime: 900 } });
    });
    afterEach(() => network.remove());

    const status = () => network.client('n1').status();
    const becomes = (expected: object) =>
      eventually(async () => expect((await status()).sessions).toMatchObject([expected]), 40);
    /** When its session came up. The agent derives that from two clocks, one of which may be slewed meanwhile. */
    const unbroken = async () => {
      const at = Date.parse((await status()).sessions[0].since);
      return { asymmetricMatch: (other: string) => Math.abs(Date.parse(other) - at) < 500 };
    };
    const SCRAPE = "fetch('http://127.0.0.1:9179/metrics').then(async (r) => console.log(await r.text()))";
    const metric = (name: string) =>
      execFileSync('ip', ['netns', 'exec', node.name, process.execPath, '-e', SCRAPE], { encoding: 'utf8' })
        .split('\n')
        .filter((line) => line.startsWith(`peerform_${name}`));

    test('one that hangs is said to, none of its sessions is believed to be up, and BGP stays', async () => {
      expect(metric('bfd_process_up')).toEqual(['peerform_bfd_process_up 1']);
      const since = await unbroken();
      bfd.signal('SIGSTOP');
      await eventually(async () => expect((await status()).bfd).toEqual({ problem: expect.stringContaining('hangs') }));
      const [session] = (await status()).sessions;
      expect([session.state, session.bfd]).toEqual(['Established', { trouble: 'the BFD process does not respond' }]);
      expect(metric('bfd_process_up')).toEqual(['peerform_bfd_process_up 0']);
      expect(metric('bfd_session_state')).toEqual([]);
      bfd.signal('SIGCONT');
      await eventually(async () => expect((await status()).bfd?.problem).toBeUndefined());
      await becomes({ since, bfd: { state: 'Up', downs: 0 } });
      expect(metric('bfd_process_up')).toEqual(['peerform_bfd_process_up 1']);
    });

    test('one that stood still for longer than the neighbour waits, and too briefly to be missed, takes no session down', async () => {
      const since = await unbroken();
      for (let i = 0; i < 3; i++) {
        bfd.signal('SIGSTOP');
        await sleep(1800);
        bfd.signal('SIGCONT');
        await sleep(500);
        await becomes({ since, state: 'Established', bfd: { state: 'Up', downs: 0, detectionTime: 900 } });
      }
    });

    test.each([
      ['sooner than a neighbour notices', 0],
      ['later than a neighbour notices', 2500],
    ])('a neighbour that dies while it is away is found by the next run, %s', async (_, away) => {
      await bfd.kill('SIGKILL');
      bird.signal('SIGSTOP');
      await sleep(away);
      bfd = network.bfd(node, 'n1');
      await becomes({
        lastError: { text: expect.stringContaining('control detection time expired') },
        bfd: { state: 'Down', diagnostic: 1, downs: 1 },
      });
      expect((await status()).sessions[0].state).not.toBe('Established');
      bird.signal('SIGCONT');
      await becomes({ state: 'Established', bfd: { state: 'Up' } });
    });

    test('a neighbour that lives is heard again by a run that comes late, and its session stays', async () => {
      const since = await unbroken();
      await bfd.kill('SIGKILL');
      await sleep(2500);
      bfd = network.bfd(node, 'n1');
      await becomes({ state: 'Established', since, bfd: { state: 'Up', downs: 0 } });
    });

    test('a port that another user takes before the next run closes no session, and is said to be taken', async () => {
      const since = await unbroken();
      await bfd.kill('SIGKILL');
      const script = `process.setgroups([]); process.setuid(65534);
        require('node:dgram').createSocket('udp4').bind(3784, () => console.log('bound'));`;
      const other = spawn('ip', ['netns', 'exec', node.name, process.execPath, '-e', script]);
      try {
        await once(other.stdout, 'data');
        bfd = network.bfd(node, 'n1');
        const trouble = expect.stringMatching(/^UDP port 3784 of 10\.0\.0\.1 is taken by user nobody\. Stop/);
        await becomes({ bfd: { isDeaf: true, state: 'Down', trouble } });
        await sleep(4000);
        await becomes({ since, state: 'Established', bfd: { isDeaf: true, downs: 0 } });
      } finally {
        other.kill();
      }
      await eventually(async () => expect((await status()).sessions[0].bfd).not.toHaveProperty('isDeaf'));
      await becomes({ since, state: 'Established', bfd: { state: 'Up', downs: 0 } });
    });

    test('one that is stopped permanently, and then starts, takes a neighbour that is gone for none that failed', async () => {
      const since = await unbroken();
      await bfd.kill('SIGUSR2');
      await eventually(async () =>
        expect((await status()).bfd).toEqual({ problem: expect.any(String), stopped: expect.any(String) }),
      );
      network.birdc(router, 'disable bfd1');
      bfd = network.bfd(node, 'n1');
      await eventually(async () => expect((await status()).bfd?.version).toBeDefined());
      await sleep(3500);
      await becomes({ state: 'Established', since, bfd: { state: 'Down', diagnostic: 0 } });
    });
  },
);
