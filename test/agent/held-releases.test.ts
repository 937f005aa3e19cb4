import { HeldReleases } from '../../lib/agent/held-releases';
import type { Request, StoredVerb } from '../../lib/control/protocol';
import { makeRelease, type Release } from '../../lib/control/release';
import { Refusal } from '../../lib/control/transaction';
import { readFabric } from '../../lib/model/read';
import { MemoryKeeper } from './memory-keeper';

const NODE = 'n1';
const releaseOf = (asNumber: number, name = 'main') =>
  makeRelease(readFabric({ name, asNumber, nodes: { n1: { ipv4Address: '10.0.0.1' } } }).fabric!);
const [ONE, TWO] = [releaseOf(64512), releaseOf(64513)];

let disk: MemoryKeeper;
let held: HeldReleases;
beforeEach(() => {
  disk = new MemoryKeeper();
  held = restarted();
});
function restarted(): HeldReleases {
  const next = new HeldReleases(NODE, disk);
  next.load();
  return next;
}
const carryOut = <V extends StoredVerb>(verb: V, request: Request<V>, now = 0) =>
  held.carryOut(verb, request, {
    at: 'noon',
    terms: ({ confirmWithin }) => ({ deadline: { boot: 'b', at: now + confirmWithin * 1000 } }),
    upBy: () => ({}),
  });
const command = (release: Release, activation: number) => ({
  node: NODE,
  owner: 'alice',
  fabric: release.fabric.name,
  release: release.digest,
  activation,
});
const deliver = (release: Release) => held.take({ release, endpoints: { n1: `unix:///${release.digest}` } });
const stage = (release: Release, activation: number, more = {}) => {
  deliver(release);
  return carryOut('stage', { ...command(release, activation), secrets: { tor: 'hunter2' }, ...more });
};
const activate = (release: Release, activation: number) =>
  carryOut('activate', { ...command(release, activation), confirmWithin: 60 });
const deployed = () => {
  for (const done of [stage(ONE, 1), activate(ONE, 1), carryOut('confirm', command(ONE, 1))])
    expect(done).not.toBeInstanceOf(Refusal);
};
const everything = () => JSON.stringify([held.state, held.endpoints, [...disk.releases.keys()], disk.load()]);

describe('an agent with a full disk', () => {
  const verbs: Record<StoredVerb, () => unknown> = {
    stage: () => stage(TWO, 3),
    activate: () => activate(TWO, 2),
    confirm: () => carryOut('confirm', command(TWO, 2)),
    finalise: () => carryOut('finalise', { ...command(ONE, 1) }),
    rollback: () => carryOut('rollback', { ...command(TWO, 2), reason: 'asked' }),
    drain: () => carryOut('drain', { node: NODE, by: 'carol' }),
    undrain: () => carryOut('undrain', { node: NODE, by: 'carol' }),
    remove: () => carryOut('remove', { node: NODE, owner: 'alice', fabric: 'main' }),
  };
  const ready: Partial<Record<StoredVerb, () => void>> = {
    activate: () => stage(TWO, 2),
    confirm: () => [stage(TWO, 2), activate(TWO, 2)],
    finalise: () => [stage(TWO, 2), activate(TWO, 2), carryOut('confirm', command(TWO, 2))],
    rollback: () => [stage(TWO, 2), activate(TWO, 2)],
    undrain: () => carryOut('drain', { node: NODE, by: 'carol' }),
  };

  test.each(Object.keys(verbs) as StoredVerb[])(
    'refuses %s in one sentence that says so, with nothing half done, and does it later',
    (verb) => {
      deployed();
      ready[verb]?.();
      if (verb === 'finalise') verbs.finalise = () => carryOut('finalise', command(TWO, 2));
      const before = everything();
      // However many files are written before the disk is full.
      for (const room of verb === 'stage' ? [0, 1, 2] : [0]) {
        disk.room = room;
        const refused = verbs[verb]();
        expect(refused).toMatchObject({ code: 'disk' });
        expect((refused as Refusal).message).toMatch(
          /^\w+ was not carried out: .*no space left on device.*It keeps running unchanged/,
        );
        expect(everything()).toBe(before);
        expect(JSON.stringify(restarted().state)).toBe(JSON.stringify(held.state));
      }
      disk.room = Number.POSITIVE_INFINITY;
      expect(verbs[verb]()).not.toBeInstanceOf(Refusal);
      expect(everything()).not.toBe(before);
    },
  );

  test('returns all the same when no confirmation comes, over a restart, too, and writes it when there is room', () => {
    deployed();
    stage(TWO, 2);
    activate(TWO, 2);
    disk.room = 0;
    const late = { boot: 'b', at: 60_000 };
    expect(held.settle(held.expired(late))).toMatch(/no space left/);
    expect(held.state.active).toMatchObject({ release: ONE.digest });
    const again = restarted();
    expect(again.expired(late).active).toMatchObject({ release: ONE.digest });
    expect(carryOut('confirm', command(TWO, 2))).toMatchObject({ code: 'returned' });
    expect(stage(TWO, 3)).toMatchObject({ code: 'disk' }); // and what the disk names stays on it
    expect(() => restarted()).not.toThrow();
    expect(held.catchUp()).toBe(false);
    disk.room = 1;
    expect(held.catchUp()).toBe(true);
    expect(restarted().state).toEqual(held.state);
  });
});

describe('what an agent is asked by a provider of protocol 1', () => {
  const old = <T extends { fabric?: string }>({ fabric: _, ...rest }: T) => rest;

  test('is carried out where the release says which fabric is meant', () => {
    deliver(ONE);
    expect(carryOut('stage', old(command(ONE, 1)))).toMatchObject({ staged: { fabric: 'main' } });
    expect(carryOut('activate', { ...old(command(ONE, 1)), confirmWithin: 60 })).toMatchObject({ staged: null });
    expect(carryOut('confirm', old(command(ONE, 1)))).toMatchObject({ confirmed: { fabric: 'main' } });
    expect(carryOut('finalise', old(command(ONE, 1)))).not.toBeInstanceOf(Refusal);
  });

  test('is refused where it is not clear: one fabric would clean what another has', () => {
    deployed();
    const refused = carryOut('remove', { node: NODE, owner: 'alice' });
    expect(refused).toMatchObject({ code: 'protocol', message: expect.stringContaining('upgrade Peerform') });
    expect(held.state.confirmed).not.toBeNull();
  });
});

test('a release of another fabric than the one named is refused', () => {
  deliver(releaseOf(64512, 'other'));
  const wrong = { ...command(releaseOf(64512, 'other'), 1), fabric: 'main' };
  expect(carryOut('stage', wrong)).toMatchObject({ code: 'fabric' });
});

describe('where the agents of a fabric are reached', () => {
  const fabricOf = (...nodes: string[]) =>
    makeRelease(
      readFabric({
        name: 'main',
        nodes: Object.fromEntries(nodes.map((node) => [node, { ipv4Address: `10.0.0.${node.slice(1)}` }])),
      }).fabric!,
    );
  const [THREE, WITHOUT_N3] = [fabricOf('n1', 'n2', 'n3'), fabricOf('n1', 'n2', 'n4')];
  const staged = (release: Release, activation: number) => {
    const endpoints = Object.fromEntries(Object.keys(release.fabric.nodes).map((node) => [node, `unix:///${node}`]));
    held.take({ release, endpoints });
    return carryOut('stage', command(release, activation));
  };
  const kept = (release: Release, activation: number) => {
    staged(release, activation);
    activate(release, activation);
    return carryOut('confirm', command(release, activation));
  };
  const nodes = () => Object.keys(restarted().endpoints).sort();

  test('is still known of a node that a release leaves out which was staged and forgotten', () => {
    kept(THREE, 1);
    staged(WITHOUT_N3, 2);
    carryOut('rollback', { ...command(WITHOUT_N3, 2), reason: 'asked' });
    expect(held.endpointsOf(THREE)).toEqual({ n1: 'unix:///n1', n2: 'unix:///n2', n3: 'unix:///n3' });
    expect(nodes()).toEqual(['n1', 'n2', 'n3', 'n4']); // whoever goes back asks the nodes of both
  });

  test('is that of the nodes of the release that is kept, once it is', () => {
    kept(THREE, 1);
    kept(WITHOUT_N3, 2);
    expect(nodes()).toEqual(['n1', 'n2', 'n4']);
  });
});
