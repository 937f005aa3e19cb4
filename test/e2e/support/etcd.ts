import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EtcdClient } from '../../../lib/control/etcd/client';
import { type EtcdAccess, EtcdConnection } from '../../../lib/control/etcd/connection';
import { ETCD_VARIABLES } from '../../../lib/control/fleet/access';
import { deployerRole, type FleetRole, nodeRole } from '../../../lib/control/fleet/rights';
import { Debian, wantedReleases } from './debian';
import { eventually } from './network';

/** Whether a test may run etcd here. */
export const mayEtcd = ['etcd', 'etcdctl'].every((name) => existsSync(`/usr/bin/${name}`));

const wanted = wantedReleases([]).map(Debian.of);

/** `describe` with the etcd of this host, or with those of the releases of Debian that are wanted. */
export const describeEtcds = (mayEtcd ? describe : describe.skip).each(
  (wanted.length > 0 ? wanted : [Debian.host()]).map((debian) => [debian.release, debian] as const),
);

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
  /** Whose etcd it is. Default: this host's. */
  readonly debian?: Debian;
  /** Demands a client certificate; with the certificates of a folder, or with new ones. */
  readonly tls?: boolean | { readonly folder: string };
  /** Maximum octets of its database. */
  readonly quota?: number;
  /** Before the command line, such as `ip netns exec`. */
  readonly before?: readonly string[];
}

/** Where a member of an etcd is, and where the others reach it. */
interface Place {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly peer: string;
  /** Before its command line, such as `ip netns exec`. */
  readonly before: readonly string[];
}

/** What the members of an etcd have in common. */
interface Common {
  /** Of their data and certificates. */
  readonly folder: string;
  readonly debian: Debian;
  readonly hasTls: boolean;
  readonly quota: number;
  /** Names of the members, and where they reach each other. */
  readonly cluster: string;
}

/** A member of an etcd, by default its only one. */
export class EtcdServer {
  private child: ChildProcess | undefined;
  private data: string;

  private constructor(
    private readonly at: Place,
    private readonly common: Common,
  ) {
    this.data = at.name;
  }

  static async start(options: EtcdOptions = {}): Promise<EtcdServer> {
    const { address = '127.0.0.1', before = [] } = options;
    const [port, peerPort] = [await freePort(), await freePort()];
    const peer = `http://127.0.0.1:${peerPort}`;
    const [server] = EtcdServer.launchAll([{ name: 'one', address, port, peer, before }], options);
    if (before.length === 0) await server.isUp();
    return server;
  }

  /** An etcd with a member at each of these addresses. */
  static members(
    where: readonly Pick<Place, 'address' | 'before'>[],
    options: Omit<EtcdOptions, 'address' | 'before'>,
  ): EtcdServer[] {
    const places = where.map(({ address, before }, i): Place => {
      const [port, peer] = [2379, `http://${address}:2380`];
      return { name: `member${i + 1}`, address, port, peer, before };
    });
    return EtcdServer.launchAll(places, options);
  }

  private static launchAll(
    places: readonly Place[],
    { tls = false, quota = 0, debian = Debian.host() }: EtcdOptions,
  ): EtcdServer[] {
    const given = typeof tls === 'object' ? tls.folder : undefined;
    const folder = given ?? mkdtempSync(join(tmpdir(), 'pf-etcd-'));
    const cluster = places.map(({ name, peer }) => `${name}=${peer}`).join();
    const servers = places.map((at) => new EtcdServer(at, { folder, debian, hasTls: tls !== false, quota, cluster }));
    if (tls === true) {
      servers[0].authority();
      const addresses = places.map(({ address }) => address);
      servers[0].certificate('server', 'ca', addresses);
    }
    for (const server of servers) server.launch();
    return servers;
  }

  get folder(): string {
    return this.common.folder;
  }

  private get hasTls(): boolean {
    return this.common.hasTls;
  }

  get host(): string {
    return `${this.at.address}:${this.at.port}`;
  }

  /** Starts it again after {@link kill}; with the folder of `restored`, if it was restored from a snapshot. */
  launch(): void {
    const scheme = this.hasTls ? 'https' : 'http';
    const { name, peer, before } = this.at;
    const { cluster, quota } = this.common;
    const { ca, certificate, key } = this.files('server');
    const tls = ['--trusted-ca-file', ca, '--cert-file', certificate, '--key-file', key, '--client-cert-auth'];
    const command = [
      ...['etcd', '--name', name, '--data-dir', join(this.folder, this.data)],
      ...['--listen-client-urls', `${scheme}://${this.host}`, '--advertise-client-urls', `${scheme}://${this.host}`],
      ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', cluster],
      ...['--logger', 'zap', '--log-level', 'error', '--quota-backend-bytes', String(quota)],
      ...(this.hasTls ? tls : []),
    ];
    const [program, ...args] = [...before, ...this.common.debian.command(this.folder, command)];
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

  /** Stops or continues it: one that hangs still has its connections. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.child?.kill(signal);
  }

  /** Whether it leads the others, as it says itself. */
  isLeader(): boolean {
    const { leader, header } = this.status();
    return leader === header.member_id;
  }

  version(): string {
    return this.status().version;
  }

  private status() {
    const [{ Status }] = JSON.parse(this.ctl(['endpoint', 'status', '-w', 'json'], 'root'));
    return Status as {
      readonly leader: number;
      readonly version: string;
      readonly header: { readonly member_id: number };
    };
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
    rmSync(this.folder, { recursive: true, force: true });
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
    const command = ['etcdctl', '--endpoints', this.host, ...tls, ...args];
    const [program, ...rest] = [...this.at.before, ...this.common.debian.command(this.folder, command)];
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
    const { name, peer } = this.at;
    const where = ['--data-dir', join(this.folder, this.data), '--name', name];
    this.ctl([
      'snapshot',
      'restore',
      file,
      ...where,
      '--initial-cluster',
      `${name}=${peer}`,
      '--initial-advertise-peer-urls',
      peer,
    ]);
    this.launch();
  }

  /** A certificate of this server's authority. */
  certificate(name: string, authority = 'ca', addresses: readonly string[] = [this.at.address]): void {
    const path = (suffix: string) => join(this.folder, suffix);
    const extensions = path(`${name}.ext`);
    writeFileSync(
      extensions,
      `subjectAltName=${[...addresses, '127.0.0.1'].map((address) => `IP:${address}`).join()}\n`,
    );
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
