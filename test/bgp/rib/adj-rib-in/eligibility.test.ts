import { REJECTED } from '../../../../lib/bgp/policy/prefix-rules';
import { Phases } from '../phases';
import { ip, prefixOf } from '../world';

describe('eligibility', () => {
  test('leaves a set as it is where the import policy changes nothing', () => {
    const world = new Phases(1);
    const [of] = world.peers;
    const set = world.set(of, 100);
    expect(world.eligibility.ineligibility(of, set, 0)).toBeUndefined();
    expect(world.eligibility.postPolicy(of, set, 0)).toBe(set);
    world.eligibility.forgetDerived();
  });

  test('gives no set to use where the policy rejects', () => {
    const world = new Phases(1);
    const [of] = world.peers;
    of.configure({ ...of.config, importPolicy: { rules: [], otherwise: 'reject' } });
    const set = world.set(of, 100);
    expect(world.eligibility.rules(of, set).otherwise).toBe(REJECTED);
    expect(world.eligibility.postPolicy(of, set, REJECTED)).toBe(0);
  });

  test('makes one set for each outcome, which goes with the set at hand unless a route took it', () => {
    const world = new Phases(1);
    const [of] = world.peers;
    const rule = { prefix: prefixOf('10.0.0.0/8'), le: 32, action: 'accept' as const, set: { localPreference: 7 } };
    of.configure({ ...of.config, importPolicy: { rules: [rule], otherwise: 'reject' } });
    const set = world.set(of, 100);
    const before = world.tables.attributes.count;
    expect(world.eligibility.rules(of, set).usesPrefix).toBe(true);
    const outcome = world.eligibility.rules(of, set).outcome(prefixOf('10.1.0.0/16'));
    const used = world.eligibility.postPolicy(of, set, outcome);
    expect(used).not.toBe(set);
    expect(world.eligibility.postPolicy(of, set, outcome)).toBe(used);
    expect(world.tables.attributes.count).toBe(before + 1);
    world.eligibility.forgetDerived();
    expect(world.tables.attributes.count).toBe(before);
  });

  test('gives none while nothing leads to the next hop, and says why', () => {
    const world = new Phases(1);
    const [of] = world.peers;
    const set = world.set(of, 100);
    world.tables.nextHops.setState(ip('10.0.0.1'), { reachable: false, metric: 0 });
    expect(world.eligibility.ofAttributes(of, set)).toBeUndefined();
    expect(world.eligibility.ofNextHop(of, set)).toBe('next-hop');
    expect(world.eligibility.ineligibility(of, set, 0)).toBe('next-hop');
    expect(world.eligibility.postPolicy(of, set, 0)).toBe(0);
    world.tables.nextHops.setState(ip('10.0.0.1'), { reachable: true, metric: 0 });
    expect(world.eligibility.postPolicy(of, set, 0)).toBe(set);
  });

  test('rejects martians unless a rule names them', () => {
    const world = new Phases(1);
    const [of] = world.peers;
    const set = world.set(of, 100);
    const id = world.tables.prefixes.add4(0xf0000000, 8);
    expect(world.eligibility.martianOutcome(of, set, id)).toBe(REJECTED);
    const rule = { prefix: prefixOf('240.0.0.0/8'), action: 'accept' as const };
    of.configure({ ...of.config, importPolicy: { rules: [rule], otherwise: 'accept' } });
    expect(world.eligibility.martianOutcome(of, set, id)).not.toBe(REJECTED);
  });
});
