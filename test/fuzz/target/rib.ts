import { ACCEPT_ALL } from '../../../lib/bgp/policy/policy';
import { Rib, type RibPeer } from '../../../lib/bgp/rib/rib';
import type { WireContext } from '../../../lib/bgp/wire/context';
import type { Nlri } from '../../../lib/bgp/wire/nlri';
import type { PathAttributes } from '../../../lib/bgp/wire/path-attributes';
import { decodeRouteRefresh } from '../../../lib/bgp/wire/route-refresh';
import { type DecodedUpdate, decodeUpdate } from '../../../lib/bgp/wire/update';
import { IpAddress } from '../../../lib/model/address';
import { sure } from '../../../lib/model/problem';
import { CONTEXTS } from '../contexts';
import { digest, mix } from '../digest';
import { mutateOften } from '../mutation/octets';
import { mutateStream, readStream, writeStream } from '../mutation/stream';
import { fail, hold } from '../oracle';
import { updates } from '../seeds';
import { bucket, type Note, type Target } from '../target';
import { noteContents } from './updates';

const ROUTER_ID = 0x0a000001;
const ip = (text: string): IpAddress => sure(IpAddress.parse(text));

/** The neighbours, by what their sessions agreed on (bits as in CONTEXTS). */
const SESSIONS = [0, 1, 2, 17, 8, 32 + 64 + 16, 4, 32 + 2, 1 + 16 + 2];

function peerOf(n: number, { localAs, peerAs }: WireContext): RibPeer {
  return {
    ...{ name: `peer${n}`, address: ip(`192.0.2.${100 + n}`), localAddress: ip('192.0.2.254'), localAs, peerAs },
    localAddresses: { ipv4: ip('192.0.2.254'), ipv6: ip('2001:db8::254') },
    ...{ inside: true, importPolicy: ACCEPT_ALL, exportPolicy: ACCEPT_ALL, nextHop: 'auto' },
    ...{ routeReflectorClient: n % 2 === 1, allowOwnAs: n === 2 ? 1 : 0 },
  };
}

/** A neighbour with the table that the reference keeps of it: prefix → path identifier → attributes. */
interface Neighbour {
  readonly id: number;
  readonly context: WireContext;
  readonly told: Map<string, Map<number, PathAttributes>>;
  /** What it was told: prefixes with path identifiers. */
  readonly heard: Set<string>;
}

/** The RIB and, beside it, what plain maps make of the same messages read by `decodeUpdate`. */
class World {
  readonly rib = new Rib({ routerId: ROUTER_ID, multipath: 4, hashKey: [1, 2] });
  readonly neighbours: readonly Neighbour[];

  constructor() {
    this.neighbours = SESSIONS.map((bits, n) => ({
      id: this.rib.addPeer(peerOf(n, CONTEXTS[bits])),
      context: CONTEXTS[bits],
      told: new Map(),
      heard: new Set(),
    }));
  }

  up(neighbour: Neighbour): void {
    this.rib.peerUp(neighbour.id, { ...neighbour.context, peerRouterId: 0x0a000064 + neighbour.id });
  }

  /** Gives a message to both; false where the session must end. */
  update(neighbour: Neighbour, body: Uint8Array, note: Note): boolean {
    const { id, context } = neighbour;
    const expected = decodeUpdate(body, 0, body.length, context);
    const verdict = this.rib.update(id, body, 0, body.length);
    if (verdict.kind === 'treat-as-withdraw' && verdict.reason.startsWith('the attributes are too long'))
      return this.take(neighbour, { ...expected, verdict });
    if (verdict.kind !== expected.verdict.kind)
      fail(`the RIB says ${verdict.kind}, decodeUpdate says ${expected.verdict.kind}`);
    note(mix(verdict.kind.length, bucket(expected.announced.length) * 8 + bucket(expected.withdrawn.length)));
    noteContents(expected, note);
    if (verdict.kind === 'session-reset') return false;
    this.take(neighbour, expected);
    if (expected.endOfRib) hold(this.rib.view.endOfRibSeen(id, expected.endOfRib), 'an End-of-RIB was not seen');
    return true;
  }

  /**
   * RFC 7606 section 2 by the book: withdrawals count always; announcements are withdrawals where the message is
   * malformed.
   */
  private take({ context, told }: Neighbour, { verdict, withdrawn, announced, attributes }: DecodedUpdate): true {
    const { nextHop: _, nextHopLinkLocal: __, ...rest } = attributes;
    for (const { prefix, pathId = 0 } of withdrawn) forget(told, String(prefix), pathId);
    for (const { prefix, pathId = 0, nextHop, nextHopLinkLocal } of announced) {
      const key = String(prefix);
      forget(told, key, pathId);
      // The fields of RFC 4271 mean IPv4 unicast, which the session need not carry.
      if (verdict.kind === 'treat-as-withdraw' || !context.families.has(`${prefix.family} unicast`)) continue;
      const paths = told.get(key) ?? new Map();
      told.set(
        key,
        paths.set(pathId, { ...rest, ...(nextHop && { nextHop }), ...(nextHopLinkLocal && { nextHopLinkLocal }) }),
      );
    }
    return true;
  }

  /** Compares what the RIB has with what it should have. */
  compare(note: Note): void {
    const { rib, neighbours } = this;
    const seen = neighbours.map(() => 0);
    let paths = 0;
    let prefixes = 0;
    for (const entry of rib.view.routes()) {
      prefixes++;
      paths += entry.paths.length;
      hold(entry.best < entry.paths.length, 'the best path is none of the paths');
      if (entry.best >= 0) hold(entry.paths[entry.best].reason === undefined, 'the best path lost');
      const prefix = String(entry.prefix);
      for (const [i, { id, told }] of neighbours.entries()) {
        const wanted = [...(told.get(prefix)?.values() ?? [])];
        const has = entry.paths.filter(({ peer }) => peer === id).map(({ attributes }) => attributes);
        seen[i] += has.length;
        if (wanted.length !== has.length)
          fail(`${has.length} paths in the RIB where the messages said ${wanted.length}`);
        compareAttributes(wanted, has);
      }
    }
    for (const [i, { id, told }] of neighbours.entries()) {
      const sent = [...told.values()].reduce((sum, { size }) => sum + size, 0);
      hold(seen[i] === sent, `the RIB has ${seen[i]} paths of a neighbour that sent ${sent}`);
      const counts = Object.values(rib.view.counts(id));
      const received = counts.reduce((sum, count) => sum + count.received, 0);
      hold(received === sent, `the RIB counts ${received} paths of a neighbour that sent ${sent}`);
      for (const { received, accepted, advertised } of counts)
        hold(accepted >= 0 && accepted <= received && advertised >= 0, 'the counts make no sense');
    }
    hold(rib.view.size.paths === paths && rib.view.size.prefixes >= prefixes, 'the size is not that of the table');
    note(mix(700, bucket(paths) * 16 + bucket(rib.view.size.attributeSets)));
  }

  /** Takes all output: messages that the neighbour can read, and that tell of nothing twice. */
  listen(neighbour: Neighbour, note: Note): void {
    const { id, context, heard } = neighbour;
    const theirs = mirrored(context);
    for (let turn = 0; turn < 100; turn++) {
      const octets = this.rib.takeOutput(id, 65536);
      if (!octets) break;
      const { messages, rest } = readStream(octets);
      hold(rest.length === 0 && octets.length > 0, 'the output is not whole messages');
      for (const { type, body } of messages) {
        if (type !== 2) {
          hold(type === 5 && 'subtype' in decodeRouteRefresh(body), 'the output holds another message');
          continue;
        }
        hold(body.length + 19 <= (context.extendedMessage ? 65535 : 4096), `a message has ${body.length + 19} octets`);
        const update = decodeUpdate(body, 0, body.length, theirs);
        if (update.verdict.kind !== 'accept')
          fail(`our own message is judged ${update.verdict.kind}: ${update.verdict.reason}`);
        for (const route of update.withdrawn)
          hold(heard.delete(nameOf(route)), 'a prefix is withdrawn that was not announced');
        for (const route of update.announced) heard.add(nameOf(route));
        note(mix(800 + bucket(update.announced.length), update.parts.attributes.length));
      }
    }
    hold(!this.rib.hasOutput(id), 'the output does not end');
    const advertised = Object.values(this.rib.view.counts(id)).reduce((sum, count) => sum + count.advertised, 0);
    hold(advertised === heard.size, `${advertised} prefixes are counted as advertised, ${heard.size} were`);
    const tellable = new Set<string>();
    for (const { prefix, best, paths } of this.rib.view.routes()) {
      const sendsAll = context.addPathSend.has(`${prefix.family} unicast`);
      if (sendsAll ? paths.some(({ peer }) => peer !== id) : best >= 0 && paths[best].peer !== id)
        tellable.add(String(prefix));
    }
    for (const name of heard)
      if (!tellable.has(name.split(' ')[0])) fail(`${name} is advertised, but there is nothing to advertise`);
  }

  /** All sessions end: nothing may be left. */
  clear(): void {
    for (const neighbour of this.neighbours) {
      this.rib.peerDown(neighbour.id, { retain: false });
      neighbour.told.clear();
      neighbour.heard.clear();
    }
    while (this.rib.takeChange());
    const { prefixes, paths, attributeSets } = this.rib.view.size;
    hold(
      prefixes + paths + attributeSets === 0,
      `${prefixes} prefixes, ${paths} paths, ${attributeSets} attribute sets are left over`,
    );
  }
}

function forget(told: Neighbour['told'], prefix: string, pathId: number): void {
  const paths = told.get(prefix);
  if (paths?.delete(pathId) && paths.size === 0) told.delete(prefix);
}

/**
 * Whether both hold the same attributes, in any order: paths are told apart by identifiers that the RIB does not show.
 */
function compareAttributes(wanted: readonly PathAttributes[], has: readonly PathAttributes[]): void {
  const [a, b] = [wanted, has].map((all) => all.map((attributes) => digest(canonical(attributes))).sort());
  if (a.some((one, i) => one !== b[i]))
    fail(`attributes in the RIB are not those of the message: ${text(wanted)} became ${text(has)}`);
}

const nameOf = ({ prefix, pathId = 0 }: Nlri): string => `${prefix} ${pathId}`;

const mirrored = (of: WireContext): WireContext => ({ ...of, localAs: of.peerAs, peerAs: of.localAs });

/**
 * What the RIB keeps of attributes: empty lists are left out; of unknown ones those that are passed on, by type, marked
 * partial.
 */
function canonical({ unknown, ...rest }: PathAttributes): unknown {
  const passed = (unknown ?? [])
    .filter(({ flags }) => (flags & 0x40) !== 0)
    .map(({ type, flags, value }) => ({ type, flags: (flags | 0x20) & 0xe0, value }))
    .sort((a, b) => a.type - b.type);
  const fields = Object.entries(rest)
    .filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return [fields, passed];
}

const text = (all: readonly PathAttributes[]): string =>
  JSON.stringify(all.map(canonical), (_, value) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
  );

let world = new World();

const target: Target = {
  name: 'rib',
  about:
    'UPDATEs of nine neighbours into one RIB, compared with plain maps and `decodeUpdate`; its output, and that nothing is left over',
  share: 5,
  seeds: () => {
    const all = SESSIONS.map((bits) => updates(CONTEXTS[bits]));
    return [
      ...all.flatMap((bodies, n) => bodies.map((body) => writeStream([{ type: n, body }]))),
      ...all.map((bodies, n) => writeStream(bodies.slice(0, 6).map((body) => ({ type: n, body })))),
      writeStream(all.map((bodies, n) => ({ type: n, body: bodies[0] }))),
    ];
  },
  // A stream of messages whose type says which neighbour sends an UPDATE.
  mutate: (input, other, dice) =>
    mutateOften(input, dice, (bytes) => {
      const { messages, rest } = readStream(bytes);
      if (messages.length === 0 || dice.once(3)) return asStream(bytes, other, dice);
      if (dice.once(6)) messages[dice.below(messages.length)].type = dice.below(SESSIONS.length);
      else return asStream(bytes, other, dice);
      return writeStream(messages, rest);
    }),
  run(input, note) {
    const { neighbours } = world;
    for (const neighbour of neighbours) world.up(neighbour);
    for (const { type, body } of readStream(input).messages.slice(0, 12)) {
      const neighbour = neighbours[type % neighbours.length];
      if (!world.update(neighbour, body, note)) {
        world.rib.peerDown(neighbour.id, { retain: false });
        neighbour.told.clear();
        neighbour.heard.clear();
        world.up(neighbour);
      }
      if (body.length % 3 === 0) world.listen(neighbours[(type + 1) % neighbours.length], note);
    }
    world.compare(note);
    for (const neighbour of neighbours) world.listen(neighbour, note);
    world.clear();
  },
  renew() {
    world = new World();
  },
};

/** Mutates UPDATE bodies as such: their type in the stream stands for a neighbour. */
function asStream(bytes: Uint8Array, other: Uint8Array, dice: Parameters<Target['mutate']>[2]): Uint8Array {
  const [here, there] = [bytes, other].map((octets) => readStream(octets));
  const types = [...here.messages, ...there.messages].map(({ type }) => type);
  const [mine, donor] = [here, there].map(({ messages }) =>
    writeStream(messages.map(({ body }) => ({ type: 2, body }))),
  );
  const changed = readStream(mutateStream(mine, donor, dice)).messages;
  return writeStream(changed.map(({ body }, i) => ({ type: types[i] ?? 0, body })));
}

export const RIB_TARGETS: readonly Target[] = [target];
