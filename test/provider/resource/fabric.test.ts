import { hasErrors } from '../../../lib/provider/diagnostic';
import { fabric } from '../../../lib/provider/resource/fabric';
import type { Outcome } from '../../../lib/provider/server';
import { conformObject, UNKNOWN, type Values } from '../../../lib/provider/value';
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
async function create(wanted = config(), context = running()): Promise<Outcome> {
  const { planned } = await planOf(wanted);
  return fabric.create({ planned, config: wanted, private: {} }, context);
}
async function update(prior: Outcome, wanted: Values, context = running()): Promise<Outcome> {
  const kept = prior.private ?? {};
  const { planned } = await planOf(wanted, prior.state, kept);
  return fabric.update({ prior: prior.state!, planned, config: wanted, private: kept }, context);
}
/** As after a wave and a commit. */
const confirm = () => {
  for (const agent of fleet.all) {
    const { staged } = agent.state;
    agent.state = { ...agent.state, activation: staged!.activation, active: staged, confirmed: staged, staged: null };
  }
};
const refreshed = async (of: Outcome): Promise<Outcome> => ({
  ...of,
  ...(await fabric.read({ state: of.state!, private: of.private ?? {} }, running())),
});
const summaries = ({ diagnostics = [] }: Pick<Outcome, 'diagnostics'>) => diagnostics.map(({ summary }) => summary);

describe('a plan', () => {
  test('has the values of the configuration as they are, nulls where nothing was written', async () => {
    const wanted = config();
    const { planned } = await planOf(wanted);
    for (const name of Object.keys(wanted))
      if (fabric.schema.attributes[name].set !== 'computed') expect(planned[name]).toEqual(wanted[name]);
    expect(planned.as_number).toBeNull();
  });

  test('knows the release, which no spelling, default or endpoint changes', async () => {
    const releaseOf = async (more: object) => (await planOf(config(more))).planned.release;
    const plain = await releaseOf({});
    expect(plain).toMatch(/^sha256:/);
    expect(await releaseOf({ as_number: 64512, listen_port: 179 })).toBe(plain);
    expect(await releaseOf({ as_number: 64513 })).not.toBe(plain);
  });

  test('of a partly unknown configuration knows neither release nor activation nor impact', async () => {
    const { planned, diagnostics } = await planOf(config({ as_number: UNKNOWN }));
    expect(hasErrors(diagnostics ?? [])).toBe(false);
    expect(planned).toMatchObject({ release: UNKNOWN, activation: UNKNOWN, impact: UNKNOWN, behind: {} });
  });

  test('warns of an outside eBGP neighbour that gets and gives nothing, naming it', async () => {
    const up = { address: '192.0.2.1', as_number: 65000 };
    const rules = [{ prefix: '10.0.0.0/8', action: 'accept' }];
    expect(summaries(await planOf(config({ peers: { up } })))).toEqual(['Peer up accepts and advertises nothing']);
    const filtered = { peers: { up: { ...up, filters: ['f'] } }, filters: { f: { import: rules } } };
    expect(summaries(await planOf(config(filtered)))).toEqual(['Peer up advertises nothing']);
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
      ['peers.p.peer_selector chooses no node', ['peers', 'p', 'peer_selector']],
      ['route_reflectors.r.client_selector chooses no node', ['route_reflectors', 'r', 'client_selector']],
    ]);
  });
});

describe('a plan of nodes that are new', () => {
  test('warns where no path leads between them, at create and later', async () => {
    const warned = 'No path leads between some nodes: n1, n2';
    expect(summaries(await planOf(config({ node_to_node_mesh: false })))).toEqual([warned]);
    const { diagnostics } = await planOf(config({ node_to_node_mesh: false }));
    expect(diagnostics?.[0].detail).toMatch(/Without a path are:\n {2}n1, n2 to one another$/);
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
      'unreachable: there is no node n9',
    ]);
  });
});

describe('a create', () => {
  test("takes the activation after the agents' highest", async () => {
    fleet.get('n2').state = { ...fleet.get('n2').state, activation: 7 };
    expect((await create()).state).toMatchObject({ activation: 8 });
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
    expect(diagnostics![0].summary).toContain('understands releases of schema version 99');
    expect(fleet.asked).toEqual([]);
  });

  test('that cannot be staged everywhere is undone on all and leaves nothing, and the next one simply goes', async () => {
    fleet.get('n2').failing.set('stage', 'the disk is full');
    const { state, diagnostics } = await create();
    expect(state).toBeNull();
    expect(diagnostics![0]).toMatchObject({ summary: 'The release could not be staged on n2' });
    expect(diagnostics![0].detail).toContain('node n2: the disk is full');
    for (const agent of fleet.all) expect(agent.state).toMatchObject({ owner: null, staged: null });
    fleet.get('n2').failing.clear();
    expect((await create()).state).toMatchObject({ activation: 1, behind: {} });
  });

  test('that is stopped before it begins changes nothing; one stopped while it stages undoes it', async () => {
    expect(await create(config(), { stop: AbortSignal.abort() })).toMatchObject({ state: null });
    expect(fleet.asked).toEqual([]);
    const stop = new AbortController();
    fleet.get('n1').before = () => stop.abort();
    expect(await create(config(), { stop: stop.signal })).toMatchObject({ state: null });
    for (const { state } of fleet.all) expect(state).toMatchObject({ owner: null, staged: null });
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
  expect(diagnostics![0].detail).toContain('node n2: stopped while it was waited for');
  expect(fleet.get('n1').state).toMatchObject({ owner: null, staged: null });
}); // Had it waited for the answer, the test itself would run out of time.

describe('an update', () => {
  test('is refused where somebody deployed since it was planned', async () => {
    const created = await create();
    fleet.get('n2').state = { ...fleet.get('n2').state, activation: 5 };
    const { state, diagnostics } = await update(created, config({ hold_time: 30 }));
    expect(summaries({ diagnostics })).toEqual(['Activation 2 is behind the fabric']);
    expect(state).toMatchObject({ release: created.state!.release, activation: 1 });
    for (const agent of fleet.all) expect(agent.state.staged?.activation).toBe(1);
  });

  test('that cannot be staged everywhere is undone on all, and the state stays at what runs', async () => {
    const created = await create();
    confirm();
    fleet.get('n2').failing.set('stage', 'the disk is full');
    const { state } = await update(created, config({ hold_time: 30 }));
    expect(state).toEqual(created.state);
    for (const agent of fleet.all) expect(agent.state.staged).toBeNull();
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
  const refresh = (of: Outcome) => fabric.read({ state: of.state!, private: of.private ?? {} }, running());

  test('names the nodes that hold another release or none, and no others', async () => {
    const created = await create();
    expect((await refresh(created)).state!.behind).toEqual({});
    confirm();
    expect((await refresh(created)).state!.behind).toEqual({});
    const other = { release: 'sha256:other', activation: 1 };
    fleet.get('n1').state = { ...fleet.get('n1').state, active: other };
    fleet.get('n2').wipe();
    expect((await refresh(created)).state!.behind).toEqual({ n1: 'sha256:other', n2: 'none' });
  });

  test('finds a node behind that holds the release as another activation, which no wave would activate', async () => {
    const created = await create();
    fleet.get('n2').state = {
      ...fleet.get('n2').state,
      staged: { release: created.state!.release as string, activation: 7 },
    };
    expect((await refresh(created)).state!.behind).toEqual({ n2: 'none' });
  });

  test('keeps what it knew of agents that are away', async () => {
    const created = await create();
    const known = { ...created, state: { ...created.state!, behind: { n2: 'none' } } };
    for (const agent of fleet.all) await agent.stop();
    const read = await refresh(known);
    expect(read.state).toEqual(known.state);
    expect(read.private).toEqual(known.private);
    expect(read.diagnostics).toMatchObject([{ severity: 'warning' }]);
  });

  test('takes an agent that cannot tell its status for one that is away', async () => {
    const known = await create();
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
  const impactOf = async (prior: Outcome, more: object) =>
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

  test('compares with nothing after a first deploy that was undone', async () => {
    const created = await create();
    for (const agent of fleet.all) agent.state = { ...agent.state, staged: null };
    expect(await impactOf(await refreshed(created), { hold_time: 30 })).toMatchObject({ added: 1, reset: 0 });
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
      ['warning', 'After wave 1 paths are missing until a later one, of n1, n2'],
    ]);
    expect(await summariesOf([['n2', 'n9']])).toEqual([['error', 'waves: there is no node n9']]);
  });
});

describe('a delete', () => {
  const remove = (of: Outcome) => fabric.delete({ prior: of.state!, private: of.private ?? {} }, running());

  test('changes nothing while an agent does not answer, unless it may be absent', async () => {
    const created = await create();
    await fleet.get('n2').stop();
    const refused = await remove(created);
    expect(refused.state).toEqual(created.state);
    expect(fleet.get('n1').state.owner).not.toBeNull();
    const allowed = await remove({ ...created, state: { ...created.state!, unreachable: ['n2'] } });
    expect(allowed.state).toBeNull();
    expect(summaries(allowed)).toEqual(['Some nodes were left as they are']);
    expect(fleet.get('n1').state.owner).toBeNull();
  });

  test('that fails somewhere keeps the resource, with what is left of it', async () => {
    const created = await create();
    fleet.get('n2').failing.set('remove', 'busy');
    const { state } = await remove(created);
    expect(state!.behind).toEqual({ n1: 'none' });
  });
});
