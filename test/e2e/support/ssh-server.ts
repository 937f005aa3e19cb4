import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Namespace } from '../../kernel/namespace';
import type { LocalNetwork, Process } from './network';

const MAIN = join(__dirname, '../../../dist/cli/main.js');
const SERVER = '/usr/sbin/sshd';

/** Where sshd must find an empty folder; Debian makes it when the service starts. */
const SEPARATION = '/run/sshd';

/** Whether a test may run OpenSSH's server here. */
export const maySshd = existsSync(SERVER) && process.getuid?.() === 0;

/**
 * OpenSSH's server on a machine of a test's network, with keys, configuration and logins of its own: nothing of this
 * machine's is used.
 */
export class SshServer {
  private readonly isOurs = !existsSync(SEPARATION);
  /** The configuration with which ssh gets in: `PEERFORM_SSH_CONFIG`. */
  readonly clientConfig: string;

  constructor(
    private readonly network: LocalNetwork,
    private readonly machine: Namespace,
    /** Addresses under which the machine's key is known. */
    names: readonly string[],
    port = 22,
  ) {
    if (this.isOurs) mkdirSync(SEPARATION, { mode: 0o755 });
    chmodSync(network.folder, 0o755);
    const [host, user, stranger] = ['host', 'user', 'stranger'].map((name) => this.key(name));
    const known = names.map((name) => `${port === 22 ? name : `[${name}]:${port}`} ${host.public}`).join('\n');
    network.write('known_hosts', `${known}\n`);
    network.write('authorized_keys', `${user.public}\n`);
    const bin = network.path('bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'peerform'), `#!/bin/sh\nexec ${process.execPath} ${MAIN} "$@"\n`, { mode: 0o755 });
    this.clientConfig = this.config('ssh_config', user.path, 'known_hosts');
    this.config('ssh_config_stranger', stranger.path, 'known_hosts');
    this.config('ssh_config_nobody', user.path, 'nobody_known');
    network.write(
      'sshd_config',
      [
        `Port ${port}`,
        `HostKey ${host.path}`,
        `PidFile ${network.path('sshd.pid')}`,
        `AuthorizedKeysFile ${network.path('authorized_keys')}`,
        'AuthenticationMethods publickey',
        'PermitRootLogin prohibit-password',
        'StrictModes no',
        'UsePAM no',
        `SetEnv PATH=${bin}:/usr/bin:/bin HOME=${network.folder}`,
      ].join('\n'),
    );
  }

  start(): Process {
    return this.network.start(this.machine, [SERVER, '-D', '-e', '-f', this.network.path('sshd_config')]);
  }

  /** Takes away what was made outside of the network's folder. */
  remove(): void {
    if (this.isOurs) rmdirSync(SEPARATION);
  }

  private key(name: string): { path: string; public: string } {
    const path = this.network.path(`key_${name}`);
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', path]);
    return { path, public: this.network.read(`key_${name}.pub`).trim() };
  }

  private config(name: string, key: string, known: string): string {
    return this.network.write(
      name,
      [
        'Host *',
        `  IdentityFile ${key}`,
        '  IdentitiesOnly yes',
        `  UserKnownHostsFile ${this.network.path(known)}`,
        '  GlobalKnownHostsFile /dev/null',
        `  User ${userInfo().username}`,
        '',
      ].join('\n'),
    );
  }
}
