import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import type { Namespace } from '../../kernel/namespace';
import { eventually, type LocalNetwork, type Process } from './network';

/** What has to be installed for {@link startFrr}. */
export const FRR_PROGRAMS = ['/usr/lib/frr/zebra', '/usr/lib/frr/bgpd'];

/**
 * Starts FRR, zebra and bgpd with this configuration, on a machine. Both run as the user `frr` that their package
 * makes; they end with the network.
 */
export async function startFrr(network: LocalNetwork, machine: Namespace, bgpd: string): Promise<Process> {
  const name = `frr-${machine.name}`;
  const folder = network.path(name);
  chmodSync(network.folder, 0o755);
  mkdirSync(folder);
  network.write(`${name}/zebra.conf`, 'hostname zebra\n');
  network.write(`${name}/bgpd.conf`, bgpd);
  execFileSync('chown', ['-R', 'frr:frr', folder]);
  const start = (program: string, ...more: string[]) =>
    network.start(machine, [
      ...[`/usr/lib/frr/${program}`, '-P', '0', '-z', `${folder}/zserv.api`, '--vty_socket', folder, '--log', 'stdout'],
      ...['-f', `${folder}/${program}.conf`, '-i', `${folder}/${program}.pid`, ...more],
    ]);
  const zebra = start('zebra');
  await eventually(() => expect(zebra.text).toContain('starting: vty'));
  return start('bgpd');
}
