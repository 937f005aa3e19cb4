import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import type { Namespace } from '../../kernel/namespace';
import { eventually, IN_REAL_TIME, type LocalNetwork, type Process } from './network';

/** What has to be installed for {@link startFrr}. */
export const FRR_PROGRAMS = ['/usr/lib/frr/zebra', '/usr/lib/frr/bgpd'];
export const FRR_BFD_PROGRAMS = [...FRR_PROGRAMS, '/usr/lib/frr/bfdd'];

/**
 * Starts FRR, zebra and bgpd with this configuration, on a machine; with `bfd` bfdd too. All run as the user `frr` that
 * their package makes; they end with the network. `before` goes before their command lines;
 * `owner`: that user, where these run them elsewhere.
 */
export async function startFrr(
  network: LocalNetwork,
  machine: Namespace,
  bgpd: string,
  {
    bfd,
    before = [],
    owner = 'frr:frr',
  }: { readonly bfd?: string; readonly before?: readonly string[]; readonly owner?: string } = {},
): Promise<Process> {
  const name = `frr-${machine.name}`;
  const folder = folderOf(network, machine);
  chmodSync(network.folder, 0o755);
  mkdirSync(folder);
  network.write(`${name}/zebra.conf`, 'hostname zebra\n');
  network.write(`${name}/bgpd.conf`, bgpd);
  if (bfd !== undefined) network.write(`${name}/bfdd.conf`, bfd);
  execFileSync('chown', ['-R', owner, folder]);
  const start = (program: string, ...more: string[]) =>
    network.start(machine, [
      ...(bfd === undefined ? before : [...IN_REAL_TIME, ...before]),
      ...[`/usr/lib/frr/${program}`, '-P', '0', '-z', `${folder}/zserv.api`, '--vty_socket', folder, '--log', 'stdout'],
      ...['-f', `${folder}/${program}.conf`, '-i', `${folder}/${program}.pid`, ...more],
    ]);
  const zebra = start('zebra');
  await eventually(() => expect(zebra.text).toContain('starting: vty'));
  if (bfd !== undefined) {
    const help = execFileSync('/usr/lib/frr/bfdd', ['--help'], { encoding: 'utf8' });
    start('bfdd', ...(help.includes('--bfdctl') ? ['--bfdctl', `${folder}/bfdd.sock`] : [])); // versions before 10
    await eventually(() => expect(existsSync(`${folder}/bfdd.vty`)).toBe(true));
  }
  return start('bgpd');
}

/** Starts bgpd again, with another configuration, beside the zebra of {@link startFrr}. */
export async function startBgpd(network: LocalNetwork, machine: Namespace, bgpd: string): Promise<Process> {
  const folder = folderOf(network, machine);
  network.write(`frr-${machine.name}/bgpd.conf`, bgpd);
  rmSync(`${folder}/bgpd.pid`, { force: true });
  return network.start(machine, [
    ...['/usr/lib/frr/bgpd', '-P', '0', '-z', `${folder}/zserv.api`, '--vty_socket', folder, '--log', 'stdout'],
    ...['-f', `${folder}/bgpd.conf`, '-i', `${folder}/bgpd.pid`],
  ]);
}

/** What a daemon of FRR on a machine says to a command. */
export const vtysh = (network: LocalNetwork, machine: Namespace, daemon: string, command: string): string =>
  execFileSync('vtysh', ['--vty_socket', folderOf(network, machine), '-d', daemon, '-c', command], {
    encoding: 'utf8',
    stdio: 'pipe',
  });

const folderOf = (network: LocalNetwork, machine: Namespace): string => network.path(`frr-${machine.name}`);
