import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readFabricFile } from '../../lib/cli/fabric-file';
import { programOf } from '../../lib/cli/program';
import { packDelivery } from '../../lib/control/delivery';
import { makeRelease } from '../../lib/control/release';
import { readFabric } from '../../lib/model/read';
import { FleetDouble } from '../provider/agent-double';

const nodes = { n1: { ipv4Address: '10.0.0.1' }, n2: { ipv4Address: '10.0.0.2' }, n3: { ipv4Address: '10.0.0.3' } };
const stack = (more: object) => ({
  resource: {
    peerform_fabric: {
      lab: {
        name: 'lab',
        nodes: Object.fromEntries(
          Object.entries(nodes).map(([name, node]) => [name, { ipv4_address: node.ipv4Address }]),
        ),
        ...more,
      },
    },
  },
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'peerform-impact-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function file(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

/** What the command prints, and its exit code. */
async function impact(...args: string[]): Promise<{ text: string; code: number }> {
  const written: string[] = [];
  const write = jest.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  try {
    await (await programOf('impact')).parseAsync(['node', 'peerform', 'impact', ...args]);
    return { text: written.join(''), code: Number(process.exitCode ?? 0) };
  } finally {
    write.mockRestore();
    process.exitCode = undefined;
  }
}

describe('peerform impact', () => {
  test('tells sessions, paths and what a simulated network would miss, and fails where nodes are cut off', async () => {
    const { text, code } = await impact(
      file('before.json', { name: 'lab', nodes }),
      file('after.json', { name: 'lab', nodes, nodeToNodeMesh: false }),
    );
    expect(text).toBe(`sessions: 3 removed; CUTS OFF NODES OR PREFIXES: a deploy needs allow_disruption

Sessions
  3 removed (ipv4, nodeToNodeMesh): between n1, n2, n3

Nodes without any path
  n1, n2, n3

Paths that are lost
  n1, n2, n3 to one another (ipv4)

Played on a simulated network, 3 prefixes
  finalise: 198.18.0.2/32 of n2 is missing for good at n1, n3
  finalise: 198.18.0.3/32 of n3 is missing for good at n1, n2
  finalise: 198.18.0.1/32 of n1 is missing for good at n2, n3
`);
    expect(code).toBe(1);
  });

  test('reads what cdktf synth writes, with its waves and what it allows', async () => {
    const off = { node_to_node_mesh: false, allow_disruption: true, waves: [['n1'], ['n2', 'n3']] };
    const { text, code } = await impact(file('before.json', stack({})), file('after.json', stack(off)), '--no-play');
    expect(text).toContain('sessions: 3 removed');
    expect(text).not.toContain('Played');
    expect(code).toBe(0);
  });

  test('tells a wave that comes too early', async () => {
    const peers = { tight: { address: '10.0.0.1', asNumber: 64512, ttlSecurity: 1 } };
    const before = file('before.json', { name: 'lab', nodes }),
      after = file('after.json', { name: 'lab', nodes, peers });
    const { text, code } = await impact(before, after, '--no-play', '--wave', 'n2', 'n1,n3');
    expect(text).toContain('Paths that are missing after wave 1, until a later one\n  n1 to n2 (ipv4)');
    expect(code).toBe(0);
    await expect(impact(before, after, '--wave', 'n7')).rejects.toThrow('there is no node n7');
  });

  test('says it in Markdown for a pull request, and all of it in JSON', async () => {
    const files = [
      file('before.json', { name: 'lab', nodes }),
      file('after.json', { name: 'lab', nodes, holdTime: 30 }),
    ];
    expect((await impact(...files, '--markdown')).text).toBe(`### Fabric lab: sessions: 3 reset

<details><summary>Sessions</summary>

- 3 reset (ipv4, hold time): between n1, n2, n3

</details>

<details><summary>Played on a simulated network, 3 prefixes</summary>

- no node misses a prefix at any moment

</details>
`);
    expect(JSON.parse((await impact(...files, '--json')).text)).toMatchObject({
      fabric: 'lab',
      isDisruptive: false,
      sessions: { counts: { reset: 3 }, sessions: [{ from: ['n1', 'n2', 'n3'], to: [] }] },
      played: { prefixes: 3, gaps: [] },
    });
  });
});

describe('compared with what runs', () => {
  let fleet: FleetDouble;
  beforeAll(async () => {
    fleet = new FleetDouble();
    await fleet.start('n1', 'n2', 'n3');
    const release = makeRelease(readFabric({ name: 'lab', nodes }).fabric!),
      endpoints = Object.fromEntries(fleet.all.map(({ node, endpoint }) => [node, endpoint]));
    for (const agent of fleet.all) {
      agent.deliver(packDelivery({ release, endpoints }));
      agent.state = { ...agent.state, active: { release: release.digest, activation: 1 } };
    }
  });
  afterAll(() => fleet.stop());

  test('one file is enough', async () => {
    const after = file('after.json', stack({ hold_time: 30 }));
    const { text, code } = await impact(after, '--via', fleet.get('n2').endpoint);
    expect(text).toContain('sessions: 3 reset');
    expect(text).toContain('no node misses a prefix at any moment');
    expect(code).toBe(0);
  });
});

describe('a file of a fabric', () => {
  test('is refused with its problems, in place', () => {
    expect(() => readFabricFile(file('f.json', { name: 'lab', nodes: { n1: {} } }))).toThrow(
      'nodes.n1: the node has no address',
    );
    expect(() => readFabricFile(file('f.json', 'none'))).toThrow('f.json: Unexpected token');
    expect(() => readFabricFile(file('f.json', { resource: {} }))).toThrow('holds no fabric');
  });

  test('of a stack with several fabrics needs a name', () => {
    const two = stack({}),
      other = { ...two.resource.peerform_fabric.lab, name: 'other' };
    const path = file('f.json', { resource: { peerform_fabric: { ...two.resource.peerform_fabric, other } } });
    expect(() => readFabricFile(path)).toThrow('holds the fabrics lab, other; pick one by --fabric');
    expect(readFabricFile(path, 'other').fabric.name).toBe('other');
  });
});
