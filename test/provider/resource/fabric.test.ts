import { AgentClient } from '../../../lib/control/client';
import { packDelivery } from '../../../lib/control/delivery';
import { unpackJson } from '../../../lib/control/packed';
import { makeRelease, shortDigest } from '../../../lib/control/release';
import { readFabric } from '../../../lib/model/read';
import { hasErrors } from '../../../lib/provider/diagnostic';
import { fabric } from '../../../lib/provider/resource/fabric';
import { NO_IMPACT } from '../../../lib/provider/resource/impact';
import { unpackOutside } from '../../../lib/provider/resource/outside';
import type { ResourceResult } from '../../../lib/provider/resource-api';
import { conformObject, UNKNOWN, type Values } from '../../../lib/provider/value';
import type { SentRoutes } from '../../../lib/topology/outside-routes';
import { SESSION } from '../../control/answers';
import { FleetDouble } from '../agent-double';

let fleet: FleetDouble;
beforeEach(async () => {
  fleet = new FleetDouble();
  await fleet.start('n1', 'n2');
});
afterEach(() => fleet.stop());

const running = () => ({ stop: new AbortController().signal });
const config = (more: object = {}): Values => {
  const nodes = Object.fromEntries(
    fleet.all.map(({ node, endpoint }) => [node, { ipv4_address: `10.0.0.${node.slice(1)}`, endpoint }]),
  );
  return conformObject({ name: 'main', nodes, ...more }, fabric.schema.attributes);
};
const planOf = (wanted: Values, prior: Values | null = null, kept = {}) =>
  fabric.plan({ config: wanted, prior, private: kept }, running());
async function create(wanted = config(), context = running()): Promise<ResourceResult> {
  const { planned } = await planOf(wanted);
  return fabric.create({ planned, config: wanted, private: {} }, context);
}
async function update(prior: ResourceResult, wanted: Values, context = running()): Promise<ResourceResult> {
  const kept = prior.private ?? {};
  const { planned } = await planOf(wanted, prior.state, kept);
  return fabric.update({ prior: prior.state!, planned, config: wanted, private: kept }, context);
}
/** As after a wave and a commit. */
const confirm = () => confirmOn(...fleet.agents.keys());
const confirmOn = (...nodes: string[]) => {
  for (const agent of nodes.map((node) => fleet.get(node))) {
    const { staged } = agent.state;
    agent.state = { ...agent.state, activation: staged!.activation, active: staged, confirmed: staged, staged: null };
  }
};
const refreshed = async (of: ResourceResult): Promise<ResourceResult> => ({
  ...of,
  ...(await fabric.read({ state: of.state!, private: of.private ?? {} }, running())),
});
const summaries = ({ diagnostics = [] }: Pick<ResourceResult, 'diagnostics'>) =>
  diagnostics.map(({ summary }) => summary);

describe('a plan', () => {
  test('has the values of the configuration as they are, nulls where nothing was written', async () => {
    const wanted = config();
    const { planned } = await planOf(wanted);
    for (const name of Object.keys(wanted))
      if (!['computed', 'defaulted'].includes(fabric.schema.attributes[name].set))
        expect(planned[name]).toEqual(wanted[name]);
    expect(planned.as_number).toBeNull();
  });

  test('knows the release, which no spelling, default or endpoint changes', async () => {
    const releaseOf = async (more: object) => (await planOf(config(more))).planned.release;
    const plain = await releaseOf({});
    expect(plain).toMatch(/^sha256:/);
    expect(await releaseOf({ as_number: 64512, listen_port: 179 })).toBe(plain);
    expect(await releaseOf({ as_number: 64513 })).not.toBe(plain);
  });

  test('takes the endpoint of a node from the fleet if it has none, also where that is not known yet', async () => {
    const nodes = { n1: { ipv4_address: '10.0.0.1' } };
    const of = (fleetOf: object) => planOf(config({ nodes, ...fleetOf }));
    expect(summaries(await of({}))).toEqual([expect.stringContaining('node n1 has no endpoint')]);
    expect(summaries(await of({ fleet: { etcd: ['e1:2379'] } }))).toEqual([]);
    for (const fleet of [UNKNOWN, { etcd: UNKNOWN }, { etcd: [UNKNOWN] }])
      expect(summaries(await of({ fleet }))).toEqual([]);
  });

  test('of a partly unknown configuration knows neither release nor activation nor impact', async () => {
    const { planned, diagnostics } = await planOf(config({ as_number: UNKNOWN }));
    expect(hasErrors(diagnostics ?? [])).toBe(false);
    expect(planned).toMatchObject({ release: UNKNOWN, activation: UNKNOWN, impact: UNKNOWN, behind: {} });
  });

  test('warns of an outside eBGP neighbour that gets and gives nothing, naming it', async () => {
    const up = { address: '192.0.2.1', as_number: 65000 };
    const rules = [{ prefix: '10.0.0.0/8', action: 'accept' }];
    expect(summaries(await planOf(config({ peers: { up } })))).toEqual(['Peer up accepts and advertises no routes']);
    const filtered = { peers: { up: { ...up, filters: ['f'] } }, filters: { f: { import: rules } } };
    expect(summaries(await planOf(config(filtered)))).toEqual(['Peer up advertises no routes']);
    const any = { prefix: '192.0.2.0/24', as_number: 65000 };
    const { diagnostics } = await planOf(config({ peers: { any } }));
    expect(diagnostics?.[0].detail).toContain('192.0.2.0/24 is an eBGP neighbour');
    const inner = { ...up, as_number: 64512 };
    expect(summaries(await planOf(config({ peers: { inner } })))).toEqual([]);
  });
});

describe('a plan of selectors that choose no node', () => {
  test('names them', async () => {
    const route_reflectors = { r: { reflectors: ['n1'], client_selector: "rack == 'a'" } };
    const { diagnostics } = await planOf(config({ peers: { p: { peer_selector: 'has(spine)' } }, route_reflectors }));
    expect(diagnostics?.slice(0, 2).map(({ summary, path }) => [summary, path])).toEqual([
      ['peers.p.peer_selector matches no node', ['peers', 'p', 'peer_selector']],
      ['route_reflectors.r.client_selector matches no node', ['route_reflectors', 'r', 'client_selector']],
    ]);
  });
});

describe('a plan of prefixes with host bits', () => {
  test('names each where it is written, and is the plan of what they mean', async () => {
    const planned = async (prefix: string) =>
      planOf(config({ filters: { f: { export: [{ prefix, action: 'accept' }] } }, node_to_node_mesh: true }));
    const { diagnostics, planned: one } = await planned('10.0.0.1/8');
    expect(diagnostics).toEqual([
      expect.objectContaining({
        severity: 'warning',
        summary: 'filters.f.export[0].prefix: 10.0.0.1/8 has host bits set and means 10.0.0.0/8',
        detail: expect.stringContaining('write that, or 10.0.0.1/32'),
        path: ['filters', 'f', 'export', 0, 'prefix'],
      }),
    ]);
    const { diagnostics: none, planned: other } = await planned('10.0.0.0/8');
    expect([none, other.release]).toEqual([[], one.release]);
  });
});

describe('a plan of nodes that are new', () => {
  test('warns where no path leads between them, at create and later', async () => {
    const warned = 'Some nodes have no path to each other: n1, n2';
    expect(summaries(await planOf(config({ node_to_node_mesh: false })))).toEqual([warned]);
    const { diagnostics } = await planOf(config({ node_to_node_mesh: false }));
    expect(diagnostics?.[0].detail).toMatch(/Without a path:\n {2}n1, n2 to each other$/);
    expect(summaries(await planOf(config()))).toEqual([]);
  });
});

describe('validation', () => {
  test('gives every problem the path to its attribute, also where a name holds dots', () => {
    const nodes = { 'a.b': { ipv4_address: '10.0.0.1' }, a: { ipv4_address: '10.0.0.x', endpoint: 'tcp://x' } };
    const found = fabric.validate(config({ nodes, peers: { p: { address: '10.9.9.9', as_number: 1, node: 'zz' } } }));
    expect(found.map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        ['nodes', 'a.b', 'endpoint'],
        ['nodes', 'a', 'ipv4_address'],
        ['nodes', 'a', 'endpoint'],
        ['peers', 'p', 'node'],
      ]),
    );
  });

  test('refuses two nodes with one endpoint, and an unreachable node that is none', () => {
    const nodes = {
      n1: { ipv4_address: '10.0.0.1', endpoint: 'unix:///a' },
      n2: { ipv4_address: '10.0.0.2', endpoint: 'unix:///a' },
    };
    expect(summaries({ diagnostics: fabric.validate(config({ nodes, unreachable: ['n9'] })) })).toEqual([
      'nodes.n2.endpoint: unix:///a is also the endpoint of node n1',
      'unreachable: n9 is not a node of this fabric',
    ]);
  });
});

describe('a create', () => {
  test('names the same node whichever agent answers first', async () => {
    await create();
    confirm();
    const { summary } = AgentClient.prototype;
    const last = fleet.get('n1').endpoint;
    let answered = () => {};
    const isAnswered = new Promise<void>((resolve) => {
      answered = resolve;
    });
    const slow = jest.spyOn(AgentClient.prototype, 'summary').mockImplementation(async function (
      this: AgentClient,
      ...args
    ) {
      if (this.endpoint === last) await isAnswered;
      const answer = await summary.apply(this, args);
      if (this.endpoint !== last) answered();
      return answer;
    });
    const plan = await planOf(config({ name: 'other' }));
    slow.mockRestore();
    expect(summaries(plan)).toEqual(['Node n1 already runs fabric main, deployed from here']);
  });

  test("takes the activation after the agents' highest", async () => {
    fleet.get('n2').state = { ...fleet.get('n2').state, activation: 7 };
    expect((await create()).state).toMatchObject({ activation: 8 });
  });

  test('in an edition that an agent has never heard of changes nothing, and says what to do', async () => {
    fleet.get('n2').isOlderThanEditions = true;
    const { state, diagnostics } = await create();
    expect(state).toBeNull();
    expect(diagnostics?.map(({ summary }) => summary)).toEqual(['The release could not be staged on n2']);
    expect(diagnostics?.[0].detail).toContain(
      'The agents of n2 run a version that does not support edition 2. Upgrade them and apply again, or set edition = 1 until then.',
    );
    expect((await create(config({ edition: 1 }))).state).toMatchObject({ edition: 1 });
  });

  test('changes nothing where an endpoint leads to another node', async () => {
    const wanted = config();
    const { n1, n2 } = wanted.nodes as Record<string, Values>;
    const swapped: Values = { n1: { ...n1, endpoint: n2.endpoint }, n2: { ...n2, endpoint: n1.endpoint } };
    const { state, diagnostics } = await create({ ...wanted, nodes: swapped });
    expect(state).toBeNull();
    expect(summaries({ diagnostics })).toContain('The agent at the endpoint of node n1 is node n2');
    expect(fleet.asked).toEqual([]);
  });

  test('changes nothing where an agent understands another schema version', async () => {
    fleet.get('n2').schemaVersion = 99;
    const { state, diagnostics } = await create();
    expect(state).toBeNull();
    expect(diagnostics![0].summary).toContain('supports releases of schema version 99');
    expect(fleet.asked).toEqual([]);
  });

  test('changes nothing where an agent does not check which fabric it is asked for, and says what to upgrade', async () => {
    fleet.get('n2').protocol = undefined;
    const { state, diagnostics } = await create();
    expect(state).toBeNull();
    expect(diagnostics).toMatchObject([
      { summary: 'Agents are older than this provider: n2', detail: expect.stringContaining('upgrade Peerform') },
    ]);
    expect(fleet.asked).toEqual([]);
  });

  test('that cannot be staged everywhere is undone on all and leaves nothing, and the next one simply goes', async () => {
    fleet.get('n2').failing.set('stage', 'the disk is full');
    const { state, diagnostics } = await create();
    expect(state).toBeNull();
    expect(diagnostics![0]).toMatchObject({ summary: 'The release could not be staged on n2' });
    expect(diagnostics![0].detail).toContain('node n2: the disk is full');
    for (const agent of fleet.all) expect(agent.state).toMatchObject({ confirmed: null, staged: null });
    fleet.get('n2').failing.clear();
    expect((await create()).state).toMatchObject({ activation: 2, behind: {} });
  });

  test('names a node as one that may have it staged where neither step was answered', async () => {
    fleet.get('n2').fatal.add('stage');
    const { diagnostics } = await create();
    expect(diagnostics![0].detail).toMatch(/Nodes that may still have it staged, without running it:\n {2}node n2: /);
    expect(fleet.get('n2').state.staged).not.toBeNull();
  });

  test('that is stopped before it begins changes nothing; one stopped while it stages undoes it', async () => {
    expect(await create(config(), { stop: AbortSignal.abort() })).toMatchObject({ state: null });
    expect(fleet.asked).toEqual([]);
    const stop = new AbortController();
    fleet.get('n1').before = () => stop.abort();
    expect(await create(config(), { stop: stop.signal })).toMatchObject({ state: null });
    for (const { state } of fleet.all) expect(state).toMatchObject({ confirmed: null, staged: null });
  });
});

test('Ctrl-C ends soon also where an agent hangs', async () => {
  const stop = new AbortController();
  fleet.get('n2').before = (verb) => {
    stop.abort();
    return verb === 'stage' ? new Promise(() => {}) : undefined;
  };
  const { state, diagnostics } = await create(config(), { stop: stop.signal });
  expect(state).toBeNull();
  expect(diagnostics![0].detail).toMatch(/\bn2: stopped while waiting for an answer/);
  expect(fleet.get('n1').state).toMatchObject({ confirmed: null, staged: null });
}); // Had it waited for the answer, the test itself would run out of time.

describe('an update', () => {
  test('is refused where somebody deployed since it was planned', async () => {
    const created = await create();
    fleet.get('n2').state = { ...fleet.get('n2').state, activation: 5 };
    const { state, diagnostics } = await update(created, config({ hold_time: 30 }));
    expect(summaries({ diagnostics })).toEqual(['Activation 2 is out of date']);
    expect(state).toMatchObject({ release: created.state!.release, activation: 1 });
    for (const agent of fleet.all) expect(agent.state.staged?.activation).toBe(1);
  });

  test('that cannot be staged everywhere is undone on all, and the state stays at what runs', async () => {
    const created = await create();
    confirm();
    fleet.get('n2').failing.set('stage', 'the disk is full');
    const { state, private: kept } = await update(created, config({ hold_time: 30 }));
    expect(state).toEqual(created.state);
    expect(kept).toMatchObject({ seen: 2 }); // the next one is above it, with a refresh or without
    for (const agent of fleet.all) expect(agent.state.staged).toBeNull();
  });

  test('stages what was planned, not what the configuration says', async () => {
    const created = await create();
    confirm();
    const { state, private: kept } = await refreshed(created);
    const { planned } = await planOf(config({ hold_time: 30 }), state, kept);
    // As where hold_time is ignored: the configuration at apply says it all the same.
    const { state: after } = await fabric.update(
      { prior: state!, planned, config: config({ hold_time: 60 }), private: kept ?? {} },
      running(),
    );
    expect(after).toMatchObject({ hold_time: 30, release: planned.release, activation: planned.activation });
    for (const agent of fleet.all) expect(agent.state.staged?.release).toBe(planned.release);
  });

  test('has a new activation where one was undone, whatever runs by now', async () => {
    let last = await create();
    confirm();
    last = await refreshed(last);
    last = await update(last, config({ hold_time: 30 }));
    const undo = () => {
      for (const { state } of fleet.all) expect(state.staged).not.toBeNull();
      for (const agent of fleet.all) {
        const { staged } = agent.state;
        agent.state = { ...agent.state, staged: null, returned: { ...staged!, reason: 'the gate' } };
      }
    };
    undo();
    last = await update(await refreshed(last), config()); // the revert, which fails, too
    undo();
    last = await refreshed(last);
    expect(fleet.get('n1').state.confirmed?.release).toBe(last.state!.release); // It runs, by an activation of before.
    expect((await planOf(config(), last.state, last.private)).planned).toMatchObject({ activation: 4, behind: {} });
  });

  test('that cannot be undone everywhere says where something is left', async () => {
    const created = await create();
    fleet.get('n1').failing.set('stage', 'the disk is full');
    fleet.get('n2').failing.set('rollback', 'out of memory');
    const { diagnostics } = await update(created, config({ hold_time: 30 }));
    expect(diagnostics![0].detail).toContain('node n1: the disk is full');
    expect(diagnostics![0].detail).toContain('node n2: out of memory');
  });

  test('of an endpoint alone is a new activation of the same release: the agent may be another', async () => {
    const created = await create();
    const agent = fleet.get('n1');
    await agent.stop();
    (agent as { socket: string }).socket = `${agent.socket}2`;
    await agent.start();
    const { state } = await update(created, config());
    expect(state).toMatchObject({ release: created.state!.release, activation: 2 });
  });
});

describe('a refresh', () => {
  const refresh = (of: ResourceResult) => fabric.read({ state: of.state!, private: of.private ?? {} }, running());
  const behind = async (of: ResourceResult) => (await refresh(of)).state!.behind;

  test('names the nodes that do not keep the activation, and what became of it there', async () => {
    const created = await create();
    expect(await behind(created)).toEqual({ n1: 'none (staged)', n2: 'none (staged)' });
    const staged = fleet.get('n1').state.staged!;
    fleet.get('n1').state = { ...fleet.get('n1').state, active: staged, deadline: { boot: 'b', at: 1 }, staged: null };
    fleet.get('n2').state = { ...fleet.get('n2').state, staged: null, returned: { ...staged, reason: 'the gate' } };
    expect(await behind(created)).toEqual({
      n1: `${shortDigest(staged.release)} (not confirmed)`,
      n2: 'none (undone: the gate)',
    });
    for (const agent of fleet.all) agent.state = { ...agent.state, active: staged, confirmed: staged };
    expect(await behind(created)).toEqual({});
    fleet.get('n1').state = {
      ...fleet.get('n1').state,
      confirmed: null,
      active: { ...staged, release: 'sha256:other' },
    };
    fleet.get('n2').wipe();
    expect(await behind(created)).toEqual({ n1: 'other', n2: 'none' });
  });

  test('finds a node behind that keeps the activation and has another on trial, of a deploy that a restored state knows nothing of', async () => {
    const last = await create();
    confirm();
    const { state } = fleet.get('n1');
    fleet.get('n1').state = {
      ...{ ...state, activation: 2, deadline: { boot: 'double', at: 1 } },
      active: { ...state.active!, release: `sha256:${'7'.repeat(64)}`, activation: 2 },
    };
    expect((await refreshed(last)).state!.behind).toEqual({ n1: `${'7'.repeat(12)} (activation 2 on trial)` });
  });

  test('finds nodes that came since, where a state from before is restored: they leave by the next deploy that does not want them', async () => {
    const nodes = config().nodes as Values;
    let restored = await create(config({ nodes: { n1: nodes.n1 } }));
    confirmOn('n1');
    restored = await refreshed(restored);
    await update(restored, config());
    confirm();
    const found = await refreshed(restored);
    expect(found.state!.behind).toMatchObject({ n2: expect.stringContaining('(left the fabric)') });
    expect(found.private).toMatchObject({ left: { n2: { endpoint: fleet.get('n2').endpoint, fabrics: ['main'] } } });
  });

  test('finds a node behind that keeps the release as another activation', async () => {
    const created = await create();
    confirm();
    const { state } = fleet.get('n2');
    const later = { ...state.confirmed!, activation: 7 };
    fleet.get('n2').state = { ...state, active: later, confirmed: later };
    expect(await behind(created)).toEqual({ n2: `${shortDigest(later.release)} (activation 7)` });
  });

  test('keeps what it knew of agents that are away', async () => {
    const created = await create();
    const known = { ...created, state: { ...created.state!, behind: { n2: 'none' } } };
    for (const agent of fleet.all) await agent.stop();
    const read = await refresh(known);
    expect(read.state).toEqual({ ...known.state, impact: NO_IMPACT });
    expect(read.private).toEqual(known.private);
    expect(read.diagnostics).toMatchObject([{ severity: 'warning' }]);
  });

  test('takes an agent that cannot tell its status for one that is away', async () => {
    const known = await create();
    confirm();
    fleet.get('n2').summary = () => {
      throw new Error('out of memory');
    };
    const { state, diagnostics } = await refresh(known);
    expect(state!.behind).toEqual({});
    expect(diagnostics![0].detail).toContain('node n2: out of memory');
  });

  test('follows the agents where they have seen later activations, so that the next one is new', async () => {
    const created = await create();
    fleet.get('n2').state = { ...fleet.get('n2').state, activation: 5 };
    const { state, private: kept } = await refresh(created);
    expect((await planOf(config({ hold_time: 30 }), state, kept)).planned.activation).toBe(6);
  });
});

describe('the impact', () => {
  const impactOf = async (prior: ResourceResult, more: object) =>
    (await planOf(config(more), prior.state, prior.private)).planned.impact;

  test('compares with what runs, not with a release that was staged and undone', async () => {
    let last = await create();
    confirm();
    last = await refreshed(last);
    expect(last.private).not.toHaveProperty('confirmed');
    last = await update(last, config({ node_to_node_mesh: false, allow_disruption: true }));
    expect(last.state!.impact).toMatchObject({ removed: 1 });
    for (const agent of fleet.all) agent.state = { ...agent.state, staged: null };
    last = await refreshed(last);
    expect(await impactOf(last, { node_to_node_mesh: false })).toMatchObject({ removed: 1 });
    expect(await impactOf(last, {})).toMatchObject({ added: 0, removed: 0 });
    expect(await impactOf(last, { hold_time: 30 })).toMatchObject({ added: 0, removed: 0, reset: 1 });
    last = await update(last, config({ hold_time: 30 }));
    confirm();
    last = await refreshed(last);
    expect(await impactOf(last, { hold_time: 30, node_to_node_mesh: false })).toMatchObject({ removed: 1, reset: 0 });
  });

  test('compares with what runs where a state from before is restored, and says what it says when the plan is carried out', async () => {
    let restored = await create();
    confirm();
    restored = await refreshed(restored);
    await update(restored, config({ hold_time: 30, node_to_node_mesh: false, allow_disruption: true }));
    confirm();
    const found = await refreshed(restored);
    expect(await impactOf(found, {})).toMatchObject({ added: 1, removed: 0 });
    expect(await impactOf(await refreshed(found), { hold_time: 30, node_to_node_mesh: false })).toMatchObject({
      ...{ added: 0, removed: 0, reset: 0 },
    });
    const back = await update(found, config());
    expect(back.state!.impact).toMatchObject({ added: 1 });
    confirm();
    expect((await refreshed(back)).private).not.toHaveProperty('confirmed');
  });

  test('does not compare with another fabric that a node has gone to since, but with a later name of its own', async () => {
    let restored = await create();
    confirm();
    restored = await refreshed(restored);
    const goesTo = (name: string, ...nodes: string[]) => {
      const { fabric: spec } = readFabric({
        name,
        nodes: { n1: { ipv4Address: '10.0.0.1' }, n9: { ipv4Address: '10.0.0.9' } },
      });
      const release = makeRelease(spec!);
      for (const agent of nodes.map((node) => fleet.get(node))) {
        const one = { release: release.digest, activation: 7, fabric: name, owner: agent.state.confirmed!.owner };
        agent.deliver(packDelivery({ release, endpoints: agent.endpoints() }));
        agent.state = { ...agent.state, activation: 7, active: one, confirmed: one };
      }
    };
    goesTo('other', 'n1');
    fleet.get('n2').wipe();
    expect((await refreshed(restored)).private).not.toHaveProperty('confirmed');
    fleet.get('n2').state = fleet.get('n1').state;
    goesTo('other', 'n2');
    expect((await refreshed(restored)).private).toHaveProperty('confirmed');
  });

  test('goes by the state where no agent tells what runs instead', async () => {
    let restored = await create();
    confirm();
    restored = await refreshed(restored);
    await update(restored, config({ hold_time: 30 }));
    confirm();
    for (const agent of fleet.all)
      agent.deployed = () => {
        throw new Error('out of memory');
      };
    expect(await impactOf(await refreshed(restored), { hold_time: 60 })).toMatchObject({ added: 0, reset: 1 });
  });

  test('knows of AS numbers that nodes keep towards neighbours outside, from what agents say', async () => {
    const peers = (more: object) => ({
      as_number: 67111,
      peers: { tor: { node: 'n1', address: '192.0.2.1', as_number: 65000, ...more } },
    });
    let last = await create(config(peers({})));
    confirm();
    const reasons = async () => {
      last = await refreshed(last);
      return (
        (await planOf(config(peers({ local_as_number: 67111 })), last.state, last.private)).planned.impact as Values
      ).reasons;
    };
    expect(await reasons()).toEqual({});
    const n1 = fleet.get('n1');
    n1.state = { ...n1.state, active: { ...n1.state.active!, localAs: { '10.0.0.1 192.0.2.1 179': 64512 } } };
    expect(await reasons()).toEqual({ 'reset: AS number': 1 });
    expect(last.private).toMatchObject({ localAs: { n1: { '10.0.0.1 192.0.2.1 179': 64512 } } });
    await n1.stop();
    expect(await reasons()).toEqual({ 'reset: AS number': 1 });
  });

  test('warns of nodes that take the router ids of others', async () => {
    const [n1, n2] = ['192.0.2.1', '192.0.2.2'];
    const ids = (one: string, two: string) => {
      const { nodes } = config() as { nodes: Record<string, Values> };
      return config({ nodes: { n1: { ...nodes.n1, router_id: one }, n2: { ...nodes.n2, router_id: two } } });
    };
    let last = await create(ids(n1, n2));
    confirm();
    last = await refreshed(last);
    const said = async (one: string, two: string) => summaries(await planOf(ids(one, two), last.state, last.private));
    expect(await said(n2, n1)).toEqual(['Nodes take BGP identifiers that other nodes use: n1, n2']);
    expect(await said(n2, '192.0.2.3')).toEqual(['Nodes take BGP identifiers that other nodes use: n1']);
    expect(await said(n1, '192.0.2.3')).toEqual([]);
  });

  test('is of this change alone: after a deploy nothing of it is left, and a plan without a change has none', async () => {
    let last = await create();
    expect(last.state!.impact).toMatchObject({
      added: 1,
      about: 'Adds 1 session (nodeToNodeMesh); no node loses a path.',
    });
    confirm();
    last = await refreshed(last);
    expect(last.state!.impact).toEqual(NO_IMPACT);
    expect((await planOf(config(), last.state, last.private)).planned).toEqual(last.state);
    last = await refreshed(await update(last, config({ hold_time: 30 })));
    expect(last.state!.impact).toEqual(NO_IMPACT);
  });

  test('is nothing where only an agent is to hear again of what it lost', async () => {
    let last = await create();
    confirm();
    last = await refreshed(last);
    fleet.get('n2').wipe();
    last = await refreshed(last);
    const { planned } = await planOf(config(), last.state, last.private);
    const about = 'Changes nothing in the fabric; deploys it again to n2.';
    expect(planned).toMatchObject({ activation: 2, impact: { ...NO_IMPACT, about } });
  });

  describe('of secrets that are delivered again', () => {
    const signed = (secrets_version: number | null, value: string, more: object = {}) =>
      config({ mesh_password: 'secret:mesh', secrets_wo: { mesh: value }, secrets_version, ...more });
    const MAY_RESET = 'May reset 1 session (password if secret:mesh has a new value); no node loses a path.';
    const aboutOf = async (wanted: Values, { state, private: kept }: ResourceResult) =>
      ((await planOf(wanted, state, kept)).planned.impact as Values).about;
    const kept = async () => unpackJson(fleet.all[0].predictions.at(-1)!.text) as { about: string; counts: object };

    test('says that sessions may be reset, and the prediction says the same', async () => {
      let last = await create(signed(1, 'one'));
      confirm();
      last = await refreshed(last);
      const { planned } = await planOf(signed(2, 'two'), last.state, last.private);
      expect(planned.impact).toMatchObject({
        ...{ about: MAY_RESET, reset: 1, reasons: { 'reset: password if secret:mesh has a new value': 1 } },
        ...{ lost: 0, disruptive: false },
      });
      last = await update(last, signed(2, 'two'));
      expect(last.state!.impact).toEqual(planned.impact);
      expect(await kept()).toMatchObject({
        about: MAY_RESET,
        counts: { added: 0, removed: 0, reset: 1, retuned: 0 },
        sessions: [{ change: 'reset', otherwise: 'nothing' }],
        losses: { by: 'simulation', gaps: [] },
      });
    });

    test('is the same if the deploy was undone, until the agents keep it', async () => {
      let last = await create(signed(1, 'one'));
      confirm();
      last = await update(await refreshed(last), signed(2, 'two'));
      for (const agent of fleet.all) agent.state = { ...agent.state, staged: null };
      last = await refreshed(last);
      expect(await aboutOf(signed(2, 'two'), last)).toBe(MAY_RESET);
      last = await update(last, signed(2, 'two'));
      confirm();
      last = await refreshed(last);
      expect((await planOf(signed(2, 'two'), last.state, last.private)).planned).toEqual(last.state);
      expect(await aboutOf(signed(2, 'two', { hold_time: 30 }), last)).toMatch(/^Resets 1 session \(hold time\)/);
      expect(last.private).not.toHaveProperty('rotates');
    });

    test('is nothing if no session signs with one, or another change resets them anyway', async () => {
      let last = await create(config({ secrets_version: 1 }));
      confirm();
      last = await refreshed(last);
      const about = 'Changes nothing in the fabric; deploys it again.';
      expect(await aboutOf(config({ secrets_version: 2 }), last)).toBe(about);
      expect(await aboutOf(config({ secrets_version: 2, hold_time: 30 }), last)).toMatch(
        /^Resets 1 session \(hold time\)/,
      );
    });
  });

  test('predicts nothing of the sessions of just those nodes that do not run what it starts from', async () => {
    const behind = () => (unpackJson(fleet.all[0].predictions.at(-1)!.text) as { behind: readonly string[] }).behind;
    let last = await create();
    expect(behind()).toEqual([]);
    confirm();
    last = await update(await refreshed(last), config({ hold_time: 30 }));
    expect(behind()).toEqual([]);
    // One has it on trial; the other still runs the first.
    const { state } = fleet.get('n1');
    fleet.get('n1').state = { ...state, active: state.staged, deadline: { boot: 'b', at: 1 }, staged: null };
    last = await refreshed(last);
    expect(Object.keys(last.state!.behind as Values)).toEqual(['n1', 'n2']);
    await update(last, config());
    expect(behind()).toEqual(['n1']);
    // Confirmed there, it is what runs.
    const trial = fleet.get('n1').state;
    fleet.get('n1').state = { ...trial, confirmed: trial.active, deadline: null, staged: null };
    await update(await refreshed(last), config());
    expect(behind()).toEqual(['n2']);
  });

  test('of a release that was undone and is deployed again is what it was', async () => {
    let last = await create();
    confirm();
    last = await refreshed(last);
    const planned = await planOf(config({ hold_time: 30 }), last.state, last.private);
    last = await update(last, config({ hold_time: 30 }));
    for (const agent of fleet.all) agent.state = { ...agent.state, staged: null };
    last = await refreshed(last);
    const again = await planOf(config({ hold_time: 30 }), last.state, last.private);
    expect(again.planned.impact).toEqual(planned.planned.impact);
    expect((await update(last, config({ hold_time: 30 }))).state!.impact).toEqual(planned.planned.impact);
  });

  test('compares with nothing after a first deploy that was undone', async () => {
    const created = await create();
    for (const agent of fleet.all) agent.state = { ...agent.state, staged: null };
    expect(await impactOf(await refreshed(created), { hold_time: 30 })).toMatchObject({ added: 1, reset: 0 });
  });
});

describe('routes from outside', () => {
  const RACK = '10.0.0.250';
  const sent = (...prefixes: string[]): SentRoutes => ({
    received: prefixes.length,
    sets: [{ attributes: '40010100400206020100 00fde9'.replace(' ', ''), nextHop: RACK, prefixes }],
  });
  const peers = { rack: { address: RACK, as_number: 65001, filters: ['f'] } };
  const accepting = (...rules: object[]) => ({
    peers,
    filters: { f: { import: [...rules, { action: 'accept' }], export: [{ action: 'accept' }] } },
  });
  const dropping = accepting({ prefix: '203.0.113.0/24', action: 'reject' });
  /** Both nodes run it and hear this. */
  const hearing = async (routes: SentRoutes | undefined): Promise<ResourceResult> => {
    const last = await create(config(accepting()));
    confirm();
    for (const agent of fleet.all) agent.heard = routes && { [RACK]: routes };
    return refreshed(last);
  };

  test('are kept beside the state by a refresh, asked for once where nodes hear the same, and not again', async () => {
    const asked: string[] = [];
    for (const agent of fleet.all) {
      const answer = agent.sent.bind(agent);
      agent.sent = (name) => {
        asked.push(agent.node);
        return answer(name);
      };
    }
    let last = await hearing(sent('203.0.113.0/24'));
    last = await refreshed(last);
    expect(asked).toHaveLength(1);
    const heard = unpackOutside(last.private!.outside);
    expect(heard.sessions.map(({ node, remoteAddress }) => [node, remoteAddress])).toEqual([
      ['n1', RACK],
      ['n2', RACK],
    ]);
    expect(Object.values(heard.routes)).toEqual([sent('203.0.113.0/24')]);
    await fleet.get('n2').stop();
    expect(unpackOutside((await refreshed(last)).private!.outside)).toEqual(heard);
  });

  test('that an import rule drops are named at plan, which is an error, as the gate would be', async () => {
    const last = await hearing(sent('203.0.113.0/24', '198.51.100.0/24'));
    const { planned, diagnostics } = await planOf(config(dropping), last.state, last.private);
    expect(diagnostics).toMatchObject([
      {
        severity: 'error',
        summary: 'This change takes away the last path to 203.0.113.0/24, and its gate would fail',
        detail: expect.stringMatching(
          /^Nothing was changed\. Keep a session and filters that let it through, or set .*\n {2}wave 1: 203\.0\.113\.0\/24 at n1, n2: n1, n2 reject it from 10\.0\.0\.250 \(it is rejected by import policy\)$/s,
        ),
      },
    ]);
    expect(planned.impact).toMatchObject({
      about:
        'Takes away the last path to 203.0.113.0/24, which needs allow_disruption; changes routes accepted from outside neighbours; changes 2 sessions without a reset (import policy).',
      routes: [
        'lost: 203.0.113.0/24 at n1, n2',
        'rejected: 203.0.113.0/24 from 10.0.0.250 at n1, n2 (it is rejected by import policy)',
      ],
    });
    expect(summaries(await update(last, config(dropping)))).toEqual(summaries({ diagnostics }));
    expect(fleet.asked.filter((verb) => verb === 'stage')).toHaveLength(2); // those of the create
  });

  test('that have the new AS number of the nodes in their path are named with this, and with what helps', async () => {
    const last = await hearing(sent('203.0.113.0/24'));
    const { diagnostics = [] } = await planOf(config({ ...accepting(), as_number: 65001 }), last.state, last.private);
    const lost = diagnostics.find(({ summary }) => summary.includes('takes away the last path'));
    expect(lost?.detail).toMatch(/^Nothing was changed\. Give the nodes an AS number that is not in the path, or set/);
    expect(lost?.detail).toContain('n1, n2 reject it from 10.0.0.250 (the AS number of this node is in AS_PATH)');
    expect(lost?.detail).not.toContain('reorder the waves');
  });

  test('are named at plan, too, where the neighbour is on a link without addresses', async () => {
    const uplink = (rules: object[], more: object = { as_number: 65001 }) =>
      config({
        peers: { up: { node: 'n1', interface: 'eth1', filters: ['f'], ...more } },
        filters: { f: { import: rules, export: [{ action: 'accept' }] } },
      });
    const all = uplink([{ action: 'accept' }]);
    const last = await create(all);
    confirm();
    fleet.get('n1').heard = {
      'n1%eth1': {
        received: 1,
        sets: [{ attributes: '400101004002060201' + '0000fde9', nextHop: 'fe80::1', prefixes: ['203.0.113.0/24'] }],
      },
    };
    const known = await refreshed(last);
    expect((await planOf(all, known.state, known.private)).diagnostics).toEqual([]);
    const { planned } = await planOf(
      uplink([{ action: 'reject', prefix: '203.0.113.0/24' }, { action: 'accept' }]),
      known.state,
      known.private,
    );
    expect(planned.impact).toMatchObject({
      about: expect.stringMatching(/^Takes away the last path to 203\.0\.113\.0\/24/),
    });
    fleet.get('n1').outsideSessions = [{ ...SESSION, remoteAddress: 'n1%eth1', openAs: 65001 }];
    const any = await planOf(uplink([{ action: 'accept' }], { peer_type: 'external' }), known.state, known.private);
    expect(any.diagnostics).toEqual([]);
  });

  test('of workloads, which only the kernel has, are named where an export rule takes them from outside neighbours', async () => {
    fleet.get('n1').workloadRoutes = [
      ['10.244.1.0/26', 'cali1'],
      ['10.245.1.7/32', 'cali2'],
    ];
    const known = await hearing(sent('203.0.113.0/24'));
    const narrowed = accepting();
    narrowed.filters.f.export = [{ action: 'accept', prefix: '10.244.0.0/16', le: 32 } as never];
    const { planned, diagnostics } = await planOf(config(narrowed), known.state, known.private);
    expect(planned.impact).toMatchObject({
      about: expect.stringMatching(/^No longer advertises 10\.245\.1\.7\/32 to 10\.0\.0\.250; changes 2 sessions/),
      routes: ['withdrawn: 10.245.1.7/32 from 10.0.0.250 by n1, n2'],
    });
    expect(diagnostics).toEqual([]);
    // And back again.
    const done = await update(known, config(narrowed));
    confirm();
    const { planned: widened } = await planOf(config(accepting()), (await refreshed(done)).state, known.private);
    expect((widened.impact as Values).about).toMatch(/^Advertises 10\.245\.1\.7\/32 to 10\.0\.0\.250;/);
  });

  test('may go where that is allowed; the plan says the same again, whatever is heard meanwhile, and the apply does, too', async () => {
    const last = await hearing(sent('203.0.113.0/24'));
    const wanted = config({ ...dropping, allow_disruption: true });
    const first = await planOf(wanted, last.state, last.private);
    expect(summaries(first)).toEqual(['This change takes away the last path to 203.0.113.0/24']);
    for (const agent of fleet.all) agent.heard = { [RACK]: sent('198.51.100.0/24') };
    expect(await planOf(wanted, last.state, last.private)).toEqual(first);
    const done = await fabric.update(
      { prior: last.state!, planned: first.planned, config: wanted, private: last.private! },
      running(),
    );
    expect(done.state!.impact).toEqual(first.planned.impact);
  });

  test('are not known of an older agent, which is said once something changes that concerns them', async () => {
    const last = await hearing(undefined);
    expect(summaries(await planOf(config(accepting()), last.state, last.private))).toEqual([]);
    const { diagnostics } = await planOf(config(dropping), last.state, last.private);
    expect(diagnostics).toMatchObject([
      {
        severity: 'warning',
        summary: 'Routes from outside are not fully known',
        detail: expect.stringContaining('n1, n2: their agents are too old to report them'),
      },
    ]);
  });

  test('of an agent that says what cannot be understood are not known either', async () => {
    const last = await hearing({ received: 1, sets: [{ attributes: 'none', nextHop: RACK, prefixes: [] }] });
    const { diagnostics } = await planOf(config(dropping), last.state, last.private);
    expect(diagnostics![0].detail).toContain('n1, n2: they could not be fetched');
  });

  test('are not all: the plan says what the gate will ask for, how a neighbour changes, and what contradicts its last OPEN', async () => {
    const last = await hearing(sent('203.0.113.0/24'));
    for (const agent of fleet.all) agent.outsideSessions = [{ ...SESSION, remoteAddress: '10.0.0.250', openAs: 65001 }];
    const changed = { ...accepting(), peers: { rack: { ...peers.rack, as_number: 65009 } } };
    const { diagnostics = [] } = await planOf(config(changed), last.state, last.private);
    const detailOf = (summary: string) => diagnostics.find((one) => one.summary === summary)?.detail;
    expect(detailOf('The gate requires sessions with outside neighbours: 10.0.0.250')).toContain(
      '10.0.0.250 (peers.rack) with n1, n2: is reset and must come up again',
    );
    expect(detailOf('Outside neighbours must be changed as well: 10.0.0.250')).toContain(
      'Change the neighbour while the wave waits at its gate',
    );
    const OTHER = 'Outside neighbours presented other AS numbers';
    expect(detailOf(OTHER)).toContain('10.0.0.250 (peers.rack) presented AS 65001 to n1, not 65009');
    // What it has said, and who is asked in vain, contradicts nothing.
    for (const agent of fleet.all) agent.outsideSessions = [{ ...SESSION, remoteAddress: '10.0.0.250', openAs: 65009 }];
    expect(summaries(await planOf(config(changed), last.state, last.private))).not.toContain(OTHER);
    for (const agent of fleet.all) await agent.stop();
    const { planned, diagnostics: unheard } = await planOf(config(changed), last.state, last.private);
    expect(summaries({ diagnostics: unheard })).not.toContain(OTHER);
    expect((planned.impact as Values).other_side).toHaveLength(1);
  });

  test('contradict also a deploy that goes back to what runs, and a session that is up otherwise is counted', async () => {
    const last = await hearing(sent('203.0.113.0/24'));
    const as = (openAs: number, more: object = {}) => {
      for (const agent of fleet.all)
        agent.outsideSessions = [{ ...SESSION, remoteAddress: '10.0.0.250', remoteAs: openAs, openAs, ...more }];
    };
    const behind = { ...last.state!, behind: { n1: 'abc (undone: no)', n2: 'abc (staged)' } };
    as(65009);
    const { planned, diagnostics = [] } = await planOf(config(accepting()), behind, last.private);
    expect((planned.impact as Values).about).toBe('Changes nothing in the fabric; deploys it again to n1, n2.');
    const [{ summary, detail }] = diagnostics;
    expect(summary).toBe('Outside neighbours presented other AS numbers');
    expect(detail).toContain('presented AS 65009 to n2, not 65001; the session is up with it');
    expect(detail).toContain(
      'Sessions that are up with the other number and do not count any more: 2. Their last OPEN messages:\n',
    );
    await fleet.get('n1').stop();
    const without = await planOf(config(accepting()), behind, last.private);
    await fleet.get('n1').start();
    expect(without.diagnostics![0].detail).toContain(
      'any more: at least 1. Their last OPEN messages on 1 of the 2 nodes concerned:\n',
    );
    as(65009, { state: 'Active' });
    const idle = await planOf(config(accepting()), behind, last.private);
    expect(idle.diagnostics![0].detail).not.toMatch(/is up with it|do not count/);
    as(65001);
    expect((await planOf(config(accepting()), behind, last.private)).diagnostics).toEqual([]);
  });

  test('show that BFD comes without a reset, and that the other side must have it, too', async () => {
    const last = await hearing(sent('203.0.113.0/24'));
    const changed = { ...accepting(), peers: { rack: { ...peers.rack, bfd: { transmit_interval: 100 } } } };
    const { planned, diagnostics } = await planOf(config(changed), last.state, last.private);
    expect(planned.impact).toMatchObject({
      reasons: { 'retuned: BFD added with 3 x 100 ms out and 300 ms in': 2 },
      other_side: [
        '10.0.0.250 must run BFD on the link (UDP port 3784), here 3 x 100 ms out and 300 ms in: its sessions with n1, n2',
      ],
    });
    const { detail } = diagnostics!.find(({ summary }) => summary.startsWith('Outside neighbours must be changed'))!;
    expect(detail).toMatch(/^Their sessions stay up meanwhile\./);
  });

  test('show what the other side must do, and limits that it is beyond', async () => {
    const last = await hearing(sent('203.0.113.0/24', '198.51.100.0/24'));
    const changed = { ...accepting(), peers: { rack: { ...peers.rack, as_number: 65009, max_prefixes: 1 } } };
    const { planned, diagnostics } = await planOf(config(changed), last.state, last.private);
    expect((planned.impact as Values).other_side).toEqual([
      '10.0.0.250 must be in AS 65009 instead of 65001: its sessions with n1, n2',
    ]);
    expect((planned.impact as Values).routes).toContain(
      'limit: 10.0.0.250 sends 2 prefixes to n1, n2, above its limit of 1',
    );
    expect(summaries({ diagnostics })).toEqual(
      expect.arrayContaining([
        'Prefix limits are lower than what neighbours send',
        'Outside neighbours must be changed as well: 10.0.0.250',
      ]),
    );
  });
});

describe('a change that cuts nodes off', () => {
  const planOff = async (more: object) => {
    const last = await create();
    confirm();
    const { state, private: kept } = await refreshed(last);
    return planOf(config({ node_to_node_mesh: false, ...more }), state, kept);
  };

  test('is an error at plan that names them, and says what to do', async () => {
    const { diagnostics, planned } = await planOff({});
    expect(diagnostics).toMatchObject([
      {
        severity: 'error',
        summary: 'This change cuts off n1, n2',
        detail: expect.stringContaining('allow_disruption = true'),
      },
    ]);
    expect(planned.impact).toMatchObject({ removed: 1, lost: 1, isolated: ['n1', 'n2'] });
  });

  test('is an error too where what runs breaks a rule that came later', async () => {
    const last = await create();
    confirm();
    const { state, private: kept } = await refreshed(last);
    const peers = conformObject(
      { name: 'x', peers: { p: { peer_selector: 'all()', reachable_by: '192.0.2.1' } } },
      fabric.schema.attributes,
    ).peers;
    const { diagnostics } = await planOf(config({ node_to_node_mesh: false }), { ...state!, peers }, kept);
    expect(summaries({ diagnostics })).toEqual(['This change cuts off n1, n2']);
  });

  test('is a warning where it is allowed', async () => {
    const { diagnostics } = await planOff({ allow_disruption: true });
    expect(diagnostics).toMatchObject([{ severity: 'warning', summary: 'This change cuts off n1, n2' }]);
  });

  test('is refused by the apply too, where the plan could not know', async () => {
    const last = await create();
    confirm();
    const refused = await update(await refreshed(last), config({ node_to_node_mesh: false }));
    expect(summaries(refused)).toEqual(['This change cuts off n1, n2']);
    expect(fleet.asked.filter((verb) => verb === 'stage')).toHaveLength(2); // those of the create
  });

  test('only between two waves is a warning', async () => {
    const last = await create();
    confirm();
    const { state, private: kept } = await refreshed(last);
    const peers = { tight: { address: '10.0.0.1', as_number: 64512, ttl_security: 1 } };
    const summariesOf = async (waves: string[][]) =>
      (await planOf(config({ peers, waves }), state, kept)).diagnostics?.map(({ severity, summary }) => [
        severity,
        summary,
      ]);
    expect(await summariesOf([['n1', 'n2']])).toEqual([]);
    expect(await summariesOf([['n2'], ['n1']])).toEqual([
      ['warning', 'Paths of n1, n2 are missing after wave 1, until a later wave'],
    ]);
    expect(await summariesOf([['n2', 'n9']])).toEqual([['error', 'waves: there is no node n9']]);
  });
});

describe('a node that comes back with another address', () => {
  const nodes = (address: string) =>
    Object.fromEntries(
      fleet.all.map(({ node, endpoint }) => {
        const own =
          node === 'n2'
            ? { ipv4_address: address, advertise: [{ prefix: '10.65.2.0/24' }] }
            : { ipv4_address: '10.0.0.1' };
        return [node, { ...own, endpoint }];
      }),
    );
  const planned = async (prepare: () => void | Promise<void>) => {
    const last = await create(config({ nodes: nodes('10.0.0.2') }));
    confirm();
    await prepare();
    const { state, private: kept } = await refreshed(last);
    return planOf(config({ nodes: nodes('10.0.0.22'), waves: [['n1'], ['n2']] }), state, kept);
  };
  const LOST = 'This change takes away the last path to 10.65.2.0/24, and its gate would fail';

  test.each<[string, () => void]>([
    ['where it has lost all', () => fleet.get('n2').wipe()],
    [
      'where it has no session up',
      () => {
        fleet.get('n2').ailment = 'no route to host';
      },
    ],
  ])('takes no path away that nobody has any more, %s', async (_, prepare) => {
    const { planned: values, diagnostics } = await planned(prepare);
    expect(summaries({ diagnostics })).toEqual([]);
    expect(values.impact).toMatchObject({ lost: 0, isolated: [], prefixes: [] });
  });

  test.each<[string, () => void | Promise<void>]>([
    ['still runs', () => {}],
    ['cannot be asked', () => fleet.get('n2').stop()],
  ])('takes it away where the node %s', async (_, prepare) => {
    expect(summaries(await planned(prepare))).toContain(LOST);
  });
});

describe('a delete', () => {
  const remove = (of: ResourceResult) => fabric.delete({ prior: of.state!, private: of.private ?? {} }, running());

  test('changes nothing while an agent does not answer, unless it may be absent', async () => {
    const created = await create();
    await fleet.get('n2').stop();
    const refused = await remove(created);
    expect(refused.state).toEqual(created.state);
    expect(fleet.get('n1').state.staged).not.toBeNull();
    const allowed = await remove({ ...created, state: { ...created.state!, unreachable: ['n2'] } });
    expect(allowed.state).toBeNull();
    expect(summaries(allowed)).toEqual(['Some nodes may be unchanged']);
    expect(fleet.get('n1').state.staged).toBeNull();
  });

  test('that fails somewhere keeps the resource, with what is left of it', async () => {
    const created = await create();
    fleet.get('n2').failing.set('remove', 'busy');
    const { state } = await remove(created);
    expect(state!.behind).toEqual({ n1: 'none', n2: 'none (staged)' });
  });
});
