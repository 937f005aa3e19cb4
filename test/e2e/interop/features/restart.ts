import { RESTART_TIME } from '../daemon';
import { eventually, has, hasNot, OUR_AS, THEIR_AS } from '../lab';
import type { Feature } from './feature';

const [OUR4, OUR_OTHER4, THEIR4, THEIR_OTHER4] = [
  '198.51.100.0/24',
  '198.51.101.0/24',
  '203.0.113.0/24',
  '203.0.114.0/24',
];
const graceful = { gracefulRestartTime: RESTART_TIME };

export const RESTART = {
  'end-of-rib': {
    title: 'End-of-RIB both ways',
    standard: 'RFC 4724 2',
    async run(lab) {
      const { us, theirs } = await lab.pair({
        ours: graceful,
        theirs: { gracefulRestart: true },
        routes: [{ prefix: THEIR4 }],
      });
      await eventually(() => expect(us.session(theirs).negotiated?.endOfRib).toEqual(['ipv4 unicast']));
      expect(us.session(theirs).negotiated?.capabilities).toContain('graceful restart');
    },
  },
  'restart-theirs': {
    title: 'Graceful restart of theirs: we retain their routes and remove those that do not return',
    standard: 'RFC 4724',
    async run(lab) {
      const { us, them, theirs, ours } = await lab.pair({
        ours: graceful,
        theirs: { gracefulRestart: true },
        routes: [{ prefix: THEIR4 }, { prefix: THEIR_OTHER4 }],
      });
      await has(us, THEIR4, {});
      await has(us, THEIR_OTHER4, {});
      await them.kill();
      await eventually(() => expect(us.session(theirs)).toMatchObject({ retaining: true }));
      expect([us.stale(THEIR4), us.stale(THEIR_OTHER4)]).toEqual([1, 1]);
      await them.restart({ routes: [{ prefix: THEIR4 }] });
      await lab.up(us, them, ours, theirs);
      await hasNot(us, THEIR_OTHER4);
      await has(us, THEIR4, {});
      await eventually(() => expect(us.stale(THEIR4)).toBe(0));
    },
  },
  'restart-ours': {
    title: 'Graceful restart of ours: they retain our routes and remove those that do not return',
    standard: 'RFC 4724',
    async run(lab) {
      const { us, them, theirs, ours } = await lab.pair({ ours: graceful, theirs: { gracefulRestart: true } });
      await us.announce({ prefix: OUR4 });
      await us.announce({ prefix: OUR_OTHER4 });
      await has(them, OUR4, {});
      await has(them, OUR_OTHER4, {});
      await us.close({ graceful: true });
      await eventually(async () => expect(await them.isUp(ours)).toBe(false));
      await has(them, OUR4, {});
      await has(them, OUR_OTHER4, {});
      const back = await lab.ours({ number: 1, as: OUR_AS, restartingFor: RESTART_TIME }, [
        { remote: theirs, remoteAs: THEIR_AS, ...graceful },
      ]);
      await back.announce({ prefix: OUR4 });
      await lab.up(back, them, ours, theirs);
      await hasNot(them, OUR_OTHER4);
      await has(them, OUR4, {});
    },
  },
  'restart-reset': {
    title: 'A reset of ours for another key: they retain our routes while they do not have it',
    standard: 'RFC 4724, 8538',
    async run(lab) {
      const { us, them, theirs, ours } = await lab.pair({
        us: { secrets: { key: 'mekmitasdigoat' } },
        ours: graceful,
        theirs: { gracefulRestart: true },
      });
      const session = { remote: theirs, remoteAs: THEIR_AS, ...graceful };
      await us.announce({ prefix: OUR4 });
      await has(them, OUR4, {});
      us.configure([{ ...session, authentication: 'key' }]);
      await eventually(async () => expect(await them.isUp(ours)).toBe(false));
      await has(them, OUR4, {});
      us.configure([session]);
      await lab.up(us, them, ours, theirs);
      await has(them, OUR4, {});
      expect(us.session(theirs).established).toBe(2);
    },
  },
  'restart-notification': {
    title: 'Graceful restart after a NOTIFICATION: we retain their routes when the hold timer closes the session',
    standard: 'RFC 8538',
    async run(lab) {
      const { us, them, theirs, ours } = await lab.pair({
        ours: { ...graceful, holdTime: 3, keepaliveTime: 1 },
        theirs: { gracefulRestart: true, notificationRestart: true },
        routes: [{ prefix: THEIR4 }],
      });
      await has(us, THEIR4, {});
      await them.freeze();
      await eventually(() => expect(us.session(theirs).lastError).toMatchObject({ direction: 'sent', code: 4 }));
      expect(us.session(theirs).retaining).toBe(true);
      expect(us.stale(THEIR4)).toBe(1);
      await them.thaw();
      await lab.up(us, them, ours, theirs);
      await has(us, THEIR4, {});
      await eventually(() => expect(us.stale(THEIR4)).toBe(0));
    },
  },
} as const satisfies Record<string, Feature>;
