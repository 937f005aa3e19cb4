import fc from 'fast-check';
import { survivor } from '../../../lib/bgp/session/collision';
import { buildOpen } from '../../../lib/bgp/session/negotiation';
import { type Effect, type Input, Speaker } from '../../../lib/bgp/speaker';
import { KEEPALIVE } from '../../../lib/bgp/wire/keepalive';
import { encodeNotification, notification } from '../../../lib/bgp/wire/notification';
import { encodeOpen } from '../../../lib/bgp/wire/open';
import { routerId, sessionTo } from '../simulation';

describe('of two colliding connections (RFC 4271 section 6.8)', () => {
  const ends = { localId: 5, remoteId: 3, localAs: 1, remoteAs: 2 };

  test('the one dialled by the greater identifier stays', () => {
    expect(survivor(ends)).toBe('dialled');
    expect(survivor({ ...ends, remoteId: 7 })).toBe('accepted');
  });

  test('of equal identifiers the greater AS number decides (RFC 6286)', () => {
    expect(survivor({ ...ends, remoteId: 5 })).toBe('accepted');
    expect(survivor({ ...ends, remoteId: 5, remoteAs: 0 })).toBe('dialled');
  });

  test('identifiers compare unsigned, and both ends name the same connection', () => {
    const id = fc.integer({ min: 1, max: 0xffffffff });
    fc.assert(
      fc.property(id, id, id, id, (localId, remoteId, localAs, remoteAs) => {
        fc.pre(localId !== remoteId || localAs !== remoteAs);
        const here = survivor({ localId, remoteId, localAs, remoteAs });
        const there = survivor({ localId: remoteId, remoteId: localId, localAs: remoteAs, remoteAs: localAs });
        expect(here).not.toBe(there);
        if (localId > remoteId) expect(here).toBe('dialled');
      }),
    );
  });
});

type Side = 0 | 1;
/** What is on its way over one connection in one direction; TCP keeps its order. */
interface Channel {
  readonly to: Side;
  readonly waiting: Input[];
}

/** Two speakers that dial each other at the same moment; the choices say which channel delivers next. */
class Meeting {
  readonly speakers: readonly [Speaker, Speaker];
  private readonly channels: Channel[] = [];
  /** By side and connection: the channel out of it, and the one into it. */
  private readonly ends: [Map<number, End>, Map<number, End>] = [new Map(), new Map()];
  private readonly addresses = ['10.0.0.1', '10.0.0.2'];
  private accepted = [-1, -1];

  constructor(lower: 'dials first' | 'answers') {
    this.speakers = [new Speaker({ seed: 1 }), new Speaker({ seed: 2 })];
    const order: Side[] = lower === 'dials first' ? [0, 1] : [1, 0];
    for (const side of order) {
      const [local, remote] = [this.addresses[side], this.addresses[1 - side]];
      const sessions = [sessionTo(local, remote, { dial: 'first' })];
      this.give(side, { kind: 'configure', routing: { routerId: routerId(local) }, sessions });
    }
  }

  /** Delivers until nothing is on its way. `choose` gets the number of channels that could deliver. */
  run(choose: (count: number) => number): void {
    for (let ready = this.ready(); ready.length > 0; ready = this.ready()) {
      const { to, waiting } = ready[ready.length === 1 ? 0 : choose(ready.length)];
      this.give(to, waiting.shift()!);
      this.check();
    }
  }

  states(side: Side): string[] {
    const session = this.session(side);
    return [session.dialled.state, session.accepted.state];
  }

  private session(side: Side) {
    return this.speakers[side].session(`${this.addresses[side]} ${this.addresses[1 - side]} 179`)!;
  }

  private check(): void {
    for (const side of [0, 1] as const)
      if (this.states(side).every((state) => state === 'OpenConfirm' || state === 'Established'))
        throw new Error(`both connections of ${this.addresses[side]} got beyond OpenSent`);
  }

  private ready(): Channel[] {
    return this.channels.filter(({ waiting }) => waiting.length > 0);
  }

  private give(side: Side, input: Input): void {
    for (const effect of this.speakers[side].handle(input, 0)) {
      if (effect.kind === 'connect') this.connect(side, effect.connection);
      else if (effect.kind === 'timer' && effect.at <= 0) this.give(side, { kind: 'timer' });
      else if (effect.kind === 'send') {
        const end = this.ends[side].get(effect.connection);
        end?.out.waiting.push({ kind: 'bytes', connection: end.other, bytes: effect.bytes });
      } else if (effect.kind === 'close') this.close(side, effect.connection);
    }
  }

  private connect(side: Side, connection: number): void {
    const there = (1 - side) as Side;
    this.accepted[there] += 2;
    const other = this.accepted[there];
    const [out, back]: Channel[] = [
      { to: there, waiting: [] },
      { to: side, waiting: [] },
    ];
    this.channels.push(out, back);
    this.ends[side].set(connection, { out, other });
    this.ends[there].set(other, { out: back, other: connection });
    const [remote, local] = [this.addresses[side], this.addresses[there]];
    out.waiting.push({ kind: 'accepted', connection: other, local, remote });
    back.waiting.push({ kind: 'opened', connection });
  }

  private close(side: Side, connection: number): void {
    const end = this.ends[side].get(connection);
    if (!end) return;
    this.ends[side].delete(connection);
    end.out.waiting.push({ kind: 'closed', connection: end.other });
  }
}

interface End {
  readonly out: Channel;
  /** The connection's name at the other side. */
  readonly other: number;
}

/** Walks through every sequence of the first `depth` choices; each run goes on with the first way. Gives how many there were. */
function everyInterleaving(begin: () => Meeting, check: (meeting: Meeting) => void, depth: number): number {
  const path: { taken: number; of: number }[] = [];
  for (let runs = 1; ; runs++) {
    let step = 0;
    const meeting = begin();
    meeting.run((of) => {
      if (step === depth) return 0;
      if (step === path.length) path.push({ taken: 0, of });
      return path[step++].taken;
    });
    check(meeting);
    while (path.length > 0 && path.at(-1)!.taken === path.at(-1)!.of - 1) path.pop();
    if (path.length === 0) return runs;
    path.at(-1)!.taken++;
  }
}

const isSettled = (meeting: Meeting) => {
  const [dialled, accepted] = meeting.states(0),
    [otherDialled, otherAccepted] = meeting.states(1);
  const low = dialled === 'Established' && otherAccepted === 'Established',
    high = accepted === 'Established' && otherDialled === 'Established';
  expect(`${meeting.states(0)} / ${meeting.states(1)}: ${low !== high}`).toMatch(/true$/);
};

describe('two speakers that dial each other at once', () => {
  test('end with one Established connection, the same at both ends, in every interleaving of the first six choices', () => {
    expect(everyInterleaving(() => new Meeting('dials first'), isSettled, 6)).toBeGreaterThan(100);
  });

  test('and in any interleaving at all', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(11), { maxLength: 60 }), fc.boolean(), (choices, first) => {
        const meeting = new Meeting(first ? 'dials first' : 'answers');
        let step = 0;
        meeting.run((of) => (choices[step++] ?? 0) % of);
        isSettled(meeting);
      }),
      { numRuns: 400 },
    );
  });
});

describe('a second connection beside an Established one', () => {
  const [ours, theirs] = ['10.0.0.1', '10.0.0.2'];
  const key = `${ours} ${theirs} 179`;
  let speaker: Speaker, effects: Effect[];
  const give = (input: Input) => {
    effects = speaker.handle(input, 0);
  };
  const openOf = (id: string) => encodeOpen(buildOpen(sessionTo(id, ours), { localAs: 64512, remoteAs: 64512 }));
  const state = () => speaker.session(key)!.status(0);
  const closed = () => effects.flatMap((effect) => (effect.kind === 'close' ? [effect.connection] : []));

  /** The session is Established on connection 2, which we dialled; connection 1 came in and has our OPEN. */
  beforeEach(() => {
    speaker = new Speaker({ seed: 1 });
    const sessions = [sessionTo(ours, theirs, { dial: 'first' })];
    give({ kind: 'configure', routing: { routerId: routerId(ours) }, sessions });
    give({ kind: 'opened', connection: 2 });
    give({ kind: 'bytes', connection: 2, bytes: openOf(theirs) });
    give({ kind: 'bytes', connection: 2, bytes: KEEPALIVE });
    give({ kind: 'accepted', connection: 1, local: ours, remote: theirs });
    expect(state()).toMatchObject({ state: 'Established', established: 1 });
  });

  test('waits with its OPEN, and goes when the neighbour gives it up, as one does that keeps what is Established', () => {
    give({ kind: 'bytes', connection: 1, bytes: openOf(theirs) });
    expect(effects.filter(({ kind }) => kind === 'send' || kind === 'close')).toEqual([]);
    give({ kind: 'bytes', connection: 1, bytes: encodeNotification(notification(6, 7)) });
    expect(closed()).toEqual([1]);
    expect(state()).toMatchObject({ state: 'Established', established: 1, negotiated: { connection: 'dialled' } });
  });

  test('takes over when the neighbour goes on with it', () => {
    give({ kind: 'bytes', connection: 1, bytes: openOf(theirs) });
    give({ kind: 'bytes', connection: 1, bytes: KEEPALIVE });
    expect(closed()).toEqual([2]);
    expect(state()).toMatchObject({ state: 'Established', established: 2, negotiated: { connection: 'accepted' } });
  });

  test('takes over when the neighbour ends the Established one', () => {
    give({ kind: 'bytes', connection: 1, bytes: openOf(theirs) });
    give({ kind: 'bytes', connection: 2, bytes: encodeNotification(notification(6, 7)) });
    give({ kind: 'bytes', connection: 1, bytes: KEEPALIVE });
    expect(state()).toMatchObject({ state: 'Established', established: 2, negotiated: { connection: 'accepted' } });
  });

  test('waits for nothing once it is gone', () => {
    give({ kind: 'bytes', connection: 1, bytes: openOf(theirs) });
    give({ kind: 'closed', connection: 1 });
    give({ kind: 'closed', connection: 2 });
    expect(state().state).not.toMatch(/Open|Established/);
  });
});
