import type { Command } from 'commander';
import { driveLines, type LineTool } from '../debug/lines';
import { octetStreams } from '../terminal';

/** The line-oriented tools with their purpose; loaded lazily. */
const TOOLS: Record<string, { about: string; load: () => Promise<LineTool> }> = {
  decode: {
    about: 'decode BGP messages: {"hex": "ffff…"}',
    load: async () => (await import('../debug/decode')).decodeLine,
  },
  'best-path': {
    about: 'select the best path: {"paths": […]}',
    load: async () => (await import('../debug/best-path')).bestPathLine,
  },
  'prefix-match': {
    about: 'match a prefix against rules: {"rules": […], "prefix": "10.0.0.0/8"}',
    load: async () => (await import('../debug/prefix-match')).prefixMatchLine,
  },
  selector: {
    about: 'match labels against a selector: {"selector": "rack == \'a\'", "labels": {"rack": "a"}}',
    load: async () => (await import('../debug/selector')).selectorLine,
  },
  calico: {
    about: 'read manifests of Calico: {"manifests": "…", "node": "node1"}',
    load: async () => (await import('../debug/calico')).calicoLine,
  },
  netlink: {
    about: 'decode a kernel route message: {"hex": "…", "kind": "route"}',
    load: async () => (await import('../debug/netlink')).netlinkLine,
  },
};

/** `peerform debug`: reads one JSON object per line and writes one per line, in the same order. */
export function register(program: Command): void {
  const debug = program
    .command('debug')
    .description('run a decoder or a rule: one JSON object per line in, one per line out');
  for (const [name, { about, load }] of Object.entries(TOOLS))
    debug
      .command(name)
      .description(about)
      .action(async () => {
        const { input, output } = octetStreams();
        await driveLines(await load(), input, output);
      });
}
