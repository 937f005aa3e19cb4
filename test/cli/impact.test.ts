import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { readFabricFile } from '../../lib/cli/fabric-file';
import { programOf } from '../../lib/cli/program';
import { type Delivery, packDelivery } from '../../lib/control/delivery';
import { makeRelease } from '../../lib/control/release';
import { readFabric } from '../../lib/model/read';
import { impactOfChange } from '../../lib/provider/resource/impact';
import type { Values } from '../../lib/provider/value';
import { type AgentDouble, FleetDouble } from '../provider/agent-double';

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
    expect(text).toBe(`Cuts off n1, n2, n3, which needs allow_disruption; removes 3 sessions (nodeToNodeMesh).

Sessions
  3 removed (ipv4, nodeToNodeMesh): between n1, n2, n3

Nodes without any path
  n1, n2, n3

Lost paths
  n1, n2, n3 to each other (ipv4)

Simulated on 3 made-up prefixes
  at the commit: workloads of n2 are missing permanently at n1, n3
  at the commit: workloads of n3 are missing permanently at n1, n2
  at the commit: workloads of n1 are missing permanently at n2, n3
`);
    expect(code).toBe(1);
  });

  test('warns on standard error of prefixes with host bits', async () => {
    const said: string[] = [];
    const spy = jest.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
    const filters = { f: { import: [{ prefix: '10.0.0.1/8', action: 'accept' as const }] } };
    const after = file('after.json', { name: 'lab', nodes, filters });
    try {
      await impact(file('before.json', { name: 'lab', nodes }), after, '--no-play');
    } finally {
      spy.mockRestore();
    }
    expect(said.join('')).toBe(
      `${after}: warning: filters.f.import[0].prefix: 10.0.0.1/8 has host bits set and means 10.0.0.0/8; write that, or 10.0.0.1/32\n`,
    );
  });

  test('reads what cdktf synth writes, with its waves and what it allows', async () => {
    const off = { node_to_node_mesh: false, allow_disruption: true, waves: [['n1'], ['n2', 'n3']] };
    const { text, code } = await impact(file('before.json', stack({})), file('after.json', stack(off)), '--no-play');
    expect(text).toContain('Cuts off n1, n2, n3, as allow_disruption allows; removes 3 sessions (nodeToNodeMesh).');
    expect(text).not.toContain('Played');
    expect(code).toBe(0);
  });

  test('tells a wave that comes too early', async () => {
    const peers = { tight: { address: '10.0.0.1', asNumber: 64512, ttlSecurity: 1 } };
    const before = file('before.json', { name: 'lab', nodes });
    const after = file('after.json', { name: 'lab', nodes, peers });
    const { text, code } = await impact(before, after, '--no-play', '--wave', 'n2', 'n1,n3');
    expect(text).toContain('Paths missing after wave 1, until a later wave\n  n1 to n2 (ipv4)');
    expect(code).toBe(0);
    await expect(impact(before, after, '--wave', 'n7')).rejects.toThrow('there is no node n7');
  });

  test('says it in Markdown for a pull request, and all of it in JSON', async () => {
    const files = [
      file('before.json', { name: 'lab', nodes }),
      file('after.json', { name: 'lab', nodes, holdTime: 30 }),
    ];
    expect((await impact(...files, '--markdown')).text).toBe(`<!-- peerform report -->
### Fabric \`lab\`

**Look:** **\`Resets 3 sessions (hold time); no node loses a path.\`**

- 3 of 3 sessions reset; none stays as it is.
- 0 of 3 nodes lose a path.
- 0 of 3 simulated prefixes are missing at any node at any time.

\`\`\`mermaid
flowchart TB
  c0["Nodes<br/>3 nodes<br/>3 reset among them"]
\`\`\`

<details><summary>What the code changes</summary>

- \`the fabric changed: holdTime 90 → 30\`

</details>

<details><summary>Sessions</summary>

- \`3 reset (ipv4, hold time): between n1, n2, n3\`

</details>

<details><summary>Simulated on 3 made-up prefixes</summary>

- \`no node misses any of these prefixes at any time\`

</details>

<details><summary>Waves and their gates</summary>

- \`wave 1: 3 nodes, at most 60 s (default)\`

</details>
`);
    expect(JSON.parse((await impact(...files, '--json')).text)).toMatchObject({
      fabric: 'lab',
      about: 'Resets 3 sessions (hold time); no node loses a path.',
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
    const release = makeRelease(readFabric({ name: 'lab', nodes }).fabric!);
    const endpoints = Object.fromEntries(fleet.all.map(({ node, endpoint }) => [node, endpoint]));
    for (const agent of fleet.all) await deploy(agent, { release, endpoints }, 1);
  });
  afterAll(() => fleet.stop());

  async function deploy(agent: AgentDouble, delivery: Delivery, activation: number): Promise<void> {
    const command = { node: agent.node, owner: 'alice', fabric: 'lab', release: delivery.release.digest, activation };
    agent.deliver(packDelivery(delivery));
    await agent.perform('stage', command);
    await agent.perform('activate', { ...command, confirmWithin: 600 });
    await agent.perform('confirm', command);
  }

  test('one file is enough', async () => {
    const after = file('after.json', stack({ hold_time: 30 }));
    const { text, code } = await impact(after, '--via', fleet.get('n2').endpoint);
    expect(text).toContain('Resets 3 sessions (hold time)');
    expect(text).toContain('no node misses any of these prefixes at any time');
    expect(code).toBe(0);
  });

  test('routes that nodes hear from outside take part, and fail it where a gate would refuse their loss', async () => {
    const running = fabricWith({ import: [{ action: 'accept' }] });
    const release = makeRelease(readFabric(running).fabric!);
    const endpoints = Object.fromEntries(fleet.all.map(({ node, endpoint }) => [node, endpoint]));
    for (const agent of fleet.all) {
      await deploy(agent, { release, endpoints }, 2);
      agent.heard = {
        '10.0.0.250': {
          received: 1,
          sets: [{ attributes: '4001010040020602010000fde9', nextHop: '10.0.0.250', prefixes: ['203.0.113.0/24'] }],
        },
      };
    }
    const rules = [{ prefix: '203.0.113.0/24', action: 'reject' }, { action: 'accept' }];
    const after = file('after.json', fabricWith({ import: rules }));
    const { text, code } = await impact(after, '--via', fleet.get('n2').endpoint, '--no-play');
    expect(text).toMatch(/^Takes away the last path to 203.0.113.0\/24, which needs allow_disruption; changes routes/);
    expect(text).toContain('Lost prefixes that would fail a gate\n  wave 1: 203.0.113.0/24 at n1, n2, n3');
    expect(text).toContain('  lost: 203.0.113.0/24 at n1, n2, n3');
    expect(text).toContain(
      '  rejected: 203.0.113.0/24 from 10.0.0.250 at n1, n2, n3 (it is rejected by import policy)',
    );
    expect(code).toBe(1);
    await fleet.get('n3').stop();
    const { text: without } = await impact(after, '--via', fleet.get('n2').endpoint, '--no-play');
    expect(without).toContain('routes from outside neighbours to n3: their agents gave no usable answer');
  });
});

const fabricWith = (filter: object) => ({
  ...{ name: 'lab', nodes, filters: { f: filter } },
  peers: { rack: { address: '10.0.0.250', asNumber: 65001, filters: ['f'] } },
});

/** Two uplinks of n1 with a filter each. */
const uplinks = (filter: object) => ({
  ...{ name: 'lab', nodes },
  filters: { up: { import: [{ action: 'accept' }], export: [{ source: 'workload', action: 'accept' }], ...filter } },
  peers: {
    router: { node: 'n1', address: '192.0.2.1', asNumber: 65101, filters: ['up'] },
    router2: { node: 'n1', address: '192.0.2.5', asNumber: 65102, filters: ['up'] },
  },
});

describe('two files of a fabric, where nothing is known of what neighbours outside send', () => {
  const compared = async (filter: object, ...more: string[]) =>
    impact(file('before.json', uplinks({})), file('after.json', uplinks(filter)), ...more);

  test('tell in the first line that routes of one neighbour would now go to the other', async () => {
    const { text } = await compared({ export: [{ action: 'accept' }] });
    expect(text.split('\n')[0]).toBe(
      'Leaks routes of router to router2; leaks routes of router2 to router; advertises workloads of n2, n3 to router, router2; changes 2 sessions without a reset (export policy); what is changed may affect routes that are not known here; nodes keep their paths to each other, as far as is known here.',
    );
    expect(text).toContain('leaked: routes of router to router2 by n1 (received from router)');
    expect(text).toContain('leaked: routes of router2 to router by n1 (received from router2)');
    expect(text).toContain(
      'Unknown routes from outside\n  which routes outside neighbours send, and which workloads nodes have, is not known here',
    );
    expect(text).not.toMatch(/\d+\.\d+\.\d+\.\d+\/\d+/);
  });

  test('tell it outside of what a pull request folds, and to programs', async () => {
    const opened = { export: [{ action: 'accept' }] };
    const { text } = await compared(opened, '-o', 'markdown');
    const seen = text.replace(/<details><summary>.*?<\/details>/gs, '');
    expect(seen).toContain('Leaks routes of router to router2; leaks routes of router2 to router;');
    expect(seen).toContain('leaked: routes of router to router2 by n1');
    expect(JSON.parse((await compared(opened, '-o', 'json')).text)).toMatchObject({
      about: expect.stringMatching(/^Leaks routes of router to router2;/),
      routes: {
        routes: {
          changes: expect.arrayContaining([
            ...[{ effect: 'leaked', nodes: ['n1'], neighbour: '192.0.2.5', name: 'router2' }].map((one) =>
              expect.objectContaining({ ...one, prefixes: ['routes of router'] }),
            ),
          ]),
        },
      },
    });
  });

  test.each([[[{ action: 'reject' }]], [[{ prefix: '203.0.113.0/24', action: 'reject' }]]])(
    'tell in the first line of an import filter that rejects all: %j',
    async (rules) => {
      expect((await compared({ import: rules })).text).toMatch(
        /^Cuts off n1, n2, n3 from the outside, which needs allow_disruption; rejects all routes of router, router2; changes routes/,
      );
    },
  );

  test('tell it of many neighbours in a short time, by some that stand for others', async () => {
    const many = (filter: object) => {
      const all = Array.from({ length: 60 }, (_, i) => i + 1);
      return {
        ...uplinks(filter),
        nodes: Object.fromEntries(all.map((i) => [`n${i}`, { ipv4Address: `10.0.0.${i}` }])),
        peers: Object.fromEntries(
          all.map((i) => [`up${i}`, { node: `n${i}`, address: `192.0.2.${i}`, asNumber: 65101, filters: ['up'] }]),
        ),
      };
    };
    const { text } = await impact(
      file('before.json', many({})),
      file('after.json', many({ export: [{ action: 'accept' }] })),
      '--no-play',
    );
    expect(text).toMatch(/^Leaks routes of up2, up1 to up1, up2, up3/);
    expect(text).toContain('leaked: routes of up1 to up3 (of n3) or an equivalent by n3, n4, n5');
    expect(text).toContain('58 neighbours are left out, as others are like them');
  });

  test('say nothing of the kind where the same goes out as before, or where part of it still comes in', async () => {
    const { text } = await compared({ export: [{ source: 'workload', communities: ['1:1'], action: 'accept' }] });
    // which have no community
    expect(text).toMatch(/^No longer advertises workloads of n1 to router, router2; changes 2 sessions/);
    expect(text).not.toContain('leaked');
    const some = await compared({ import: [{ prefix: '203.0.113.0/24', action: 'accept' }] });
    expect(some.text).not.toContain('all routes of');
    const bogons = { prefix: '198.18.0.0/15', action: 'reject' };
    expect((await compared({ export: [bogons, { prefix: '0.0.0.0/0', le: 24, action: 'accept' }] })).text).toMatch(
      /^Leaks routes of router/,
    );
  });

  test('say of a simulated network what its prefixes stand for', async () => {
    const { text } = await compared({ import: [{ action: 'reject' }] });
    expect(text).toContain('Simulated on 5 made-up prefixes');
    expect(text).toContain('wave 1: routes of router are missing permanently at n1, n2, n3');
    expect(text).not.toContain('198.18.');
  });
});

describe('two files with several fabrics', () => {
  const stacks = (fabrics: Record<string, object>) => ({
    resource: {
      peerform_fabric: Object.fromEntries(
        Object.entries(fabrics).map(([name, more]) => [
          name,
          { ...stack({}).resource.peerform_fabric.lab, name, ...more },
        ]),
      ),
    },
  });

  test('are compared by their names: what is new, what goes, and the worst of all as exit code', async () => {
    const before = file('before.json', stacks({ a: {}, b: {} }));
    const changed = file('after.json', stacks({ b: { hold_time: 30 }, c: {} }));
    const { text, code } = await impact(before, changed, '--no-play');
    expect(text).toContain('Fabric b: Resets 3 sessions (hold time)');
    expect(text).toContain('\nFabric c: Adds 3 sessions (nodeToNodeMesh)');
    expect(text).toContain('\nFabric a: Destroys the fabric: all of its sessions will be closed.');
    expect(code).toBe(1);
    expect((await impact(before, changed, '--no-play', '--fabric', 'b')).code).toBe(0);
    await expect(impact(before, changed, '--wave', 'n1')).rejects.toThrow('choose it with --fabric');
  });
});

describe('a file of a fabric', () => {
  test('is refused with its problems, in place', () => {
    expect(() => readFabricFile(file('f.json', { name: 'lab', nodes: { n1: {} } }))).toThrow(
      'nodes.n1: the node has no address',
    );
    expect(() => readFabricFile(file('f.json', { resource: {} }))).toThrow('does not contain a fabric');
  });

  const told = (path: string) => {
    try {
      return readFabricFile(path).fabric.name;
    } catch (error) {
      return (error as Error).message.replace(folder, '');
    }
  };

  test.each([
    ['f.json', 'none', /^\/f.json is not valid JSON \(Unexpected token/],
    ['f.json', '', /^\/f.json is empty: pass a fabric file, cdk.tf.json, or what `terraform show -json PLAN` prints$/],
    ['plan', 'PK\u0003\u0004', /is a plan as Terraform keeps it: `terraform show -json PLAN > plan.json`/],
    ['main.tf', 'resource "peerform_fabric" "main" {}', /is HCL, which only Terraform reads/],
    ['main.ts', "import { App } from 'cdktf';", /is a program: `cdktf synth` writes cdk.tf.json/],
    ['calico.yaml', 'apiVersion: projectcalico.org/v3\nkind: Node', /holds manifests: `peerform import calico`/],
    [
      'package.json',
      { name: 'net', version: '1.0.0' },
      /^\/package.json does not contain a fabric: pass a fabric file/,
    ],
    ['cdktf.json', { language: 'typescript', app: 'npx ts-node main.ts' }, /does not contain a fabric: pass/],
    ['list.json', [1, 2], /does not contain a fabric: pass/],
    ['null.json', 'null', /does not contain a fabric: pass/],
    ['terraform.tfstate', { version: 4, resources: [] }, /is a state as Terraform keeps it: `terraform show -json`/],
    [
      'other-plan.json',
      { format_version: '1.2', planned_values: {}, resource_changes: [] },
      /does not contain a fabric$/,
    ],
  ])('that %s is not is told in one sentence', (name, content, sentence) => {
    const said = told(file(name, content));
    expect(said).toMatch(sentence);
    expect(said).not.toContain('\n');
  });

  test('that says nothing but its name is one', () => {
    expect(told(file('f.json', { name: 'lab' }))).toBe('lab');
  });

  test('of a stack with several fabrics needs a name', () => {
    const two = stack({});
    const other = { ...two.resource.peerform_fabric.lab, name: 'other' };
    const path = file('f.json', { resource: { peerform_fabric: { ...two.resource.peerform_fabric, other } } });
    expect(() => readFabricFile(path)).toThrow('contains the fabrics lab, other; choose one with --fabric');
    expect(readFabricFile(path, 'other').fabric.name).toBe('other');
  });
});

describe('what terraform show -json prints', () => {
  const attributes = (more: object = {}) => ({
    name: 'lab',
    edition: 1,
    node: Object.fromEntries(
      Object.entries(nodes).map(([name, { ipv4Address }]) => [name, { ipv4_address: ipv4Address }]),
    ),
    nodes: null,
    ...more,
  });
  const plan = (change: object, ...others: object[]) => ({
    format_version: '1.2',
    planned_values: {},
    resource_changes: [
      { type: 'null_resource', change: { after: {} } },
      { address: 'module.net.peerform_fabric.lab', type: 'peerform_fabric', change },
      ...others,
    ],
  });

  test('of a plan is a change by itself: no agent is asked, and no second file is needed', async () => {
    const change = { before: attributes(), after: attributes({ hold_time: 30 }), after_unknown: { activation: true } };
    const { text, code } = await impact(file('plan.json', plan(change)), '--no-play');
    expect(text).toContain('Resets 3 sessions (hold time)');
    expect(code).toBe(0);
  });

  test('of a plan that delivers secrets again says which sessions may be reset, as two stacks do', async () => {
    const signed = (secrets_version: number) => attributes({ mesh_password: 'secret:mesh', secrets_version });
    const path = file('plan.json', plan({ before: signed(1), after: signed(2), after_unknown: { activation: true } }));
    const { text } = await impact(path, '--no-play');
    expect(text).toMatch(/^May reset 3 sessions \(password if secret:mesh has a new value\); no node loses a path\.\n/);
    expect(text).toContain('  3 may be reset (ipv4, password if secret:mesh has a new value): between n1, n2, n3\n');
    const data = JSON.parse((await impact(path, '--no-play', '-o', 'json')).text);
    expect(data.sessions).toMatchObject({ counts: { reset: 3 }, sessions: [{ otherwise: 'nothing' }] });
    const [one, two] = [1, 2].map((secrets_version) =>
      file(`${secrets_version}.tf.json`, stack({ mesh_password: 'secret:mesh', secrets_version })),
    );
    expect((await impact(one, two, '--no-play')).text).toMatch(/^May reset 3 sessions/);
    expect((await impact(one, one, '--no-play')).text).toMatch(/^Changes no session/);
  });

  test('of the plan of a new fabric tells what is added', async () => {
    const change = { before: null, after: attributes({ waves: [['n1'], ['n2', 'n3']] }), after_unknown: {} };
    expect((await impact(file('plan.json', plan(change)))).text).toContain('Adds 3 sessions (nodeToNodeMesh)');
  });

  test('of a change that cuts nodes off ends with 1, unless the plan allows it', async () => {
    const cut = (more: object = {}) =>
      plan({ before: attributes(), after: attributes({ node_to_node_mesh: false, ...more }), after_unknown: {} });
    expect((await impact(file('plan.json', cut()), '--no-play')).code).toBe(1);
    expect((await impact(file('plan.json', cut({ allow_disruption: true })), '--no-play')).code).toBe(0);
  });

  test('may hold endpoints that are unknown yet, of an attribute too, but nothing that the change depends on', () => {
    const map = { n1: { ipv4_address: '10.0.0.1' }, n2: { ipv6_address: 'fd00::2' } };
    const unknown = (of: object) =>
      plan({ before: null, after: attributes({ node: {}, nodes: map }), after_unknown: of });
    const read = (of: object) => readFabricFile(file('plan.json', unknown(of)));
    expect(Object.keys(read({ nodes: { n1: { endpoint: true } } }).fabric.nodes)).toEqual(['n1', 'n2']);
    expect(() => read({ nodes: { n1: { ipv6_address: true } } })).toThrow(
      'nodes.n1.ipv6Address will be known only when Terraform runs',
    );
    expect(() => read({ nodes: true })).toThrow('nodes will be known only when Terraform runs');
  });

  test('of a plan that destroys the fabric says that', () => {
    const path = file('plan.json', plan({ before: attributes(), after: null, after_unknown: {} }));
    expect(() => readFabricFile(path)).toThrow('destroys fabric lab: all of its sessions will be closed');
  });

  test('of a plan that destroys the fabric is a change like any other, and ends with 1', async () => {
    const path = file('plan.json', plan({ actions: ['delete'], before: attributes(), after: null, after_unknown: {} }));
    for (const flags of [[], ['--fabric', 'lab']]) {
      const { text, code } = await impact(path, ...flags);
      expect(text).toMatch(/^Destroys the fabric: all of its sessions will be closed\./);
      expect(code).toBe(1);
    }
  });

  test('of two files is refused where the fabric that is asked for is not in them', async () => {
    const two = ['before.json', 'after.json'].map((name) => file(name, { name: 'lab', nodes }));
    await expect(impact(...two, '--fabric', 'nope')).rejects.toThrow(/does not contain fabric nope, but lab/);
  });

  test('of a state is the fabric that it holds, in whatever module', () => {
    const module = { resources: [{ type: 'peerform_fabric', values: attributes() }] };
    const state = { format_version: '1.0', values: { root_module: { child_modules: [module] } } };
    expect(readFabricFile(file('state.json', state)).fabric.name).toBe('lab');
  });

  /** What the provider says at plan, with these routes heard by n1. */
  const says = (from: object, to: object, more: Values = {}) => {
    const [before, after] = [from, to].map((spec) => readFabric(spec).fabric!);
    const routes = {
      received: 1,
      sets: [{ attributes: '4001010040020602010000fe4d', nextHop: '192.0.2.1', prefixes: ['203.0.113.0/24'] }],
    };
    const session = { node: 'n1', localAddress: '10.0.0.1', remoteAddress: '192.0.2.1', routerId: 1, routes: 'all' };
    return impactOfChange(before, after, more, { sessions: [session], routes: { all: routes }, unknown: {} }).impact;
  };
  const snakes = ({ filters, peers }: ReturnType<typeof uplinks>): object => ({
    filters,
    peers: Object.fromEntries(
      Object.entries(peers).map(([name, { asNumber, ...peer }]) => [name, { ...peer, as_number: asNumber }]),
    ),
  });
  const planOf = (filter: object, more: Values = {}) => {
    const [from, to] = [uplinks({}), uplinks(filter)];
    return plan({
      actions: ['update'],
      before: attributes({ ...snakes(from), activation: 1, impact: { about: '' } }),
      after: attributes({ ...snakes(to), activation: 2, ...more, impact: says(from, to, more) }),
      after_unknown: {},
    });
  };

  test('of a plan shows what the provider found: its sentence, and the routes that are passed on', async () => {
    const path = file('plan.json', planOf({ export: [{ action: 'accept' }] }));
    const { text, code } = await impact(path);
    expect(text).toMatch(/^Leaks 203\.0\.113\.0\/24 from 192\.0\.2\.1 to 192\.0\.2\.5; changes 2 sessions/);
    expect(text).toContain('\nRoutes from and to outside neighbours\n  leaked: 203.0.113.0/24 to 192.0.2.5 by n1');
    expect(text).not.toContain('made-up route');
    expect(code).toBe(0);
    const markdown = (await impact(path, '-o', 'markdown')).text.replace(/<details><summary>.*?<\/details>/gs, '');
    expect(markdown).toContain('**`Leaks 203.0.113.0/24 from 192.0.2.1 to 192.0.2.5;');
    expect(markdown).toContain('- `leaked: 203.0.113.0/24 to 192.0.2.5 by n1');
    const data = JSON.parse((await impact(path, '-o', 'json')).text);
    expect(data).toMatchObject({
      about: expect.stringMatching(/^Leaks 203/),
      planned: {
        routes: [
          expect.stringContaining('leaked: 203.0.113.0/24'),
          'not checked: the workload routes of n1, n2, n3 are not known',
        ],
        otherSide: [],
      },
      sessions: { counts: { retuned: 2 }, reasons: { 'retuned: export policy': 2 } },
    });
    expect(parse((await impact(path, '-o', 'yaml')).text)).toEqual(data);
  });

  test('of a plan that takes away a last path tells which, and ends with 1 unless that is allowed', async () => {
    const cut = { import: [{ prefix: '203.0.113.0/24', action: 'reject' }, { action: 'accept' }] };
    const allowed = await impact(file('plan.json', planOf(cut, { allow_disruption: true })));
    expect(allowed.text).toMatch(
      /^Takes away the last path to 203\.0\.113\.0\/24, as allow_disruption allows; changes routes accepted/,
    );
    expect(allowed.text).toContain('lost: 203.0.113.0/24 at n1, n2, n3');
    expect(allowed.text).not.toContain('missing permanently');
    expect(allowed.code).toBe(0);
    expect((await impact(file('plan.json', planOf(cut)))).code).toBe(1);
  });

  test('of a plan that deploys nothing does not repeat what the deploy before did', async () => {
    const last = attributes({ activation: 2, impact: { about: 'Cuts off n1.', routes: ['lost: x'] } });
    const still = plan({ actions: ['no-op'], before: last, after: last, after_unknown: {} });
    const { text } = await impact(file('plan.json', still));
    expect(text).toMatch(/^Changes no session; no node loses a path\.\n/);
    expect(text).not.toContain('lost: x');
  });

  test('of a plan of several fabrics is told of each, and the worst of them is the exit code', async () => {
    const change = (name: string, more: object) => ({
      type: 'peerform_fabric',
      change: { before: attributes({ name }), after: attributes({ name, ...more }), after_unknown: {} },
    });
    const two = (more: object) =>
      file('plan.json', {
        format_version: '1.2',
        resource_changes: [change('a', { hold_time: 30 }), change('b', more)],
      });
    const { text, code } = await impact(two({}), '--no-play');
    expect(text).toBe(`Fabric a: Resets 3 sessions (hold time); no node loses a path.

Sessions
  3 reset (ipv4, hold time): between n1, n2, n3

Fabric b: Changes no session; no node loses a path.
`);
    expect(code).toBe(0);
    expect((await impact(two({ node_to_node_mesh: false }), '--no-play')).code).toBe(1);
    expect((await impact(two({}), '-o', 'markdown')).text.match(/^### Fabric `.`$/gm)).toEqual([
      '### Fabric `a`',
      '### Fabric `b`',
    ]);
    const all = JSON.parse((await impact(two({}), '-o', 'json')).text);
    expect(all).toMatchObject([{ fabric: 'a', sessions: { counts: { reset: 3 } } }, { fabric: 'b' }]);
    expect(parse((await impact(two({}), '-o', 'yaml')).text)).toEqual(all);
    expect(JSON.parse((await impact(two({}), '-o', 'json', '--fabric', 'b')).text)).toMatchObject({ fabric: 'b' });
  });

  test('of several fabrics needs a name where one is wanted', () => {
    const other = {
      type: 'peerform_fabric',
      change: { before: null, after: attributes({ name: 'other' }), after_unknown: {} },
    };
    const path = file('plan.json', plan({ before: null, after: attributes(), after_unknown: {} }, other));
    expect(() => readFabricFile(path)).toThrow('contains the fabrics lab, other; choose one with --fabric');
    expect(readFabricFile(path, 'other').fabric.name).toBe('other');
    expect(() => readFabricFile(path, 'third')).toThrow('does not contain fabric third, but lab, other');
  });
});

describe('a stack with expressions of Terraform', () => {
  test('is read where they are endpoints, and says what is missing where they are not', () => {
    const reference = '$' + '{var.address}';
    const stackOf = (node: object) => stack({ nodes: undefined, node: { n1: node } });
    expect(readFabricFile(file('f.json', stackOf({ endpoint: reference, ipv4_address: '10.0.0.1' }))).fabric.name).toBe(
      'lab',
    );
    expect(() => readFabricFile(file('f.json', stackOf({ ipv4_address: reference })))).toThrow(
      'nodes.n1.ipv4Address will be known only when Terraform runs',
    );
  });
});
