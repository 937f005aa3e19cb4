import type { Demand } from '../../../lib/control/demand';
import type { Observation } from '../../../lib/control/observed';
import { shortDigest } from '../../../lib/control/release';
import type { SessionStatus } from '../../../lib/control/status';
import { commit } from '../../../lib/provider/resource/commit';
import { isDue } from '../../../lib/provider/resource/deployed';
import { fabric } from '../../../lib/provider/resource/fabric';
import { wave } from '../../../lib/provider/resource/wave';
import type { Resource, ResourceResult } from '../../../lib/provider/resource-api';
import { conformObject, UNKNOWN, type Value, type Values } from '../../../lib/provider/value';
import { SESSION } from '../../control/answers';
import { FleetDouble } from '../agent-double';

let fleet: FleetDouble;
let release: string;
beforeEach(async () => {
  fleet = new FleetDouble();
  await fleet.start('n1', 'n2', 'n3');
  release = (await stage()).state!.release as string;
});
afterEach(() => fleet.stop());

const running = () => ({ stop: new AbortController().signal });
const summaries = ({ diagnostics = [] }: ResourceResult) => diagnostics.map(({ summary }) => summary);

function stage(): Promise<ResourceResult> {
  const nodes = Object.fromEntries(
    fleet.all.map(({ node, endpoint }) => [node, { ipv4_address: `10.0.0.${node.slice(1)}`, endpoint }]),
  );
  const config = conformObject({ name: 'main', nodes }, fabric.schema.attributes);
  return fabric.create({ planned: config, config, private: {} }, running());
}
function configOf(resource: Resource, nodes: string[], more: object = {}): Values {
  const endpoints = Object.fromEntries(nodes.map((node) => [node, fleet.get(node).endpoint]));
  const all = { fabric: 'main', release, activation: 1, nodes: endpoints, ...more };
  return conformObject(all, resource.schema.attributes);
}
const create = (resource: Resource, nodes: string[], more: object = {}, context = running()) => {
  const config = configOf(resource, nodes, more);
  return resource.create({ planned: config, config, private: {} }, context);
};
const ALL = ['n1', 'n2', 'n3'];

describe('a wave', () => {
  test('activates its own nodes only, until a commit or the confirm timer', async () => {
    const { state } = await create(wave, ['n1', 'n2']);
    expect(state!.behind).toEqual({});
    expect(fleet.all.map(({ state: { active, confirmed } }) => [active?.activation, confirmed])).toEqual([
      [1, null],
      [1, null],
      [undefined, null],
    ]);
  });

  test.each([
    ['wave', wave, 'List it in the wave that has it'],
    ['commit', commit, 'Name nodes of this commit.'],
  ] as const)('a node that a %s does not have may not be listed as unreachable there', (name, resource, remedy) =>
    expect(resource.validate(configOf(resource, ['n1', 'n2'], { unreachable: ['n2', 'n3'] }))).toEqual([
      {
        severity: 'error',
        summary: `unreachable: n3 is not a node of this ${name}`,
        detail: expect.stringContaining(remedy),
        path: ['unreachable'],
      },
    ]),
  );

  test('waits for sessions to the nodes of earlier waves too, which go back with it', async () => {
    await create(wave, ['n1']);
    fleet.get('n2').ailment = 'no route to host';
    const failed = await create(wave, ['n2'], { gate: { within: 0 } });
    expect(failed.state).toBeNull();
    expect(failed.diagnostics![0].detail).toContain('session 10.0.0.2 - 10.0.0.1 (n1) is Connect: no route to host');
    expect(failed.diagnostics![0].detail).toContain('Earlier waves were rolled back with it: n1.');
    for (const node of ['n1', 'n2']) expect(fleet.get(node).state.active).toBeNull();
  });

  test('that fails is forgotten where it is only staged, so that no node accepts of neighbours what the others do not', async () => {
    fleet.get('n1').ailment = 'no route to host';
    await create(wave, ['n2']);
    expect(fleet.get('n3').state.staged).not.toBeNull();
    expect((await create(wave, ['n1'], { gate: { within: 0 } })).state).toBeNull();
    for (const { state } of fleet.all) expect([state.active, state.staged]).toEqual([null, null]);
  });

  test('leaves an earlier wave alone that was confirmed, and says so', async () => {
    await create(wave, ['n1']);
    await create(commit, ['n1'], { final: false });
    fleet.get('n2').ailment = 'no route to host';
    const failed = await create(wave, ['n2'], { gate: { within: 0 } });
    expect(failed.diagnostics![0].detail).toContain(
      'had already confirmed the release and keep it, which the others interoperate with: n1',
    );
    expect(fleet.get('n1').state.confirmed).not.toBeNull();
  });

  test('fails where a prefix lost its last path that somebody still has, and names the node', async () => {
    fleet.get('n2').lost = [
      { prefix: '10.65.0.1/32', isOffered: false },
      { prefix: '10.65.0.2/32', isOffered: false },
      { prefix: '10.65.0.3/32', isOffered: true },
    ];
    fleet.get('n1').held = ['10.65.0.1/32'];
    const failed = await create(wave, ALL, { gate: { within: 0 } });
    expect(failed.state).toBeNull();
    const { detail } = failed.diagnostics![0];
    expect(detail).toContain('node n2: 10.65.0.1/32 no longer has a path, although node n1 has one');
    expect(detail).toContain('10.65.0.3/32 no longer has a path, although a neighbour of the node still offers one');
    expect(detail).not.toContain('10.65.0.2/32'); // its origin took it back
  });

  test('passes all the same where the change is meant to disrupt', async () => {
    fleet.get('n2').lost = [{ prefix: '10.65.0.1/32', isOffered: true }];
    expect((await create(wave, ALL, { allow_disruption: true })).state).not.toBeNull();
  });

  describe('with neighbours outside', () => {
    const KEY = '10.0.0.2 192.0.2.1 179';
    const demand = { session: KEY, origin: 'peers.tor', remoteAddress: '192.0.2.1', family: 'ipv4' as const };
    const outside = (state: SessionStatus['state'], more: Partial<SessionStatus> = {}) => {
      fleet.get('n2').outsideSessions = [{ ...SESSION, key: KEY, state, ...more }];
    };
    const trial = (before: Demand['before'], isFirst = false) => {
      fleet.get('n2').trial = { at: '', isFirst, demands: [{ ...demand, before, isChanged: false }] };
    };

    test('fails where one was up and is not, and names it with what it said', async () => {
      trial('up');
      outside('Active', { lastError: { at: '', text: 'received: OPEN: Bad Peer AS' } });
      const failed = await create(wave, ALL, { gate: { within: 0 } });
      expect(failed.state).toBeNull();
      expect(failed.diagnostics![0].detail).toContain(
        'node n2: the session with 192.0.2.1 (peers.tor) is Active: received: OPEN: Bad Peer AS; it was Established before',
      );
      for (const { state } of fleet.all) expect(state.active).toBeNull();
    });

    test('fails where a new one does not come up, says the ways out, and passes with one of them', async () => {
      trial('none');
      outside('Connect');
      const failed = await create(wave, ALL, { gate: { within: 0 } });
      expect(failed.diagnostics![0].detail).toMatch(/it is new\n[\s\S]*expect = "down"[\s\S]*outside = "kept"/);
      await stage();
      const { state, diagnostics } = await create(wave, ALL, { activation: 2, gate: { within: 0, outside: 'kept' } });
      expect(state).not.toBeNull();
      expect(summaries({ state, diagnostics })).toEqual(['A session with outside neighbours is not up on n2']);
    });

    test('passes on a node that is new, with a warning that lists what is not up and why', async () => {
      trial('none', true);
      outside('Idle', { down: 'secret:tor is missing' });
      const { state, diagnostics } = await create(wave, ALL);
      expect(state).not.toBeNull();
      expect(diagnostics).toMatchObject([
        {
          severity: 'warning',
          summary: 'A session with outside neighbours is not up on n2',
          detail: expect.stringContaining(
            '  n2: the session with 192.0.2.1 (peers.tor) is Idle: secret:tor is missing',
          ),
        },
      ]);
    });

    test('says nothing where all are up', async () => {
      trial('up');
      outside('Established');
      expect((await create(wave, ALL)).diagnostics ?? []).toEqual([]);
    });

    test('refuses terms that are none', async () => {
      const config = configOf(wave, ALL, { gate: { within: 1, outside: 'some' } });
      expect(wave.validate(config).map(({ summary }) => summary)).toEqual(['gate.outside: "some" is not all or kept']);
    });
  });

  test('says of no node that it was rolled back where all refuse', async () => {
    for (const agent of fleet.all) agent.failing.set('activate', 'the disk is full');
    const { detail } = (await create(wave, ALL)).diagnostics![0];
    expect(detail).toContain('They run what they ran before.');
    expect(detail).not.toContain('rolled back');
  });

  test('is undone on all its nodes where one refuses', async () => {
    fleet.get('n2').failing.set('activate', 'port 179 is busy');
    const failed = await create(wave, ALL);
    expect(failed.state).toBeNull();
    expect(failed.diagnostics![0].detail).toContain('node n2: port 179 is busy');
    expect(failed.diagnostics![0].detail).toContain(
      'rolled back with it (n1, n3): all of its nodes run what they ran before',
    );
    for (const { state } of fleet.all) expect(state.active).toBeNull();
  });

  test('does not begin where the activation is not staged, and says why it was undone', async () => {
    fleet.get('n3').wipe();
    fleet.get('n3').state = { ...fleet.get('n1').state, staged: null };
    expect(summaries(await create(wave, ALL))).toEqual(['Activation 1 cannot be activated on n3']);
    expect(fleet.asked.filter((verb) => verb === 'activate')).toEqual([]);
  });

  test('does not begin on nodes of different owners', async () => {
    const { state } = fleet.get('n3');
    fleet.get('n3').state = { ...state, staged: { ...state.staged!, owner: 'somebody else' } };
    const { diagnostics } = await create(wave, ALL);
    expect(diagnostics![0].summary).toBe('The nodes are not of one fabric');
    expect(diagnostics![0].detail).toContain('node n3: deployed by somebody else');
  });

  test('says which nodes could not be told to go back', async () => {
    fleet.get('n1').ailment = 'held down';
    fleet.get('n2').failing.set('rollback', 'out of memory');
    const { diagnostics } = await create(wave, ALL, { gate: { within: 0 } });
    expect(diagnostics![0].detail).toMatch(/will roll back by themselves[\s\S]*node n2: out of memory/);
  });

  test('that all agents leave without an answer names the earlier wave that stays on trial with it', async () => {
    const run = running();
    await create(wave, ['n1'], { confirm_within: 300, gate: { within: 0 } }, run);
    fleet.get('n2').before = () => fleet.get('n1').stop();
    for (const node of ['n2', 'n3']) fleet.get(node).fatal.add('activate');
    const { state, diagnostics } = await create(wave, ['n2', 'n3'], { confirm_within: 200 }, run);
    expect(state).toBeNull();
    expect(diagnostics![0].summary).toBe('Not every node answered that it activated the release');
    const [, known, unknown] = /could not be rolled back, and([\s\S]*)What these run is not known\.([\s\S]*)/.exec(
      diagnostics![0].detail,
    )!;
    expect(known).toMatch(
      /will roll back by themselves within (300|29\d) s when no confirmation arrives:\n {2}node n1: /,
    );
    expect(unknown).toMatch(/within (200|19\d) s when no confirmation arrives:\n {2}node n2: .*\n {2}node n3: /);
    expect(unknown).toContain('No agent could be asked which other nodes of the fabric run the release');
  });

  test('finds the others of the fabric through any of its agents, and says what is not known of those that are gone', async () => {
    await create(wave, ['n1']);
    await fleet.get('n1').stop();
    fleet.get('n2').fatal.add('activate');
    const { diagnostics } = await create(wave, ['n2', 'n3']);
    expect(diagnostics![0].detail).toMatch(/What these run is not known\.[\s\S]*node n1: [\s\S]*node n2: /);
    expect(diagnostics![0].detail).not.toContain('No agent could be asked');
    expect(fleet.get('n3').state.active).toBeNull();
  });

  test('does not say of an earlier wave that it was rolled back where that was refused', async () => {
    await create(wave, ['n1']);
    fleet.get('n1').failing.set('rollback', 'out of memory');
    fleet.get('n2').ailment = 'held down';
    const { diagnostics } = await create(wave, ['n2'], { gate: { within: 0 } });
    expect(diagnostics![0].detail).not.toContain('Earlier waves were rolled back');
    expect(diagnostics![0].detail).toContain('node n1: out of memory');
  });

  test('that fails as an update gives what the agents really run', async () => {
    const config = configOf(wave, ALL);
    const prior = (await create(wave, ALL)).state!;
    fleet.get('n2').expire();
    const later = { ...config, activation: 2 };
    const { state } = await wave.update({ prior, planned: later, config: later, private: {} }, running());
    expect(state).toMatchObject({ activation: 1 });
    expect(state!.behind).toEqual({ n2: 'none (undone: no confirmation arrived in time)' });
  });

  test('plans that no node will be behind, and knows it not only where some may be absent', async () => {
    const config = configOf(wave, ALL);
    const prior = (await create(wave, ALL)).state!;
    const planned = async (of: Values, before: Values | null) =>
      (await wave.plan({ config: of, prior: before, private: {} }, running())).planned.behind;
    expect(await planned(config, null)).toEqual({});
    expect(await planned({ ...config, release: UNKNOWN, activation: UNKNOWN }, prior)).toEqual({});
    expect(await planned(config, { ...prior, behind: { n2: 'none' } })).toEqual({});
    expect(await planned({ ...config, unreachable: ['n3'], activation: 2 }, prior)).toBe(UNKNOWN);
    expect(await planned({ ...config, unreachable: UNKNOWN, activation: 2 }, prior)).toBe(UNKNOWN);
  });

  test('has nothing to do for nodes that may be absent, and is due where nodes have other names', async () => {
    const config = configOf(wave, ALL);
    const prior = { ...(await create(wave, ALL)).state!, behind: { n3: 'none' } };
    expect(isDue({ ...config, unreachable: ['n3'] }, prior)).toBe(false);
    expect(isDue(config, prior)).toBe(true);
    const { n1, n2, n3 } = config.nodes as Record<string, Value>;
    expect(isDue({ ...config, nodes: { n1, n2, n4: n3 }, unreachable: ['n4'] }, prior)).toBe(true);
  });

  test('says what nodes that were absent are left with: what they had, or nothing', async () => {
    const first = (await create(wave, ['n1', 'n2'])).state!;
    await Promise.all(['n2', 'n3'].map((node) => fleet.get(node).stop()));
    const claim = fleet.get('n1').state.active!;
    fleet.get('n1').state = { ...fleet.get('n1').state, staged: { ...claim, release: 'sha256:later', activation: 2 } };
    const later = configOf(wave, ALL, { release: 'sha256:later', activation: 2, unreachable: ['n2', 'n3'] });
    const { state } = await wave.update({ prior: first, planned: later, config: later, private: {} }, running());
    expect(state!.behind).toEqual({ n2: shortDigest(release), n3: 'none' });
    expect((await wave.read({ state: state!, private: {} }, running())).state!.behind).toEqual(state!.behind);
    await fleet.get('n2').start();
    fleet.get('n2').wipe();
    expect((await wave.read({ state: state!, private: {} }, running())).state!.behind).toEqual({
      n2: 'none',
      n3: 'none',
    });
  });

  test('refuses a confirm timer that expires before the gate has closed', () => {
    const found = wave.validate(configOf(wave, ALL, { gate: { within: 60 }, confirm_within: 30 }));
    expect(found).toMatchObject([{ path: ['confirm_within'] }]);
    expect(wave.validate(configOf(wave, ALL, { gate: { within: UNKNOWN } }))).toEqual([]);
  });

  test('is only forgotten when it is deleted', async () => {
    const { state } = await create(wave, ALL);
    expect(await wave.delete({ prior: state!, private: {} }, running())).toEqual({ state: null });
    expect(fleet.get('n1').state.active).not.toBeNull();
  });
});

describe('a commit', () => {
  test('says whether the deploy went as predicted, and warns where it did not', async () => {
    await create(wave, ALL);
    const [prediction] = fleet.get('n1').predictions;
    const noting = (sessions: (node: string) => Observation['sessions']) => {
      for (const agent of fleet.all)
        agent.observations = [
          {
            ...{
              version: 1,
              node: agent.node,
              release,
              activation: 1,
              kind: 'deploy',
              began: '2026-11-23T08:22:38.000Z',
              lasted: 9,
            },
            ...{ isOver: false, steps: {}, sessions: sessions(agent.node), losses: [], origins: [], withdrawn: [] },
            ...{ gaps: [], prediction: prediction.text, cut: { sessions: 0, losses: 0, origins: 0 } },
          },
        ];
    };
    const added = (node: string) =>
      ALL.filter((other) => other !== node).map((other) => ({
        ...{ key: `10.0.0.${node.slice(1)} 10.0.0.${other.slice(1)} 179`, remoteNode: other, change: 'added' as const },
        ...{ resets: 0, wasUp: false, isUp: true, downs: 0, news: [] },
      }));
    expect(prediction).toMatchObject({ release, activation: 1 });
    noting(added);
    const fine = await create(commit, ALL);
    expect(fine.state!.observed).toBe('as predicted: 3 sessions added, no prefix lost');
    expect(fine.diagnostics).toEqual([]);
    noting((node) => (node === 'n1' ? [] : added(node).filter(({ remoteNode }) => remoteNode !== 'n1')));
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 300); // it would wait for what may still come
    const wrong = await create(commit, ALL, {}, { stop: stop.signal });
    expect(wrong.state!.observed).toMatch(
      /^not as predicted: n1 - n2 \(ipv4\): predicted added \(.*\), observed nothing/,
    );
    expect(summaries(wrong)).toEqual(['The deploy did not go as predicted']);
  });

  test('says nothing where agents note nothing, and no word of it as predicted', async () => {
    await create(wave, ALL);
    const { state, diagnostics } = await create(commit, ALL);
    expect(state!.observed).toMatch(/^not observed: /);
    expect(diagnostics).toEqual([]);
  });

  beforeEach(() => create(wave, ALL));

  test('confirms on all nodes and lets go of the former release', async () => {
    const { state, diagnostics } = await create(commit, ALL);
    expect(diagnostics).toEqual([]);
    expect(state!.behind).toEqual({});
    for (const agent of fleet.all) expect(agent.state).toMatchObject({ deadline: null, retiring: null });
  });

  test('confirms nothing where one node does not run the activation', async () => {
    fleet.get('n2').expire();
    const { state, diagnostics } = await create(commit, ALL);
    expect(state).toBeNull();
    expect(diagnostics![0].detail).toContain('node n2: it was rolled back here: no confirmation arrived in time');
    for (const agent of fleet.all) expect(agent.state.confirmed).toBeNull();
  });

  test('confirms nothing after Ctrl-C', async () => {
    const { state, diagnostics } = await create(commit, ALL, {}, { stop: AbortSignal.abort() });
    expect(state).toBeNull();
    expect(diagnostics![0]).toMatchObject({ summary: 'Stopped' });
    expect(fleet.asked).not.toContain('confirm');
  });

  test('names the nodes that are behind where not every one confirmed', async () => {
    fleet.get('n3').failing.set('confirm', 'the disk is full');
    const failed = await create(commit, ALL);
    expect(failed.state).toBeNull();
    expect(summaries(failed)).toEqual(['Not every node confirmed: n3']);
    fleet.get('n3').failing.clear();
    expect((await create(commit, ALL)).state!.behind).toEqual({});
  });

  test('does not claim a rollback of nodes whose answer was lost: they may have confirmed', async () => {
    fleet.get('n2').fatal.add('confirm');
    fleet.get('n3').failing.set('confirm', 'the disk is full');
    const both = await create(commit, ALL);
    expect(both.state).toBeNull();
    expect(summaries(both)).toEqual(['Not every node confirmed: n2, n3']);
    const { detail } = both.diagnostics![0];
    expect(detail).toMatch(
      /^These roll back to what they ran before within 600 s .*:\n {2}node n3: the disk is full\n/,
    );
    expect(detail).toMatch(/These may have confirmed, as their answers were lost\. .* within 600 s .*:\n {2}node n2: /);
    expect(detail).toMatch(/The others keep the release\.$/);
    expect(fleet.get('n2').state.deadline).toBeNull();
  });

  test('that no node answers does not say that none confirmed', async () => {
    for (const agent of fleet.all) agent.fatal.add('confirm');
    const { diagnostics } = await create(commit, ALL);
    expect(diagnostics![0].summary).toBe('Not every node is known to have confirmed: n1, n2, n3');
    expect(diagnostics![0].detail).toMatch(/^These may have confirmed/);
    expect(diagnostics![0].detail).not.toContain('The others');
  });

  test('does not know whether former sessions are up where the answer was lost', async () => {
    fleet.get('n1').fatal.add('finalise');
    expect(summaries(await create(commit, ALL))).toContain('Previous sessions may be still up on n1');
  });

  test('warns of former sessions that could not be closed', async () => {
    fleet.get('n1').failing.set('finalise', 'busy');
    const done = await create(commit, ALL);
    expect(done.state).not.toBeNull();
    expect(summaries(done)).toEqual(['Previous sessions are still up on n1']);
  });

  test('cleans nodes that left, but none that now belongs to somebody else', async () => {
    const prior = (await create(commit, ALL)).state!;
    const { state } = fleet.get('n3');
    fleet.get('n3').state = { ...state, confirmed: { ...state.confirmed!, owner: 'somebody else' } };
    const config = configOf(commit, ['n1']);
    const { diagnostics } = await commit.update({ prior, planned: config, config, private: {} }, running());
    expect(diagnostics).toEqual([]);
    expect(fleet.get('n2').state.confirmed).toBeNull();
    expect(fleet.get('n3').state.confirmed).toMatchObject({ owner: 'somebody else' });
  });

  test('takes back what a node that left has on trial, while another fabric keeps it', async () => {
    const prior = (await create(commit, ALL)).state!;
    const { state } = fleet.get('n3');
    const other = { ...state.confirmed!, fabric: 'other' };
    fleet.get('n3').state = { ...state, confirmed: other, deadline: { boot: 'double', at: 1 } };
    const config = configOf(commit, ['n1', 'n2']);
    const { diagnostics } = await commit.update({ prior, planned: config, config, private: {} }, running());
    expect(diagnostics).toEqual([]);
    expect(fleet.get('n3').state).toMatchObject({ confirmed: other, active: other, deadline: null, freed: false });
  });
});
