import { IpAddress } from '../model/address';
import { sure } from '../model/problem';
import type { Input } from './effects';
import type { SessionConfig } from './session/config';
import { Speaker } from './speaker';
import type { WireContext } from './wire/context';
import type { Family } from './wire/family';
import { KEEPALIVE } from './wire/keepalive';
import { encodeOpen } from './wire/open';
import { SEGMENT } from './wire/path-attributes';
import { encodeAttributes, UpdateWriter } from './wire/update';

const LOCAL_AS = 64512;
/** Who sends and who is told. */
const [SOURCE, SINK] = [1, 2];
/** Prefixes of a table, with so many to a set of attributes, and octets that are given at once. */
const ROUNDS = 3;
const PREFIXES = 5000;
const PER_SET = 6;
const CHUNK = 2048;
/** Prefixes that are made at once. */
const STEP = 200;
const LENGTHS = [24, 24, 24, 23, 22, 20, 19, 16];

/**
 * Plays a small network to a speaker of its own: sessions come up, tables of these families come in and go out, change and go. Nothing comes of it but
 * that the engine has compiled what the first neighbours need at once: a table of 10,000 routes takes a third of the time then, one of 100,000 two
 * thirds, and the event loop does not stall over the first. Some 0.4 s of work in steps of a few milliseconds; nobody need see it to its end. Returns how many octets the
 * speaker sent.
 */
export function* rehearse(families: readonly Family[]): Generator<void, number> {
  let sent = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const stage = new Stage(round);
    for (const family of families) {
      const tables: Table[] = [];
      for (const version of [0, 1]) tables.push(yield* tableOf(family, round, version));
      for (const { updates } of tables) yield* stage.say(updates);
      yield* stage.say(tables[0].withdrawals);
      yield* stage.say(tables[1].updates);
    }
    stage.end(SOURCE);
    yield* stage.settle();
    sent += stage.sent;
  }
  return sent;
}

/** The speaker and what stands for its neighbours and the network. */
class Stage {
  sent = 0;
  private readonly speaker: Speaker;
  private readonly waiting: Input[] = [];
  private now = 0;

  constructor(seed: number) {
    this.speaker = new Speaker({ seed });
    this.give({ kind: 'configure', routing: { routerId: 1 }, sessions: [sessionTo(SOURCE), sessionTo(SINK)] });
    for (const peer of [SINK, SOURCE]) {
      this.give({ kind: 'accepted', connection: peer, local: LOCAL.toString(), remote: addressOf(peer).toString() });
      this.give({ kind: 'bytes', connection: peer, bytes: openOf(peer) });
      this.give({ kind: 'bytes', connection: peer, bytes: KEEPALIVE });
    }
  }

  /** The source says this, piece by piece. */
  *say(octets: Uint8Array): Generator<void, void> {
    for (let at = 0; at < octets.length; at += CHUNK) {
      this.give({ kind: 'bytes', connection: SOURCE, bytes: octets.subarray(at, at + CHUNK) });
      yield* this.settle();
    }
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
      } else if (effect.kind === 'routes') this.speaker.rib.takeChanges(() => {});
      else if (effect.kind === 'timer' && effect.at <= this.now) this.waiting.push({ kind: 'timer' });
    }
  }
}

const ip = (text: string) => sure(IpAddress.parse(text));
const LOCAL = ip('192.0.2.254');
const LOCAL6 = ip('2001:db8::254');
const FAMILIES: readonly Family[] = ['ipv4 unicast', 'ipv6 unicast'];
const addressOf = (peer: number) => ip(`192.0.2.${peer}`);

function sessionTo(peer: number): SessionConfig {
  const remoteAddress = addressOf(peer);
  return {
    key: `${LOCAL} ${remoteAddress} 179`,
    name: `peer${peer}`,
    reason: 'rehearsal',
    localAddress: LOCAL,
    remoteAddress,
    port: 179,
    acceptable: [{ localAs: LOCAL_AS, remoteAs: LOCAL_AS + peer }],
    routerId: 1,
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
    localAddresses: { ipv4: LOCAL, ipv6: LOCAL6 },
  };
}

const openOf = (peer: number): Uint8Array =>
  encodeOpen({
    version: 4,
    as: LOCAL_AS + peer,
    holdTime: 90,
    routerId: 1 + peer,
    capabilities: [
      { code: 1, afi: 1, safi: 1 },
      { code: 1, afi: 2, safi: 1 },
      { code: 65, as: LOCAL_AS + peer },
    ],
  });

interface Table {
  readonly updates: Uint8Array;
  readonly withdrawals: Uint8Array;
}

/** Made-up routes of the source: each `version` of the same table has other paths. */
function* tableOf(family: Family, round: number, version: number): Generator<void, Table> {
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
  const isIpv4 = family === 'ipv4 unicast',
    nextHop = (isIpv4 ? addressOf(SOURCE) : ip('2001:db8::1')).bytes,
    [updates, withdrawals] = [new UpdateWriter(sender, 64 * PREFIXES), new UpdateWriter(sender, 64 * PREFIXES)];
  withdrawals.withdraw(family);
  for (let n = 0; n < PREFIXES; n++) {
    const spread = Math.imul(n + 1, 0x9e3779b1) >>> 0;
    if (n % STEP === 0) yield;
    if (n % PER_SET === 0) {
      const members = [LOCAL_AS + SOURCE, 1 + round, 1 + version, 1 + (spread >>> 16), 1 + (spread & 0xffff)];
      const attributes = {
        origin: 0 as const,
        asPath: [{ type: SEGMENT.sequence, members: members.slice(0, 3 + (n % 3)) }],
        nextHop,
        ...(n % 5 === 0 && { med: n }),
        ...(n % 2 === 0 && { communities: [n, spread] }),
      };
      updates.announce(family, encodeAttributes(attributes, sender, family), nextHop);
    }
    const length = isIpv4 ? LENGTHS[n % LENGTHS.length] : 48,
      word0 = isIpv4 ? (0x14000000 + (spread & 0x7fffffff)) & (-1 << (32 - length)) : 0x20010000 + (n >>> 8),
      word1 = isIpv4 ? 0 : n << 16;
    updates.add(word0, word1, 0, 0, length);
    withdrawals.add(word0, word1, 0, 0, length);
  }
  return { updates: updates.take(), withdrawals: withdrawals.take() };
}
