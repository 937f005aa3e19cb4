import fc from 'fast-check';
import { Discovery, type DiscoveryEffect, type SessionProgress } from '../../lib/nd/discovery';
import type { Message } from '../../lib/nd/message';

const OWN = 'fe80::1';
const MAC = '02:00:00:00:00:01';
const [A, B, C] = ['fe80::a', 'fe80::b', 'fe80::c'];
const MINUTE = 60_000;

/** A link with discovery on it, and all that it has done. */
class Link {
  progress: SessionProgress | undefined;
  readonly discovery = new Discovery(
    () => 0,
    () => this.progress,
  );
  now = 0;
  private upSince: number | undefined;
  readonly done: { readonly at: number; readonly effect: DiscoveryEffect }[] = [];

  up(address = OWN, linkLayer = MAC): this {
    this.upSince ??= this.now;
    return this.note(this.discovery.linkIs({ address, linkLayer }, '', this.now, this.upSince));
  }
  down(): this {
    this.upSince = undefined;
    return this.note(this.discovery.linkIs(undefined, 'link eth0 is down', this.now));
  }
  session(isUp: boolean): this {
    return this.note(this.discovery.sessionIs(isUp, this.now));
  }
  hears(from: string, linkLayer = '02:00:00:00:00:0a'): this {
    return this.note(this.discovery.receive({ kind: 'advertisement', routerLifetime: 30, linkLayer }, from, this.now));
  }
  connects(from: string): this {
    return this.note(this.discovery.connected(from, this.now));
  }
  fails(address: string): this {
    return this.note(this.discovery.failed(address, this.now));
  }
  get others(): string[] {
    return this.discovery.othersAt(this.now).map(({ address }) => address);
  }
  get hasMore(): boolean {
    return this.discovery.hasMoreAt(this.now);
  }
  isSolicited(): this {
    return this.note(this.discovery.receive({ kind: 'solicitation' }, A, this.now));
  }
  /** `responds`: the stations that respond to each solicitation. */
  wait(ms: number, responds: readonly string[] = []): this {
    const end = this.now + ms;
    while (this.discovery.wakeAt <= end) {
      this.now = Math.max(this.now, this.discovery.wakeAt);
      const sent = this.done.length;
      this.note(this.discovery.tick(this.now));
      for (const { effect } of this.done.slice(sent))
        if (isSent(effect, 'solicitation')) for (const one of responds) this.hears(one);
    }
    this.now = end;
    return this;
  }

  times(kind: Message['kind']): number[] {
    return this.done.flatMap(({ at, effect }) => (isSent(effect, kind) ? [at] : []));
  }
  get neighbours(): (string | undefined)[] {
    return this.done.flatMap(({ effect }) => (effect.kind === 'neighbour' ? [effect.neighbour?.address] : []));
  }
  get notices(): string[] {
    return this.done.flatMap(({ effect }) => (effect.kind === 'notice' ? [effect.text] : []));
  }

  private note(effects: readonly DiscoveryEffect[]): this {
    for (const effect of effects) this.done.push({ at: this.now, effect });
    return this;
  }
}

/** Stations that advertise themselves every so many milliseconds, for a time. */
function advertiseFor(link: Link, ms: number, every: Readonly<Record<string, number>>): Link {
  for (let at = 0; at < ms; at += 100) {
    for (const [station, gap] of Object.entries(every)) if (at % gap === 0) link.hears(station);
    link.wait(100, Object.keys(every));
  }
  return link;
}

const isSent = (effect: DiscoveryEffect, kind: Message['kind']) =>
  effect.kind === 'send' && effect.message.kind === kind;

describe('a link without addresses', () => {
  test('is searched for a neighbour at once, soon again, and then every 10 seconds until it is heard', () => {
    const link = new Link().up().wait(25_000);
    const early = Array.from({ length: 13 }, (_, i) => i * 250);
    expect(link.times('solicitation')).toEqual([...early, 13_000, 23_000]);
    link.hears(A).session(true).wait(MINUTE);
    expect(link.times('solicitation')).toHaveLength(15);
    expect(link.neighbours).toEqual([A]);
  });

  test('advertises this node, never as a default router, five times within 4 seconds and then every 10', () => {
    const link = new Link().up().wait(25_000);
    expect(link.times('advertisement')).toEqual([500, 750, 1250, 2250, 3250, 13_250, 23_250]);
    expect(link.done.flatMap(({ effect }) => (isSent(effect, 'advertisement') ? [effect] : []))[0]).toEqual({
      kind: 'send',
      message: { kind: 'advertisement', routerLifetime: 0, linkLayer: MAC },
    });
  });

  test('advertises this node half a second after the link came up, or at once if its own address is usable later', () => {
    const { discovery } = new Link();
    const own = { address: OWN };
    expect(discovery.linkIs(own, '', 1500, 0).map((effect) => effect.kind === 'send' && effect.message.kind)).toEqual([
      'solicitation',
      'advertisement',
    ]);
  });

  test('answers a solicitation at once, and many within a quarter of a second with one advertisement', () => {
    const link = new Link().up().wait(5000).isSolicited();
    expect(link.times('advertisement').at(-1)).toBe(5000);
    for (let i = 0; i < 1000; i++) link.isSolicited();
    link.wait(1000);
    expect(link.times('advertisement').filter((at) => at >= 5000)).toEqual([5000, 5250]);
  });

  test('sends and hears nothing while it is down, and searches anew when it is up', () => {
    const link = new Link().hears(A).wait(MINUTE);
    expect(link.done).toEqual([]);
    link.up().hears(A).down().hears(B).wait(MINUTE);
    expect(link.neighbours).toEqual([A, undefined]);
    expect(link.done.at(-1)!.effect).toMatchObject({ why: 'link eth0 is down' });
    link.up().hears(B);
    expect(link.neighbours).toEqual([A, undefined, B]);
  });

  test('does not take its own advertisements for those of a neighbour', () => {
    expect(new Link().up().hears(OWN).neighbours).toEqual([]);
  });

  test('keeps its neighbour when its own address changes, and advertises the new one', () => {
    const link = new Link().up().hears(A).wait(5000).up('fe80::2');
    expect(link.neighbours).toEqual([A]);
    expect(link.times('advertisement').at(-1)).toBe(5000);
  });

  test('advertises its own link-layer address at once when it changes, and keeps its neighbour', () => {
    const link = new Link().up().hears(A).session(true).wait(5000);
    const before = link.done.length;
    link.up(OWN, '02:00:00:00:00:02');
    expect(link.done.slice(before)).toEqual([
      {
        at: 5000,
        effect: {
          kind: 'send',
          message: { kind: 'advertisement', routerLifetime: 0, linkLayer: '02:00:00:00:00:02' },
        },
      },
    ]);
  });

  test('reports that the link-layer address of its neighbour changed, once a minute', () => {
    const link = new Link().up().hears(A, '02:00:00:00:00:0a').hears(A, '02:00:00:00:00:0b');
    expect(link.notices).toEqual([
      'neighbour fe80::a has link-layer address 02:00:00:00:00:0b now, not 02:00:00:00:00:0a',
    ]);
    for (let i = 0; i < 100; i++) link.hears(A, `02:00:00:00:01:${(i + 10).toString(16)}`);
    expect(link.notices).toHaveLength(1);
    expect(link.neighbours).toEqual([A]);
  });

  test('keeps the neighbour that has a session, and reports another one', () => {
    const link = new Link().up().hears(A).session(true).hears(B).wait(5000);
    expect(link.neighbours).toEqual([A]);
    expect(link.notices).toEqual([
      'fe80::b advertises itself too and is refused: the neighbour is fe80::a, and a link without addresses has only one',
    ]);
  });

  test('gives up a neighbour that only advertises itself, however often, for one with a session', () => {
    const link = advertiseFor(new Link().up().hears(C), 6000, { [C]: 300, [A]: 10_000 });
    expect(link.neighbours).toEqual([C, A]);
    expect(link.done.map(({ effect }) => effect)).toContainEqual({
      ...{ kind: 'neighbour', neighbour: { address: A, linkLayer: '02:00:00:00:00:0a' } },
      why: 'it takes the place of fe80::c, which has no session',
    });
    advertiseFor(link.session(true), MINUTE, { [C]: 300, [A]: 10_000 });
    expect(link.neighbours).toEqual([C, A]);
    expect(link.others).toEqual([C]);
    expect(link.notices).toEqual([
      'fe80::c advertises itself too and is refused: the neighbour is fe80::a, and a link without addresses has only one',
    ]);
  });

  test('lets stations without a session take turns of 5 seconds, and reports that once a minute', () => {
    const link = advertiseFor(new Link().up(), 19_900, { [A]: 1000, [B]: 1000 });
    expect(link.neighbours).toEqual([A, B, A, B]);
    const repeated = link.done.flatMap(({ effect }) =>
      effect.kind === 'neighbour' ? [effect.isRepeated ?? false] : [],
    );
    expect(repeated).toEqual([false, false, true, true]);
  });

  test('advertises this node to the next one at the beginning of its turn', () => {
    const link = new Link().up().hears(A).wait(4000).hears(B).wait(1500);
    expect(link.neighbours).toEqual([A, B]);
    expect(link.times('advertisement').at(-1)).toBe(5000);
  });

  test('gives every other turn to the last one that had a session, whoever else is there', () => {
    const link = new Link().up().hears(A).session(true).wait(MINUTE).session(false);
    advertiseFor(link, 29_900, { [B]: 300, [C]: 300, 'fe80::d': 300, [A]: 10_000 });
    expect(link.neighbours).toEqual([A, 'fe80::d', A, B, A, C]);
  });

  test('lets the last one that had a session come last if it has not been heard since its turn', () => {
    const link = new Link().up().hears(A).session(true).wait(MINUTE).hears(A).session(false);
    advertiseFor(link, 39_900, { [B]: 300, [C]: 300 });
    expect(link.neighbours).toEqual([A, C, B, C, B, C, B, C]);
  });

  test('ends the turn of one that refuses, or cannot be reached, as soon as it has begun, if another one waits', () => {
    const link = new Link().up().hears(A).hears(B).hears(C).wait(100).fails(A).wait(149);
    expect(link.neighbours).toEqual([A]);
    link.wait(1);
    expect([link.now, link.neighbours]).toEqual([250, [A, C]]);
    link.fails(A).wait(1000);
    expect(link.neighbours).toEqual([A, C]);
    link.fails(C).wait(100);
    expect(link.neighbours).toEqual([A, C, B]);
  });

  test('does not hurry from one that refuses to the next in circles', () => {
    const link = new Link().up().hears(A).hears(B);
    for (let at = 0; at < 20_000; at += 50) {
      link.hears(A).hears(B).wait(50);
      if (link.discovery.neighbour) link.fails(link.discovery.neighbour.address);
    }
    expect(link.neighbours.length).toBeGreaterThan(4);
    expect(link.neighbours.length).toBeLessThan(10);
  });

  test('does not take the place of the neighbour that refuses for one that is silent since its own turn', () => {
    const link = new Link().up().hears(B).hears(A).fails(B).wait(1000);
    expect(link.neighbours).toEqual([B, A]);
    for (let at = 0; at < MINUTE - 10_000; at += 1000) link.hears(A).fails(A).wait(1000);
    expect(link.neighbours).toEqual([B, A]);
    link.hears(B).wait(250);
    expect(link.neighbours).toEqual([B, A, B]);
  });

  test('gives the next turn to one that has connected, however many others there are, and then to others as well', () => {
    const link = new Link().up().hears(A).hears(B);
    for (let i = 0; i < 500; i++) link.hears(`fe80::bad:${i}`);
    link.connects(B).hears(B).wait(5000);
    expect(link.neighbours).toEqual([A, B]);
    const other = new Link().up().hears(A).hears(B).hears(C);
    for (let at = 0; at < 25_000; at += 500) other.connects(C).hears(A).hears(B).hears(C).wait(500);
    expect(other.neighbours).toEqual([A, C, B, C, A, C]);
  });

  test('shortens the turns if many wait, and leaves time to a second SYN', () => {
    const lasts = (others: number) => {
      const link = new Link().up().hears(A).wait(5000);
      for (let i = 0; i < others; i++) link.hears(`fe80::bad:${i}`);
      link.wait(5000);
      const from = link.now;
      while (link.neighbours.length < 4 && link.now < from + MINUTE) link.wait(1);
      return link.now - from;
    };
    expect([2, 4, 5, 6, 11, 100].map(lasts)).toEqual([5000, 5000, 4000, 3333, 1818, 1500]);
  });

  test('solicits others when a turn ends, and no more often than a host may', () => {
    const link = new Link().up().wait(20_000).hears(A);
    for (let i = 0; i < 40; i++) link.hears(`fe80::bad:${i}`);
    const from = link.times('solicitation').length;
    link.wait(30_000);
    const times = link.times('solicitation').slice(from);
    expect(times.length).toBeGreaterThan(5);
    expect(Math.min(...times.slice(1).map((at, i) => at - times[i]))).toBeGreaterThanOrEqual(4000);
  });

  test('leaves time to a session that is being negotiated, but not without end', () => {
    const link = new Link().up().hears(A);
    link.progress = 'negotiating';
    advertiseFor(link, 14_900, { [B]: 300 });
    expect(link.neighbours).toEqual([A]);
    advertiseFor(link, 1000, { [B]: 300 });
    expect(link.neighbours).toEqual([A, B]);
  });

  test('gives nobody a turn while the routes of the former session are retained, however long', () => {
    const link = new Link().up().hears(A).session(true).hears(B).wait(MINUTE);
    link.progress = 'retaining';
    advertiseFor(link.session(false), 2 * MINUTE, { [B]: 300, [A]: 10_000 });
    expect(link.neighbours).toEqual([A]);
    link.progress = undefined;
    advertiseFor(link, 5000, { [B]: 300 });
    expect(link.neighbours).toEqual([A, B]);
  });

  test('gives a neighbour that comes back after a restart the time to negotiate its session', () => {
    const link = new Link().up().hears(A).session(true);
    link.progress = 'retaining';
    advertiseFor(link.session(false), MINUTE, { [B]: 300 });
    link.hears(A).session(true).progress = undefined;
    advertiseFor(link, MINUTE, { [B]: 300 });
    expect(link.neighbours).toEqual([A]);
  });

  test('takes whoever advertises itself at once if its neighbour has had its turn and no session', () => {
    const link = new Link().up().hears(A).wait(4999).hears(B);
    expect(link.neighbours).toEqual([A]);
    const other = new Link().up().hears(A).wait(20_000).hears(B);
    expect(other.neighbours).toEqual([A, B]);
  });

  test('solicits others while its neighbour has no session', () => {
    const link = new Link().up().hears(A).wait(30_000);
    expect(link.times('solicitation').slice(1)).toEqual([5000, 15_000, 25_000]);
  });

  test('remembers 128 other stations, rather those that connect, the newest first, and forgets those that are gone', () => {
    const link = new Link().up().hears(A).session(true);
    const forged = (from: number, to: number) =>
      Array.from({ length: from - to + 1 }, (_, i) => `fe80::bad:${(from - i).toString(16)}`);
    for (const one of forged(128, 1).reverse()) link.hears(one);
    expect([link.others, link.hasMore]).toEqual([forged(128, 1), false]);
    for (const one of forged(1000, 129).reverse()) link.hears(one);
    expect([link.others.length, link.hasMore]).toEqual([128, true]);
    link.connects(B).connects(A).hears(C);
    expect(link.others.slice(0, 2)).toEqual([B, C]);
    expect(link.others).toHaveLength(128);
    link.wait(MINUTE);
    expect([link.others, link.hasMore]).toEqual([[B], false]);
    link.down();
    expect(link.others).toEqual([]);
  });

  test('has no neighbour by a connection alone, and tells one that connects beside the neighbour', () => {
    const link = new Link().up().connects(B).wait(MINUTE);
    expect([link.neighbours, link.others]).toEqual([[], [B]]);
    link.hears(A).wait(MINUTE).connects(B);
    expect([link.neighbours, link.notices]).toEqual([[A], []]);
    link.session(true).connects(B);
    expect(link.notices).toEqual([
      'fe80::b connects too and is refused: the neighbour is fe80::a, and a link without addresses has only one',
    ]);
  });

  test('finds who has replaced a neighbour as soon as its session has ended', () => {
    const link = new Link().up().hears(A).session(true).wait(MINUTE).hears(B).wait(1000).session(false).wait(5000, [B]);
    expect(link.neighbours).toEqual([A, B]);
  });

  test('is not impressed by a flood from stations that claim to be neighbours', () => {
    const link = new Link().up().hears(A).session(true).wait(20_000);
    const before = link.done.length;
    for (let i = 0; i < 10_000; i++) link.hears(`fe80::bad:${i.toString(16)}`);
    link.wait(1000);
    expect(link.neighbours).toEqual([A]);
    expect(link.done.length - before).toBe(1);
  });

  test('has, whatever happens, only a neighbour that was heard, and sends no more than its timers allow', () => {
    const step = fc.oneof(
      fc.constantFrom(A, B, C).map((from) => (link: Link) => link.hears(from)),
      fc.constantFrom(A, B, C).map((from) => (link: Link) => link.connects(from)),
      fc.boolean().map((isUp) => (link: Link) => link.session(isUp && link.discovery.neighbour !== undefined)),
      fc.integer({ min: 0, max: 5000 }).map((ms) => (link: Link) => link.wait(ms)),
      fc.constant((link: Link) => link.isSolicited()),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const link = new Link().up();
        for (const one of steps) one(link);
        expect([undefined, A, B, C]).toContain(link.discovery.neighbour?.address);
        expect(link.others).not.toContain(link.discovery.neighbour?.address);
        expect(link.neighbours.at(-1)).toBe(link.discovery.neighbour?.address);
        const seconds = link.now / 1000;
        const gaps = link
          .times('advertisement')
          .map((at, i, all) => (i === 0 ? Number.POSITIVE_INFINITY : at - all[i - 1]));
        expect(Math.min(...gaps)).toBeGreaterThanOrEqual(250);
        expect(link.times('advertisement').length).toBeLessThanOrEqual(4 * seconds + 2);
      }),
    );
  });
});
