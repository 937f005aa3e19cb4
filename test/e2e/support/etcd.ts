import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EtcdClient } from '../../../lib/control/etcd/client';
import { type EtcdAccess, EtcdConnection } from '../../../lib/control/etcd/connection';
import { ETCD_VARIABLES } from '../../../lib/control/fleet/access';
import { deployerRole, type FleetRole, nodeRole } from '../../../lib/control/fleet/rights';
import { eventually } from './network';

/** Whether a test may run etcd here. */
export const mayEtcd = ['etcd', 'etcdctl'].every((name) => existsSync(`/usr/bin/${name}`));

/** How agents are reached. */
export type Way = 'sockets' | 'etcd';
export const WAYS: readonly Way[] = mayEtcd ? ['sockets', 'etcd'] : ['sockets'];

/** The files of a certificate of {@link EtcdServer}. */
interface Files {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

/** Options of {@link EtcdServer}. */
interface EtcdOptions {
  readonly address?: string;
  /** Demands a client certificate. */
  readonly tls?: boolean;
  /** Maximum octets of its database. */
  readonly quota?: number;
  /** Before the command line, such as `ip netns exec`. */
  readonly before?: readonly string[];
}

/** An etcd of one member, with data and certificates in a folder of its own. */
export class EtcdServer {
  readonly folder = mkdtempSync(join(tmpdir(), 'pf-etcd-'));
  private child: ChildProcess | undefined;
  private data = 'data';

  private constructor(
    private readonly address: string,
    private readonly port: number,
    private readonly peerPort: number,
    private readonly hasTls: boolean,
    private readonly before: readonly string[],
    private readonly quota: number,
  ) {}

  static async start({
    address = '127.0.0.1',
    tls = false,
    before = [],
    quota = 0,
  }: EtcdOptions = {}): Promise<EtcdServer> {
    const [port, peerPort] = [await freePort(), await freePort()];
    const server = new EtcdServer(address, port, peerPort, tls, before, quota);
    if (tls) {
      server.authority();
      server.certificate('server');
    }
    server.launch();
    if (before.length === 0) await server.isUp();
    return server;
  }

  get host(): string {
    return `${this.address}:${this.port}`;
  }

  /** Starts it again after {@link kill}; with the folder of `restored`, if it was restored from a snapshot. */
  launch(): void {
    const scheme = this.hasTls ? 'https' : 'http';
    const peer = `http://127.0.0.1:${this.peerPort}`;
    const { ca, certificate, key } = this.files('server');
    const tls = ['--trusted-ca-file', ca, '--cert-file', certificate, '--key-file', key, '--client-cert-auth'];
    const [program, ...args] = [
      ...this.before,
      ...['etcd', '--name', 'one', '--data-dir', join(this.folder, this.data)],
      ...['--listen-client-urls', `${scheme}://${this.host}`, '--advertise-client-urls', `${scheme}://${this.host}`],
      ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `one=${peer}`],
      ...['--logger', 'zap', '--log-level', 'error', '--quota-backend-bytes', String(this.quota)],
      ...(this.hasTls ? tls : []),
    ];
    this.child = spawn(program, args, { stdio: 'ignore' });
  }

  /** Kills it, as a power failure would. */
  async kill(): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  /** Returns when it responds. */
  async isUp(name = 'server'): Promise<void> {
    const client = this.client(name);
    try {
      await eventually(() =>
        client.get('x').catch((error) => (/permission|user/.test(error.message) ? 0 : Promise.reject(error))),
      );
    } finally {
      client.close();
    }
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true });
  }

  /** A client with the certificate of a name, to be closed. */
  client(name = 'server', hosts: readonly string[] = [this.host]): EtcdClient {
    return new EtcdClient(new EtcdConnection({ ...this.access(name), hosts }));
  }

  access(name: string): EtcdAccess {
    if (!this.hasTls) return { hosts: [this.host] };
    const { ca, certificate, key } = this.files(name);
    return {
      hosts: [this.host],
      tls: { ca: readFileSync(ca), certificate: readFileSync(certificate), key: readFileSync(key) },
    };
  }

  files(name: string): Files {
    return {
      ca: join(this.folder, 'ca.crt'),
      certificate: join(this.folder, `${name}.crt`),
      key: join(this.folder, `${name}.key`),
    };
  }

  /** Runs etcdctl with the certificate of a name; returns what it printed. */
  ctl(args: readonly string[], name = 'server'): string {
    const { ca, certificate, key } = this.files(name);
    const tls = this.hasTls ? ['--cacert', ca, '--cert', certificate, '--key', key] : [];
    const [program, ...rest] = [...this.before, 'etcdctl', '--endpoints', this.host, ...tls, ...args];
    return execFileSync(program, rest, { encoding: 'utf8', stdio: 'pipe', env: { ...process.env, ETCDCTL_API: '3' } });
  }

  /** Demands rights by the roles of a fabric: `deployer` may deploy, and each node has a certificate of its own. */
  enforceRights(prefix: string, nodes: readonly string[]): void {
    this.certificate('root');
    this.ctl(['user', 'add', 'root', '--no-password']);
    this.ctl(['user', 'grant-role', 'root', 'root']);
    this.role({ ...deployerRole(prefix), user: 'deployer' });
    for (const node of nodes) this.role(nodeRole(prefix, node));
    this.ctl(['auth', 'enable'], 'root');
  }

  /** A role with its user, and a certificate of that name. */
  private role({ name, user, rights }: FleetRole): void {
    this.certificate(user!);
    this.ctl(['role', 'add', name]);
    for (const { may, below } of rights) this.ctl(['role', 'grant-permission', name, may, below, '--prefix']);
    this.ctl(['user', 'add', user!, '--no-password']);
    this.ctl(['user', 'grant-role', user!, name]);
  }

  /** The environment of a program that uses the certificate of a name. */
  environment(name: string): Record<string, string> {
    const { ca, certificate, key } = this.files(name);
    return { [ETCD_VARIABLES.ca]: ca, [ETCD_VARIABLES.certificate]: certificate, [ETCD_VARIABLES.key]: key };
  }

  /** Saves a snapshot; {@link restore} goes back to it. */
  backUp(name = 'server'): string {
    const file = join(this.folder, 'backup');
    rmSync(file, { force: true });
    this.ctl(['snapshot', 'save', file], name);
    return file;
  }

  /** Starts again from a snapshot, at its revision. */
  async restore(file: string): Promise<void> {
    await this.kill();
    this.data = `restored-${Date.now()}`;
    const peer = `http://127.0.0.1:${this.peerPort}`;
    const where = ['--data-dir', join(this.folder, this.data), '--name', 'one', '--initial-cluster', `one=${peer}`];
    this.ctl(['snapshot', 'restore', file, ...where, '--initial-advertise-peer-urls', peer]);
    this.launch();
  }

  /** A certificate of this server's authority. */
  certificate(name: string, authority = 'ca'): void {
    const path = (suffix: string) => join(this.folder, suffix);
    const extensions = path(`${name}.ext`);
    writeFileSync(extensions, `subjectAltName=IP:${this.address},IP:127.0.0.1\n`);
    this.openssl('req', ...this.newKey(name), '-subj', `/CN=${name}`, '-out', path(`${name}.csr`));
    const signed = ['-CA', path(`${authority}.crt`), '-CAkey', path(`${authority}.key`), '-CAcreateserial'];
    const out = ['-days', '2', '-extfile', extensions, '-out', path(`${name}.crt`)];
    this.openssl('x509', '-req', '-in', path(`${name}.csr`), ...signed, ...out);
  }

  /** A certificate authority, which {@link certificate} signs with. */
  authority(name = 'ca'): void {
    const out = ['-out', join(this.folder, `${name}.crt`)];
    this.openssl('req', '-x509', ...this.newKey(name), '-subj', `/CN=${name}`, '-days', '2', ...out);
  }

  private newKey(name: string): string[] {
    const key = join(this.folder, `${name}.key`);
    return ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key];
  }

  private openssl(...args: readonly string[]): void {
    execFileSync('openssl', args, { stdio: 'pipe' });
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
