import { appendFileSync, chmodSync, existsSync } from 'node:fs';
import type { Ground } from './lab';

const PROGRAM = '/usr/sbin/exabgp';

/** ExaBGP on machine 2: it says what it is told, byte for byte if need be, and holds no table. */
export class ExaBgp {
  static readonly title = 'ExaBGP 4.2.21';
  static readonly missing: readonly string[] = [PROGRAM].filter((path) => !existsSync(path));

  private constructor(private readonly commands: string) {}

  /** Starts it with a session to 10.0.0.1. */
  static start(ground: Ground, { as = 65002, ourAs = 65001 } = {}): ExaBgp {
    const { network } = ground;
    chmodSync(network.folder, 0o755);
    const commands = network.write('exabgp.commands', '');
    const configuration = `
process control { run /usr/bin/tail -n +1 -f ${commands}; encoder text; }
neighbor 10.0.0.1 {
  router-id 10.0.0.2; local-address 10.0.0.2; local-as ${as}; peer-as ${ourAs}; hold-time 90;
  family { ipv4 unicast; ipv6 unicast; }
  api { processes [ control ]; }
}
`;
    const file = network.write('exabgp.conf', configuration);
    const settings = ['exabgp.daemon.user=root', 'exabgp.log.destination=stdout', 'exabgp.api.cli=false'];
    network.start(ground.machine(2), ['env', ...settings, 'exabgp.tcp.bind=', PROGRAM, file]);
    return new ExaBgp(commands);
  }

  /** One line of its API: `announce route 198.51.100.0/24 next-hop self`. */
  say(line: string): void {
    appendFileSync(this.commands, `${line}\n`);
  }
}
