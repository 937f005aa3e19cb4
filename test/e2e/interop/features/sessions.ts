import { Prefix } from '../../../../lib/model/prefix';
import { sure } from '../../../../lib/model/problem';
import type { Neighbour } from '../daemon';
import { eventually, has, hasNot, type Lab, OUR_AS, THEIR_AS, THIRD_AS } from '../lab';
import type { OurSession, Ours } from '../ours';
import type { Feature } from './feature';

const [OUR4, THEIR4] = ['198.51.100.0/24', '203.0.113.0/24'];
const HOLD = 3;
const [CEASE, OPEN_ERROR] = [6, 2];
const prefixes = (count: number, from = '100.64') => Array.from({ length: count }, (_, i) => `${from}.${i}.0/24`);
/** A session that has nothing to do with the daemon: it must not notice what happens beside it. */
const BESIDE = { remote: '10.0.0.3', remoteAs: THIRD_AS, dial: 'never' } as const;

async function beside(lab: Lab, us: Ours): Promise<Ours> {
  const third = await lab.ours({ number: 3, as: THIRD_AS }, [{ remote: us.address, remoteAs: OUR_AS }]);
  await lab.up(third, us, third.address, us.address);
  return third;
}

/** The last error of a session, once there is one like this. */
const failed = (us: Ours, theirs: string, like: object): Promise<void> =>
  eventually(() => expect(us.session(theirs).lastError).toMatchObject(like));

/**
 * Two connections at once: ours is made while theirs, on which they have sent their OPEN already, waits before our
 * door.
 */
async function collide(lab: Lab, routerId: number): Promise<void> {
  await lab.daemon.start(lab.daemonConfig({ routes: [{ prefix: THEIR4 }] }));
  const us = await lab.ours({ number: 1, as: OUR_AS, keepsOut: true, routerId });
  await eventually(() => expect(us.waiting).toBe(1));
  us.configure([{ remote: '10.0.0.2', remoteAs: THEIR_AS }]);
  await eventually(() => expect(us.dialled).toBe(1));
  us.letIn();
  await lab.up(us, lab.daemon, us.address, '10.0.0.2');
  await us.announce({ prefix: OUR4 });
  await has(lab.daemon, OUR4, {});
  await has(us, THEIR4, {});
  await eventually(async () => expect(await lab.connections(1)).toBe(1));
  const { state, established } = us.session('10.0.0.2');
  expect(state).toBe('Established');
  expect(established).toBeLessThanOrEqual(1 + lab.daemon.collisionLosses);
}

/** They dial, and we know no more of them than the prefix that they come from. */
async function unnamed(lab: Lab, session: Partial<OurSession> = {}, theirs: Partial<Neighbour> = {}): Promise<Ours> {
  await lab.daemon.start(lab.daemonConfig({ routes: [{ prefix: THEIR4 }], theirs }));
  const us = await lab.ours({ number: 1, as: OUR_AS, secrets: { key: 'mekmitasdigoat' } });
  us.configure([{ remote: '10.0.0.0', remoteAs: THEIR_AS, ...session }], '10.0.0.0/29');
  await lab.up(us, lab.daemon, us.address, lab.daemon.address);
  await us.announce({ prefix: OUR4 });
  await has(lab.daemon, OUR4, {});
  await has(us, THEIR4, {});
  return us;
}

export const SESSIONS = {
  dynamic: {
    title: 'Unnamed neighbours of a prefix, up to the maximum number',
    standard: 'RFC 4486',
    async run(lab) {
      const us = await unnamed(lab);
      const third = await lab.ours({ number: 3, as: THEIR_AS }, [{ remote: us.address, remoteAs: OUR_AS }]);
      await failed(third, us.address, { direction: 'received', code: CEASE, subcode: 5 });
      expect(us.session(lab.daemon.address)).toMatchObject({ state: 'Established', established: 1 });
    },
  },
  'dynamic-md5': {
    title: 'An unnamed neighbour with the TCP MD5 key of its prefix',
    standard: 'RFC 2385',
    async run(lab) {
      await unnamed(lab, { authentication: 'key' }, { password: 'mekmitasdigoat' });
    },
  },
  collision: {
    title: 'Both sides connect at once, whichever has the greater identifier',
    standard: 'RFC 4271 6.8, 6286',
    async run(lab) {
      await collide(lab, 0x0a000001);
      await lab.clear();
      await collide(lab, 0x0a000009);
    },
  },
  'route-refresh': {
    title: 'Route refresh, they request it',
    standard: 'RFC 2918',
    async run(lab) {
      const { us, them, theirs, ours } = await lab.pair();
      await us.announce({ prefix: OUR4 });
      await has(them, OUR4, {});
      expect(us.session(theirs).negotiated?.capabilities).toContain('route refresh');
      const { updatesOut } = us.session(theirs).counters;
      await them.refresh(ours);
      await eventually(() => expect(us.session(theirs).counters.updatesOut).toBeGreaterThan(updatesOut));
      await has(them, OUR4, {});
      expect(us.session(theirs).established).toBe(1);
    },
  },
  'policy-change': {
    title: 'A new import policy of ours: applied to what they sent before, without a refresh or a reset',
    standard: 'RFC 4271 9.1, 2918',
    async run(lab) {
      const [kept, refused] = prefixes(2);
      const rules = [{ prefix: sure(Prefix.parse(refused)), action: 'reject' as const }];
      const { us, them, theirs } = await lab.pair({
        ours: { importPolicy: { rules, otherwise: 'accept' } },
        routes: [{ prefix: kept }, { prefix: refused }],
      });
      await has(us, kept, {});
      const used = () => [kept, refused].filter((prefix) => us.nextHops(prefix).length > 0);
      const session = { remote: theirs, remoteAs: them.as };
      await eventually(() => expect(used()).toEqual([kept]));
      us.configure([session]);
      await eventually(() => expect(used()).toEqual([kept, refused]));
      us.configure([{ ...session, importPolicy: { rules, otherwise: 'accept' } }]);
      await eventually(() => expect(used()).toEqual([kept]));
      expect([us.session(theirs).established, us.refreshMarks]).toEqual([1, []]);
    },
  },
  'enhanced-refresh': {
    title: 'Enhanced route refresh, they request it and we mark begin and end',
    standard: 'RFC 7313',
    async run(lab) {
      const { us, them, theirs, ours } = await lab.pair();
      await us.announce({ prefix: OUR4 });
      await has(them, OUR4, {});
      expect(us.session(theirs).negotiated?.capabilities).toContain('enhanced route refresh');
      await them.refresh(ours);
      await eventually(() => expect(us.refreshMarks).toEqual([1, 2]));
      await has(them, OUR4, {});
      expect(us.session(theirs).established).toBe(1);
    },
  },
  'max-prefix-ours': {
    title: 'They send more prefixes than our limit: we close the session with Cease/1',
    standard: 'RFC 4486',
    async run(lab) {
      const routes = prefixes(6).map((prefix) => ({ prefix }));
      const { us, them, theirs, ours } = await lab.pair({ ours: { maxPrefixes: 5 }, routes, down: true });
      await failed(us, theirs, { direction: 'sent', code: CEASE, subcode: 1 });
      await hasNot(us, routes[0].prefix);
      await eventually(async () => expect(await them.isUp(ours)).toBe(false));
      expect(us.session(theirs).state).not.toBe('Established');
    },
  },
  'max-prefix-restart': {
    title: 'After our limit of prefixes the session stays down for the configured time, then comes up again',
    standard: 'RFC 4486',
    async run(lab) {
      const routes = prefixes(6).map((prefix) => ({ prefix }));
      const ours = { maxPrefixes: 5, maxPrefixRestart: 600 };
      const { us, them, theirs, ours: own } = await lab.pair({ ours, routes, down: true });
      await failed(us, theirs, { direction: 'sent', code: CEASE, subcode: 1 });
      await eventually(async () => expect(await them.isUp(own)).toBe(false));
      await them.withdraw(routes[0].prefix);
      expect(us.session(theirs).down).toContain('retrying in');
      us.advance(601);
      expect(us.session(theirs).down).toBeUndefined();
      if (them.idleAfterEnd > 0) return;
      await lab.up(us, them, own, theirs);
      await has(us, routes[5].prefix, {});
    },
  },
  'max-prefix-theirs': {
    title: 'We send more prefixes than their limit: they close the session with Cease/1',
    standard: 'RFC 4486',
    async run(lab) {
      const { us, theirs } = await lab.pair({ theirs: { maxPrefixes: 5 } });
      for (const prefix of prefixes(8)) await us.announce({ prefix });
      await failed(us, theirs, { direction: 'received', code: CEASE, subcode: 1 });
    },
  },
  'shutdown-ours': {
    title: 'Shutdown communication, sent by us',
    standard: 'RFC 9003',
    async run(lab) {
      const { us, them, theirs, ours } = await lab.pair();
      us.configure([{ remote: theirs, remoteAs: THEIR_AS, adminDown: 'back at noon, ciao' }]);
      await eventually(async () => {
        expect(await them.isUp(ours)).toBe(false);
        expect(await them.describe(ours)).toContain('back at noon, ciao');
      });
      us.configure([{ remote: theirs, remoteAs: THEIR_AS }]);
      await lab.up(us, them, ours, theirs);
    },
  },
  'shutdown-theirs': {
    title: 'Shutdown communication, sent by them',
    standard: 'RFC 9003',
    async run(lab) {
      const { us, them, theirs, ours } = await lab.pair();
      await them.shutDown(ours, 'maintenance');
      await failed(us, theirs, { direction: 'received', code: CEASE, subcode: 2 });
      expect(us.session(theirs).lastError?.text).toContain('maintenance');
      await them.startUp(ours);
      await lab.up(us, them, ours, theirs);
    },
  },
  'reset-by-them': {
    title: 'They reset the session repeatedly',
    standard: 'RFC 4486',
    async run(lab) {
      const { us, them, theirs, ours } = await lab.pair({ routes: [{ prefix: THEIR4 }] });
      for (let round = 1; round <= 2; round++) {
        await has(us, THEIR4, {});
        await them.reset(ours);
        await failed(us, theirs, { direction: 'received', code: CEASE });
        if (them.idleAfterReset > 0) return;
        await eventually(() => expect(us.session(theirs).established).toBe(round + 1));
        await lab.up(us, them, ours, theirs);
      }
    },
  },
  killed: {
    title: 'They are killed: their routes are removed at once, and return with the session',
    standard: 'RFC 4271',
    async run(lab) {
      const { us, them, theirs, ours } = await lab.pair({ routes: [{ prefix: THEIR4 }], sessions: [BESIDE] });
      await beside(lab, us);
      await has(us, THEIR4, {});
      await them.kill();
      await hasNot(us, THEIR4);
      expect(us.session(theirs).state).not.toBe('Established');
      await them.start(lab.daemonConfig({ routes: [{ prefix: THEIR4 }] }));
      await lab.up(us, them, ours, theirs);
      await has(us, THEIR4, {});
      expect(us.session('10.0.0.3')).toMatchObject({ state: 'Established', established: 1 });
    },
  },
  frozen: {
    title: 'They hang: our hold timer closes the session, and no other',
    standard: 'RFC 4271',
    async run(lab) {
      const { us, them, theirs, ours } = await lab.pair({
        ours: { holdTime: HOLD, keepaliveTime: 1 },
        routes: [{ prefix: THEIR4 }],
        sessions: [BESIDE],
      });
      expect(us.session(theirs).negotiated?.holdTime).toBe(HOLD);
      await beside(lab, us);
      await has(us, THEIR4, {});
      await them.freeze();
      await failed(us, theirs, { direction: 'sent', code: 4 });
      await hasNot(us, THEIR4);
      await them.thaw();
      await lab.up(us, them, ours, theirs);
      await has(us, THEIR4, {});
      expect(us.session('10.0.0.3')).toMatchObject({ state: 'Established', established: 1 });
    },
  },
  'hold-theirs': {
    title: 'We hang: their hold timer closes the session',
    standard: 'RFC 4271',
    async run(lab) {
      // Without keepalives from us, as far as they see.
      const { us, theirs } = await lab.pair({ theirs: { holdTime: HOLD }, ours: { keepaliveTime: 60 } });
      expect(us.session(theirs).negotiated?.holdTime).toBe(HOLD);
      us.mute(true);
      await failed(us, theirs, { direction: 'received', code: 4 });
      us.mute(false);
    },
  },
  roles: {
    title: 'Roles: provider and customer match, two providers are rejected',
    standard: 'RFC 9234',
    async run(lab) {
      const { us, theirs } = await lab.pair({ ours: { role: 'provider' }, theirs: { role: 'customer' } });
      expect(us.session(theirs).negotiated?.capabilities).toContain('role');
      await lab.clear();
      const wrong = await lab.pair({ ours: { role: 'provider' }, theirs: { role: 'provider' }, down: true });
      await failed(wrong.us, theirs, { code: OPEN_ERROR, subcode: 11 });
      expect(wrong.us.session(theirs).established).toBe(0);
    },
  },
  'otc-theirs': {
    title: 'OTC: a route from our provider is advertised to no other provider',
    standard: 'RFC 9234',
    async run(lab) {
      const { us, theirs } = await lab.pair({
        ours: { role: 'customer' },
        theirs: { role: 'provider' },
        routes: [{ prefix: THEIR4 }],
        sessions: [{ ...BESIDE, role: 'customer' }],
      });
      const third = await lab.ours({ number: 3, as: THIRD_AS }, [
        { remote: us.address, remoteAs: OUR_AS, role: 'provider' },
      ]);
      await has(us, THEIR4, { otc: THEIR_AS });
      await us.announce({ prefix: OUR4 });
      await has(third, OUR4, {});
      await hasNot(third, THEIR4);
      expect(us.session(theirs).established).toBe(1);
    },
  },
  'otc-ours': {
    title: 'OTC: set by us towards a customer',
    standard: 'RFC 9234',
    async run(lab) {
      const { us, them } = await lab.pair({ ours: { role: 'provider' }, theirs: { role: 'customer' } });
      await us.announce({ prefix: OUR4 });
      await has(them, OUR4, { otc: OUR_AS });
    },
  },
  'graceful-shutdown-theirs': {
    title: 'Graceful shutdown, theirs: their routes are our last choice',
    standard: 'RFC 8326',
    async run(lab) {
      const { us } = await lab.pair({
        routes: [{ prefix: THEIR4, communities: ['65535:0'] }],
        sessions: [BESIDE],
      });
      const third = await lab.raw();
      await third.open();
      third.announce([THEIR4], { asPath: [{ type: 2, members: [THIRD_AS, 65099, 65098] }] });
      await eventually(async () => {
        const [best, other] = await us.paths(THEIR4);
        expect([best?.asPath[0], other?.asPath[0]]).toEqual([THIRD_AS, THEIR_AS]);
      });
    },
  },
  'graceful-shutdown-ours': {
    title: 'Graceful shutdown, ours: our routes are advertised with the community, and the session stays up',
    standard: 'RFC 8326',
    async run(lab) {
      const { us, them, theirs } = await lab.pair({ routes: [{ prefix: THEIR4 }] });
      await us.announce({ prefix: OUR4 });
      await has(them, OUR4, { communities: [] });
      us.leave(true);
      await has(them, OUR4, { communities: ['65535:0'] });
      // What comes over it is the last choice on our side, too.
      await has(us, THEIR4, { communities: ['65535:0'], localPref: 0 });
      us.leave(false);
      await has(them, OUR4, { communities: [] });
      await has(us, THEIR4, { communities: [] });
      expect(us.session(theirs).established).toBe(1);
    },
  },
} as const satisfies Record<string, Feature>;
