import { progressOf } from '../../../lib/agent/network/session-progress';
import { routerId, Simulation, sessionTo } from '../../bgp/simulation';

const [A, B] = ['10.0.0.1', '10.0.0.2'];
const SECOND = 1000;

/** A network in which a and b have a session; a restarts gracefully, and b retains its routes for up to 120 s. */
function established(): Simulation {
  const network = new Simulation();
  for (const [node, own, other] of [
    ['a', A, B],
    ['b', B, A],
  ] as const) {
    network.add(node, [own]);
    const sessions = [sessionTo(own, other, { gracefulRestartTime: 120 })];
    network.give(node, { kind: 'configure', routing: { routerId: routerId(own) }, sessions });
  }
  network.run(20 * SECOND);
  return network;
}

const sessionsOf = ({ speaker }: ReturnType<Simulation['node']>) =>
  speaker.configs().map(({ key }) => speaker.session(key)!);

test('a session retains the routes of a neighbour that restarts until its restart time is over', () => {
  const network = established();
  const progress = () => progressOf(sessionsOf(network.node('b')));
  expect(progress()).toBeUndefined();
  network.restart('a');
  network.node('a').reachable = false;
  network.run(119 * SECOND);
  expect(progress()).toBe('retaining');
  network.run(2 * SECOND);
  expect(progress()).toBeUndefined();
});

test('a session is being negotiated while the neighbour answers, and retained routes of another one matter more', () => {
  const session = (state: string, active = false) =>
    ({ standing: { state }, staleRoutes: { active } }) as Parameters<typeof progressOf>[0][number];
  expect(progressOf([])).toBeUndefined();
  expect(progressOf([session('Connect'), session('Established')])).toBeUndefined();
  expect(progressOf([session('Active'), session('OpenConfirm')])).toBe('negotiating');
  expect(progressOf([session('OpenSent'), session('Connect', true)])).toBe('retaining');
});
