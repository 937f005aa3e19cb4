import type { BestRouteChange } from '../bgp/rib/rib';
import { type Effect, type Input, Speaker, type SpeakerEvent, type SpeakerOptions } from '../bgp/speaker';
import { EventQueue } from './event-queue';
import { SimulatedBfd } from './simulated-bfd';

interface End {
  readonly node: Node;
  readonly connection: number;
  /** When the last data sent towards this end arrives: TCP preserves order. */
  arrival: number;
  isOpen: boolean;
  other?: End;
}

interface Node {
  readonly name: string;
  readonly speaker: Speaker;
  readonly addresses: readonly string[];
  readonly ends: Map<number, End>;
  readonly events: (SpeakerEvent & { at: number })[];
  accepted: number;
  wake: number;
  reachable: boolean;
  /** Whether the network accepts what it sends; otherwise it is queued in `waiting`. */
  drains: boolean;
  readonly waiting: Input[];
}

/** Milliseconds until BFD comes up: before that it sends one packet per second (RFC 5880 section 6.8.3). */
const BFD_COMES_UP = 2000;

/** Speakers on a simulated network with virtual time: deterministic for given arguments. */
export class Simulation {
  now = 0;
  private readonly nodes = new Map<string, Node>();
  private readonly byAddress = new Map<string, Node>();
  private readonly agenda = new EventQueue();
  private readonly bfd = new SimulatedBfd();
  /** All inputs so far, in order. */
  readonly inputs: { node: string; at: number; input: Input; effects: Effect[] }[] = [];

  /**
   * `latency` returns the delay in milliseconds of each item sent over the network. `onRoutes` receives the best routes
   * of each node as they change.
   */
  constructor(
    private readonly latency: () => number = () => 1,
    private readonly onRoutes?: (node: string, changes: readonly BestRouteChange[]) => void,
  ) {}

  add(name: string, addresses: readonly string[], options: Partial<SpeakerOptions> = {}): Speaker {
    const speaker = new Speaker({ seed: this.nodes.size + 1, ...options });
    const node: Node = {
      name,
      speaker,
      addresses,
      ends: new Map(),
      events: [],
      accepted: -1,
      wake: 0,
      reachable: true,
      drains: true,
      waiting: [],
    };
    this.nodes.set(name, node);
    for (const address of addresses) this.byAddress.set(address, node);
    return speaker;
  }

  node(name: string): Node {
    return this.nodes.get(name)!;
  }

  /**
   * Replaces the speaker of a node by a new one; its connections are reset, as the operating system does when a process
   * dies.
   */
  restart(name: string, options: Partial<SpeakerOptions> = {}): Speaker {
    const { addresses } = this.node(name);
    this.breakAll(name);
    return this.add(name, addresses, options);
  }

  /** Resets every connection of a node; both ends see it at once. */
  breakAll(name: string): void {
    for (const end of [...this.node(name).ends.values()]) {
      this.end(end, 'reset');
      if (end.other) this.end(end.other, 'reset');
    }
  }

  /** Drops every connection of a node without notice to either end. */
  loseAll(name: string): void {
    for (const end of this.node(name).ends.values()) {
      if (end.other) end.other.other = undefined;
      end.other = undefined;
    }
  }

  give(name: string, input: Input): void {
    const node = this.node(name);
    const effects = node.speaker.handle(input, this.now);
    if (!this.onRoutes) this.inputs.push({ node: name, at: this.now, input, effects });
    for (const effect of effects) this.carryOut(node, effect);
    if (input.kind === 'configure' && this.bfd.configure(name, input.sessions))
      this.at(this.now + BFD_COMES_UP, () => {
        for (const [watching, verdict] of [...this.bfd.verdicts()]) this.give(watching, verdict);
      });
  }

  /** Advances time by a number of milliseconds. */
  run(milliseconds: number): void {
    const until = this.now + milliseconds;
    for (let next = this.agenda.next(until); next; next = this.agenda.next(until)) {
      this.now = next.at;
      next.run();
    }
    this.now = until;
  }

  private at(at: number, run: () => void): void {
    this.agenda.add(at, run);
  }

  private carryOut(node: Node, effect: Effect): void {
    if (effect.kind === 'timer') {
      const wake = ++node.wake;
      this.at(Math.max(effect.at, this.now), () => {
        if (wake === node.wake && this.nodes.get(node.name) === node) this.give(node.name, { kind: 'timer' });
      });
    } else if (effect.kind === 'connect') this.connect(node, effect);
    else if (effect.kind === 'send') this.send(node.ends.get(effect.connection), effect.bytes);
    else if (effect.kind === 'close') this.close(node.ends.get(effect.connection));
    else if (effect.kind === 'event') node.events.push({ ...effect.event, at: this.now });
    else if (effect.kind === 'routes') this.onRoutes?.(node.name, effect.changes);
  }

  private connect(
    node: Node,
    { connection, local, remote, port, transport }: Extract<Effect, { kind: 'connect' }>,
  ): void {
    const here: End = { node, connection, arrival: this.now, isOpen: false };
    node.ends.set(connection, here);
    this.arrive(here, () => {
      const there = this.byAddress.get(remote);
      if (!node.ends.has(connection)) return;
      if (!there?.reachable || !node.reachable) {
        node.ends.delete(connection);
        this.give(node.name, { kind: 'failed', connection, reason: 'unreachable' });
        return;
      }
      // RFC 2385 section 2.0: segments signed with another key are dropped without a reply.
      const key = there.speaker.keyFor(remote, local, port);
      if (key !== undefined && key !== (transport.authentication ?? null)) return;
      there.accepted += 2;
      const end: End = { node: there, connection: there.accepted, arrival: this.now, isOpen: true, other: here };
      here.other = end;
      there.ends.set(end.connection, end);
      this.arrive(here, () => {
        here.isOpen = true;
        this.give(node.name, { kind: 'opened', connection });
      });
      this.give(there.name, { kind: 'accepted', connection: end.connection, local: remote, remote: local, port });
    });
  }

  /** Delivers something to this end, after everything already on its way to it. */
  private arrive(end: End, run: () => void): void {
    end.arrival = Math.max(end.arrival, this.now + this.latency());
    this.at(end.arrival, () => {
      if (end.node.ends.get(end.connection) === end && this.nodes.get(end.node.name) === end.node) run();
    });
  }

  private send(from: End | undefined, bytes: Uint8Array): void {
    if (!from?.other) return;
    const to = from.other;
    const copy = bytes.slice();
    this.arrive(to, () => {
      this.give(to.node.name, { kind: 'bytes', connection: to.connection, bytes: copy });
    });
    const written: Input = { kind: 'written', connection: from.connection, octets: copy.length };
    if (!from.node.drains) from.node.waiting.push(written);
    else
      this.at(this.now, () => {
        if (from.node.ends.get(from.connection) === from) this.give(from.node.name, written);
      });
  }

  /** The network accepts what is queued, and everything from now on. */
  drain(name: string): void {
    const node = this.node(name);
    node.drains = true;
    for (const written of node.waiting.splice(0)) this.give(name, written);
  }

  private close(end: End | undefined): void {
    if (!end) return;
    end.node.ends.delete(end.connection);
    const { other } = end;
    if (other) this.arrive(other, () => this.end(other, undefined));
  }

  private end(end: End, reason: string | undefined): void {
    if (!end.node.ends.delete(end.connection) || this.nodes.get(end.node.name) !== end.node) return;
    this.give(end.node.name, {
      kind: end.isOpen ? 'closed' : 'failed',
      connection: end.connection,
      reason: reason ?? 'closed',
    });
  }
}
