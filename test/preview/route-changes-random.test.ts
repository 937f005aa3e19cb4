import fc from 'fast-check';
import type { Fabric } from '../../lib/model/fabric';
import type { Held } from '../../lib/node/held';
import { routeChangesOf } from '../../lib/preview/route-changes';
import type { OutsideRoutes } from '../../lib/topology/outside-routes';

import { both, coming, fabricOf, observed, outOfService, RealNetwork, spec, workloads } from './real-network';

/** The same as it was predicted. */
function predicted(before: Fabric, after: Fabric, heard: OutsideRoutes): string[] {
  const { changes, gaps } = routeChangesOf(before, after, heard);
  expect(gaps).toEqual([]);
  return changes
    .flatMap(({ effect, nodes, neighbour, prefixes, detail }) =>
      nodes.flatMap((node) =>
        prefixes.flatMap((text) => {
          if (effect === 'lost' || effect === 'gained' || effect === 'moved') return [`${effect} ${node} ${text}`];
          const key = `${node} ${neighbour} ${text}`;
          if (effect === 'told otherwise') return [`${effect} ${key} ${detail}`];
          if (effect === 'withdrawn') return [`${effect} ${key}`];
          return effect === 'advertised' || effect === 'leaked' ? [`advertised ${key}`] : [];
        }),
      ),
    )
    .sort();
}

test('what impact says that gates would refuse is what they do, and why', () => {
  let [refusing, explained] = [0, 0];
  const sameSession = (one: string, other: string) => one.split(' ', 2).join() === other.split(' ', 2).join();
  fc.assert(
    fc.property(
      spec,
      spec,
      coming,
      workloads,
      fc.shuffledSubarray(['n1', 'n2', 'n3', 'n4'], { minLength: 1 }),
      (one, two, from, kernel, first) => {
        // The same sessions, so that it is filters that take prefixes away.
        const [before, after] = [one, { ...two, peers: one.peers }].map(fabricOf);
        const waves = [first, Object.keys(after.nodes).filter((name) => !first.includes(name))].filter(
          (wave) => wave.length > 0,
        );
        let former = new RealNetwork(before, from, kernel);
        const heard = both(former.heard(), new RealNetwork(after, from, kernel).heard());
        const seen: string[] = [];
        for (const [i, wave] of waves.entries()) {
          const moved = new Set(waves.slice(0, i + 1).flat());
          const heldBy = (node: string): Held =>
            moved.has(node)
              ? {
                  ...{ active: { fabric: after }, retiring: { fabric: before, phase: 'kept', behind: [] } },
                  ...(after.nodes[node].drain && { service: before.nodes[node].drain ? 'none' : 'leaving' }),
                }
              : { active: { fabric: before }, staged: { fabric: after }, ...outOfService(before, node) };
          const now = new RealNetwork(after, from, kernel, heldBy);
          for (const node of wave)
            for (const text of now.refusedAt(node, former)) {
              const [had, has] = [former, now].map((network) => network.rejections(text));
              const isNew = (line: string) => !had.some((one) => sameSession(one, line));
              seen.push(`${i + 1} ${node} ${text} as ${has.filter(isNew).sort().join(', ')}`);
              explained += has.some(isNew) ? 1 : 0;
            }
          former = now;
        }
        refusing += seen.length > 0 ? 1 : 0;
        const said = routeChangesOf(before, after, heard, waves).refused.flatMap(
          ({ wave, nodes, prefixes, rejections }) => {
            const why = rejections.flatMap(({ nodes: by, from: sender, why: code }) =>
              by.map((one) => `${one} ${sender} ${code}`),
            );
            return nodes.flatMap((node) =>
              prefixes.map((text) => `${wave} ${node} ${text} as ${why.sort().join(', ')}`),
            );
          },
        );
        expect(said.sort()).toEqual(seen.sort());
      },
    ),
    { seed: 7, numRuns: 30 },
  );
  expect(refusing).toBeGreaterThan(5);
  expect(explained).toBeGreaterThan(5);
});

test('what impact says of prefixes at each node and neighbour is what real speakers do', () => {
  let differing = 0;
  fc.assert(
    fc.property(spec, spec, coming, workloads, (one, two, from, kernel) => {
      const [before, after] = [one, two].map(fabricOf);
      const was = new RealNetwork(before, from, kernel);
      const is = new RealNetwork(after, from, kernel);
      const seen = observed(was, is, Object.keys(before.nodes));
      differing += seen.length > 0 ? 1 : 0;
      const said = predicted(before, after, both(was.heard(), is.heard()));
      // Where nodes that are alike originate a prefix, not every move of the others is told; what is told is true.
      const own = new Set([...was.originated(), ...is.originated()]);
      const isOwnMove = (line: string) => line.startsWith('moved ') && own.has(line.split(' ')[2]);
      expect(seen).toEqual(expect.arrayContaining(said));
      expect(said.filter((line) => !isOwnMove(line))).toEqual(seen.filter((line) => !isOwnMove(line)));
    }),
    { seed: 12, numRuns: 60 },
  );
  expect(differing).toBeGreaterThan(30);
});
