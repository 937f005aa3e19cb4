import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readFabricFile } from '../../lib/cli/fabric-file';
import type { Lab } from '../../lib/lab/lab';
import { AGENT_COMMAND } from '../../lib/lab/speakers';
import { up } from '../../lib/lab/up';
import type { Fabric } from '../../lib/model/fabric';
import { CdktfProject } from './cdktf-project';
import { eventually } from './support/network';
import { note } from './transaction/report';
import { type Flow, Stream } from './transaction/stream';

const NAME = 'bgp-to-the-host';
/** Packets a second from either host to the other, half of them IPv4, half IPv6. */
const RATE = 400;
/** Packets of a flow in a ninth of the hold time: more are lost where a timer and not the link tells of the loss. */
const BY_THE_LINK = RATE / 2;
const HOSTS = [1, 2];
const workload = (host: number) => `10.65.0.${host}`;

let base: string;
let project: CdktfProject;
let fabric: Fabric;
let lab: Lab;
let stream: Stream;

/** The fabric of the guide, run by agents beside two BIRDs. */
beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'b-'));
  project = new CdktfProject(NAME, { PEERFORM_LAB: join(base, 'l') });
  expect(await project.synth()).toMatchObject({ code: 0 });
  ({ fabric } = readFabricFile(join(project.folder, `cdktf.out/stacks/${NAME}/cdk.tf.json`)));
  lab = await up({ fabric, name: `losses-${process.pid}`, folder: join(base, 'l') });
  for (const member of ['host1', 'tor1', 'tor2'])
    await run(member, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv6/conf/all/keep_addr_on_down');
  stream = new Stream(lab, RATE);
  await stream.only(HOSTS.map((host) => `w-host${host}`));
});
afterAll(async () => {
  await stream?.end();
  await lab?.down();
  project.remove();
  rmSync(base, { recursive: true, force: true });
});
beforeEach(async () => {
  expect(await lab.settles(90)).toBe(true);
  await hostsUse(1, 2);
  await eventually(async () => expect(await lossIn(async () => {})).toEqual(NONE));
});

const kill = async (member: string): Promise<void> => {
  process.kill(lab.state.processes[member].pid, 'SIGKILL');
  await lab.stop(member);
};

/** Sessions of a switch: two to each host, and two to the other switch. */
const SESSIONS = 6;
const established = async (member: string) =>
  (await lab.status()).find(({ name }) => name === member)?.sessions?.established;

const run = async (member: string, ...command: string[]): Promise<string> => {
  const { code, stdout, stderr } = await lab.run(member, command);
  expect([command, code, stderr]).toEqual([command, 0, '']);
  return stdout;
};
const setLinks = (member: string, state: 'up' | 'down', ...links: string[]) =>
  run(member, 'sh', '-c', links.map((link) => `ip link set ${link} ${state}`).join('; '));

const NONE = { 'w-host1 4': 0, 'w-host1 6': 0, 'w-host2 4': 0, 'w-host2 6': 0 };

/** Lost packets by who sent them and the family, while something is done and is waited for. */
async function lossIn(act: () => Promise<unknown>): Promise<Record<string, number>> {
  await stream.report();
  await act();
  const { flows, late } = await stream.report();
  const between = flows.filter(({ from, to }) => from.startsWith('w-host') && to.startsWith('w-host'));
  expect([late, between.every(({ sent }) => sent > 0)]).toEqual([0, true]);
  return Object.fromEntries(between.map(({ from, family, lost }: Flow) => [`${from} ${family}`, lost]));
}

/**
 * Waits until the kernels of both hosts reach the other's workload over these switches, in both families, and the
 * switches know.
 */
async function hostsUse(...tors: number[]): Promise<void> {
  const wanted = tors.map((tor) => `up${tor}`);
  await eventually(async () => {
    for (const host of HOSTS) {
      const other = 3 - host;
      for (const prefix of [workload(other), `fd65::${other}`]) {
        const [, id] =
          / nhid (\d+)/.exec(
            await run(`host${host}`, 'ip', prefix.includes(':') ? '-6' : '-4', 'route', 'show', prefix),
          ) ?? [];
        const objects = new Map(
          (await run(`host${host}`, 'ip', 'nexthop')).split('\n').map((line) => [line.split(' ')[1], line]),
        );
        const members = / group (\S+)/.exec(objects.get(id) ?? '')?.[1].split('/') ?? [id];
        const links = members.map((member) => / dev (\S+)/.exec(objects.get(member) ?? '')?.[1]).sort();
        expect([host, prefix, links]).toEqual([host, prefix, wanted]);
      }
    }
  }, 60);
}

/** A link is lost: what the kernels had in hand is lost at most, then all goes over the other one. */
async function expectUnhurt(title: string, left: number, lose: () => Promise<unknown>): Promise<void> {
  const during = await lossIn(async () => {
    await lose();
    await hostsUse(left);
  });
  note(`${title}: packets lost, of ${RATE / 2} a second: ${JSON.stringify(during)}`);
  for (const lost of Object.values(during)) expect(lost).toBeLessThan(BY_THE_LINK);
  expect(await lossIn(() => sleep(1000))).toEqual(NONE);
}

describe('a host with two uplinks and packets in both directions', () => {
  test.each([1, 2])('goes on when its own end of uplink %d is down', async (tor) => {
    await expectUnhurt(`own end of uplink ${tor} down`, 3 - tor, () => setLinks('host1', 'down', `up${tor}`));
    await setLinks('host1', 'up', `up${tor}`);
  });

  test.each([1, 2])("goes on when the switch's end of uplink %d is down", async (tor) => {
    await expectUnhurt(`far end of uplink ${tor} down`, 3 - tor, () => setLinks(`tor${tor}`, 'down', 'down1'));
    await setLinks(`tor${tor}`, 'up', 'down1');
  });

  test('loses nothing when the agent is killed and comes back', async () => {
    const lost = await lossIn(async () => {
      await kill('host1');
      await eventually(async () => expect(await established('tor1')).toBeLessThan(SESSIONS));
      await lab.startAgent('host1', AGENT_COMMAND);
      expect(await lab.settles(90)).toBe(true);
      await hostsUse(1, 2);
    });
    expect(lost).toEqual(NONE);
  });

  test('loses what goes over a link that is dead without a word, until the hold time is over', async () => {
    const ends = [
      ['host1', 'up1', '192.0.2.6', '2001:db8:1:1::a'],
      ['tor1', 'down1', '192.0.2.7', '2001:db8:1:1::b'],
    ];
    const neighbours = async (change: string, ...how: string[]) => {
      for (const [member, device, ...addresses] of ends)
        for (const address of addresses) await run(member, 'ip', 'neighbour', change, address, 'dev', device, ...how);
    };
    const during = await lossIn(async () => {
      await neighbours('replace', 'lladdr', '02:00:00:00:00:77', 'nud', 'permanent'); // nobody has it
      await hostsUse(2);
    });
    note(`uplink 1 dead without a word: packets lost, of ${RATE / 2} a second: ${JSON.stringify(during)}`);
    expect(await lossIn(() => sleep(1000))).toEqual(NONE);
    const { sessions } = await lab.agent('host1').status();
    const errors = sessions.filter(({ remoteAs }) => remoteAs === 65101).map(({ lastError }) => lastError?.text);
    expect(errors).toEqual([expect.stringContaining('Hold Timer'), expect.stringContaining('Hold Timer')]);
    await neighbours('del');
  });

  test('loses nothing when the BGP daemon of a switch is killed', async () => {
    const lost = await lossIn(async () => {
      await kill('tor1');
      await hostsUse(2);
    });
    expect(lost).toEqual(NONE);
    lab = await up({ fabric, folder: join(base, 'l') }); // what does not run is started again
  });

  // The last one: what leads to it over the switch does not come back with its links.
  test('goes on when a switch dies with all its links', async () => {
    await expectUnhurt('switch 1 dead', 2, () => setLinks('tor1', 'down', 'down1', 'down2', 'eth0'));
  });
});
