import type { AgentStatus } from '../../../lib/control/status';
import type { Fleet } from '../../../lib/provider/fleet';
import { demandDiagnostics } from '../../../lib/provider/resource/gate-demands';
import { valid } from '../../model/valid';

describe('AS numbers that neighbours presented', () => {
  const numbered = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
  const names = numbered(40).map((i) => `n${i}`);
  const fabric = valid({
    ...{ name: 'lab', asNumber: 65000, edition: 2 },
    nodes: Object.fromEntries(numbered(40).map((i) => [`n${i}`, { ipv4Address: `10.0.0.${i}` }])),
    peers: Object.fromEntries(
      numbered(20).map((i) => [`p${i}`, { node: `n${i + 20}`, address: '192.0.2.1', asNumber: 65100 }]),
    ),
  });
  const up = { remoteAddress: '192.0.2.1', remoteAs: 65109, openAs: 65109, state: 'Established' };

  test('are those of the nodes that were asked, of all that have such a neighbour, and the text says so', async () => {
    const asked: string[] = [];
    const fleet = {
      only: (has: (node: string) => boolean) => {
        asked.push(...names.filter(has));
        const statuses = asked.map((node) => [node, { sessions: [up] } as unknown as AgentStatus] as const);
        return { inspect: async () => ({ statuses: new Map(statuses), absent: new Map() }) };
      },
    } as unknown as Fleet;
    const [{ detail }] = await demandDiagnostics(undefined, fabric, fleet, names);
    expect(asked).toEqual(names.slice(20, 36));
    expect(detail).toContain('do not count any more: at least 16.');
    expect(detail).toContain('Their last OPEN messages on 16 of the 20 nodes concerned:\n');
  });
});
