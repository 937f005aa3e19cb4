import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { type Daemon, type Tree, versionOf } from './daemon';

const HOME = '/usr/lib/frr';
/** FRR's answers on its vty socket end with three zeros and a code. */
const isWhole = (answer: Buffer) => answer.length >= 4 && answer.subarray(-4, -1).every((octet) => octet === 0);

/** The user that both daemons become, as numbers: a tree has its own. */
function owner(tree: Tree | undefined): string {
  const users = readFileSync(`${tree?.folder ?? ''}/etc/passwd`, 'utf8');
  const [, uid, gid] = /^frr:[^:]*:(\d+):(\d+):/m.exec(users) ?? [];
  return `${uid}:${gid}`;
}

export const frr = (name: string, tree?: Tree): Daemon => ({
  name,
  writesKernel: true,
  tree,
  version: () => /version (\S+)/.exec(versionOf(tree, `${HOME}/bgpd`, '-v'))?.[1],
  async start({ directory, write, path, start, routerId, as, family, neighbours, kernelRoutes }) {
    execFileSync('chown', [owner(tree), directory]);
    const zebra = write('zebra.conf', 'hostname zebra\n');
    const bgpd = write(
      'bgpd.conf',
      `hostname bgpd
router bgp ${as}
 bgp router-id ${routerId}
 no bgp ebgp-requires-policy
 no bgp default ipv4-unicast
${neighbours.map(({ local, as: peerAs }) => ` neighbor ${local} remote-as ${peerAs}\n neighbor ${local} passive`).join('\n')}
 address-family ${family} unicast
${neighbours.map(({ local, as: peerAs }) => `  neighbor ${local} activate${peerAs === as ? `\n  neighbor ${local} route-reflector-client` : ''}`).join('\n')}
 exit-address-family
exit
`,
    );
    execFileSync('chown', [owner(tree), zebra, bgpd]);
    const common = ['-P', '0', '-z', path('zserv.api'), '--vty_socket', directory];
    start([`${HOME}/zebra`, '-f', zebra, '-i', path('zebra.pid'), ...common]);
    for (let i = 0; i < 500 && !existsSync(path('zserv.api')); i++) await new Promise((turn) => setTimeout(turn, 20));
    start([`${HOME}/bgpd`, '-f', bgpd, '-i', path('bgpd.pid'), ...common, ...(kernelRoutes ? [] : ['-n'])]);
  },
  async count({ ask, path, family, neighbours }) {
    const answer = await ask(path('bgpd.vty'), `show bgp ${family} unicast summary json\0`, isWhole);
    const { peers = {} } = JSON.parse(answer.slice(0, answer.lastIndexOf('}') + 1) || '{}') as {
      peers?: Record<string, { pfxRcd?: number }>;
    };
    return peers[neighbours[0].local]?.pfxRcd ?? 0;
  },
});
