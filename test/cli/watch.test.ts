import { AgentClient, Refused } from '../../lib/control/client';
import { SHAPES } from '../../lib/control/shape';
import type { DeployVerb } from '../../lib/control/status';
import { valid } from '../model/valid';
import { ANSWERS, AnsweringAgent, type Answers, outputOf } from './answers';

describe('peerform watch --history', () => {
  const agent = new AnsweringAgent(valid({ name: 'lab', asNumber: 67111, nodes: { n1: { ipv4Address: '10.0.0.1' } } }));
  beforeAll(() => agent.start());
  afterAll(() => agent.stop());

  test.each<[DeployVerb[], string[]]>([
    [
      ['stage', 'activate', 'confirm'],
      ['begins with n1', 'confirmed; activated on 1 of 1 node watched'],
    ],
    [['stage', 'rollback'], ['rolled back before it was activated']],
    [
      ['activate', 'rollback'],
      ['goes on with n1', 'rolled back; activated on 1 of 1 node watched'],
    ],
    [['confirm'], ['confirmed; no activation is among the events shown']],
  ])('says of a deploy of which there are the events %j only what is known from these', async (steps, said) => {
    const events = steps.map((step, i) => ({
      ...{ sequence: i + 1, time: new Date(5_000 * i).toISOString(), kind: 'transaction', message: step },
      ...{ step, activation: 7 },
    }));
    agent.now = { ...ANSWERS, events } as Answers;
    const { out } = await agent.asked('watch', '--history');
    const headings = out.split('\n').filter((line) => line.startsWith('-- '));
    expect(headings).toEqual(said.map((one) => `-- activation 7: ${one}`));
  });
});

describe('peerform watch of a node that answers at once', () => {
  const client = AgentClient.prototype as unknown as { answer(shape: unknown, step: { path: string }): unknown };
  const answer = jest.spyOn(client, 'answer');
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());
  afterAll(() => answer.mockRestore());

  const event = (sequence: number) => ({
    ...{ sequence, time: '2026-11-23T08:22:38.000Z', kind: 'session', message: `number ${sequence}` },
  });

  /** How often it is polled in a minute, and what is shown. */
  async function aMinute(events: (poll: number) => unknown[]): Promise<{ polls: number; shown: string[] }> {
    let polls = 0;
    let isOver = false;
    answer.mockImplementation(async (shape) => {
      if (shape === SHAPES.summary) return { node: 'n1' };
      if (shape === SHAPES.endpoints) return {};
      if (isOver) throw new Refused('busy', 'the minute is over');
      return events(polls++);
    });
    const watched = outputOf('watch', '--via', 'unix:///none.sock', '--history');
    for (let seconds = 0; seconds < 60; seconds++) await jest.advanceTimersByTimeAsync(1_000);
    isOver = true;
    for (let seconds = 0; seconds < 60; seconds++) await jest.advanceTimersByTimeAsync(1_000);
    const { out } = await watched;
    return { polls, shown: out.split('\n').filter((line) => line !== '') };
  }

  test.each([
    ['with an event that was shown', () => [event(1)], 1],
    ['without any event', () => [], 0],
  ])('%s asks it no more than once a second, and shows each event once', async (_, events, shown) => {
    const found = await aMinute(events);
    expect(found.shown).toHaveLength(shown);
    expect(found.polls).toBeGreaterThan(10);
    expect(found.polls).toBeLessThanOrEqual(62);
  });

  test('with new events without end asks it no more than four times a second, and shows each once', async () => {
    const { polls, shown } = await aMinute((poll) => [event(poll + 1), event(poll + 2)]);
    expect(polls).toBeGreaterThan(10);
    expect(polls).toBeLessThanOrEqual(242);
    expect(new Set(shown).size).toBe(shown.length);
  });

  test('with events that are not in order takes it for something that is not an agent', async () => {
    const { shown } = await aMinute(() => [event(2), event(1)]);
    expect(shown[0]).toContain('its events are not in order');
    expect(shown).toHaveLength(1);
  });

  test('shows the events of an agent that was started anew, whose numbers begin again', async () => {
    const { shown } = await aMinute((poll) => (poll === 0 ? [event(7)] : poll === 1 ? [event(1), event(2)] : []));
    expect(shown.map((line) => line.slice(line.indexOf('number')))).toEqual(['number 7', 'number 1', 'number 2']);
  });
});
