import { commandOf, readCheck, runCheck } from '../../lib/control/check';
import { AgentClient } from '../../lib/control/client';
import { packDelivery } from '../../lib/control/delivery';
import { makeRelease } from '../../lib/control/release';
import { describeUndone, undo } from '../../lib/control/undo';
import { readFabric } from '../../lib/model/read';
import { FleetDouble } from '../provider/agent-double';

let fleet: FleetDouble;
const NODES = ['n1', 'n2', 'n3'];
const release = makeRelease(
  readFabric({
    name: 'main',
    nodes: Object.fromEntries(NODES.map((node, i) => [node, { ipv4Address: `10.0.0.${i + 1}` }])),
  }).fabric!,
);
const command = { owner: 'me', fabric: 'main', release: release.digest, activation: 1 };

beforeEach(async () => {
  fleet = new FleetDouble();
  await fleet.start(...NODES);
  const endpoints = Object.fromEntries(fleet.all.map(({ node, endpoint }) => [node, endpoint]));
  for (const node of NODES) {
    const agent = new AgentClient(endpoints[node]);
    await agent.deliver(packDelivery({ release, endpoints }));
    await agent.send('stage', { ...command, node });
    if (node !== 'n3') await agent.send('activate', { ...command, node, confirmWithin: 600 });
  }
});
afterEach(() => fleet.stop());

const endpoint = (node: string) => fleet.get(node).endpoint;
const confirm = (node: string) => new AgentClient(endpoint(node)).send('confirm', { ...command, node });
const states = () =>
  NODES.map((node) => {
    const { active, confirmed, staged } = fleet.get(node).state;
    return [active, confirmed, staged].map((step) => step?.activation ?? '-').join(' ');
  });

describe('what is on trial', () => {
  test('is undone on every node by way of one, and forgotten where it was staged alone', async () => {
    expect(states()).toEqual(['1 - -', '1 - -', '- - 1']);
    const undone = await undo([endpoint('n2')], undefined, 'the canary drops packets');
    expect(undone).toMatchObject({ activation: { activation: 1 }, returned: ['n1', 'n2'], kept: [] });
    expect(states()).toEqual(['- - -', '- - -', '- - -']);
    expect(fleet.get('n1').state.returned?.reason).toBe('the canary drops packets');
    expect(describeUndone(undone)).toEqual([
      'activation 1 was rolled back; these nodes run again what they ran before: n1, n2',
    ]);
  });

  test('stays where it is confirmed, and that is said', async () => {
    await confirm('n1');
    const undone = await undo([endpoint('n1')], undefined, 'no');
    expect(undone).toMatchObject({ returned: ['n2'], kept: ['n1'] });
    expect(states()).toEqual(['1 1 -', '- - -', '- - -']);
  });

  test('is found by the first agent that answers, and who does not is named', async () => {
    await fleet.get('n1').stop();
    const undone = await undo([endpoint('n1'), endpoint('n2')], { ...command }, 'no');
    expect(undone.returned).toEqual(['n2']);
    expect([...undone.failed.keys()]).toEqual(['n1']);
    expect(describeUndone(undone).join('\n')).toContain(
      'node n1 did not report what it runs; if it has the release on trial, it rolls back by itself',
    );
    for (const node of ['n2', 'n3']) await fleet.get(node).stop();
    await expect(undo([endpoint('n1'), endpoint('n2')], undefined, 'no')).rejects.toThrow(/no such socket/);
  });

  test('is not known of a node that did not answer, and stays where it was refused', async () => {
    fleet.get('n1').failing.set('rollback', 'the disk is full');
    for (const node of ['n2', 'n3']) fleet.get(node).fatal.add('rollback');
    const said = describeUndone(await undo([endpoint('n1')], undefined, 'no'));
    expect(said[0]).toBe('activation 1 is not known to have been rolled back on any node');
    expect(said.slice(1).sort()).toEqual([
      expect.stringMatching(/^node n1 was not rolled back, and rolls back by itself .*: the disk is full$/),
      expect.stringMatching(/^node n2 did not answer; it was rolled back, or rolls back by itself /),
      expect.stringMatching(/^node n3 may still have it staged, without running it: /),
    ]);
    expect(fleet.get('n2').state.active).toBeNull();
  });

  test('is not said to be nowhere while an agent does not respond', async () => {
    await fleet.get('n1').stop();
    const { failed, activation } = await undo([endpoint('n2')], undefined, 'no');
    expect(activation).toMatchObject({ activation: 1 });
    expect(describeUndone({ failed, returned: [], kept: [] })[0]).toBe(
      'no release is on trial on the nodes that responded: nothing was rolled back',
    );
  });

  test('is nothing where all is confirmed, or where it is another activation that is meant', async () => {
    expect((await undo([endpoint('n1')], { release: release.digest, activation: 7 }, 'no')).returned).toEqual([]);
    await confirm('n1');
    await confirm('n2');
    expect(describeUndone(await undo([endpoint('n1')], undefined, 'no'))).toEqual([
      'no release is on trial: nothing was rolled back',
    ]);
    expect(states()).toEqual(['1 1 -', '1 1 -', '- - 1']);
  });
});

describe('a check of the deploy', () => {
  const NEVER = new Promise<never>(() => {});
  const check = (command_: string, within?: number) => ({
    ...{ command: command_, within, release: release.digest, activation: 1, endpoints: [endpoint('n1')] },
  });
  async function run(...[command_, within, interrupted]: [string, number?, Promise<unknown>?]) {
    const said: string[] = [];
    const code = await runCheck(check(command_, within), (text) => said.push(text), interrupted ?? NEVER);
    return { code, said };
  }

  test('that passes undoes nothing', async () => {
    expect(await run('true')).toEqual({ code: 0, said: [] });
    expect(states()).toEqual(['1 - -', '1 - -', '- - 1']);
  });

  test.each<[string, string, number | undefined, number, string]>([
    ['fails', 'exit 3', undefined, 3, 'the check failed: it exited with 3'],
    ['takes too long, as what it has started does', 'sleep 60 & wait', 0.2, 124, 'it did not finish within 0.2 s'],
    ['is ended', 'kill -9 $$', undefined, 1, 'it was killed by SIGKILL'],
  ])('that %s has undone at once what is on trial', async (_, command_, within, code, words) => {
    const result = await run(command_, within);
    expect(result.code).toBe(code);
    expect(result.said[0]).toContain(words);
    expect(result.said[1]).toContain('these nodes run again what they ran before: n1, n2');
    expect(states()).toEqual(['- - -', '- - -', '- - -']);
    expect(fleet.get('n2').state.returned?.reason).toContain('a check of the deploy failed');
  });

  test('that is interrupted has undone it, too', async () => {
    const { code, said } = await run('sleep 60', undefined, Promise.resolve());
    expect([code, said[0]]).toEqual([130, 'the check failed: it was interrupted']);
    expect(states()).toEqual(['- - -', '- - -', '- - -']);
  });

  test('fails, and says what becomes of the nodes, where no agent is there to be told', async () => {
    for (const node of NODES) await fleet.get(node).stop();
    const { code, said } = await run('false');
    expect(code).toBe(1);
    expect(said[1]).toContain('no agent could be asked to roll back; nodes roll back by themselves');
  });

  const GIVEN = { PEERFORM_RELEASE: 'sha256:1', PEERFORM_ACTIVATION: '2', PEERFORM_ENDPOINT: 'unix:///a' };
  test.each<[string, NodeJS.ProcessEnv, string]>([
    ['a command', GIVEN, 'no check to run'],
    [
      'what is on trial',
      { PEERFORM_CHECK: 'true', PEERFORM_ENDPOINT: 'unix:///a' },
      'the release on trial is not known',
    ],
    ['an agent', { ...GIVEN, PEERFORM_CHECK: 'true', PEERFORM_ENDPOINT: '' }, 'no agent given'],
    ['a time that is one', { ...GIVEN, PEERFORM_CHECK: 'true', PEERFORM_WITHIN: 'x' }, 'x is not a valid time'],
  ])('needs %s', (_, environment, words) => {
    expect(readCheck(environment)).toContain(words);
  });

  test('is read out of its environment, with several agents', () => {
    expect(
      readCheck({
        ...GIVEN,
        PEERFORM_CHECK: './probe.sh',
        PEERFORM_WITHIN: '9',
        PEERFORM_ENDPOINTS: 'unix:///a unix:///b',
      }),
    ).toEqual({
      command: './probe.sh',
      within: 9,
      release: 'sha256:1',
      activation: 2,
      endpoints: ['unix:///a', 'unix:///b'],
    });
  });

  test('is one command of several words, or what is one already', () => {
    expect(commandOf(['./a.sh && ./b.sh'])).toBe('./a.sh && ./b.sh');
    expect(commandOf(['echo', "it's", '$HOME'])).toBe("'echo' 'it'\\''s' '$HOME'");
    expect(commandOf([])).toBeUndefined();
  });
});
