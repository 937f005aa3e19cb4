import { Agent, type ClientRequest } from 'node:http';
import type { Duplex } from 'node:stream';
import type { SshEndpoint } from '../model/endpoint';
import { SshBridge } from './ssh-bridge';

/** At most so many connections to one agent: a request that waits for events must not keep others from it. */
const TO_ONE_AGENT = 4;

/**
 * OpenSSH's server turns connections away from ten that have not logged in yet (MaxStartups); all may pass one host in
 * between.
 */
const LOGGING_IN = 9;

/** So many idle connections are kept, each a process; beyond, a connection is made again. */
const KEPT = 128;

/** Milliseconds that an idle connection is kept. */
const KEPT_FOR = 30_000;

/** What a request over ssh names. */
interface Wanted {
  readonly endpoint: SshEndpoint;
}

type Connected = (error: Error | null, socket?: Duplex) => void;

/** Connections over ssh, kept from one request to the next: making one costs two processes and a login. */
class SshPool extends Agent {
  private readonly kept = new Set<Duplex>();
  private readonly queue: (() => void)[] = [];
  private loggingIn = 0;

  constructor() {
    super({ keepAlive: true, maxSockets: TO_ONE_AGENT, timeout: KEPT_FOR });
  }

  override getName(options?: object): string {
    return JSON.stringify((options as Wanted).endpoint);
  }

  override createConnection({ endpoint }: object & Partial<Wanted>, connected: Connected): undefined {
    const begin = () => {
      this.loggingIn++;
      const bridge = new SshBridge(endpoint!).setTimeout(KEPT_FOR); // as the agent expects of what it gets
      let isDone = false;
      const done = () => {
        if (isDone) return;
        isDone = true;
        this.loggingIn--;
        this.queue.shift()?.();
      };
      bridge.once('heard', done).once('close', done);
      connected(null, bridge);
    };
    if (this.loggingIn < LOGGING_IN) begin();
    else this.queue.push(begin);
  }

  override keepSocketAlive(socket: Duplex): boolean {
    if (this.kept.size >= KEPT) return false;
    this.kept.add(socket);
    socket.once('close', () => this.kept.delete(socket));
    return (super.keepSocketAlive as unknown as (socket: Duplex) => boolean)(socket);
  }

  override reuseSocket(socket: Duplex, request: ClientRequest): void {
    this.kept.delete(socket);
    super.reuseSocket(socket, request);
  }
}

/** The connections of this process. */
export const sshPool: Agent = new SshPool();
