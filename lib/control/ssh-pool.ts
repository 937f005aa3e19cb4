import { Agent, type ClientRequest } from 'node:http';
import type { Duplex } from 'node:stream';
import type { SshEndpoint } from '../model/endpoint';
import { SshBridge } from './ssh-bridge';

/** Maximum number of connections to one agent: a request that waits for events must not block others. */
const TO_ONE_AGENT = 4;

/**
 * OpenSSH's server refuses connections once ten have not authenticated yet (MaxStartups); all may pass through one jump
 * host.
 */
const LOGGING_IN = 9;

/** Maximum number of idle connections kept, each a process; beyond that they are opened again. */
const KEPT = 128;

/** Milliseconds that an idle connection is kept. */
const KEPT_FOR = 30_000;

/** The target of a request over ssh. */
interface Wanted {
  readonly endpoint: SshEndpoint;
}

type Connected = (error: Error | null, socket?: Duplex) => void;

/** Connections over ssh, reused between requests: opening one costs two processes and a login. */
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
      const bridge = new SshBridge(endpoint!).setTimeout(KEPT_FOR); // as the agent expects of its sockets
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
