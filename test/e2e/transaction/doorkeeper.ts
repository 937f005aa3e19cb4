import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { AgentClient } from '../../../lib/control/client';
import { FleetClient } from '../../../lib/control/fleet/client';
import { userOf } from '../../../lib/control/fleet/presence';
import { EtcdServer, type Way } from '../support/etcd';
import { eventually } from '../support/network';

const PREFIX = 'doors';

/**
 * A request of the provider to an agent: `stage`, `activate`, `release` (the delivery), `summary`, `health` and so on.
 */
export interface Knock {
  readonly node: string;
  readonly what: string;
  /** It asks for a change, not for what there is. */
  readonly isChange: boolean;
}

/**
 * What becomes of a request instead of passing on, or of an answer: an end of the connection, or the agent's refusal.
 */
export type Fate = 'hung up' | 'refused';

/** What an agent says that is asked for something while it can't do it. */
const REFUSAL = JSON.stringify({ error: { code: 'busy', message: 'it refuses' } });

/**
 * Stands between terraform and the agents, one socket a node, so that a test can act at an exact step of a deploy:
 * before an agent hears of it, or when it has answered and before the provider knows.
 */
export class Doorkeeper {
  /** How terraform reaches them. */
  way: Way = 'sockets';
  private readonly over: Record<Way, Readonly<Record<string, string>>>;
  private etcd: EtcdServer | undefined;
  /** Take requests from etcd to the doors. */
  private readonly listeners: ChildProcess[] = [];
  private before: NodeJS.ProcessEnv = {};
  /** Called with each request before it is passed on; it is where nothing is given. */
  onRequest: (knock: Knock) => Promise<Fate | undefined> | undefined = () => undefined;
  /** Called when the agent has answered, before the answer is passed on; it is where nothing is given. */
  onAnswer: (knock: Knock) => Promise<'hung up' | undefined> | undefined = () => undefined;
  private readonly servers: Server[] = [];
  private readonly sockets = new Set<Socket>();

  private constructor(
    /** Where its sockets are, each by the name of its node. */
    readonly folder: string,
    private readonly behind: Readonly<Record<string, string>>,
  ) {
    this.over = { sockets: this.each((node) => `unix://${this.pathOf(node)}`), etcd: {} };
  }

  /** node → where terraform reaches its agent. */
  get endpoints(): Readonly<Record<string, string>> {
    return this.over[this.way];
  }

  private each(endpoint: (node: string) => string): Record<string, string> {
    return Object.fromEntries(Object.keys(this.behind).map((node) => [node, endpoint(node)]));
  }

  /** `behind`: node → endpoint of its agent. */
  static async of(
    folder: string,
    behind: Readonly<Record<string, string>>,
    ways: readonly Way[] = ['sockets'],
  ): Promise<Doorkeeper> {
    const doors = new Doorkeeper(join(folder, 'doors'), behind);
    mkdirSync(doors.folder);
    await Promise.all(Object.keys(behind).map((node) => doors.open(node)));
    if (ways.includes('etcd')) await doors.goThroughEtcd();
    doors.way = ways[0];
    return doors;
  }

  /** Requests go through etcd, and from there to the doors. */
  private async goThroughEtcd(): Promise<void> {
    const etcd = await EtcdServer.start({ tls: true });
    this.etcd = etcd;
    etcd.certificate('deployer');
    this.before = { ...process.env };
    Object.assign(process.env, etcd.environment('deployer'));
    const nodes = Object.keys(this.behind);
    const url = `etcd://${etcd.host}/${PREFIX}`;
    this.over.etcd = this.each((node) => `${url}/${node}`);
    for (const node of nodes) {
      const user = userOf({ prefix: PREFIX, node });
      etcd.certificate(user);
      const env = { ...process.env, ...etcd.environment(user) };
      const command = [join(__dirname, 'etcd-door.js'), this.over.etcd[node], this.pathOf(node)];
      this.listeners.push(spawn(process.execPath, command, { stdio: 'ignore', env }));
    }
    // Whatever is behind the doors, an answer of some kind shows that the way is open.
    const isOpen = (endpoint: string) =>
      new AgentClient(endpoint).summary().catch(({ message }) => expect(message).not.toMatch(/connected|no answer/));
    await eventually(() => Promise.all(Object.values(this.over.etcd).map(isOpen)));
    await FleetClient.closeAll();
  }

  async close(): Promise<void> {
    for (const listener of this.listeners) listener.kill('SIGKILL');
    for (const name of Object.keys(this.etcd?.environment('deployer') ?? {}))
      if (this.before[name] === undefined) delete process.env[name];
      else process.env[name] = this.before[name];
    await this.etcd?.remove();
    for (const socket of this.sockets) socket.destroy();
    await Promise.all(this.servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }

  /** Lets everything pass again. */
  rest(): void {
    this.onRequest = this.onAnswer = () => undefined;
  }

  private open(node: string): Promise<void> {
    const server = createServer((outer) => this.pass(node, outer));
    this.servers.push(server);
    return new Promise((resolve) => server.listen(this.pathOf(node), resolve));
  }

  /** The provider opens a connection for each request. */
  private pass(node: string, outer: Socket): void {
    this.watch(outer);
    let inner: Socket | undefined;
    let sending = Promise.resolve();
    outer.on('data', (chunk) => {
      sending = sending.then(async () => {
        if (!inner) {
          if (outer.writableEnded || outer.destroyed) return;
          const [, method, what = ''] = /^(\w+) \/v\d+\/(\w+)/.exec(chunk.toString('latin1')) ?? [];
          const knock = { node, what, isChange: method !== 'GET' && what !== 'health' };
          const fate = await this.onRequest(knock);
          if (fate === 'hung up') outer.destroy();
          if (fate === 'refused')
            outer.end(
              `HTTP/1.1 409 Conflict\r\ncontent-length: ${REFUSAL.length}\r\nconnection: close\r\n\r\n${REFUSAL}`,
            );
          if (fate) return;
          inner = this.enter(knock, outer);
        }
        inner.write(chunk);
      });
    });
  }

  /** A connection to the agent, whose answer goes back. */
  private enter(knock: Knock, outer: Socket): Socket {
    const inner = this.watch(connect(this.behind[knock.node].replace('unix://', '')));
    let isAnswered = false;
    let answering = Promise.resolve();
    inner.on('data', (chunk) => {
      const isFirst = !isAnswered;
      isAnswered = true;
      answering = answering.then(async () => {
        if (isFirst && (await this.onAnswer(knock)) === 'hung up') outer.destroy();
        outer.write(chunk);
      });
    });
    outer.on('close', () => inner.destroy());
    inner.on('close', () => answering.then(() => outer.destroy()));
    inner.on('end', () => answering.then(() => outer.end()));
    return inner;
  }

  private watch(socket: Socket): Socket {
    this.sockets.add(socket);
    return socket.on('error', () => {}).on('close', () => this.sockets.delete(socket));
  }

  private pathOf(node: string): string {
    return join(this.folder, `${node}.sock`);
  }
}
