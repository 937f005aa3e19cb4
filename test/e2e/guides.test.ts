import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readFabricFile } from '../../lib/cli/fabric-file';
import type { Lab } from '../../lib/lab/lab';
import { up } from '../../lib/lab/up';
import { CdktfProject } from './cdktf-project';

/** What each guide promises: sessions of each node by their reason, and workloads that reach one another. */
interface Promised {
  readonly sessions: Readonly<Record<string, readonly string[]>>;
  /** Workloads and hosts, each of which reaches every address of every other. */
  readonly reach: readonly string[];
  /** A route in a node's kernel: node, prefix, next hop. */
  readonly routes: readonly (readonly [node: string, prefix: string, via: string])[];
  /** AS numbers that the nodes say they have, where they are not the fabric's. */
  readonly asNumbers?: readonly number[];
}

const mesh = (numbers: readonly number[], own: number, address: (number: number) => string) =>
  numbers.filter((number) => number !== own).map((number) => `nodeToNodeMesh ${address(number)}`);
const each = (numbers: readonly number[], of: (number: number) => string[]) =>
  Object.fromEntries(numbers.map((number) => [`node${number}`, of(number).sort()]));
const v4 = (number: number) => `10.0.0.${number}`;
const v6 = (number: number) => `fd00:10::${number}`;

const GUIDES: Readonly<Record<string, Promised>> = {
  'full-mesh': {
    sessions: each([1, 2, 3, 4], (own) => mesh([1, 2, 3, 4], own, v4)),
    reach: ['w-node1', 'w-node4'],
    routes: [['node1', '10.65.0.4', '10.0.0.4']],
  },
  'mesh-and-tor': {
    sessions: each([1, 2, 3], (own) => [...mesh([1, 2, 3], own, v4), 'peers.tor 192.0.2.1']),
    reach: ['w-node1', 'w-node3', 'outside'],
    routes: [
      ['node1', '10.65.0.3', '10.0.0.3'],
      ['node2', '203.0.113.1', '192.0.2.1'],
    ],
  },
  'dual-stack': {
    sessions: each([1, 2, 3], (own) => [
      ...mesh([1, 2, 3], own, v4),
      ...mesh([1, 2, 3], own, v6),
      'peers.tor 2001:db8::1',
    ]),
    reach: ['w-node1', 'w-node3', 'outside'],
    routes: [
      ['node1', '10.65.0.3', '10.0.0.3'],
      ['node1', 'fd65::3', 'fd00:10::3'],
      ['node2', '2001:db8:ffff::1', '2001:db8::1'],
    ],
  },
  'redundant-reflectors': {
    sessions: each([1, 2, 3, 4, 5], (own) =>
      (own <= 2 ? [1, 2, 3, 4, 5] : [1, 2])
        .filter((number) => number !== own)
        .map((number) => `routeReflectors.main ${v4(number)}`),
    ),
    reach: ['w-node1', 'w-node3', 'w-node5'],
    routes: [['node3', '10.65.0.5', '10.0.0.5']],
  },
  'as-per-rack': {
    sessions: each([1, 2, 3, 4], (own) => [
      ...mesh(own <= 2 ? [1, 2] : [3, 4], own, v4),
      ...[1, 2].map((number) => `racks.rack-${own <= 2 ? 'a' : 'b'} 192.0.2.${number}`),
    ]),
    reach: ['w-node1', 'w-node2', 'w-node3', 'outside1'],
    routes: [
      ['node1', '10.65.0.2', '10.0.0.2'],
      ['node1', '10.65.0.3', '192.0.2.1'],
      ['node4', '203.0.113.1', '192.0.2.1'],
    ],
    asNumbers: [65001, 65001, 65002, 65002],
  },
  'silent-uplinks': {
    sessions: Object.fromEntries(
      [1, 2].map((host) => [
        `host${host}`,
        [1, 2].map((tor) => `peers.host${host}-tor${tor} 192.0.2.${4 * host + 2 * tor}`),
      ]),
    ),
    reach: ['host1', 'host2', 'w-host1', 'w-host2', 'outside1', 'outside2'],
    routes: [
      ['host1', '203.0.113.1', '192.0.2.6'],
      ['host2', '203.0.113.2', '192.0.2.12'],
    ],
    asNumbers: [65001, 65002],
  },
  'bgp-to-the-host': {
    sessions: Object.fromEntries(
      [1, 2].map((host) => [
        `host${host}`,
        [1, 2].flatMap((tor) => [
          `peers.host${host}-tor${tor}-ipv4 192.0.2.${4 * host + 2 * tor}`,
          `peers.host${host}-tor${tor}-ipv6 2001:db8:${tor}:${host}::a`,
        ]),
      ]),
    ),
    reach: ['host1', 'host2', 'w-host1', 'w-host2', 'outside1', 'outside2'],
    routes: [
      ['host1', '203.0.113.1', '192.0.2.6'],
      ['host1', '2001:db8:ffff::2', '2001:db8:2:1::a'],
      ['host2', '203.0.113.2', '192.0.2.12'],
    ],
    asNumbers: [65001, 65002],
  },
  'bgp-to-the-host-unnumbered': {
    sessions: Object.fromEntries(
      ['host1', 'host2'].map((host) => [host, ['eth1', 'eth2'].map((link) => `peers.uplinks ${host}%${link}`)]),
    ),
    reach: ['host1', 'host2', 'outside1', 'outside2'],
    routes: [], // next hops are link-local addresses, which differ with every run
    asNumbers: [65001, 65002],
  },
};

describe.each(Object.entries(GUIDES))('the guide %s', (name, { sessions, reach, routes, asNumbers }) => {
  let base: string;
  let project: CdktfProject;
  let lab: Lab | undefined;
  beforeAll(() => {
    base = mkdtempSync(join(tmpdir(), 'g-'));
    project = new CdktfProject(name, { PEERFORM_LAB: join(base, 'l') });
  });
  afterAll(async () => {
    await lab?.down();
    project.remove();
    rmSync(base, { recursive: true, force: true });
  });

  test('becomes the network that it promises by one deploy', async () => {
    expect(await project.synth()).toMatchObject({ code: 0 });
    const { fabric } = readFabricFile(join(project.folder, `cdktf.out/stacks/${name}/cdk.tf.json`));
    lab = await up({ fabric, name: `guide-${name}-${process.pid}`, folder: join(base, 'l'), agents: 'idle' });
    expect(await project.cdktf('deploy', '--skip-synth', '--auto-approve')).toMatchObject({ code: 0 });
    expect([await lab.settles(90), await established(lab)]).toEqual([true, sessions]);
    const told = await Promise.all(lab.membersOf('node').map(([node]) => lab!.agent(node).status()));
    if (asNumbers) expect(told.map(({ asNumber }) => asNumber)).toEqual(asNumbers);
    for (const [node, prefix, via] of routes) {
      const { stdout } = await lab.run(node, ['ip', 'route', 'get', prefix]);
      expect([node, prefix, stdout]).toEqual([node, prefix, expect.stringContaining(`via ${via} `)]);
    }
    for (const from of reach)
      for (const to of reach.filter((other) => other !== from))
        for (const address of lab.state.members[to].addresses)
          expect([from, address, await lab.reaches(from, address, 10)]).toEqual([from, address, true]);
  });
});

async function established(lab: Lab): Promise<Record<string, string[]>> {
  const all = await Promise.all(
    lab.membersOf('node').map(async ([node]) => {
      const { sessions } = await lab.agent(node).status();
      const up = sessions.filter(({ state }) => state === 'Established');
      return [node, up.map(({ origin, remoteAddress }) => `${origin} ${remoteAddress}`).sort()] as const;
    }),
  );
  return Object.fromEntries(all);
}
