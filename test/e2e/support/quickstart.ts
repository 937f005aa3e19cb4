import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Lab } from '../../../lib/lab/lab';
import { up } from '../../../lib/lab/up';
import { readFabric } from '../../../lib/model/read';

/** The nodes of the quickstart and of its HCL twin. */
export const NODES = ['node1', 'node2', 'node3'];

/** The quickstart's network, for a lab to build; what runs on it is deployed. */
const { fabric } = readFabric({
  name: 'quickstart',
  asNumber: 67111,
  nodes: Object.fromEntries(
    [1, 2, 3].map((i) => [`node${i}`, { ipv4Address: `10.0.0.${i}`, ipv6Address: `fd00:10::${i}` }]),
  ),
  peers: {
    tor: { address: '192.20.30.40', asNumber: 67111 },
    'node1-tor': { node: 'node1', address: 'aa:bb::ff', asNumber: 67111 },
  },
});

/** A lab of the quickstart whose agents wait for a deploy, of a name of its own; `down` leaves nothing of it. */
export async function quickstartLab(name: string): Promise<{ lab: Lab; down: () => Promise<void> }> {
  const base = mkdtempSync(join(tmpdir(), 'lab-'));
  const remove = () => rmSync(base, { recursive: true });
  const lab = await up({
    fabric: fabric!,
    name: `${name}-${process.pid}`,
    folder: join(base, 'l'),
    agents: 'idle',
  }).catch((error) => {
    remove();
    throw error;
  });
  return { lab, down: () => lab.down().finally(remove) };
}
