import type { SessionConfig } from '../../lib/bgp/session/config';
import { type Effect, type Input, Speaker, type SpeakerEvent, type SpeakerOptions } from '../../lib/bgp/speaker';
import { IpAddress } from '../../lib/model/address';
import { sure } from '../../lib/model/problem';

interface End {
  readonly node: Node;
  readonly connection: number;
  /** When the last thing sent towards this end arrives: TCP keeps the order. */
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
  /** Whether its network takes what it sends: if not, it waits in `waiting`. */
  drains: boolean;
  readonly waiting: Input[];
}

/** Speakers on a network of values, with virtual time: what happens depends on nothing but its arguments. */
export class Simulation {
  now = 0;
  private readonly nodes = new Map<string, Node>();
  private readonly agenda: { at: number; order: number; run: () => void }[] = [];
  private order = 0;
  readonly inputs: { node: string; at: number; input: Input; effects: Effect[] }[] = [];

  /** `latency` is asked for each thing that crosses the network, in milliseconds. */
  constructor(private readonly latency: () => number = () => 1) {}

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
    return speaker;
  }

  node(name: string): Node {
    return this.nodes.get(name)!;
  }

  /** The speaker of a node is replaced by a new one; its connections break as the operating system breaks those of a dead process. */
  restart(name: string, options: Partial<SpeakerOptions> = {}): Speaker {
    const { addresses } = this.node(name);
    this.breakAll(name);
    return this.add(name, addresses, options);
  }

  /** Breaks every connection of a node, seen by both ends at once. */
  breakAll(name: string): void {
    for (const end of [...this.node(name).ends.values()]) {
      this.end(end, 'reset');
      if (end.other) this.end(end.other, 'reset');
    }
  }

  /** Loses every connection of a node without a word to either end. */
  loseAll(name: string): void {
    for (const end of this.node(name).ends.values()) {
      if (end.other) end.other.other = undefined;
      end.other = undefined;
    }
  }

  give(name: string, input: Input): void {
    const node = this.node(name),
      effects = node.speaker.handle(input, this.now);
    this.inputs.push({ node: name, at: this.now, input, effects });
    for (const effect of effects) this.carryOut(node, effect);
  }

  /** Lets so many milliseconds pass. */
  run(milliseconds: number): void {
    const until = this.now + milliseconds;
    for (let next = this.next(until); next; next = this.next(until)) {
      this.now = next.at;
      next.run();
    }
    this.now = until;
  }

  private next(until: number) {
    const [first] = this.agenda;
    return first && first.at <= until ? this.agenda.shift() : undefined;
  }

  private at(at: number, run: () => void): void {
    const entry = { at, order: this.order++, run };
    let i = this.agenda.length;
    while (i > 0 && this.agenda[i - 1].at > at) i--;
    this.agenda.splice(i, 0, entry);
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
  }

  private connect(node: Node, { connection, local, remote }: Extract<Effect, { kind: 'connect' }>): void {
    const here: End = { node, connection, arrival: this.now, isOpen: false };
    node.ends.set(connection, here);
    this.arrive(here, () => {
      const there = [...this.nodes.values()].find(({ addresses }) => addresses.includes(remote));
      if (!node.ends.has(connection)) return;
      if (!there?.reachable || !node.reachable) {
        node.ends.delete(connection);
        this.give(node.name, { kind: 'failed', connection, reason: 'unreachable' });
        return;
      }
      there.accepted += 2;
      const end: End = { node: there, connection: there.accepted, arrival: this.now, isOpen: true, other: here };
      here.other = end;
      there.ends.set(end.connection, end);
      this.arrive(here, () => {
        here.isOpen = true;
        this.give(node.name, { kind: 'opened', connection });
      });
      this.give(there.name, { kind: 'accepted', connection: end.connection, local: remote, remote: local });
    });
  }

  /** Something reaches this end, behind all that is already on its way to it. */
  private arrive(end: End, run: () => void): void {
    end.arrival = Math.max(end.arrival, this.now + this.latency());
    this.at(end.arrival, () => {
      if (end.node.ends.get(end.connection) === end && this.nodes.get(end.node.name) === end.node) run();
    });
  }

  private send(from: End | undefined, bytes: Uint8Array): void {
    if (!from?.other) return;
    const to = from.other,
      copy = bytes.slice();
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

  /** The network takes what waits, and all that comes from now on. */
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

const ip = (text: string) => sure(IpAddress.parse(text));

/** A session between two addresses; what is not said is as in a mesh of one AS. */
export function sessionTo(local: string, remote: string, more: Partial<SessionConfig> = {}): SessionConfig {
  const localAddress = ip(local),
    remoteAddress = ip(remote);
  return {
    key: `${local} ${remote} 179`,
    name: remote,
    reason: 'nodeToNodeMesh',
    localAddress,
    remoteAddress,
    port: 179,
    acceptable: [{ localAs: 64512, remoteAs: 64512 }],
    routerId: routerId(local),
    families: [localAddress.family === 'ipv4' ? 'ipv4 unicast' : 'ipv6 unicast'],
    dial: localAddress.compare(remoteAddress) > 0 ? 'first' : 'wait',
    holdTime: 90,
    keepaliveTime: 30,
    connectRetryTime: 5,
    multihop: false,
    inside: true,
    importPolicy: { rules: [], otherwise: 'accept' },
    exportPolicy: { rules: [], otherwise: 'accept' },
    nextHop: 'auto',
    routeReflectorClient: false,
    allowOwnAs: 0,
    localAddresses: { [localAddress.family]: localAddress },
    ...more,
  };
}

/** The last four octets of an address as a BGP identifier. */
export const routerId = (address: string): number => new DataView(ip(address).bytes.slice(-4).buffer).getUint32(0);
