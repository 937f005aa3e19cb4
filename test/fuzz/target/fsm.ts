import type { SessionConfig } from '../../../lib/bgp/session/config';
import { FSM_STATES } from '../../../lib/bgp/session/fsm';
import type { SessionTemplate } from '../../../lib/bgp/session/template';
import { KEEPALIVE } from '../../../lib/bgp/wire/keepalive';
import { encodeOpen, type Open } from '../../../lib/bgp/wire/open';
import { IpAddress } from '../../../lib/model/address';
import { sure } from '../../../lib/model/problem';
import { CONTEXTS } from '../contexts';
import type { Dice } from '../dice';
import { mix } from '../digest';
import { Driven } from '../driven';
import { concat, mutateOctets, mutateOften, put } from '../mutation/octets';
import { mutateStream, writeStream } from '../mutation/stream';
import { hold } from '../oracle';
import { NOTIFICATIONS, openMessages, prefix, REFRESHES, updates } from '../seeds';
import type { Target } from '../target';
import { as4, LOCAL, open, RESTART, sessionTo } from './speaker';

/** One thing that happens: what, to which, and octets with it. */
interface Step {
  op: number;
  which: number;
  octets: Uint8Array;
}

const OPS = { bytes: 0, time: 1, accept: 2, opened: 3, lost: 4, configure: 5, other: 6, handshake: 7 } as const;
const MOST_STEPS = 24;

function readProgram(input: Uint8Array): Step[] {
  const steps: Step[] = [];
  for (let at = 1; at + 4 <= input.length && steps.length < MOST_STEPS; ) {
    const end = Math.min(input.length, at + 4 + ((input[at + 2] << 8) | input[at + 3]));
    steps.push({ op: input[at] % 8, which: input[at + 1], octets: input.slice(at + 4, end) });
    at = end;
  }
  return steps;
}

const writeProgram = (first: number, steps: readonly Step[]): Uint8Array =>
  concat(
    [first],
    ...steps.flatMap(({ op, which, octets }) => [[op, which, octets.length >>> 8, octets.length & 255], octets]),
  );

const step = (op: keyof typeof OPS, which = 0, octets: Uint8Array = new Uint8Array()): Step => ({
  op: OPS[op],
  which,
  octets,
});

const TIMED: Partial<SessionConfig> = { holdTime: 9, keepaliveTime: 3, gracefulRestartTime: 10 };
/** The sessions as they may be configured: each octet of a `configure` step picks one for its place. */
const VARIANTS: readonly (Partial<SessionConfig> | undefined)[] = [
  { ...TIMED, dial: 'first' },
  { ...TIMED, dial: 'wait' },
  { ...TIMED, dial: 'never', maxPrefixes: 2 },
  {
    ...TIMED,
    dial: 'first',
    acceptable: [
      { localAs: 64512, remoteAs: 65002 },
      { localAs: 64512, remoteAs: 65001 },
    ],
  },
  {
    ...TIMED,
    dial: 'first',
    acceptable: [
      { localAs: 64513, remoteAs: 65001 },
      { localAs: 64512, remoteAs: 65001 },
    ],
  },
  { ...TIMED, dial: 'wait', acceptable: [{ localAs: 64512, remoteAs: 64512 }] },
  { ...TIMED, dial: 'first', adminDown: 'maintenance' },
  { ...TIMED, dial: 'first', families: ['ipv4 unicast'] },
  { dial: 'first', holdTime: 0, keepaliveTime: 0 },
  {
    ...TIMED,
    dial: 'first',
    importPolicy: { rules: [{ prefix: prefix('10.0.0.0/8'), action: 'reject' }], otherwise: 'accept' },
  },
  { ...TIMED, dial: 'first', exportPolicy: { rules: [], otherwise: 'reject' }, nextHop: 'self' },
  { ...TIMED, dial: 'first', role: 'provider', strictRole: true },
  { ...TIMED, dial: 'wait', addPath: { receive: ['ipv4 unicast'], send: ['ipv4 unicast'] }, extendedNextHop: true },
  { ...TIMED, dial: 'first', inside: false },
  undefined,
  // Behind the one that means none: inputs found before these were there still mean the same.
  { ...TIMED, dial: 'first', nodeAs: 65010, localAsPrepend: 'both', refuseAsSets: true },
  { ...TIMED, dial: 'wait', maxPrefixes: 2, maxPrefixWarning: 50, maxPrefixRestart: 0, gracefulShutdown: true },
];

/** Neighbours from 10.0.2.0/30, two at most, where the fourth octet of a `configure` step says so. */
const templatesOf = (octets: Uint8Array): SessionTemplate[] => {
  const variant = VARIANTS[(octets[3] ?? 14) % VARIANTS.length];
  if (!variant) return [];
  const { remoteAddress: _, dial: __, ...rest } = sessionTo(9, variant);
  const range = prefix('10.0.2.0/30');
  return [{ ...rest, key: `${LOCAL} ${range} 179`, name: 'some', range, limit: 2 }];
};

const configOf = (octets: Uint8Array): SessionConfig[] =>
  [1, 2, 3].flatMap((n, i) => {
    const variant = VARIANTS[(octets[i] ?? 0) % VARIANTS.length];
    return variant ? [sessionTo(n, variant)] : [];
  });

/** What the neighbour's OPEN may say, right or not quite. */
const THEIRS: readonly Open[] = [
  open(65001, [as4(65001), RESTART], { holdTime: 90, routerId: 0x0a000102 }),
  open(65001, [as4(65001)], { holdTime: 3, routerId: 0x09000001 }),
  open(65001, [], { holdTime: 0, routerId: 0xfe000001 }),
  open(64512, [as4(64512), RESTART], { holdTime: 30, routerId: 0x0a000103 }),
  open(65002, [as4(65002), { code: 9, role: 3 }], { holdTime: 90, routerId: 0x0a000104 }),
];

let driven: Driven | undefined;

/** What happens in one step. */
function happen(world: Driven, { op, which, octets }: Step): void {
  const all = [...world.connections.values()];
  const one = all[which % Math.max(1, all.length)];
  switch (op) {
    case OPS.bytes:
      if (one && !one.isPending) world.receive(one, octets);
      break;
    case OPS.time:
      world.advance(which < 200 ? which * 50 : (which - 199) * 10_000);
      break;
    case OPS.accept:
      world.accept(
        LOCAL,
        which > 250 ? '192.0.2.77' : which > 220 ? `10.0.2.${which % 5}` : `10.0.1.${1 + (which % 3)}`,
      );
      world.settle();
      break;
    case OPS.opened:
    case OPS.handshake: {
      const pending = all.filter(({ isPending }) => isPending);
      const dialled = pending[which % Math.max(1, pending.length)];
      if (dialled) {
        dialled.isPending = false;
        world.give({ kind: 'opened', connection: dialled.number });
        world.settle();
      }
      if (op === OPS.opened) break;
      const connection = dialled ?? one;
      if (!connection) break;
      world.receive(connection, encodeOpen(THEIRS[(which >> 2) % THEIRS.length]));
      world.receive(connection, KEEPALIVE);
      world.receive(connection, octets);
      break;
    }
    case OPS.lost:
      if (one) world.lose(one);
      break;
    case OPS.configure:
      world.configure(configOf(octets), which > 240 ? 0x0a0000fe : undefined, templatesOf(octets), 1 + (which & 3));
      world.settle();
      break;
    default:
      other(world, which, octets);
  }
}

function other(world: Driven, which: number, octets: Uint8Array): void {
  const network = prefix(`10.${octets[0] ?? 0}.0.0/16`);
  const config = world.configs[which % Math.max(1, world.configs.length)];
  const address = sure(IpAddress.parse('192.0.2.1'));
  switch (which >> 5) {
    case 0:
      world.origins.set(String(network), network);
      world.give({
        kind: 'originate',
        prefix: network,
        attributes: { med: which, communities: [...octets.subarray(0, 100)] },
      });
      break;
    case 1:
      world.give({ kind: 'withdraw', prefix: network });
      break;
    case 2:
      world.give({
        kind: 'nextHops',
        changes: [{ address, state: which & 1 ? undefined : { reachable: (which & 2) !== 0, metric: which } }],
      });
      break;
    case 3:
      if (config) world.give({ kind: 'reset', session: config.key });
      break;
    case 4:
      world.give({
        kind: 'stop',
        ...(which & 1 ? { graceful: true } : { text: Buffer.from(octets).toString('latin1') }),
      });
      break;
    case 5:
      world.give({
        kind: 'gracefulShutdown',
        ...(config && (which & 2) !== 0 && { session: config.key }),
        on: (which & 1) !== 0,
      });
      break;
    default:
      world.drain();
  }
  world.settle();
}

function mutateProgram(input: Uint8Array, donor: Uint8Array, dice: Dice): Uint8Array {
  const steps = readProgram(input);
  const others = readProgram(donor);
  const first = dice.once(16) ? dice.below(256) : (input[0] ?? 0);
  const at = dice.below(steps.length + 1);
  const one = steps[dice.below(Math.max(1, steps.length))];
  const from = others.length > 0 ? dice.pick(others).octets : new Uint8Array();
  dice.pick<() => unknown>([
    () => steps.splice(at, 1),
    () => steps.splice(at, 0, { op: dice.below(8), which: dice.below(256), octets: dice.octets(dice.below(4)) }),
    () => steps.splice(at, 0, step('time', dice.below(256))),
    () => steps.splice(at, 0, step('handshake', dice.below(32), from)),
    () => others.length > 0 && steps.splice(at, 0, dice.pick(others)),
    () => others.length > 0 && steps.splice(at, steps.length, ...others.slice(dice.below(others.length))),
    () => one && put(one, 'which', dice.below(256)),
    () =>
      one && put(one, 'octets', (one.octets.length > 18 ? mutateStream : mutateOctets)(one.octets, from, dice, 60_000)),
    () => one && put(one, 'octets', mutateOctets(one.octets, from, dice, 1500)),
  ])();
  return writeProgram(first, steps.slice(0, MOST_STEPS));
}

/** For each session the states of its two connections, as a number. */
const statesOf = (world: Driven): number[] =>
  world.configs.map((config) => {
    const session = world.session(config)!;
    return FSM_STATES.indexOf(session.outgoing.state) * 8 + FSM_STATES.indexOf(session.incoming.state);
  });

const target: Target = {
  name: 'fsm',
  about:
    'what happens to a speaker with three sessions: connections made, accepted and lost, messages, time, configurations, stops',
  share: 3,
  seeds: () => {
    const routes = writeStream(
      updates(CONTEXTS[0])
        .slice(0, 4)
        .map((body) => ({ type: 2, body })),
    );
    const both = [step('handshake', 0, routes), step('time', 100)];
    return [
      writeProgram(0, [...both, step('lost'), step('time', 210)]),
      writeProgram(0, [
        step('accept', 0),
        step('opened'),
        step('handshake', 0),
        step('handshake', 1),
        step('time', 210),
      ]),
      writeProgram(0, [
        step('accept', 1),
        step('bytes', 0, openMessages()[0]),
        step('bytes', 0, KEEPALIVE),
        step('time', 255),
      ]),
      writeProgram(0, [...both, step('configure', 0, Uint8Array.of(5, 6, 7)), step('time', 200), ...both]),
      writeProgram(0, [...both, step('other', 1, Uint8Array.of(9)), step('other', 130), step('time', 255)]),
      writeProgram(0, [
        step('configure', 2, Uint8Array.of(0, 14, 14, 0)),
        ...[226, 231, 227, 228].flatMap((which) => [step('accept', which), step('handshake', which - 225)]),
        step('time', 210),
        step('other', 161),
        step('configure', 0, Uint8Array.of(0, 14, 14, 15)),
        step('lost', 1),
        step('time', 206),
      ]),
      writeProgram(15, [...both, step('bytes', 0, concat(...REFRESHES)), step('bytes', 0, NOTIFICATIONS[4])]),
      ...VARIANTS.map((_, i) =>
        writeProgram(i, [
          step('configure', 0, Uint8Array.of(i, i, i)),
          ...both,
          step('handshake', 12),
          step('time', 230),
        ]),
      ),
    ];
  },
  mutate: (input, other, dice) => mutateOften(input, dice, (bytes) => mutateProgram(bytes, other, dice)),
  run(input, note) {
    // Some runs begin as after a restart, which a speaker does once in its life.
    const restarted = ((input[0] ?? 0) & 15) === 15;
    driven ??= new Driven();
    const world = restarted ? new Driven({ seed: 3, restartingFor: 5 }) : driven;
    world.note = note;
    world.configure(configOf(Uint8Array.of(0, 1, input[0] ?? 0)));
    world.settle();
    for (const one of readProgram(input)) {
      const before = statesOf(world);
      happen(world, one);
      world.audit();
      for (const [i, states] of statesOf(world).entries()) note(mix(one.op, mix(before[i] ?? 0, states)));
    }
    world.give({ kind: 'gracefulShutdown', on: false });
    // Without sessions nothing is left.
    world.configure([]);
    hold(world.connections.size === 0, `${world.connections.size} connections stay open without a session`);
    for (const origin of world.origins.values()) world.give({ kind: 'withdraw', prefix: origin });
    world.origins.clear();
    world.give({ kind: 'timer' });
    world.settle();
    const { paths, prefixes, attributeSets } = world.speaker.rib.size;
    hold(
      paths + prefixes + attributeSets === 0,
      `${paths} paths, ${prefixes} prefixes, ${attributeSets} attribute sets are left without a session`,
    );
  },
  renew() {
    driven = undefined;
  },
};

export const FSM_TARGETS: readonly Target[] = [target];
