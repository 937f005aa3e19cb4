import { KEEPALIVE } from '../../../../lib/bgp/wire/keepalive';
import { BGP_HEADER_LENGTH, MESSAGE, message } from '../../../../lib/bgp/wire/message';
import { encodeNotification, notification } from '../../../../lib/bgp/wire/notification';
import { eventually, type Ground, has, hasNot, OUR_AS, THIRD_AS } from '../lab';
import type { OurSession, Ours } from '../ours';
import { RawPeer } from '../raw-peer';

/** A thing that a peer should not do, and what we make of it. */
export interface Misbehaviour {
  readonly title: string;
  readonly standard: string;
  readonly run: (ground: Ground) => Promise<void>;
}

const [GOOD, OTHER, BAD] = ['198.51.100.0/24', '198.51.101.0/24', '198.51.102.0/24'];
const SCRIPT: OurSession = { remote: '10.0.0.3', remoteAs: THIRD_AS, dial: 'never', connectRetryTime: 1 };
const WITNESS: OurSession = { remote: '10.0.0.2', remoteAs: 65002, dial: 'never', holdTime: 0 };
const CODES = { header: 1, open: 2, update: 3, hold: 4, fsm: 5, cease: 6, sendHold: 8 } as const;

/** Us, with a scripted peer that is up and a witness behind us that is another of our speakers. */
async function begin(ground: Ground, more: Partial<OurSession> = {}) {
  const us = await ground.ours({ number: 1, as: OUR_AS }, [{ ...SCRIPT, ...more }, WITNESS]);
  const witness = await ground.ours({ number: 2, as: 65002 }, [{ remote: '10.0.0.1', remoteAs: OUR_AS }]);
  const peer = await ground.raw({ holdTime: more.holdTime ?? 90 });
  await peer.open();
  await eventually(() => expect(us.session(SCRIPT.remote).state).toBe('Established'));
  await ground.up(us, witness, '10.0.0.1', '10.0.0.2');
  return { us, witness, peer };
}

/** An UPDATE of the script's with these path attributes after its own three. */
function update(peer: RawPeer, prefix: string, ...attributes: readonly (readonly number[])[]): Uint8Array {
  const plain = peer.update([prefix]);
  const length = (plain[BGP_HEADER_LENGTH + 2] << 8) | plain[BGP_HEADER_LENGTH + 3];
  const split = BGP_HEADER_LENGTH + 4 + length;
  const added = attributes.flat();
  const total = length + added.length;
  const body = [
    0,
    0,
    total >>> 8,
    total & 0xff,
    ...plain.slice(BGP_HEADER_LENGTH + 4, split),
    ...added,
    ...plain.slice(split),
  ];
  return message(MESSAGE.update, Uint8Array.from(body));
}

/** The witness holds the good routes, the session of the script never broke. */
async function isWell(us: Ours, witness: Ours, ...prefixes: readonly string[]): Promise<void> {
  for (const prefix of prefixes) await has(witness, prefix, { asPath: [OUR_AS, THIRD_AS] });
  expect(us.session(SCRIPT.remote)).toMatchObject({ state: 'Established', established: 1 });
}

/** A new peer says this instead of what it should, and gets this NOTIFICATION. */
async function refused(
  ground: Ground,
  says: (peer: RawPeer) => Promise<void> | void,
  code: number,
  subcode: number,
): Promise<void> {
  const us = await ground.ours({ number: 1, as: OUR_AS }, [SCRIPT]);
  const peer = await ground.raw();
  await says(peer);
  await eventually(() => {
    expect(peer.notification).toMatchObject({ code, subcode });
    expect(peer.closed).toBe(true);
  });
  expect(us.session(SCRIPT.remote).established).toBeLessThanOrEqual(1);
  expect(us.session(SCRIPT.remote).state).not.toBe('Established');
  await ground.clear();
}

export const MISBEHAVIOUR = {
  'bad-route': {
    title: 'An attribute with a wrong value: its routes are withdrawn, and nothing else',
    standard: 'RFC 7606 2, 7.1',
    async run(ground) {
      const { us, witness, peer } = await begin(ground);
      peer.announce([GOOD, OTHER, BAD]);
      await isWell(us, witness, GOOD, OTHER, BAD);
      peer.send(update(peer, BAD, [0xc0, 8, 3, 0, 1, 2])); // COMMUNITIES of three octets
      await hasNot(witness, BAD);
      await isWell(us, witness, GOOD, OTHER);
      expect(us.session(SCRIPT.remote).counters.treatedAsWithdraw).toBe(1);
      peer.announce([BAD]);
      await isWell(us, witness, GOOD, OTHER, BAD);
    },
  },
  'bad-attribute': {
    title: 'A malformed attribute that does not affect routing: it is discarded, the routes stay',
    standard: 'RFC 7606 7.6, 7.7',
    async run(ground) {
      const { us, witness, peer } = await begin(ground);
      // ATOMIC_AGGREGATE, AGGREGATOR
      peer.send(update(peer, GOOD, [0x40, 6, 1, 0]), update(peer, OTHER, [0xc0, 7, 2, 0, 1]));
      await isWell(us, witness, GOOD, OTHER);
      expect(us.session(SCRIPT.remote).counters.attributesDiscarded).toBe(2);
    },
  },
  'unknown-attribute': {
    title: 'An unrecognised optional attribute: advertised as partial if it is transitive',
    standard: 'RFC 4271 5',
    async run(ground) {
      const { us, witness, peer } = await begin(ground);
      peer.send(update(peer, GOOD, [0xc0, 99, 2, 1, 2]), update(peer, OTHER, [0x80, 98, 2, 1, 2]));
      await isWell(us, witness, GOOD, OTHER);
      expect(witness.unknown(GOOD)).toEqual([{ type: 99, flags: 0xe0, value: Uint8Array.of(1, 2) }]);
      expect(witness.unknown(OTHER)).toEqual([]);
    },
  },
  'as-set': {
    title: 'A path with an AS_SET: used and advertised, or rejected if configured, without a reset',
    standard: 'RFC 9774',
    async run(ground) {
      const { us, witness, peer } = await begin(ground);
      peer.announce([GOOD]);
      const sequence = { type: 2, members: [THIRD_AS] } as const;
      peer.announce([BAD], { asPath: [sequence, { type: 1, members: [65010, 65011] }] });
      await has(witness, BAD, { asPath: [OUR_AS, THIRD_AS, 65010, 65011] });
      us.configure([{ ...SCRIPT, refuseAsSets: true }, WITNESS]);
      await hasNot(witness, BAD);
      us.configure([SCRIPT, WITNESS]);
      await has(witness, BAD, {});
      await isWell(us, witness, GOOD);
    },
  },
  'unknown-well-known': {
    title: 'An unrecognised attribute that claims to be well-known: the session is closed',
    standard: 'RFC 4271 6.3',
    async run(ground) {
      const says = async (peer: RawPeer) => {
        await peer.open();
        peer.send(update(peer, GOOD, [0x40, 99, 1, 0]));
      };
      await refused(ground, says, CODES.update, 2);
    },
  },
  'broken-update': {
    title: 'An UPDATE with inconsistent lengths: the session is closed, and others are not affected',
    standard: 'RFC 7606 3',
    async run(ground) {
      const { us, witness, peer } = await begin(ground);
      peer.announce([GOOD]);
      await isWell(us, witness, GOOD);
      peer.send(message(MESSAGE.update, Uint8Array.of(0, 0, 0xff, 0xff, 0)));
      await eventually(() => expect(peer.notification).toMatchObject({ code: CODES.update, subcode: 1 }));
      await hasNot(witness, GOOD);
      expect(us.session('10.0.0.2')).toMatchObject({ state: 'Established', established: 1 });
    },
  },
  'garbage-header': {
    title: 'An invalid header: the right NOTIFICATION',
    standard: 'RFC 4271 6.1',
    async run(ground) {
      const header = (length: number, type: number, marker = 0xff) =>
        Uint8Array.from({ length: BGP_HEADER_LENGTH }, (_, i) =>
          i < 16 ? marker : i === 16 ? length >>> 8 : i === 17 ? length & 0xff : type,
        );
      const cases: readonly [Uint8Array, number][] = [
        [header(19, MESSAGE.keepalive, 0), 1],
        [header(18, MESSAGE.keepalive), 2],
        [header(20, MESSAGE.keepalive), 2],
        [header(4097, MESSAGE.open), 2],
        [header(19, 9), 3],
        [new TextEncoder().encode('GET / HTTP/1.1\r\nHost: 10.0.0.1\r\n\r\n'), 1],
      ];
      for (const [bytes, subcode] of cases) await refused(ground, (peer) => peer.send(bytes), CODES.header, subcode);
    },
  },
  'bad-open': {
    title: 'An invalid OPEN: the right NOTIFICATION',
    standard: 'RFC 4271 6.2, 6286, 7607',
    async run(ground) {
      const cases = [
        [{ version: 3 }, 1],
        [{ as: 65099, capabilities: [] }, 2],
        [{ as: 0, capabilities: [] }, 2],
        [{ routerId: 0 }, 3],
        [{ holdTime: 2 }, 6],
      ] as const;
      for (const [change, subcode] of cases)
        await refused(ground, (peer) => peer.send(peer.openMessage(change)), CODES.open, subcode);
    },
  },
  'wrong-order': {
    title: 'Messages out of order: the right NOTIFICATION',
    standard: 'RFC 6608',
    async run(ground) {
      await refused(ground, (peer) => peer.send(KEEPALIVE), CODES.fsm, 1);
      await refused(ground, (peer) => peer.send(peer.openMessage(), peer.update([GOOD])), CODES.fsm, 2);
      const twice = async (peer: RawPeer) => {
        await peer.open();
        peer.send(peer.openMessage());
      };
      await refused(ground, twice, CODES.fsm, 3);
    },
  },
  dribble: {
    title: 'Octets one at a time: read as whole messages',
    standard: 'RFC 4271 4',
    async run(ground) {
      const { us, witness, peer } = await begin(ground);
      const bytes = peer.update([GOOD, OTHER]);
      for (const octet of bytes) {
        peer.send(Uint8Array.of(octet));
        await new Promise((turn) => setImmediate(turn));
      }
      await isWell(us, witness, GOOD, OTHER);
    },
  },
  silence: {
    title: 'A silent connection: closed by the hold timer of OpenSent',
    standard: 'RFC 4271 8.2.2',
    async run(ground) {
      const us = await ground.ours({ number: 1, as: OUR_AS }, [SCRIPT]);
      const peer = await ground.raw();
      await peer.next(MESSAGE.open);
      us.advance(239);
      expect(peer.closed).toBe(false);
      us.advance(2);
      await eventually(() => expect(peer.notification).toMatchObject({ code: CODES.hold }));
      await eventually(() => expect(peer.closed).toBe(true));
    },
  },
  stranger: {
    title: 'A connection from an unknown address: rejected with a NOTIFICATION',
    standard: 'RFC 4486',
    async run(ground) {
      await ground.ours({ number: 1, as: OUR_AS }, [WITNESS]);
      const peer = await ground.raw();
      await eventually(() => expect(peer.notification).toMatchObject({ code: CODES.cease, subcode: 5 }));
    },
  },
  'two-connections': {
    title: 'Two connections at once: one survives, by the identifiers',
    standard: 'RFC 4271 6.8',
    async run(ground) {
      // The script has the greater identifier, so what it dialled stays.
      const machine = ground.machine(3);
      const accepted = RawPeer.accept(machine, { local: '10.0.0.3', remote: '10.0.0.1', as: THIRD_AS });
      const us = await ground.ours({ number: 1, as: OUR_AS }, [{ ...SCRIPT, dial: 'first' }]);
      const theirs = ground.adopt(await accepted);
      const ours = await ground.raw();
      for (const peer of [theirs, ours]) await peer.next(MESSAGE.open);
      theirs.send(theirs.openMessage());
      await theirs.next(MESSAGE.keepalive);
      ours.send(ours.openMessage(), KEEPALIVE);
      await eventually(() => expect(theirs.notification).toMatchObject({ code: CODES.cease, subcode: 7 }));
      await eventually(() => expect(us.session(SCRIPT.remote).state).toBe('Established'));
      expect(us.session(SCRIPT.remote).negotiated?.connection).toBe('accepted');
    },
  },
  'hard-reset': {
    title: 'Any NOTIFICATION: the session is closed, its routes are removed, and it comes up again',
    standard: 'RFC 4271 6.4, 8538',
    async run(ground) {
      const { us, witness, peer } = await begin(ground);
      peer.announce([GOOD]);
      await isWell(us, witness, GOOD);
      peer.send(encodeNotification(notification(99, 42, Uint8Array.of(1, 2, 3))));
      await hasNot(witness, GOOD);
      expect(us.session(SCRIPT.remote).lastError).toMatchObject({ direction: 'received', code: 99, subcode: 42 });
      const again = await ground.raw();
      await again.open();
      again.announce([GOOD]);
      await has(witness, GOOD, {});
    },
  },
  'no-reading': {
    title:
      'A peer that stops reading: its queue is bounded, others receive everything, the send hold timer closes the session',
    standard: 'RFC 9687',
    async run(ground) {
      for (const [at, name] of [
        [1, 'wmem'],
        [3, 'rmem'],
      ] as const)
        await ground.execute(at, 'sysctl', '-qw', `net.ipv4.tcp_${name}=4096 8192 8192`);
      const source: OurSession = { remote: '10.0.0.2', remoteAs: 65002, holdTime: 0 };
      const us = await ground.ours({ number: 1, as: OUR_AS }, [
        { ...SCRIPT, holdTime: 90 },
        { ...source, dial: 'never' },
        { remote: 'fd00::2', remoteAs: 65002, dial: 'never', holdTime: 0, families: ['ipv4 unicast'] },
      ]);
      const witness = await ground.ours({ number: 2, as: 65002 }, [
        { remote: 'fd00::1', remoteAs: OUR_AS, holdTime: 0, families: ['ipv4 unicast'], allowOwnAs: 1 },
      ]);
      const peer = await ground.raw({ holdTime: 90 });
      await peer.open();
      await ground.up(us, witness, 'fd00::1', 'fd00::2');
      peer.socket.pause();
      const COUNT = 3000;
      // Each with communities of its own, so that none shares a message: about 3 MB for each neighbour.
      for (let i = 0; i < COUNT; i++) {
        const communities = Array.from({ length: 240 }, (_, n) => `${i % 60000}:${n}`);
        await us.announce({ prefix: `100.${64 + (i >> 8)}.${i & 0xff}.0/24`, communities });
      }
      const advertised = (remote: string) => us.session(remote).routes['ipv4 unicast'].advertised;
      await eventually(() => expect(witness.session('fd00::1').routes['ipv4 unicast'].received).toBe(COUNT));
      // 512 KiB that wait in the process and what the kernel took, of 3 MB.
      expect(advertised(SCRIPT.remote)).toBeGreaterThan(100);
      expect(advertised(SCRIPT.remote)).toBeLessThan(COUNT / 3);
      expect(us.session(SCRIPT.remote).state).toBe('Established');
      // Eight minutes in which it sends KEEPALIVEs and reads nothing.
      for (let passed = 0; passed < 480; passed += 30) {
        expect(us.session(SCRIPT.remote).state).toBe('Established');
        const { messagesIn } = us.session(SCRIPT.remote).counters;
        peer.send(KEEPALIVE);
        await eventually(() => expect(us.session(SCRIPT.remote).counters.messagesIn).toBeGreaterThan(messagesIn));
        us.advance(30);
      }
      us.advance(1);
      await eventually(() =>
        expect(us.session(SCRIPT.remote).lastError).toMatchObject({ direction: 'sent', code: CODES.sendHold }),
      );
      expect(us.session('fd00::2')).toMatchObject({ state: 'Established', established: 1 });
    },
  },
} as const satisfies Record<string, Misbehaviour>;
