import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Lab } from '../../lib/lab/lab';
import { filesOf } from '../../lib/lab/speakers';
import { up } from '../../lib/lab/up';
import { readFabric } from '../../lib/model/read';
import { eventually } from './support/network';

const nodes = Object.fromEntries([1, 2].map((n) => [`node${n}`, { ipv4Address: `10.0.0.${n}`, rack: 'a' }]));
const topOfRack = [1, 2].map((n) => ({ ipv4Address: `192.0.2.${n}`, asNumber: 65100 + n }));
const fabricOf = (edition: number) =>
  readFabric({ name: 'transit', edition, nodes, racks: { a: { asNumber: 65001, topOfRack } } }).fabric!;

/** Two real agents below two real BIRDs, each of which announces a host behind it and takes and tells everything. */
describe.each([
  [2, 'is no transit between them, and its nodes stand in for one another'],
  [1, 'is transit between them in the first edition'],
] as const)('a rack below two switches of different ASes, edition %d', (edition, what) => {
  let base: string;
  let lab: Lab;
  beforeAll(async () => {
    base = mkdtempSync(join(tmpdir(), 'rt-'));
    lab = await up({ fabric: fabricOf(edition), name: `rack-transit-${edition}`, folder: join(base, 'l') });
    expect(await lab.settles(90)).toBe(true);
  });
  afterAll(async () => {
    await lab?.down();
    rmSync(base, { recursive: true, force: true });
  });

  /** What a switch has of a prefix: the names of the neighbours that told it. */
  const told = async (top: string, prefix: string) => {
    const { stdout } = await lab.run(top, [
      'birdc',
      '-s',
      filesOf(lab.folder, top).own('bird.ctl'),
      'show',
      'route',
      'for',
      prefix,
    ]);
    return [...stdout.matchAll(/\[n_(node\d)_/g)].map(([, node]) => node).sort();
  };

  test(`${what}`, async () => {
    const tops = lab.membersOf('outside').map(([name]) => name);
    const members = Object.values(lab.state.members);
    /** The host behind a machine. */
    const hostOf = (machine: string) => members.find(({ host }) => host === machine)!.addresses[0];
    expect(tops).toHaveLength(2);
    // A node that stands in for the other tells of its workload as well.
    for (const top of tops)
      for (const node of ['node1', 'node2'])
        await eventually(async () => expect(await told(top, hostOf(node))).toEqual(['node1', 'node2']));
    // By now each node has told everything that it has to tell.
    for (const [top, other] of [tops, [...tops].reverse()]) {
      for (const node of ['node1', 'node2'])
        await eventually(async () =>
          expect((await lab.agent(node).status()).kernel.installed).toBeGreaterThanOrEqual(3),
        );
      const heard = await told(top, hostOf(other));
      if (edition === 1) expect(heard.length).toBeGreaterThan(0);
      else expect(heard).toEqual([]);
    }
  });
});
