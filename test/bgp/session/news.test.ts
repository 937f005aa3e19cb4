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
});
