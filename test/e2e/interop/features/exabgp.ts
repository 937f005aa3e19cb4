import { ExaBgp } from '../exabgp';
import { eventually, type Ground, has, hasNot, OUR_AS, THEIR_AS, THIRD_AS } from '../lab';
import type { Ours } from '../ours';

/** A row of the part of the matrix that is ExaBGP's. */
export interface ExaBgpRow {
  readonly title: string;
  readonly standard: string;
  readonly run: (ground: Ground) => Promise<void>;
}

const [GOOD, OTHER, BAD] = ['198.51.100.0/24', '198.51.101.0/24', '198.51.102.0/24'];
const NEIGHBOUR = '10.0.0.2';

/** Us with ExaBGP up, and a witness behind us. */
async function begin(ground: Ground): Promise<{ us: Ours; witness: Ours; exabgp: ExaBgp }> {
  const us = await ground.ours({ number: 1, as: OUR_AS }, [
    { remote: NEIGHBOUR, remoteAs: THEIR_AS, dial: 'never', families: ['ipv4 unicast', 'ipv6 unicast'] },
    { remote: '10.0.0.3', remoteAs: THIRD_AS, dial: 'never' },
  ]);
  const witness = await ground.ours({ number: 3, as: THIRD_AS }, [{ remote: us.address, remoteAs: OUR_AS }]);
  const exabgp = ExaBgp.start(ground);
  await ground.up(us, witness, us.address, witness.address);
  await eventually(() => expect(us.session(NEIGHBOUR).state).toBe('Established'));
  return { us, witness, exabgp };
}

export const EXABGP = {
  routes: {
    title: 'Routes of both families with all kinds of communities, and their withdrawal',
    standard: 'RFC 4760, 8092',
    async run(ground) {
      const { us, witness, exabgp } = await begin(ground);
      const more = 'community [65002:1] large-community [65002:1:2] extended-community [target:65002:7]';
      exabgp.say(`announce route ${GOOD} next-hop self ${more}`);
      exabgp.say('announce route 2001:db8:2::/48 next-hop fd00::2');
      const path = { communities: ['65002:1'], large: ['65002:1:2'], extended: ['rt 65002:7'] };
      await has(us, GOOD, { ...path, asPath: [THEIR_AS], nextHop: NEIGHBOUR });
      await has(witness, GOOD, { ...path, asPath: [OUR_AS, THEIR_AS] });
      await has(us, '2001:db8:2::/48', { nextHop: 'fd00::2' });
      exabgp.say(`withdraw route ${GOOD} next-hop self`);
      await hasNot(witness, GOOD);
    },
  },
  'bad-route': {
    title: 'A malformed attribute: its route is withdrawn, the session and other routes stay',
    standard: 'RFC 7606',
    async run(ground) {
      const { us, witness, exabgp } = await begin(ground);
      for (const prefix of [GOOD, OTHER, BAD]) exabgp.say(`announce route ${prefix} next-hop self`);
      for (const prefix of [GOOD, OTHER, BAD]) await has(witness, prefix, {});
      exabgp.say(`announce route ${BAD} next-hop self attribute [0x08 0xc0 0x000102]`); // COMMUNITIES of three octets
      await hasNot(witness, BAD);
      for (const prefix of [GOOD, OTHER]) await has(witness, prefix, {});
      expect(us.session(NEIGHBOUR)).toMatchObject({ state: 'Established', established: 1 });
      expect(us.session(NEIGHBOUR).counters.treatedAsWithdraw).toBe(1);
    },
  },
  'unknown-attribute': {
    title: 'An unrecognised attribute: advertised as partial if it is transitive, otherwise dropped',
    standard: 'RFC 4271 5',
    async run(ground) {
      const { us, witness, exabgp } = await begin(ground);
      exabgp.say(`announce route ${GOOD} next-hop self attribute [0x63 0xc0 0x0102]`);
      exabgp.say(`announce route ${OTHER} next-hop self attribute [0x62 0x80 0x0102]`);
      await has(witness, GOOD, {});
      await has(witness, OTHER, {});
      expect(witness.unknown(GOOD)).toEqual([{ type: 99, flags: 0xe0, value: Uint8Array.of(1, 2) }]);
      expect(witness.unknown(OTHER)).toEqual([]);
      expect(us.session(NEIGHBOUR).established).toBe(1);
    },
  },
  'unknown-well-known': {
    title: 'An unrecognised attribute that claims to be well-known: the session is closed, and comes up again',
    standard: 'RFC 4271 6.3',
    async run(ground) {
      const { us, witness, exabgp } = await begin(ground);
      exabgp.say(`announce route ${GOOD} next-hop self attribute [0x63 0x40 0x0102]`);
      await eventually(() =>
        expect(us.session(NEIGHBOUR).lastError).toMatchObject({ direction: 'sent', code: 3, subcode: 2 }),
      );
      await hasNot(witness, GOOD);
      expect(us.session('10.0.0.3')).toMatchObject({ state: 'Established', established: 1 });
    },
  },
  'own-as': {
    title: 'A route that has our AS number in its AS_PATH: not used',
    standard: 'RFC 4271 9.1.2',
    async run(ground) {
      const { us, witness, exabgp } = await begin(ground);
      exabgp.say(`announce route ${BAD} next-hop self as-path [${THEIR_AS} ${OUR_AS} 65099]`);
      exabgp.say(`announce route ${GOOD} next-hop self as-path [${THEIR_AS} 65099]`);
      await has(witness, GOOD, { asPath: [OUR_AS, THEIR_AS, 65099] });
      expect(await witness.paths(BAD)).toEqual([]);
      expect(us.session(NEIGHBOUR).routes['ipv4 unicast']).toMatchObject({ received: 2, accepted: 1 });
    },
  },
} as const satisfies Record<string, ExaBgpRow>;
