import type { SpeakerPeer } from '../../lib/bgp/peer';
import { RefusalNotes } from '../../lib/bgp/refusal-notes';
import type { Rib } from '../../lib/bgp/rib/rib';
import { TimerQueue } from '../../lib/bgp/session/timers';
import { Prefix } from '../../lib/model/prefix';
import { sure } from '../../lib/model/problem';

const prefix = sure(Prefix.parse('192.0.2.0/24'));

describe('routes that may not be used', () => {
  const agenda = new TimerQueue();
  const host = { agenda, now: 0 };
  let peers: SpeakerPeer[];
  let said: string[];
  let notes: RefusalNotes;
  const refuse = (id: number, why: string, count = 1) =>
    notes.take({ takeRefusals: () => new Map([[id, [{ why, count, prefix, nextHop: undefined }]]]) } as unknown as Rib);
  const pass = (seconds: number) => {
    host.now += seconds * 1000;
    agenda.run(host.now);
  };
  beforeEach(() => {
    said = [];
    peers = [{ ribId: 1 }, { ribId: 2 }] as SpeakerPeer[];
    notes = new RefusalNotes(
      host,
      () => peers,
      ({ ribId }, text) => said.push(`${ribId} ${text.split(':')[0]}`),
    );
  });

  test('are reported after a second, then once a minute for a neighbour and a reason, with their number', () => {
    refuse(1, 'as-loop');
    pass(0.999);
    expect(said).toEqual([]);
    pass(0.001);
    expect(said).toEqual(['1 the route 192.0.2.0/24 is not used']);
    refuse(1, 'as-loop', 3);
    refuse(1, 'as-loop', 4);
    pass(59);
    expect(said).toHaveLength(1);
    pass(1);
    expect(said[1]).toBe('1 7 routes, the first 192.0.2.0/24, are not used');
    pass(600);
    expect(said).toHaveLength(2);
  });

  test('are reported of each neighbour by itself, and not of one that is gone', () => {
    refuse(1, 'as-loop');
    refuse(2, 'as-loop');
    peers.shift();
    pass(1);
    expect(said).toEqual(['2 the route 192.0.2.0/24 is not used']);
  });
});
