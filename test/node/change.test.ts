import fc from 'fast-check';
import { COLUMNS, changedFields } from '../../lib/bgp/session/change';
import type { Fabric } from '../../lib/model/fabric';
import { changeOfSession } from '../../lib/node/change';
import { type Ends, happened, isUp, NONE, sessionsOf, upIn } from './ends';
import { Fleet } from './fleet';
import { fabricPairs } from './pairs';

const RUNS = Number(process.env.PEERFORM_RUNS ?? 60);
const SEED = Number(process.env.PEERFORM_SEED ?? 12);

/**
 * Most resets that a deploy may cost a session. AS numbers and identifiers go over together, and so does what the OPENs
 * settle. A key goes over from the end that does not dial first, and what both ends must have alike, but neither hears
 * of, is each end's own.
 */
function resetsOf(was: Ends, is: Ends): number {
  const kinds = new Set(
    [...was.ends].flatMap(([key, before]) => {
      const after = is.ends.get(key);
      const fields = after ? changedFields(before.config, after.config) : [];
      return fields
        .filter((field) => COLUMNS[field].cost === 'reset')
        .map((field) => {
          if (field === 'authentication') return 'key';
          if (field === 'acceptable' || field === 'routerId') return 'pair';
          return COLUMNS[field].isNegotiated ? 'negotiated' : `of ${key}`;
        });
    }),
  );
  return Math.max(1, kinds.size);
}

/** The nodes of the new fabric in two waves, as the bits of a number say. */
function wavesOf({ nodes }: Fabric, bits: number): string[][] {
  const names = Object.keys(nodes);
  const first = names.filter((_, i) => (bits >> i) & 1);
  return [first, names.filter((name) => !first.includes(name))];
}

describe('a deploy of any fabric over any other', () => {
  test('does to every session what is said of it, with one reset at most', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(fabricPairs, fc.nat(7), ([before, after], bits) => {
        const fleet = new Fleet(before, after);
        const [old, now] = [sessionsOf(before), sessionsOf(after, before)];
        const up = upIn(fleet, old);
        const wrong: object[] = [];
        fleet.deploy(wavesOf(after, bits));
        for (const id of new Set([...old.keys(), ...now.keys()])) {
          const [was, is] = [old.get(id) ?? NONE, now.get(id) ?? NONE];
          const said = changeOfSession(was.ends, is.ends);
          const ends = is.owned;
          for (const { name, key } of ends) if (!fleet.sessions(name).has(key)) wrong.push({ id, key, is: 'missing' });
          for (const { name, key } of was.owned)
            if (!is.ends.has(key) && after.nodes[name] && fleet.sessions(name).has(key))
              wrong.push({ id, key, is: 'left' });
          if (said?.change === 'added' || said?.change === 'removed' || !up.has(id)) continue;
          const really = happened(fleet, ends);
          seen.add(said ? `${said.change}: ${said.reason}` : 'nothing');
          if (really !== said?.change) wrong.push({ id, said, really });
          const isBack = ends.every((end) => isUp(fleet, end));
          for (const end of ends) {
            const { downs } = fleet.fate(end.name, end.key);
            if (isBack && downs > resetsOf(was, is)) wrong.push({ id, said, end, downs });
          }
        }
        expect(wrong).toEqual([]);
      }),
      { numRuns: RUNS, seed: SEED },
    );
    // What never came up was not tried.
    expect([...seen]).toEqual(
      expect.arrayContaining(['nothing', 'reset: AS number', 'reset: BGP identifier', 'reset: hold time']),
    );
  });

  test('leaves every session with what a fabric that had never been another one has', () => {
    fc.assert(
      fc.property(fabricPairs, fc.nat(7), ([before, after], bits) => {
        const fleet = new Fleet(before, after);
        const fresh = new Fleet(after, after);
        fleet.deploy(wavesOf(after, bits));
        const wrong: object[] = [];
        for (const [id, { ends, owned }] of sessionsOf(after, before))
          for (const { name, key } of owned) {
            // Neighbours outside know a node by its former AS number, and have their former key.
            if (!ends.get(key)!.config.inside) continue;
            const [is, should] = [fleet, fresh].map((one) => one.agreed(name, key));
            if (is !== should) wrong.push({ id, name, is, should });
          }
        expect(wrong).toEqual([]);
      }),
      { numRuns: RUNS / 2, seed: SEED },
    );
  });

  test('that is undone leaves every session as it was, with one reset each way', () => {
    fc.assert(
      fc.property(fabricPairs, fc.nat(7), ([before, after], bits) => {
        const fleet = new Fleet(before, after);
        const [old, now] = [sessionsOf(before), sessionsOf(after, before)];
        const up = upIn(fleet, old);
        const agreed = (id: string) => old.get(id)!.owned.map(({ name, key }) => fleet.agreed(name, key));
        const were = new Map([...up].map((id) => [id, agreed(id)]));
        const [first] = wavesOf(after, bits);
        fleet.undo([first]);
        const wrong: object[] = [];
        for (const [id, before] of were) {
          const was = old.get(id)!;
          const is = agreed(id);
          if (is.join() !== before.join()) wrong.push({ id, before, is });
          for (const end of was.owned) {
            const { downs } = fleet.fate(end.name, end.key);
            if (downs > 2 * resetsOf(was, now.get(id) ?? NONE)) wrong.push({ id, end, downs });
          }
        }
        expect(wrong).toEqual([]);
      }),
      { numRuns: RUNS / 2, seed: SEED },
    );
  });
});
