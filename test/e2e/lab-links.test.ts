import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Host } from '../../lib/lab/host';
import type { Lab } from '../../lib/lab/lab';
import { chooseOutside } from '../../lib/lab/outside-speakers';
import { up } from '../../lib/lab/up';
import { mayMakeNamespaces } from '../../lib/lab/user-namespace';
import type { FabricSpec } from '../../lib/model/fabric';
import { readFabric } from '../../lib/model/read';

const all = { import: [{ action: 'accept' as const }], export: [{ action: 'accept' as const }] };
const host = (number: number) => ({
  ...{ ipv4Address: `192.0.2.${number}`, ipv6Address: `fd00::${number}`, asNumber: 65000 + number },
  advertise: [
    { prefix: `192.0.2.${number}/32`, blackhole: false },
    { prefix: `fd00::${number}/128`, blackhole: false },
  ],
});

/** Hosts with two uplinks and a host behind one of them, on links without addresses. */
const HOSTS: FabricSpec = {
  ...{ name: 'links', edition: 2, nodeToNodeMesh: false, multipath: 4, connectRetryTime: 1, filters: { all } },
  nodes: { h1: { ...host(1), labels: { at: 'edge' } }, h2: { ...host(2), labels: { at: 'edge' } }, h3: host(3) },
  peers: {
    up: { nodeSelector: "at == 'edge'", interface: 'eth*', peerType: 'external', filters: ['all'] },
    behind: { node: 'h3', interface: 'eth9', peerNode: 'h1', peerInterface: 'down1' },
  },
};

(mayMakeNamespaces() ? describe : describe.skip).each(['bird', 'frr', 'agent'] as const)(
  'a lab with links without addresses, and %s outside',
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

    test('has a session on each link, and leads from host to host over them', async () => {
      if (!(await chooseOutside(new Host(), false, outside).catch(() => undefined))) return; // not installed here
      const fabric = readFabric(HOSTS).fabric!;
      lab = await up({ fabric, name: `links-${outside}`, folder: join(base, 'l'), outside });
      expect(await lab.settles(90)).toBe(true);
      const ends = (await lab.agent('h1').status()).sessions.map(({ remoteAddress }) => remoteAddress);
      expect(ends.sort()).toEqual(['h1%down1', 'h1%eth1', 'h1%eth2']);
      for (const [family, address, from] of [
        ['-4', '192.0.2.2', '192.0.2.3'],
        ['-6', 'fd00::2', 'fd00::3'],
      ]) {
        const reaches = async () =>
          (await lab!.run('h3', ['ping', family, '-c', '1', '-W', '1', '-I', from, address])).code === 0;
        for (let i = 0; i < 30 && !(await reaches()); i++) await new Promise((resolve) => setTimeout(resolve, 300));
        expect([address, await reaches()]).toEqual([address, true]);
      }
    });
  },
);
