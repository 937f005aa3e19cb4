import { neighbourName, whatOf } from '../../../lib/agent/events/noise';
import { Prefix } from '../../../lib/model/prefix';
import { sure } from '../../../lib/model/problem';
import { routerId, Simulation, sessionTo } from '../../bgp/simulation';

const HUB = '10.0.0.1';
const [NAMED, UNNAMED] = ['10.0.0.2', '10.0.1.2'];
const RANGE = '10.0.1.0/24';

/** A hub with one neighbour by name and others from a prefix; who is asked for dials it. */
function eventsOf(...dialling: string[]) {
  const network = new Simulation();
  network.add('hub', [HUB]);
  const { remoteAddress: _, dial: __, ...session } = sessionTo(HUB, UNNAMED);
  const range = sure(Prefix.parse(RANGE));
  network.give('hub', {
    kind: 'configure',
    routing: { routerId: routerId(HUB) },
    sessions: [sessionTo(HUB, NAMED, { dial: 'never' })],
    templates: [{ ...session, key: `${HUB} ${RANGE} 179`, name: 'clients', range, limit: 1 }],
  });
  for (const address of dialling) {
    network.add(address, [address]);
    const sessions = [sessionTo(address, HUB, { dial: 'first' })];
    network.give(address, { kind: 'configure', routing: { routerId: routerId(address) }, sessions });
  }
  network.run(1000);
  return network.node('hub').events;
}

describe('what an event of the speaker counts as', () => {
  test('all that a session does whose neighbour is configured is said, and is its own', () => {
    const events = eventsOf(NAMED);
    expect(events.map(({ text }) => text)).toContain('OpenConfirm -> Established');
    for (const event of events) expect(whatOf(event)).toEqual({ kind: 'session', of: `${HUB} ${NAMED} 179` });
  });

  test('a connection from an address that no session has is noise of strangers, also where a prefix is full', () => {
    for (const strangers of [['192.0.2.1'], [UNNAMED, '10.0.1.3']]) {
      const refused = eventsOf(...strangers).filter(({ type }) => type === 'rejected');
      expect(refused.length).toBeGreaterThan(0);
      for (const event of refused) expect(whatOf(event)).toEqual({ noise: 'refused' });
    }
  });

  test('whatever a neighbour does that came from a prefix is noise of that prefix', () => {
    const events = eventsOf(UNNAMED).filter(({ session }) => session.includes(UNNAMED));
    expect(events.map(({ text }) => text)).toContain('OpenConfirm -> Established');
    for (const event of events)
      expect(whatOf(event)).toEqual({
        ...{ noise: 'dynamic', of: `${HUB} ${RANGE} 179`, name: `neighbours from ${RANGE}` },
      });
  });

  test('connections that a neighbour makes in vain are noise of this neighbour', () => {
    const event = { session: `${HUB} ${NAMED} 179`, name: 'n2', type: 'rejected', text: 'refused' } as const;
    expect(whatOf(event)).toEqual({ noise: 'rejected', of: event.session, name: `n2 ${NAMED}` });
  });

  test('a neighbour is named with its address, once', () => {
    const named = (name: string) => neighbourName({ session: `${HUB} ${NAMED} 179`, name });
    expect(['n2', NAMED, `leaves ${NAMED}`].map(named)).toEqual([`n2 ${NAMED}`, NAMED, `leaves ${NAMED}`]);
  });
});
