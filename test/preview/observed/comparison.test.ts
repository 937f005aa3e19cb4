import { OBSERVATION_VERSION, type Observation, type ObservedSession } from '../../../lib/control/observed';
import type { Fabric } from '../../../lib/model/fabric';
import { withFormerSecrets } from '../../../lib/model/former-secrets';
import { readFabric } from '../../../lib/model/read';
import { compare } from '../../../lib/preview/observed/comparison';
import { predictionOf, readPrediction } from '../../../lib/preview/observed/prediction';
import { comparisonSections } from '../../../lib/preview/observed/sections';

const fabric = (more: object = {}, nodes: readonly string[] = ['n1', 'n2', 'n3']): Fabric => {
  const all = nodes.map((name) => [name, { ipv4Address: `10.0.0.${name.slice(1)}` }]);
  const read = readFabric({ name: 'lab', asNumber: 64512, nodes: Object.fromEntries(all), ...more });
  if (!read.fabric) throw new Error(read.problems.join('; '));
  return read.fabric;
};

const keyOf = (from: string, to: string) => `10.0.0.${from.slice(1)} 10.0.0.${to.slice(1)} 179`;

const end = (from: string, to: string, more: Partial<ObservedSession> = {}): ObservedSession => ({
  ...{ key: keyOf(from, to), remoteNode: to, resets: 0, wasUp: true, isUp: true, downs: 0, news: [] },
  ...more,
});

const record = (node: string, more: Partial<Observation> = {}): Observation => ({
  ...{ version: OBSERVATION_VERSION, node, release: 'sha256:2', activation: 2, kind: 'deploy', began: '' },
  ...{ lasted: 9_000, isOver: true, steps: { activated: 100, confirmed: 200, finalised: 300, closed: 400 } },
  ...{ sessions: [], losses: [], origins: [`192.0.2.${node.slice(1)}/32`], withdrawn: [], gaps: [] },
  cut: { sessions: 0, losses: 0, origins: 0 },
  ...more,
});

/** Both ends of a session that was reset once, by its first. */
const reset = (a: string, b: string): [Observation, Observation] => [
  record(a, { sessions: [end(a, b, { change: 'reset', reason: 'hold time', resets: 1, downs: 1 })] }),
  record(b, { sessions: [end(b, a, { downs: 1 })] }),
];

const noted = (...records: readonly Observation[]) => ({
  activation: 2,
  observations: new Map([
    ...['n1', 'n2', 'n3'].map((node) => [node, [record(node)]] as const),
    ...records.map((one) => [one.node, [one]] as const),
  ]),
  silent: new Map<string, string>(),
});

const PEER = (holdTime: number) => ({
  nodeToNodeMesh: false,
  peers: { pair: { node: 'n1', address: '10.0.0.2', asNumber: 64512, holdTime } },
});
const before = fabric(PEER(90));
const after = fabric(PEER(30));
const RESET = predictionOf(before, after, { about: 'Resets 1 session.' });
const NOTHING = predictionOf(before, before, { about: '' });

describe('what a deploy did, beside what was predicted', () => {
  test('is as predicted in one line', () => {
    expect(compare(RESET, noted(...reset('n1', 'n2')))).toMatchObject({
      ...{ verdict: 'as predicted', line: 'as predicted: 1 reset, no prefix lost', differences: [], besides: [] },
      observed: { reset: 1, retuned: 0, added: 0, removed: 0 },
    });
    expect(compare(NOTHING, noted()).line).toBe('as predicted: no session touched, no prefix lost');
  });

  test('differs where a session was not reset, was reset unsaid, or something else became of it', () => {
    expect(compare(RESET, noted())).toMatchObject({
      verdict: 'differs',
      line: 'not as predicted: n1 - n2 (ipv4): predicted reset (hold time), observed nothing',
    });
    expect(compare(NOTHING, noted(...reset('n1', 'n2'))).line).toBe(
      'not as predicted: n1 - n2 (ipv4): predicted nothing, observed reset (hold time)',
    );
    const retuned = record('n1', { sessions: [end('n1', 'n2', { change: 'retuned', reason: 'next hop' })] });
    expect(compare(RESET, noted(retuned)).differences).toEqual([
      {
        ...{ kind: 'session', subject: 'n1 - n2 (ipv4)' },
        ...{ predicted: 'reset (hold time)', observed: 'retuned (next hop)' },
      },
    ]);
  });

  test('is as predicted whether or not a secret that is delivered again has a new value, and resets sessions', () => {
    const [was, is] = [20, 30].map((keepaliveTime) =>
      fabric({ ...PEER(90), peers: { pair: { ...PEER(90).peers.pair, keepaliveTime, password: 'secret:k' } } }),
    );
    const again = predictionOf(withFormerSecrets(was), is, { about: '' });
    expect(again.sessions).toMatchObject([{ change: 'reset', number: 1, otherwise: 'nothing' }]);
    const kept = readPrediction(JSON.parse(JSON.stringify(again)));
    expect(compare(kept, noted(...reset('n1', 'n2'))).line).toBe('as predicted: 1 reset, no prefix lost');
    expect(compare(kept, noted()).line).toBe('as predicted: no session touched, no prefix lost');
    const retuned = record('n1', { sessions: [end('n1', 'n2', { change: 'retuned', reason: 'next hop' })] });
    expect(compare(kept, noted(retuned)).verdict).toBe('differs');
    const limited = (maxPrefixes: number) =>
      fabric({ ...PEER(90), peers: { pair: { ...PEER(90).peers.pair, maxPrefixes, password: 'secret:k' } } });
    const both = predictionOf(withFormerSecrets(limited(5)), limited(6), { about: '' });
    expect(both.sessions).toMatchObject([
      { reason: 'prefix limit, password if secret:k has a new value', otherwise: 'retuned' },
    ]);
    expect(compare(both, noted(retuned)).verdict).toBe('as predicted');
    expect(compare(both, noted(...reset('n1', 'n2'))).verdict).toBe('as predicted');
    expect(compare(both, noted()).line).toBe(
      'not as predicted: n1 - n2 (ipv4): predicted retuned (prefix limit, password if secret:k has a new value), observed nothing',
    );
  });

  test('counts sessions that are too many to compare one by one, of which some may be reset', () => {
    const many = Array.from({ length: 202 }, (_, i) => `n${i + 1}`);
    const mesh = fabric({ meshPassword: 'secret:k' }, many);
    const said = { ...predictionOf(withFormerSecrets(mesh), mesh, { about: '' }), nodes: ['n1', 'n2', 'n3'] };
    expect(said.counts).toEqual({ added: 0, removed: 0, reset: 20_301, retuned: 0 });
    expect(compare(said, noted(...reset('n1', 'n2'))).verdict).toBe('as predicted');
    expect(compare(said, noted()).verdict).toBe('as predicted');
    const added = record('n1', { sessions: [end('n1', 'n3', { change: 'added', wasUp: false })] });
    expect(compare(said, noted(added)).line).toContain('sessions added: predicted 0, observed 1');
  });

  test('lists what happened besides, with its reason, and differs by it', () => {
    const [one, two] = reset('n1', 'n2');
    const why = 'NOTIFICATION received: Hold Timer Expired';
    const flap = end('n1', 'n3', { downs: 1, news: [{ at: 7, isUp: false, why }] });
    expect(compare(RESET, noted({ ...one, sessions: [...one.sessions, flap] }, two))).toMatchObject({
      ...{ verdict: 'differs', differences: [], besides: [`n1 - n3 (ipv4) went down once: ${why}`] },
      line: `not as predicted: besides the deploy, n1 - n3 (ipv4) went down once: ${why}`,
    });
  });

  test('lists a session that has not come back, and a new one that has not come up', () => {
    const [one, two] = reset('n1', 'n2');
    const down = { ...one, sessions: one.sessions.map((session) => ({ ...session, isUp: false })) };
    expect(compare(RESET, noted(down, two)).besides).toEqual(['n1 - n2 (ipv4) has not come back']);
    const mesh = predictionOf(before, fabric(), { about: '' });
    const added = (from: string, to: string) => end(from, to, { change: 'added', wasUp: false, isUp: false });
    const { besides } = compare(mesh, noted(record('n1', { sessions: [added('n1', 'n3')] })));
    expect(besides).toEqual(['n1 - n3 (ipv4) has not come up']);
  });

  test('says nothing of a reset where the session was not up, and had nothing to be reset', () => {
    const down = record('n1', { sessions: [end('n1', 'n2', { wasUp: false, isUp: false })] });
    expect(compare(RESET, noted(down)).verdict).toBe('as predicted');
  });

  test('is never said to be as predicted where somebody did not see it, or nothing was predicted', () => {
    const older = {
      ...noted(...reset('n1', 'n2')),
      silent: new Map([['n3', 'its agent is older and records nothing']]),
    };
    older.observations.delete('n3');
    expect(compare(RESET, older)).toMatchObject({
      ...{ verdict: 'not observed', unseen: ['n3: its agent is older and records nothing'] },
      line: 'not observed: n3: its agent is older and records nothing',
    });
    expect(compare(undefined, noted()).verdict).toBe('not observed');
    const again = { ...record('n3'), gaps: ['the agent was restarted'] };
    expect(compare(RESET, noted(...reset('n1', 'n2'), again)).unseen).toEqual(['n3: the agent was restarted']);
    const cut = record('n3', { cut: { sessions: 4, losses: 0, origins: 0 } });
    expect(compare(RESET, noted(...reset('n1', 'n2'), cut)).unseen).toEqual(['n3: 4 more sessions were left out']);
  });

  test('leaves open what became of a session whose other end nobody asked', () => {
    const seen = noted(record('n2', { sessions: [end('n2', 'n1', { downs: 1 })] }));
    seen.observations.delete('n1');
    expect(compare(RESET, { ...seen, silent: new Map([['n1', 'no answer']]) })).toMatchObject({
      ...{ verdict: 'not observed', differences: [], besides: [] },
    });
  });

  describe('of a node that was behind', () => {
    const WHY = 'n1: it was behind when this was planned, so that the plan says nothing of its own sessions';
    const again = predictionOf(before, before, { about: '', behind: ['n1'] });
    const retuned = (from: string, to: string) =>
      record(from, { sessions: [end(from, to, { change: 'retuned', reason: 'BFD added with 3 x 300 ms' })] });
    const lost = { prefix: '192.0.2.2/32', at: 120, ms: 40, times: 1, isLost: false };

    test('says that its sessions were not observed, and nothing else of them', () => {
      expect(compare(again, noted(retuned('n1', 'n2')))).toMatchObject({
        ...{ verdict: 'not observed', line: `not observed: ${WHY}` },
        ...{ differences: [], besides: [], unseen: [WHY], observed: { retuned: 1 } },
      });
      expect(compare(again, noted(retuned('n2', 'n1'))).verdict).toBe('not observed');
    });

    test('compares the sessions of the others', () => {
      const found = compare(again, noted(retuned('n1', 'n2'), retuned('n3', 'n2')));
      expect(found.differences.map(({ subject }) => subject)).toEqual(['n2 - n3 (ipv4)']);
    });

    test('does not blame prefixes on the plan that may be lost because its sessions changed', () => {
      const losing = record('n3', { losses: [lost] });
      expect(compare(again, noted(losing)).verdict).toBe('differs');
      const found = compare(again, noted(retuned('n1', 'n2'), losing));
      expect(found).toMatchObject({ verdict: 'not observed', losses: [{ node: 'n3', isPredicted: false }] });
      const silent = noted(losing);
      silent.observations.delete('n1');
      const asked = compare(again, { ...silent, silent: new Map([['n1', 'no answer']]) });
      expect(asked).toMatchObject({ verdict: 'not observed', unseen: [WHY.replace(' it', ' no answer; it')] });
    });

    test('takes a session that only its other end saw go down for one that it may have reset', () => {
      const seen = noted(record('n2', { sessions: [end('n2', 'n1', { downs: 1 })] }));
      expect(compare(again, seen).besides).toEqual(['n1 - n2 (ipv4) went down once']);
      seen.observations.delete('n1');
      expect(compare(again, seen)).toMatchObject({ verdict: 'not observed', besides: [] });
    });

    test('leaves it out of numbers, too', () => {
      const many = Array.from({ length: 202 }, (_, i) => `n${i + 1}`);
      const mesh = (holdTime: number) => fabric({ holdTime }, many);
      const said = predictionOf(mesh(90), mesh(30), { about: '', behind: ['n1'] });
      const all = Object.keys(said.counts).length;
      expect([said.counts.reset, all]).toEqual([20_301, 4]);
      const one = many.slice(1).map((name, i) =>
        record(name, {
          sessions: many
            .slice(i + 2)
            .map((to) => ({ ...end(name, to, { change: 'reset', reason: 'hold time', resets: 1, downs: 1 }) })),
        }),
      );
      const of = (records: readonly Observation[]) =>
        compare({ ...said, nodes: many }, noted(record('n1'), ...records));
      expect(of(one).verdict).toBe('not observed');
      expect(of([...one.slice(1), record('n2')]).verdict).toBe('differs');
      const added = (from: string, to: string) =>
        record(from, { sessions: [end(from, to, { change: 'added', wasUp: false })] });
      const beside = compare({ ...said, nodes: many }, noted(added('n1', 'n2'), ...one));
      expect(beside.verdict).toBe('not observed');
    });
  });

  test('takes workload routes that are no longer selected for given up, not for something else', () => {
    // So many that they are not simulated.
    const selecting = (pattern: string) =>
      fabric({
        nodes: Object.fromEntries(
          Array.from({ length: 40 }, (_, i) => [
            `n${i + 1}`,
            { ipv4Address: `10.0.0.${i + 1}`, workloadInterfaces: [pattern] },
          ]),
        ),
      });
    const outside = {
      ...{ sessions: [], routes: {}, unknown: {} },
      workloads: { n2: { number: 1, routes: [['10.9.0.2/32', 'cali1']] as const } },
    };
    const given = predictionOf(selecting('cali*'), selecting('zz*'), { about: '', outside });
    expect(given.withdrawn).toEqual(['10.9.0.2/32']);
    const gone = { prefix: '10.9.0.2/32', at: 150 };
    const loss = { prefix: '10.9.0.2/32', at: 150, ms: 8_000, times: 1, isLost: true };
    const found = compare(
      { ...given, nodes: ['n1', 'n2', 'n3'] },
      noted(record('n2', { withdrawn: [gone], origins: ['10.9.0.2/32'] }), record('n1', { losses: [loss] })),
    );
    expect(found.besides).toEqual([]);
  });

  test('differs where the activation was rolled back', () => {
    const undone = record('n2', { steps: { activated: 100, returned: 900 } });
    expect(compare(RESET, noted(undone)).line).toBe(
      'not as predicted: activation 2: predicted carried out, observed rolled back on n2',
    );
  });

  test('differs by a prefix that was lost unsaid, and by one that was not lost though said', () => {
    const lost = { prefix: '192.0.2.2/32', at: 120, ms: 40, times: 1, isLost: false };
    expect(compare(NOTHING, noted(record('n1', { losses: [lost] })))).toMatchObject({
      ...{ verdict: 'differs' },
      line: 'not as predicted: 192.0.2.2/32 of n2 at n1: predicted not missing, observed missing for 40 ms',
    });
    const cut = predictionOf(fabric(), before, { about: '' });
    const { differences } = compare(cut, noted());
    expect(differences.filter(({ kind }) => kind === 'prefix').map(({ subject }) => subject)).toContain(
      'workloads of n3 at n1',
    );
  });

  test('takes a loss for said that comes of one, and differs where it lasted longer', () => {
    const cut = predictionOf(fabric(), before, { about: '' });
    const lost = { prefix: '192.0.2.3/32', at: 120, ms: 40, times: 1, isLost: true };
    const { losses, differences } = compare(cut, noted(record('n1', { losses: [lost] })));
    expect(losses).toEqual([
      { node: 'n1', prefix: '192.0.2.3/32', origin: 'n3', ms: 40, isLost: true, isPredicted: true },
    ]);
    expect(differences.map(({ subject }) => subject)).not.toContain('192.0.2.3/32 of n3 at n1');
    const gap = { node: 'n1', prefix: '198.18.0.3/32', origin: 'n3', standsFor: 'workloads of n3', during: 'wave 1' };
    const short = { ...NOTHING, losses: { by: 'simulation' as const, gaps: [{ ...gap, from: 10, to: 20 }] } };
    const lasting = (ms: number) =>
      compare(short, noted(record('n1', { losses: [{ ...lost, ms, isLost: false }] }))).differences;
    expect(lasting(500)).toEqual([]);
    expect(lasting(5_000)).toMatchObject([{ predicted: 'missing for up to 10 ms', observed: 'missing for 5000 ms' }]);
  });

  test('leaves open whether a new neighbour sends what the former one did, also over a link without addresses', () => {
    const filters = { all: { import: [{ action: 'accept' }], export: [{ action: 'accept' }] } };
    const up = (peer?: object) =>
      fabric({ filters, peers: peer ? { up: { node: 'n1', filters: ['all'], ...peer } } : {} });
    const numbered = up({ address: '192.0.2.1', asNumber: 65001 });
    const unnumbered = up({ interface: 'eth1', peerType: 'external' });
    const heard = (localAddress: string, remoteAddress: string, nextHop: string) => ({
      sessions: [{ node: 'n1', localAddress, remoteAddress, routerId: 0x09090909, routes: 'all' }],
      routes: {
        all: {
          received: 1,
          sets: [{ attributes: '4001010040020602010000fde9', nextHop, prefixes: ['203.0.113.0/24'] }],
        },
      },
      unknown: {},
    });
    const each = [
      [numbered, unnumbered, heard('10.0.0.1', '192.0.2.1', '192.0.2.1')],
      [unnumbered, numbered, heard('n1/local%eth1', 'n1%eth1', 'fe80::1')],
    ] as const;
    for (const [before, after, outside] of each) {
      const prefixes = (to: Fabric) => {
        const said = readPrediction(JSON.parse(JSON.stringify(predictionOf(before, to, { about: '', outside }))));
        const { differences } = compare(said, noted());
        return differences.filter(({ kind }) => kind === 'prefix').map(({ subject }) => subject);
      };
      expect(prefixes(after)).toEqual([]);
      expect(prefixes(up())).toContain('203.0.113.0/24 at n1');
    }
  });

  test('says how many prefixes were lost as predicted, and for how long', () => {
    const gap = { node: 'n1', origin: 'n3', during: 'wave 1' };
    const gaps = [
      { ...gap, prefix: '192.0.2.3/32', from: 10, to: 20 },
      { ...gap, prefix: '192.0.2.4/32', from: 10 },
    ];
    const said = { ...NOTHING, losses: { by: 'simulation' as const, gaps } };
    const lost = { at: 5, ms: 30, times: 1 };
    const [back, gone] = [
      { ...lost, prefix: '192.0.2.3/32', isLost: false },
      { ...lost, prefix: '192.0.2.4/32', isLost: true },
    ];
    const lineOf = (...losses: Observation['losses']) =>
      compare(said, noted(record('n1', { losses }), record('n3', { origins: ['192.0.2.3/32', '192.0.2.4/32'] }))).line;
    expect(lineOf(back, gone)).toBe(
      'as predicted: no session touched, 2 prefixes lost at 1 node, some permanently, some for up to 30 ms',
    );
    expect(lineOf(back)).toBe(
      'not as predicted: 192.0.2.4/32 at n1: predicted missing permanently, observed not missing',
    );
  });

  test('knows what nodes originate from the last refresh, and what leaves with them', () => {
    const outside = {
      ...{ sessions: [], routes: {}, unknown: {} },
      workloads: { n3: { number: 1, routes: [['192.0.2.3/32'] as const] } },
    };
    const leaves = predictionOf(fabric(), fabric({}, ['n1', 'n2']), { about: '', outside });
    expect(leaves).toMatchObject({ leaving: ['n3'], withdrawn: ['192.0.2.3/32'], untold: [] });
    const { withdrawn, untold } = predictionOf(fabric(), fabric({}, ['n1', 'n2']), { about: '' });
    expect([withdrawn, untold]).toEqual([[], ['n3']]);
  });

  test('tells what an origin took back from what the deploy took', () => {
    const lost = { prefix: '192.0.2.2/32', at: 120, ms: 40, times: 1, isLost: true };
    const origin = record('n2', { withdrawn: [{ prefix: '192.0.2.2/32', at: 110 }] });
    expect(compare(NOTHING, noted(record('n1', { losses: [lost] }), origin))).toMatchObject({
      ...{ differences: [], besides: ['192.0.2.2/32 was missing at n1, as n2 no longer advertises it'] },
    });
  });

  test('is told in parts, the gravest first', () => {
    const found = compare(RESET, noted(record('n1', { sessions: [end('n1', 'n3', { downs: 1 })] })));
    expect(comparisonSections(found)).toEqual([
      {
        title: 'Not as predicted',
        lines: ['n1 - n2 (ipv4): predicted reset (hold time), observed nothing'],
        isGrave: true,
      },
      { title: 'At the same time, not due to the deploy', lines: ['n1 - n3 (ipv4) went down once'], isGrave: true },
      { title: 'Predicted', lines: ['Resets 1 session.'] },
    ]);
  });
});

describe('a prediction', () => {
  test('of another form is not understood', () => {
    expect(readPrediction({ ...RESET, version: 2 })).toBeUndefined();
    expect(readPrediction(undefined)).toBeUndefined();
    expect(readPrediction(JSON.parse(JSON.stringify(RESET)))).toEqual(RESET);
  });

  test.each<object>([
    { losses: undefined },
    { losses: { by: 'paths' } },
    { losses: { by: 'chance' } },
    { losses: { by: 'simulation', gaps: [null] } },
    { losses: { by: 'paths', paths: [{ from: ['n1'], to: 7, family: 'ipv4' }] } },
    { counts: undefined },
    { counts: { added: 0 } },
    { sessions: [{ ...RESET.sessions[0], number: undefined }] },
    { sessions: [null] },
    { nodes: 'n1' },
  ])('of which a part is missing or nonsense, as an agent may give it, is none: %j', (part) => {
    expect(readPrediction({ ...RESET, ...part })).toBeUndefined();
  });

  test('is the same whenever it is asked for', () => {
    expect(predictionOf(before, after, { about: 'Resets 1 session.' })).toEqual(RESET);
  });
});
