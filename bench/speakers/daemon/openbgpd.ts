import { mkdirSync } from 'node:fs';
import { type Daemon, type Tree, versionOf } from './daemon';

const BGPD = '/usr/sbin/bgpd';
const RUN = '/run/openbgpd';

export const openbgpd = (name: string, tree?: Tree): Daemon => ({
  name,
  writesKernel: false,
  tree,
  version: () => /OpenBGPD (\S+)/.exec(versionOf(tree, BGPD, '-V'))?.[1],
  start({ write, path, start, routerId, as, family, neighbours, addresses }) {
    if (!tree) mkdirSync(RUN, { recursive: true });
    const other = family === 'ipv4' ? 'IPv6' : 'IPv4';
    const own = family === 'ipv4' ? 'IPv4' : 'IPv6';
    const config = `AS ${as}
router-id ${routerId}
fib-update no
socket "${path('bgpd.sock')}"
${addresses.map((address) => `listen on ${address}`).join('\n')}
${neighbours
  .map(
    ({ local, remote, as: peerAs }) => `neighbor ${local} {
 remote-as ${peerAs}
 local-address ${remote}
 passive${peerAs === as ? '\n route-reflector' : ''}
 announce ${own} unicast
 announce ${other} none
}`,
  )
  .join('\n')}
allow quick from any
allow quick to any
`;
    const command = [BGPD, '-d', '-f', write('bgpd.conf', config)];
    // A tree is entered with an empty /run.
    start(tree ? ['sh', '-c', `mkdir -m 755 ${RUN} && exec "$@"`, 'sh', ...command] : command);
  },
  async count({ run, path, neighbours }) {
    const answer = await run(['bgpctl', '-s', path('bgpd.sock'), '-j', 'show', 'neighbor', neighbours[0].local]);
    const [{ stats }] = (JSON.parse(answer || '{"neighbors":[{}]}') as Neighbors).neighbors;
    return stats?.prefixes?.received ?? 0;
  },
});

interface Neighbors {
  readonly neighbors: readonly { readonly stats?: { readonly prefixes?: { readonly received?: number } } }[];
}
