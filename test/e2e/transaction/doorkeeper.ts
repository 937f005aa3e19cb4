import { mkdirSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';

/** A request of the provider to an agent: `stage`, `activate`, `release` (the delivery), `summary`, `status` and so on. */
export interface Knock {
  readonly node: string;
  readonly what: string;
}

/**
 * Stands between terraform and the agents, one socket a node, so that a test can act at an exact step of a deploy: before an agent hears of it, or
 * when it has answered and before the provider knows.
 */
export class Doorkeeper {
  readonly endpoints: Readonly<Record<string, string>>;
  /** Called with each request before it is passed on. */
  onRequest: (knock: Knock) => void | Promise<void> = () => {};
  /** Called when the agent has answered, before the answer is passed on. */
  onAnswer: (knock: Knock) => void | Promise<void> = () => {};
  private readonly servers: Server[] = [];
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly folder: string,
    private readonly behind: Readonly<Record<string, string>>,
  ) {
    this.endpoints = Object.fromEntries(Object.keys(behind).map((node) => [node, `unix://${this.pathOf(node)}`]));
  }

  /** `behind`: node → endpoint of its agent. */
  static async of(folder: string, behind: Readonly<Record<string, string>>): Promise<Doorkeeper> {
    const doors = new Doorkeeper(join(folder, 'doors'), behind);
    mkdirSync(doors.folder);
    await Promise.all(Object.keys(behind).map((node) => doors.open(node)));
    return doors;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await Promise.all(this.servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }

  /** Lets everything pass again. */
  rest(): void {
    this.onRequest = this.onAnswer = () => {};
  }

  private open(node: string): Promise<void> {
    const server = createServer((outer) => this.pass(node, outer));
    this.servers.push(server);
    return new Promise((resolve) => server.listen(this.pathOf(node), resolve));
  }

  /** The provider opens a connection for each request. */
  private pass(node: string, outer: Socket): void {
    const inner = connect(this.behind[node].replace('unix://', ''));
    let knock: Knock | undefined,
      sending = Promise.resolve(),
      answering = Promise.resolve();
    for (const socket of [outer, inner]) {
      this.sockets.add(socket);
      socket.on('error', () => {}).on('close', () => this.sockets.delete(socket));
    }
    outer.on('data', (chunk) => {
      const isFirst = knock === undefined;
      knock ??= { node, what: /^\w+ \/v\d+\/(\w+)/.exec(chunk.toString('latin1'))?.[1] ?? '' };
      const known = knock;
      sending = sending.then(async () => {
        if (isFirst) await this.onRequest(known);
        inner.write(chunk);
      });
    });
    let isAnswered = false;
    inner.on('data', (chunk) => {
      const isFirst = !isAnswered;
      isAnswered = true;
      answering = answering.then(async () => {
        if (isFirst && knock) await this.onAnswer(knock);
        outer.write(chunk);
      });
    });
    outer.on('close', () => inner.destroy());
    inner.on('close', () => answering.then(() => outer.destroy()));
    inner.on('end', () => answering.then(() => outer.end()));
  }

  private pathOf(node: string): string {
    return join(this.folder, `${node}.sock`);
  }
}
