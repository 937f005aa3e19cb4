import { PrefixLosses } from '../../../lib/agent/observed/prefix-losses';
import { Rib } from '../../../lib/bgp/rib/rib';
import { SEGMENT } from '../../../lib/bgp/wire/path-attributes';
import { Prefix } from '../../../lib/model/prefix';
import { sure } from '../../../lib/model/problem';
import { takenChanges } from '../../bgp/rib/taken-changes';
import { context, feed, ip, peer, updates } from '../../bgp/rib/world';

const prefix = (text: string) => sure(Prefix.parse(text));

/** A routing table whose own routes stand for any: what is told of a change is the same. */
class Table {
  now = 0;
  readonly losses: PrefixLosses;
  private readonly rib = new Rib({ routerId: 1 });
  private id: number | undefined;

  constructor(most?: number) {
    this.losses = new PrefixLosses(() => this.now, most);
  }

  has(text: string, at: number): void {
    this.rib.originate(prefix(text));
    this.tell(at);
  }

  hasNot(text: string, at: number): void {
    this.rib.withdrawOrigin(prefix(text));
    this.tell(at);
  }

  /** A neighbour has a path to the prefix, or no longer. */
  neighbour(text: string, at: number, hasIt: boolean): void {
    const config = peer(1, 65001);
    if (this.id === undefined) {
      this.id = this.rib.addPeer(config);
      this.rib.peerUp(this.id, { ...context(config), peerRouterId: 0x0b000001 });
    }
    const asPath = [{ type: SEGMENT.sequence, members: [65001] }];
    const route = hasIt ? { origin: 0 as const, asPath, nextHop: ip('198.51.100.1').bytes } : undefined;
    feed(this.rib, this.id, updates(context(config), [prefix(text)], route));
    this.tell(at);
  }

  private tell(at: number): void {
    this.now = at;
    for (const change of takenChanges(this.rib)) if (this.losses.isWatching) this.losses.take(change);
  }
}

const FOUR = '192.0.2.0/24';
const SIX = '2001:db8::/48';

describe('prefixes that lose their last path', () => {
  test('are noted with how long they were gone, of both families', () => {
    const table = new Table();
    for (const one of [FOUR, SIX]) table.has(one, 0);
    table.losses.begin();
    table.hasNot(FOUR, 10);
    table.hasNot(SIX, 20);
    table.has(FOUR, 25);
    expect(table.losses.list(100)).toEqual([
      { prefix: FOUR, at: 10, ms: 15, times: 1, isLost: false },
      { prefix: SIX, at: 20, ms: 80, times: 1, isLost: true },
    ]);
  });

  test('are noted once with the longest time, however often they went', () => {
    const table = new Table();
    table.has(FOUR, 0);
    table.losses.begin();
    for (const [gone, back] of [
      [10, 12],
      [20, 27],
      [30, 31],
    ]) {
      table.hasNot(FOUR, gone);
      table.has(FOUR, back);
    }
    expect(table.losses.list(100)).toEqual([{ prefix: FOUR, at: 10, ms: 7, times: 3, isLost: false }]);
  });

  test('are not this node’s own, which it took back itself', () => {
    const table = new Table();
    table.has(FOUR, 0);
    table.losses.begin();
    table.losses.gave(prefix(FOUR));
    table.hasNot(FOUR, 10);
    expect(table.losses.list(20)).toEqual([]);
  });

  test('are those whose last path a neighbour takes back, after this node took back its own', () => {
    const table = new Table();
    table.has(FOUR, 0);
    table.neighbour(FOUR, 0, true);
    table.losses.begin();
    table.losses.gave(prefix(FOUR));
    table.hasNot(FOUR, 10);
    table.neighbour(FOUR, 20, false);
    expect(table.losses.list(30)).toEqual([{ prefix: FOUR, at: 20, ms: 10, times: 1, isLost: true }]);
  });

  test('are not this node’s own either if they were lost before, or if there is no room', () => {
    const table = new Table(1);
    for (const one of [FOUR, SIX]) table.has(one, 0);
    table.losses.begin();
    table.hasNot(FOUR, 10);
    table.has(FOUR, 15);
    for (const one of [FOUR, SIX]) {
      table.losses.gave(prefix(one));
      table.hasNot(one, 20);
    }
    expect(table.losses.list(30)).toEqual([{ prefix: FOUR, at: 10, ms: 5, times: 1, isLost: false }]);
    expect(table.losses.cut).toBe(0);
  });

  test('are not those that came while it is watched: the node did not have them', () => {
    const table = new Table();
    table.losses.begin();
    for (const one of [FOUR, SIX]) table.has(one, 5);
    for (const one of [FOUR, SIX]) table.hasNot(one, 10);
    expect(table.losses.list(20)).toEqual([]);
  });

  test('are as many as there is room for, and the rest is counted', () => {
    const table = new Table(2);
    for (let i = 0; i < 5; i++) table.has(`192.0.2.${i}/32`, 0);
    table.losses.begin();
    for (let i = 0; i < 5; i++) table.hasNot(`192.0.2.${i}/32`, 10);
    expect(table.losses.list(20)).toHaveLength(2);
    expect(table.losses.cut).toBe(3);
  });

  test('are noted only while somebody watches', () => {
    const table = new Table();
    table.has(FOUR, 0);
    table.hasNot(FOUR, 10);
    table.has(FOUR, 11);
    table.losses.begin();
    table.losses.end();
    table.hasNot(FOUR, 12);
    expect(table.losses.list(20)).toEqual([]);
  });
});
