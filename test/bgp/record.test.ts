import { firstLine, recordLine, replay } from '../../lib/bgp/record';
import { Prefix } from '../../lib/model/prefix';
import { sure } from '../../lib/model/problem';
import { routerId, Simulation, sessionTo } from './simulation';

const A = '10.0.0.1',
  B = '10.0.0.2';

/** What speaker a lived through: routes, a policy, a lost connection, a shutdown. */
function recorded(): string[] {
  const network = new Simulation(() => 0.25);
  const prefix = sure(Prefix.parse('192.0.2.0/24'));
  network.add('a', [A]);
  network.add('b', [B]);
  const policy = { rules: [{ prefix, le: 32, action: 'accept' as const }], otherwise: 'reject' as const };
  const routing = { routerId: routerId(A) };
  network.give('a', { kind: 'configure', routing, sessions: [sessionTo(A, B, { importPolicy: policy })] });
  network.give('b', { kind: 'configure', routing: { routerId: 2 }, sessions: [sessionTo(B, A)] });
  network.give('b', { kind: 'originate', prefix, attributes: { communities: [1, 2] } });
  network.give('a', { kind: 'originate', prefix: sure(Prefix.parse('198.51.100.0/24')) });
  network.run(100_000);
  network.breakAll('a');
  network.run(100_000);
  network.give('a', { kind: 'nextHops', changes: [{ address: sessionTo(A, B).remoteAddress, state: undefined }] });
  network.give('a', { kind: 'withdraw', prefix: sure(Prefix.parse('198.51.100.0/24')) });
  network.give('a', { kind: 'stop', text: 'bye' });
  const lines = network.inputs
    .filter(({ node }) => node === 'a')
    .map(({ at, input, effects }) => recordLine(at, input, effects));
  return [firstLine({ seed: 1 }), ...lines];
}

describe('a recorded run', () => {
  test('is replayed with every octet the same', () => {
    const lines = recorded();
    expect(lines.length).toBeGreaterThan(20);
    expect(replay(lines)).toBeUndefined();
  });

  test('shows the first line that differs', () => {
    const lines = recorded();
    const at = lines.findIndex((line) => line.includes('"hex"') && line.includes('"send"'));
    const other = lines.with(at, lines[at].replace(/"hex":"ff/g, '"hex":"fe'));
    expect(replay(other)?.line).toBe(at + 1);
  });
});
