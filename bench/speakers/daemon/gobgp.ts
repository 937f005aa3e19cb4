import { type Daemon, type Tree, versionOf } from './daemon';

export const gobgp = (name: string, tree?: Tree): Daemon => ({
  name,
  writesKernel: false,
  tree,
  version: () => /version (\S+)/.exec(versionOf(tree, 'gobgpd', '--version'))?.[1],
  start({ write, start, routerId, as, family, neighbours, addresses }) {
    const config = `[global.config]
  as = ${as}
  router-id = "${routerId}"
  local-address-list = [${addresses.map((address) => JSON.stringify(address)).join(', ')}]
${neighbours
  .map(
    ({ local, remote, as: peerAs }) => `[[neighbors]]
  [neighbors.config]
    neighbor-address = "${local}"
    peer-as = ${peerAs}
  [neighbors.transport.config]
    passive-mode = true
    local-address = "${remote}"${peerAs === as ? `\n  [neighbors.route-reflector.config]\n    route-reflector-client = true\n    route-reflector-cluster-id = "${routerId}"` : ''}
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "${family}-unicast"`,
  )
  .join('\n')}
`;
    start([
      'gobgpd',
      '-f',
      write('gobgpd.toml', config),
      '-l',
      'warn',
      '--api-hosts',
      '127.0.0.1:50051',
      '--pprof-disable',
    ]);
  },
  async count({ run, family }) {
    return Number(/Path: (\d+)/.exec(await run(['gobgp', 'global', 'rib', 'summary', '-a', family]))?.[1] ?? 0);
  },
});
