import type { Hop } from '../../../../lib/kernel/codec/route-info';
import { NexthopMembers } from '../../../../lib/kernel/fib/state/nexthop-members';
import { NexthopNumbers } from '../../../../lib/kernel/fib/state/nexthop-numbers';
import { ip } from '../../routing-world';

const hop = (gateway: string, link = 5): Hop => ({ interface: link, gateway: ip(gateway), weight: 7, onlink: false });

describe('members of nexthop groups', () => {
  test('are one for each hop, whatever its weight, each with a number of its own', () => {
    const members = new NexthopMembers(new NexthopNumbers(114));
    const one = members.of(hop('10.0.0.2'))!;
    expect(members.of({ ...hop('10.0.0.2'), weight: 1 })).toBe(one);
    expect(members.of(hop('10.0.0.2', 6))!.id).not.toBe(one.id);
    expect(members.withId(one.id)).toBe(one);
  });

  test('are spare when no group uses them any more; those that the kernel has are to be deleted, the others are forgotten', () => {
    const members = new NexthopMembers(new NexthopNumbers(114));
    const [kept, there, uncertain, gone] = ['10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5'].map((gateway) =>
      hop(gateway),
    );
    members.use([kept, kept, there, uncertain, gone], []);
    for (const one of [kept, there, uncertain, gone]) members.of(one);
    members.known(there)!.isThere = true;
    members.known(uncertain)!.isUncertain = true;
    expect(members.haveSpare).toBe(false);
    members.use([], [kept, there, uncertain, gone]);
    expect([members.takeSpare()?.hop.gateway, members.takeSpare()?.hop.gateway].map(String)).toEqual([
      '10.0.0.3',
      '10.0.0.4',
    ]);
    expect([members.takeSpare(), members.known(gone), members.haveSpare]).toEqual([undefined, undefined, false]);
    expect(members.known(kept)).toBeDefined();
    expect(() => members.use([], [there])).toThrow(/invariant/);
  });

  test('go with their link', () => {
    const members = new NexthopMembers(new NexthopNumbers(114));
    members.of(hop('10.0.0.2', 5));
    members.of(hop('10.0.0.2', 6));
    expect([members.linkLost(5), members.linkLost(5)]).toEqual([true, false]);
    expect([members.known(hop('10.0.0.2', 5)), members.known(hop('10.0.0.2', 6)) !== undefined]).toEqual([
      undefined,
      true,
    ]);
  });
});
