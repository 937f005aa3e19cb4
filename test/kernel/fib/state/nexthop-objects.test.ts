import fc from 'fast-check';
import type { Nexthop } from '../../../../lib/kernel/codec/nexthop';
import { type Hop, routeInfo, routeInfoKey } from '../../../../lib/kernel/codec/route-info';
import {
  fitsGroup,
  type Group,
  NexthopObjects,
  type ObjectRequest,
} from '../../../../lib/kernel/fib/state/nexthop-objects';
import { ip } from '../../routing-world';

const PROTOCOL = 114;
const EEXIST = 17;
const ENOENT = 2;
const EINVAL = 22;

const hop = (n: number, link = 5): Hop => ({ interface: link, gateway: ip(`10.0.0.${n}`), weight: 1, onlink: false });
const to = (...hops: Hop[]) => routeInfo('unicast', hops);

/** The objects of a kernel which does as Linux does: a group goes with its last member, a member leaves its groups. */
class Kernel {
  readonly objects = new Map<number, Nexthop>();

  /** Answers 0 or an errno. */
  take(request: ObjectRequest): number {
    if (request.verb === 'delete') return this.delete(request.id) ? 0 : ENOENT;
    const { object, verb } = request;
    if (verb === 'create' && this.objects.has(object.id)) return EEXIST;
    if (object.group?.some(({ id }) => !this.objects.has(id))) return EINVAL;
    this.objects.set(object.id, object);
    return 0;
  }

  delete(id: number): boolean {
    if (!this.objects.delete(id)) return false;
    for (const [of, object] of [...this.objects]) {
      if (!object.group) continue;
      const group = object.group.filter((entry) => entry.id !== id);
      if (group.length === 0) this.objects.delete(of);
      else this.objects.set(of, { ...object, group });
    }
    return true;
  }

  /** What the groups lead to. */
  groups(): Map<number, string> {
    const found = new Map<number, string>();
    for (const { id, group } of this.objects.values())
      if (group)
        found.set(
          id,
          routeInfoKey(
            to(
              ...group.map((entry) => {
                const { interface: index = 0, gateway, onlink = false } = this.objects.get(entry.id)!;
                return { interface: index, ...(gateway && { gateway }), weight: entry.weight, onlink };
              }),
            ),
          ),
        );
    return found;
  }
}

/** Objects over a kernel, with what became of groups. */
function world() {
  const kernel = new Kernel();
  const told: string[] = [];
  const objects = new NexthopObjects(PROTOCOL, {
    refused: (_, reason) => told.push(`refused: ${reason}`),
    gone: () => told.push('gone'),
  });
  let infos = 0;
  const newInfo = () => ++infos;
  /** One round; `lost`: the kernel did it, and the answer is lost. */
  const round = (lost = false, limit = 100): ObjectRequest[] => {
    const requests = [...objects.ask(limit)];
    const answers = requests.map((request) => kernel.take(request));
    for (const [i, answer] of answers.entries()) objects.answered(i, lost ? undefined : answer, `error ${answer}`);
    return requests;
  };
  const settle = () => {
    for (let rounds = 0; objects.isDue; rounds++) {
      expect(rounds).toBeLessThan(20);
      round();
    }
  };
  const make = (...hops: Hop[]): Group => {
    const group = objects.make(newInfo)!;
    objects.want(group, to(...hops));
    return group;
  };
  const dump = () => objects.found([...kernel.objects.values()], newInfo);
  return { kernel, objects, told, round, settle, make, dump };
}

const shown = (requests: readonly ObjectRequest[]) =>
  requests.map((request) =>
    request.verb === 'delete' ? 'delete' : `${request.verb} ${request.object.group ? 'group' : 'member'}`,
  );

describe('nexthop groups', () => {
  test('are created after their members, and share them', () => {
    const { make, round, kernel } = world();
    make(hop(1), hop(2));
    make(hop(2), hop(3));
    expect(shown(round())).toEqual([
      ...['put member', 'put member', 'create group'],
      ...['put member', 'create group'],
    ]);
    expect([...kernel.groups().values()].sort()).toEqual(
      [to(hop(1), hop(2)), to(hop(2), hop(3))].map(routeInfoKey).sort(),
    );
  });

  test('lead elsewhere by one message, and the member that nobody uses goes after that', () => {
    const { make, round, settle, objects, kernel } = world();
    const group = make(hop(1), hop(2));
    settle();
    objects.want(group, to(hop(2), hop(3)));
    expect(shown(round())).toEqual(['put member', 'put group']);
    expect([shown(round()), objects.isDue]).toEqual([['delete'], false]);
    expect([kernel.objects.size, [...kernel.groups().values()]]).toEqual([3, [routeInfoKey(to(hop(2), hop(3)))]]);
  });

  test('that are no longer wanted go before their members, and give their number back', () => {
    const { make, settle, objects, kernel, told } = world();
    const group = make(hop(1));
    settle();
    objects.want(group, undefined);
    settle();
    expect([kernel.objects.size, [...objects.all()], told]).toEqual([0, [], ['gone']]);
  });

  test('that were never asked for leave without a word', () => {
    const { make, objects, round, told } = world();
    objects.want(make(hop(1)), undefined);
    expect([round(), objects.isDue, told, [...objects.all()]]).toEqual([[], false, [], []]);
  });

  test('that are wanted as they are have nothing asked', () => {
    const { make, settle, objects } = world();
    const group = make(hop(1), hop(2));
    settle();
    objects.want(group, to(hop(1), hop(2)));
    expect(objects.isDue).toBe(false);
  });

  test('are asked for by and by where the rounds are small', () => {
    const { make, round, objects, kernel } = world();
    for (let n = 1; n <= 6; n++) make(hop(n));
    expect(round(false, 4)).toHaveLength(4);
    while (objects.isDue) round(false, 4);
    expect(kernel.groups().size).toBe(6);
  });
});

describe('a nexthop group that the kernel refuses', () => {
  test('is tried again with all its members, and given up with the reason after the third time', () => {
    const { make, objects, told } = world();
    make(hop(1));
    const rounds: string[][] = [];
    while (objects.isDue) {
      const requests = objects.ask(100);
      rounds.push(shown(requests));
      for (const [i, request] of requests.entries())
        objects.answered(i, 'object' in request && request.object.group ? EINVAL : 0, 'no such device');
    }
    const whole = ['put member', 'create group'];
    expect(rounds).toEqual([whole, whole, whole, ['delete']]);
    expect(told).toEqual(['refused: no such device']);
    expect([...objects.all()]).toEqual([]);
  });

  test('is given up at once where its member is, with the reason of that', () => {
    const { make, objects, told } = world();
    make(hop(1));
    const requests = objects.ask(100);
    for (const [i, request] of requests.entries())
      objects.answered(i, EINVAL, 'object' in request && request.object.group ? 'no such id' : 'no room');
    expect(told).toEqual(['refused: no room']);
  });

  test('stays what it was where it was something', () => {
    const { make, settle, objects, kernel, told } = world();
    const group = make(hop(1));
    settle();
    objects.want(group, to(hop(2)));
    for (const [i] of objects.ask(100).entries()) objects.answered(i, EINVAL, 'no room');
    expect([told, routeInfoKey(group.installed!)]).toEqual([['refused: no room'], routeInfoKey(to(hop(1)))]);
    settle();
    expect([...kernel.groups().values()]).toEqual([routeInfoKey(to(hop(1)))]);
  });
});

describe('nexthop objects that a kernel has already', () => {
  test('are taken over with their hops, and stay until it is known what they are for', () => {
    const before = world();
    before.make(hop(1), hop(2));
    before.settle();
    const { objects, dump, kernel, settle } = world();
    for (const [id, object] of before.kernel.objects) kernel.objects.set(id, object);
    expect(dump()).toEqual([]);
    const [group] = [...objects.all()];
    expect([routeInfoKey(group.installed!), objects.group(group.id)]).toEqual([
      routeInfoKey(to(hop(1), hop(2))),
      group,
    ]);
    settle();
    expect(kernel.objects.size).toBe(3);
    objects.want(group, undefined);
    settle();
    expect(kernel.objects.size).toBe(0);
  });

  test('are left alone where they are of others, in whose range or ours', () => {
    const { make, settle, objects, kernel, dump } = world();
    const id = make(hop(1)).id + 7;
    settle();
    const strangers = [
      { id: 4711, protocol: PROTOCOL, interface: 5, gateway: ip('10.0.0.9') },
      { id, protocol: 4, interface: 5, gateway: ip('10.0.0.9') },
    ];
    for (const object of strangers) kernel.objects.set(object.id, object);
    dump();
    settle();
    expect(strangers.map((one) => kernel.objects.get(one.id))).toEqual(strangers);
    expect(objects.make(() => 9)?.id).not.toBe(id);
  });

  test('are deleted where they say what another one of ours says', () => {
    const { make, settle, kernel, dump } = world();
    const { id } = make(hop(1));
    settle();
    const [member] = [...kernel.objects.values()].filter(({ group }) => !group);
    kernel.objects.set(id + 7, { ...member, id: id + 7 });
    dump();
    settle();
    expect(kernel.objects.size).toBe(2);
  });

  test('are deleted where no group uses them', () => {
    const { make, settle, kernel, objects, dump } = world();
    const { id } = make(hop(1));
    settle();
    kernel.objects.set(id + 7, { id: id + 7, protocol: PROTOCOL, interface: 5, gateway: ip('10.0.0.9') });
    dump();
    settle();
    expect([kernel.objects.has(id + 7), kernel.objects.size, objects.isDue]).toEqual([false, 2, false]);
  });

  test('are missed where a dump does not have them, and made again', () => {
    const { make, settle, kernel, dump } = world();
    const group = make(hop(1));
    settle();
    kernel.objects.clear();
    expect(dump()).toEqual([group]);
    settle();
    expect([...kernel.groups()]).toEqual([[group.id, routeInfoKey(to(hop(1)))]]);
  });
});

describe('a nexthop object that somebody else touches', () => {
  test('is made again where it was deleted, and its routes are known to be gone', () => {
    const { make, settle, objects, kernel } = world();
    const group = make(hop(1));
    settle();
    kernel.delete(group.id);
    expect(objects.deleted(group.id)).toBe(group);
    expect(objects.deleted(group.id)).toBeUndefined(); // just once
    settle();
    expect([...kernel.groups().keys()]).toEqual([group.id]);
  });

  test('is set right where its hops were changed', () => {
    const { make, settle, objects, kernel } = world();
    const group = make(hop(1), hop(2));
    settle();
    const changed = { ...kernel.objects.get(group.id)!, group: kernel.objects.get(group.id)!.group!.slice(1) };
    kernel.objects.set(group.id, changed);
    objects.changed(changed);
    expect(routeInfoKey(group.installed!)).toBe(routeInfoKey(to(hop(2))));
    settle();
    expect(kernel.groups().get(group.id)).toBe(routeInfoKey(to(hop(1), hop(2))));
  });

  test('while it is asked about is unsure, whatever the answer, and is asked about again', () => {
    const { make, objects, kernel, settle } = world();
    const group = make(hop(1));
    const requests = objects.ask(100);
    const answers = requests.map((request) => kernel.take(request));
    kernel.delete(group.id);
    objects.deleted(group.id);
    for (const [i, answer] of answers.entries()) objects.answered(i, answer, '');
    settle();
    expect([...kernel.groups().keys()]).toEqual([group.id]);
  });

  test('loses the hops of a link that went down, and is gone where it has no others', () => {
    const { make, settle, objects } = world();
    const [one, both] = [make(hop(1, 6)), make(hop(2), hop(1, 6))];
    settle();
    expect([objects.linkLost(7), objects.linkLost(6)]).toEqual([[], [one]]);
    expect([one.installed, routeInfoKey(both.installed!)]).toEqual([undefined, routeInfoKey(to(hop(2)))]);
  });
});

test('nexthop groups lead in the end where they are wanted to, and nothing else is left, whatever is lost or deleted', () => {
  const hops = fc.uniqueArray(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 });
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('want' as const), n: fc.nat(2), hops: fc.option(hops) }) },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('round' as const),
        lost: fc.boolean(),
        limit: fc.integer({ min: 1, max: 5 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), n: fc.nat(9) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('dump' as const) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const { kernel, objects, round, settle, make, dump } = world();
      const groups: (Group | undefined)[] = [];
      for (const one of steps) {
        if (one.do === 'want') {
          const group = groups[one.n] && objects.group(groups[one.n]!.id);
          const wanted = one.hops?.map((n) => hop(n));
          if (group) objects.want(group, wanted && to(...wanted));
          else if (wanted) groups[one.n] = make(...wanted);
          if (!wanted) groups[one.n] = undefined;
        } else if (one.do === 'round') round(one.lost, one.limit);
        else if (one.do === 'dump') dump();
        else {
          // somebody else deletes an object, and the kernel tells of it
          const id = [...kernel.objects.keys()][one.n];
          const before = kernel.groups();
          if (id === undefined) continue;
          kernel.delete(id);
          objects.deleted(id);
          for (const [of, leads] of before) {
            const now = kernel.groups().get(of);
            if (of === id || now === leads) continue;
            if (now === undefined) objects.deleted(of);
            else objects.changed(kernel.objects.get(of)!);
          }
        }
      }
      settle();
      const wanted = groups.flatMap((group) =>
        group?.wanted ? [[group.id, routeInfoKey(group.wanted)] as const] : [],
      );
      expect([...kernel.groups()].sort()).toEqual(wanted.sort());
      const used = new Set([...kernel.objects.values()].flatMap(({ group = [] }) => group.map(({ id }) => id)));
      expect([...kernel.objects.values()].filter(({ id, group }) => !group && !used.has(id))).toEqual([]);
    }),
  );
});

describe('what fits a nexthop group', () => {
  test('is a unicast route over gateways, not too many of them', () => {
    const many = (count: number) => to(...Array.from({ length: count }, (_, n) => hop(n + 1)));
    expect(
      [to(hop(1)), many(128), many(129), to({ ...hop(1), gateway: undefined } as never), to()].map(fitsGroup),
    ).toEqual([true, true, false, false, false]);
    expect(fitsGroup(routeInfo('blackhole'))).toBe(false);
  });
});
