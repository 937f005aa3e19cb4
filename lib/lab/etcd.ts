import { mkdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EtcdClient } from '../control/etcd/client';
import { EtcdConnection } from '../control/etcd/connection';
import { METHODS } from '../control/etcd/messages';
import { ETCD_VARIABLES, etcdAccess } from '../control/fleet/access';
import { unfitNames } from '../control/fleet/certificates';
import { connectedAgents } from '../control/fleet/connected';
import { userOf } from '../control/fleet/presence';
import { deployerRole, type FleetRole, nodeRole } from '../control/fleet/rights';
import { writeRoles } from '../control/fleet/setup';
import { certificateFiles, makeAuthority, makeCertificate } from './authority';
import { Host } from './host';
import type { LabEtcd } from './lab-state';
import { isAlive, type Tracked } from './process';
import { lastLines } from './speakers';
import { ETCD_FOLDER } from './state';

/** Seconds that etcd has to respond after its start. */
const READY_WITHIN = 30;
/** Seconds that agents have to connect: they may pause for 10 s before they do. */
const CONNECTED_WITHIN = 30;

/** The programs of `--etcd`, and the Debian packages that have them. */
const NEEDED = { etcd: 'etcd-server', openssl: 'openssl' } as const;

const machine = new Host();

/** Throws if this machine lacks what `--etcd` needs, or the names of nodes do not fit into certificates. */
export async function checkEtcd(prefix: string, nodes: readonly string[]): Promise<void> {
  for (const [program, name] of Object.entries(NEEDED)) {
    const { code } = await machine.attempt(['sh', '-c', 'command -v "$1"', 'sh', program]);
    if (code !== 0)
      throw new Error(`--etcd needs ${program}, which is not installed here (Debian: apt-get install ${name})`);
  }
  const unfit = unfitNames(prefix, nodes);
  if (unfit !== undefined) throw new Error(`--etcd: ${unfit}`);
}

/** The etcd of a new lab: a port of this machine that is free. */
export const newEtcd = async (prefix: string): Promise<LabEtcd> => ({ prefix, port: await freePort() });

/** Its only member, as in the endpoints of a fabric. The nodes reach it there, too. */
export const etcdHost = ({ port }: LabEtcd): string => `127.0.0.1:${port}`;

/** What agents are started with. */
export const etcdUrl = (etcd: LabEtcd): string => `etcd://${etcdHost(etcd)}/${etcd.prefix}`;

/** Environment of those who use the lab's etcd: as a node, or as one of its administrators. */
export function etcdEnvironment(lab: string, who: 'deployer' | 'root' | { readonly node: string }) {
  const { ca, certificate, key } = certificateFiles(folderOf(lab), typeof who === 'string' ? who : fileOf(who.node));
  return { [ETCD_VARIABLES.ca]: ca, [ETCD_VARIABLES.certificate]: certificate, [ETCD_VARIABLES.key]: key };
}

/** Command line, in a node's namespace, of what makes the etcd of the machine reachable there. */
export const relayArgv = (lab: string, { port }: LabEtcd): string[] => [
  ...[process.execPath, resolve(__dirname, '../../dist/lab/relay.js')],
  ...[String(port), join(folderOf(lab), SOCKET)],
];

/** Makes the certificates that are missing. */
export async function makeCertificates(lab: string, { prefix }: LabEtcd, nodes: readonly string[]): Promise<void> {
  const folder = folderOf(lab);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  await makeAuthority(folder);
  for (const name of ['server', 'root', 'deployer']) await makeCertificate(folder, name, name);
  for (const node of nodes) await makeCertificate(folder, fileOf(node), userOf({ prefix, node }));
}

/** Starts etcd on the machine itself; `remember` is called before anything of it runs. */
export function startEtcd(lab: string, etcd: LabEtcd, remember: (process: Tracked) => void): Promise<Tracked> {
  const { ca, certificate, key } = certificateFiles(folderOf(lab), 'server');
  // It refuses to listen where the socket of one that was killed is left.
  for (const socket of [SOCKET, PEER]) rmSync(join(folderOf(lab), socket), { force: true });
  const peer = `unix://${PEER}`;
  return machine.startHeld(
    [
      ...['etcd', '--name', 'lab', '--data-dir', 'data', '--logger', 'zap', '--log-level', 'warn'],
      ...['--listen-client-urls', `https://${etcdHost(etcd)},unixs://${SOCKET}`],
      ...['--advertise-client-urls', `https://${etcdHost(etcd)}`],
      ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `lab=${peer}`],
      ...['--client-cert-auth', '--trusted-ca-file', ca, '--cert-file', certificate, '--key-file', key],
      ...['--auto-compaction-mode', 'revision', '--auto-compaction-retention', '10000'],
    ],
    { log: logOf(lab), cwd: folderOf(lab), remember },
  );
}

/** Waits until etcd responds, then writes the rights of the nodes and demands them. Throws if it ended. */
export async function prepareEtcd(lab: string, etcd: LabEtcd, nodes: readonly string[]): Promise<void> {
  await withEtcd(lab, etcd, 'root', async (client) => {
    const until = Date.now() + READY_WITHIN * 1000;
    while (!(await responds(client))) {
      if (!etcd.process || !isAlive(etcd.process)) throw new Error(`etcd exited at startup${lastLines(logOf(lab))}`);
      if (Date.now() >= until) throw new Error(`etcd does not respond${lastLines(logOf(lab))}`);
      await sleep(50);
    }
    const administrator: FleetRole = { name: 'root', user: 'root', rights: [] };
    const deployer: FleetRole = { ...deployerRole(etcd.prefix), user: 'deployer' };
    const { connection } = client;
    await writeRoles(connection, [administrator, deployer, ...nodes.map((node) => nodeRole(etcd.prefix, node))]);
    await connection.unary(METHODS.authEnable, {});
  });
}

/** State of the etcd of a lab. */
export interface EtcdStatus {
  readonly host: string;
  readonly url: string;
  readonly pid?: number;
  readonly isRunning: boolean;
  /** Nodes whose agents are connected. */
  readonly connected?: readonly string[];
  /** Why that is not known. */
  readonly error?: string;
}

/** Whether the etcd of a lab runs, and which agents are connected to it. */
export async function etcdStatus(lab: string, etcd: LabEtcd): Promise<EtcdStatus> {
  const isRunning = etcd.process !== undefined && isAlive(etcd.process);
  const known = { host: etcdHost(etcd), url: etcdUrl(etcd), pid: etcd.process?.pid, isRunning };
  if (!isRunning) return known;
  try {
    const agents = await withEtcd(lab, etcd, 'deployer', (client) => connectedAgents(client, etcd.prefix));
    return { ...known, connected: agents.map(({ node }) => node) };
  } catch (error) {
    return { ...known, error: (error as Error).message };
  }
}

/** Waits until the agents of all these nodes are connected. Throws if some are not. */
export async function awaitConnected(lab: string, etcd: LabEtcd, nodes: readonly string[]): Promise<void> {
  const until = Date.now() + CONNECTED_WITHIN * 1000;
  for (;;) {
    const { connected = [], error } = await etcdStatus(lab, etcd);
    const missing = nodes.filter((node) => !connected.includes(node));
    if (missing.length === 0) return;
    if (Date.now() >= until)
      throw new Error(`not connected to etcd: ${missing.join(', ')}${error === undefined ? '' : ` (${error})`}`);
    await sleep(100);
  }
}

/** Relative to its folder, as etcd limits the length of the path. The form is that of etcd. */
const SOCKET = 'client:0';
const PEER = 'peer:0';

const folderOf = (lab: string): string => join(lab, ETCD_FOLDER);
const logOf = (lab: string): string => join(folderOf(lab), 'log');
/** Beside those of the server and the administrators. */
const fileOf = (node: string): string => `node-${node}`;

async function withEtcd<T>(
  lab: string,
  etcd: LabEtcd,
  who: 'deployer' | 'root',
  work: (client: EtcdClient) => Promise<T>,
): Promise<T> {
  const client = new EtcdClient(new EtcdConnection(etcdAccess([etcdHost(etcd)], etcdEnvironment(lab, who))));
  return work(client).finally(() => client.close());
}

const responds = (client: EtcdClient): Promise<boolean> =>
  client.get('/').then(
    () => true,
    () => false,
  );

function freePort(): Promise<number> {
  return new Promise((found, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => found(port));
    });
  });
}
