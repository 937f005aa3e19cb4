import { type Daemon, type Tree, versionOf } from './daemon';

const PROGRAM = '/usr/sbin/bird';

/** `home`: a folder of the tree that it is in. `threads`: of BIRD 3, which has two by default. */
export const bird = (name: string, tree?: Tree, home = '', threads?: number): Daemon => ({
  name,
  isWide: threads !== undefined && threads > 1,
  writesKernel: true,
  tree,
  version: () => /BIRD version (\S+)/.exec(versionOf(tree, `${home}${PROGRAM}`, '--version'))?.[1],
  start({ write, path, start, routerId, as, family, neighbours, kernelRoutes }) {
    const sessions = neighbours.map(
      ({ id, local, remote, as: peerAs, isInjector }) =>
        `protocol bgp ${isInjector ? 'injector' : `sink${id}`} { local ${remote} as ${as}; neighbor ${local} as ${peerAs}; passive yes;${peerAs === as ? ' rr client;' : ''}
  ${family} { import all; export all; }; }`,
    );
    const config = `log "${path('bird.log')}" { warning, error, fatal, bug };
router id ${routerId};
${threads === undefined ? '' : `threads ${threads};\n`}protocol device { }
${kernelRoutes ? `protocol kernel { ${family} { import none; export all; }; }` : ''}
${sessions.join('\n')}
`;
    start([
      `${home}${PROGRAM}`,
      '-f',
      '-c',
      write('bird.conf', config),
      '-s',
      path('bird.ctl'),
      '-P',
      path('bird.pid'),
    ]);
  },
  async count({ ask, path }) {
    const answer = await ask(path('bird.ctl'), 'show protocols all injector\n', (all) =>
      /^(0000|8\d{3}|9\d{3}) /m.test(String(all)),
    );
    return Number(/(\d+) imported/.exec(answer)?.[1] ?? 0);
  },
});
