import { IpAddress } from '../model/address';
import { Prefix } from '../model/prefix';
import { sure } from '../model/problem';
import type { Input } from './effects';
import type { LocalInterface } from './rib/adj-rib-out/own-next-hop';
import type { NextHopState } from './rib/table/next-hop-table';
import type { SessionConfig } from './session/config';
import { Speaker } from './speaker';
import type { WireContext } from './wire/context';
import type { Family } from './wire/family';
import { KEEPALIVE } from './wire/keepalive';
import { encodeOpen } from './wire/open';
import { SEGMENT } from './wire/path-attributes';
import { encodeAttributes, endOfRib, UpdateWriter } from './wire/update';

const LOCAL_AS = 64512;
/** The sending and the receiving neighbour. */
const [SOURCE, SINK] = [1, 2];
/**
 * AS numbers of both, and the router id of this node. Some exceed 31 bits: the engine represents such numbers
 * differently, and discards code compiled without any at the first one.
 */
const AS_OF: Readonly<Record<number, number>> = { [SOURCE]: LOCAL_AS + SOURCE, [SINK]: 4_200_000_000 + SINK };
const ROUTER_ID = 0xc0000200;
/** Prefixes of a table, and octets received at once. */
const PREFIXES = 5000;
const CHUNK = 2048;
/** Upper bound for a table in octets, with one message for each prefix. */
const MOST_OCTETS = 96 * PREFIXES;
/** The size of attribute sets in prefixes, and how many chunks arrive before the speaker's output is read. */
interface Round {
  readonly perSet: number;
  readonly burst: number;
  /** Whether the sets differ in length. */
  readonly isVaried: boolean;
}
/**
 * First as with a small table, then faster than the routes can be advertised, and last with enough sets to fill more
 * than a chunk of the store.
 */
const ROUNDS: readonly Round[] = [
  { perSet: 6, burst: 1, isVaried: true },
  { perSet: 6, burst: 64, isVaried: true },
  { perSet: 1, burst: 256, isVaried: false },
];
/** Prefixes generated at once. */
const STEP = 200;
const LENGTHS = [24, 24, 24, 23, 22, 20, 19, 16];

/**
 * Simulates a small network with a separate speaker: sessions come up; tables of these families are received,
 * advertised, changed and withdrawn. Its only effect is that the engine has compiled what the first neighbours need: a
 * table of 10,000 routes then takes a third of the time, one of 100,000 two thirds, and the event loop does not stall
 * during the first one. About half a second of work in steps of a few milliseconds, which may be abandoned at any time.
 * Returns the number of octets sent by the speaker. `received` converts octets to the type that sockets deliver: code
 * compiled for another type is discarded at the first message.
 */
export function* warmUpSteps(
  families: readonly Family[],
  received: (octets: Uint8Array) => Uint8Array = (octets) => octets,
): Generator<void, number> {
  let sent = 0;
  for (const [number, round] of ROUNDS.entries()) {
    const stage = new Stage(number, round.burst, received);
    for (const family of families) {
      const tables: Table[] = [];
      for (const version of [0, 1]) tables.push(yield* tableOf(family, round, version));
      for (const { updates } of tables) yield* stage.say(updates);
      yield* stage.say(endOfRib(family));
      yield* stage.say(tables[0].withdrawals);
      for (const { updates } of [tables[1], tables[1]]) yield* stage.say(updates);
    }
    stage.end(SOURCE);
    yield* stage.settle();
    sent += stage.sent;
  }
  return sent;
}

/** The speaker, with simulated neighbours and network. */
class Stage {
  sent = 0;
  private readonly speaker: Speaker;
  private readonly waiting: Input[] = [];
  private now = 0;

  constructor(
    seed: number,
    private readonly burst: number,
    private readonly received: (octets: Uint8Array) => Uint8Array,
  ) {
    this.speaker = new Speaker({ seed, asksNextHops: true });
    this.give({ kind: 'links', links: [{ prefix: SUBNET, interface: 'link0' }] });
    this.give({ kind: 'interfaces', interfaces: [LINK] });
    this.give({ kind: 'configure', routing: { routerId: ROUTER_ID }, sessions: [sessionTo(SOURCE), sessionTo(SINK)] });
    for (const peer of [SINK, SOURCE]) {
      this.give({ kind: 'accepted', connection: peer, local: LOCAL.toString(), remote: addressOf(peer).toString() });
      for (const message of [openOf(peer), KEEPALIVE])
        this.give({ kind: 'bytes', connection: peer, bytes: received(message) });
    }
  }

  /** The source sends these messages, chunk by chunk. */
  *say(message: Uint8Array): Generator<void, void> {
    const octets = this.received(message);
    for (let at = 0, chunks = 1; at < octets.length; at += CHUNK, chunks++) {
      this.give({ kind: 'bytes', connection: SOURCE, bytes: octets.subarray(at, at + CHUNK) });
      if (chunks % this.burst === 0) yield* this.settle();
      else yield;
    }
    yield* this.settle();
  }

  end(peer: number): void {
    this.give({ kind: 'closed', connection: peer });
  }

  *settle(): Generator<void, void> {
    for (let input = this.waiting.shift(); input; input = this.waiting.shift()) {
      this.give(input);
      yield;
    }
    yield;
  }

  private give(input: Input): void {
    for (const effect of this.speaker.handle(input, ++this.now)) {
      if (effect.kind === 'send') {
        this.sent += effect.bytes.length;
        this.waiting.push({ kind: 'written', connection: effect.connection, octets: effect.bytes.length });
      } else if (effect.kind === 'nextHops')
        this.waiting.push({ kind: 'nextHops', changes: effect.ask.map((address) => ({ address, state: ON_LINK })) });
      else if (effect.kind === 'timer' && effect.at <= this.now) this.waiting.push({ kind: 'timer' });
    }
  }
}

const ip = (text: string) => sure(IpAddress.parse(text));
const LOCAL = ip('192.0.2.254');
const LOCAL6 = ip('2001:db8::254');
const SUBNET = sure(Prefix.parse('192.0.2.0/24'));
const LINK: LocalInterface = {
  name: 'link0',
  addresses: [
    { address: LOCAL, length: 24 },
    { address: LOCAL6, length: 64 },
  ],
};
const ON_LINK: NextHopState = { reachable: true, metric: 0, onLink: true };
const FAMILIES: readonly Family[] = ['ipv4 unicast', 'ipv6 unicast'];
const addressOf = (peer: number) => ip(`192.0.2.${peer}`);

function sessionTo(peer: number): SessionConfig {
  const remoteAddress = addressOf(peer);
  return {
    key: `${LOCAL} ${remoteAddress} 179`,
    name: `peer${peer}`,
    reason: 'warm-up',
    localAddress: LOCAL,
    remoteAddress,
    port: 179,
    listenPort: 179,
    acceptable: [{ localAs: LOCAL_AS, remoteAs: AS_OF[peer] }],
    routerId: ROUTER_ID,
    families: FAMILIES,
    dial: 'never',
    holdTime: 90,
    keepaliveTime: 30,
    connectRetryTime: 5,
    multihop: false,
    gracefulRestartTime: 120,
    inside: false,
    importPolicy: { rules: [], otherwise: 'accept' },
    exportPolicy: { rules: [], otherwise: 'accept' },
    nextHop: 'auto',
    routeReflectorClient: false,
    allowOwnAs: 0,
    maxPrefixes: 1_000_000,
    maxRouteMemory: 500,
    localAddresses: { ipv4: LOCAL, ipv6: LOCAL6 },
  };
}

const openOf = (peer: number): Uint8Array =>
  encodeOpen({
    version: 4,
    as: AS_OF[peer],
    holdTime: 90,
    routerId: ROUTER_ID + peer,
    capabilities: [
      { code: 1, afi: 1, safi: 1 },
      { code: 1, afi: 2, safi: 1 },
      { code: 65, as: AS_OF[peer] },
    ],
  });

interface Table {
  readonly updates: Uint8Array;
  readonly withdrawals: Uint8Array;
}

/** Generated routes of the source: each `version` of the same table has other paths. */
function* tableOf(family: Family, { perSet, isVaried }: Round, version: number): Generator<void, Table> {
  const sender: WireContext = {
    session: 'ebgp',
    as4: true,
    addPathReceive: new Set(),
    addPathSend: new Set(),
    extendedMessage: false,
    localAs: LOCAL_AS + SOURCE,
    peerAs: LOCAL_AS,
    families: new Set(FAMILIES),
    extendedNextHop: new Set(),
  };
  const isIpv4 = family === 'ipv4 unicast';
  const nextHop = (isIpv4 ? addressOf(SOURCE) : ip('2001:db8::1')).bytes;
  const [updates, withdrawals] = [new UpdateWriter(sender, MOST_OCTETS), new UpdateWriter(sender, MOST_OCTETS)];
  withdrawals.withdraw(family);
  for (let n = 0; n < PREFIXES; n++) {
    const spread = Math.imul(n + 1, 0x9e3779b1) >>> 0;
    if (n % STEP === 0) yield;
    if (n % perSet === 0) {
      const members = [LOCAL_AS + SOURCE, 1 + version, 1 + (spread >>> 16), 1 + (spread & 0xffff), 1 + (n & 0xff)];
      const attributes = {
        origin: 0 as const,
        asPath: [{ type: SEGMENT.sequence, members: members.slice(0, isVaried ? 3 + (n % 3) : 4) }],
        nextHop,
        ...(isVaried && n % 5 === 0 && { med: n }),
        ...((!isVaried || n % 2 === 0) && { communities: isVaried ? [n, spread] : [n, spread, n + 1, spread + 1] }),
      };
      updates.announce(family, encodeAttributes(attributes, sender, family), nextHop);
    }
    const length = isIpv4 ? LENGTHS[n % LENGTHS.length] : 48;
    const word0 = isIpv4 ? (0x80000000 + (spread & 0x3fffffff)) & (-1 << (32 - length)) : 0x20010000 + (n >>> 8);
    const word1 = isIpv4 ? 0 : n << 16;
    updates.add(word0, word1, 0, 0, length);
    withdrawals.add(word0, word1, 0, 0, length);
  }
  return { updates: updates.take(), withdrawals: withdrawals.take() };
}
