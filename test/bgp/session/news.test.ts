import { Speaker } from '../../../lib/bgp/speaker';
import { routerId, Simulation, sessionTo } from '../simulation';

const [A, B] = ['10.0.0.1', '10.0.0.2'];

describe('the news of a session', () => {
  test('say that it is up, that it is no longer, and what was on the way, each by a type of its own', () => {
    const network = new Simulation();
    network.add('a', [A]);
    network.add('b', [B]);
    for (const [name, local, remote] of [
      ['a', A, B],
      ['b', B, A],
    ])
      network.give(name, {
        kind: 'configure',
        routing: { routerId: routerId(local) },
        sessions: [sessionTo(local, remote)],
      });
    network.run(20_000);
    network.breakAll('a');
    network.run(20_000);
    const moves = network
      .node('a')
      .events.filter(({ text }) => text.includes(' -> '))
      .map(({ type, text }) => ({
        type,
        text,
        up: text.endsWith('-> Established'),
        down: text.startsWith('Established'),
      }));
    expect(moves.filter(({ type }) => type === 'up').length).toBe(2);
    expect(moves.filter(({ type }) => type === 'down').length).toBe(1);
    for (const { type, up, down } of moves) expect(type).toBe(up ? 'up' : down ? 'down' : 'attempt');
  });

  test('of a connection that failed say why, for programs', () => {
    const speaker = new Speaker({ seed: 1 });
    const sessions = [sessionTo(A, B)];
    const effects = speaker.handle({ kind: 'configure', routing: { routerId: routerId(A) }, sessions }, 0);
    const dialled = [...effects, ...speaker.handle({ kind: 'timer' }, 60_000)];
    const { connection } = dialled.find((effect) => effect.kind === 'connect')!;
    const failed = { kind: 'failed', connection, reason: 'it is not reachable', fault: 'unreachable' } as const;
    const events = speaker.handle(failed, 60_001).flatMap((effect) => (effect.kind === 'event' ? [effect.event] : []));
    expect(events).toContainEqual(expect.objectContaining({ type: 'error', reason: 'unreachable' }));
  });
});
