import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DAEMONS } from '../../lib/lab/daemon/daemons';
import { Host } from '../../lib/lab/host';
import type { Lab } from '../../lib/lab/lab';
import { chooseOutside } from '../../lib/lab/outside-speakers';
import { SAMPLE } from '../../lib/lab/sample';
import { up } from '../../lib/lab/up';
import { mayMakeNamespaces } from '../../lib/lab/user-namespace';
import type { FabricSpec } from '../../lib/model/fabric';
import { readFabric } from '../../lib/model/read';

const everything = { import: [{ action: 'accept' as const }], export: [{ action: 'accept' as const }] };
/**
 * A top-of-rack of the nodes' own AS whose sessions are signed, and one of another AS, a signed neighbour on the link.
 */
const SMALL: FabricSpec = {
  ...SAMPLE,
  nodeToNodeMesh: false,
  filters: { everything },
  peers: {
    tor4: { address: '192.20.30.40', asNumber: 67111, password: 'file:/nowhere/tor' },
    tor6: { address: 'aa:bb::ff', asNumber: 67111, password: 'secret:tor' },
    edge4: {
      address: '192.20.30.50',
      asNumber: 65001,
      filters: ['everything'],
      password: 'env:NOWHERE',
      ttlSecurity: 1,
    },
    edge6: { address: 'aa:cc::ff', asNumber: 65001, filters: ['everything'], ttlSecurity: 1 },
  },
};
const LARGE: FabricSpec = {
  ...SMALL,
  nodes: { node0: { ipv4Address: '10.0.0.9', ipv6Address: 'fd00:10::9' }, ...SMALL.nodes },
};

(mayMakeNamespaces() ? describe : describe.skip).each(Object.keys(DAEMONS) as (keyof typeof DAEMONS)[])(
  'a lab with %s outside',
  (outside) => {
    let base: string;
    let lab: Lab | undefined;
    beforeAll(() => {
      base = mkdtempSync(join(tmpdir(), 'lab-'));
    });
    afterAll(async () => {
      await lab?.down();
      rmSync(base, { recursive: true });
    });

    const follow = async (spec: FabricSpec) => {
      const made = await up({
        fabric: readFabric(spec).fabric!,
        name: `out-${outside}`,
        folder: join(base, 'l'),
        outside,
      });
      lab = made;
      expect(await made.settles(90)).toBe(true);
      return made;
    };
    const sinceOf = async (made: Lab) =>
      (await made.agent('node1').status()).sessions.map(({ remoteAddress, since }) => `${remoteAddress} ${since}`);

    test('has signed sessions and GTSM, hears of its hosts, and keeps its sessions when a node comes', async () => {
      if (!(await chooseOutside(new Host(), false, outside).catch(() => undefined))) return; // not installed here
      const small = await follow(SMALL);
      const before = await sinceOf(small);
      expect(before).toHaveLength(4);
      for (const [prefix, ...more] of [
        ['203.0.113.1'],
        ['203.0.113.2'],
        ['2001:db8:ffff::1', '-6'],
        ['2001:db8:ffff::2', '-6'],
      ]) {
        const wanted = async () => (await small.run('node1', ['ip', ...more, 'route', 'show', prefix])).stdout !== '';
        for (let i = 0; i < 100 && !(await wanted()); i++) await new Promise((resolve) => setTimeout(resolve, 100));
        expect([prefix, await wanted()]).toEqual([prefix, true]);
      }
      for (const { name, kind, sessions } of await small.status())
        if (kind === 'outside') expect([name, sessions]).toEqual([name, { established: 6, total: 6 }]);
      const large = await follow(LARGE);
      expect(await sinceOf(large)).toEqual(before);
      for (const { name, kind, sessions } of await large.status())
        if (kind === 'outside') expect([name, sessions]).toEqual([name, { established: 8, total: 8 }]);
      const answers = ['203.0.113.1', '203.0.113.2', '2001:db8:ffff::1'].map((host) =>
        large.reaches('w-node0', host, 10),
      );
      if (DAEMONS[outside].writesKernelRoutes) expect(await Promise.all(answers)).toEqual([true, true, true]);
      else await Promise.all(answers);
    });
  },
);
