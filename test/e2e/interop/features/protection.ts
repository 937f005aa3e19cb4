import { eventually, has, hasNot, type Lab, type PairOptions } from '../lab';
import type { Feature } from './feature';

const OUR4 = '198.51.100.0/24';
const secrets = { key: 'mekmitasdigoat' };
/** So many refusals by the kernel and still no session: it is not going to come up. */
const ENOUGH = 3;

/** No session comes up, though both sides try: the kernel of machine `at` counts what it refuses. */
async function refused(
  lab: Lab,
  options: PairOptions & { readonly isTheirsToRefuse?: boolean },
  counters: readonly string[],
): Promise<void> {
  const { us, them, theirs, ours } = await lab.pair({ ...options, down: true });
  await eventually(async () => {
    const counts = await Promise.all(([1, 2] as const).flatMap((at) => counters.map((name) => lab.counter(at, name))));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(ENOUGH);
  });
  expect(await them.isUp(ours)).toBe(false);
  if (options.isTheirsToRefuse) return;
  expect(us.session(theirs)).toMatchObject({ established: 0 });
  expect(us.session(theirs).state).not.toBe('Established');
}

export const PROTECTION = {
  'md5-dialled': {
    title: 'TCP MD5, the same key, we connect',
    standard: 'RFC 2385',
    async run(lab) {
      const { us, them, theirs } = await lab.pair({
        us: { secrets },
        ours: { authentication: 'key' },
        theirs: { password: secrets.key, passive: true },
      });
      await us.announce({ prefix: OUR4 });
      await has(them, OUR4, {});
      expect(us.session(theirs).negotiated?.connection).toBe('dialled');
    },
  },
  'md5-accepted': {
    title: 'TCP MD5, the same key, they connect',
    standard: 'RFC 2385',
    async run(lab) {
      const { us, theirs, them } = await lab.pair({
        us: { secrets },
        ours: { authentication: 'key', dial: 'never' },
        theirs: { password: secrets.key },
      });
      await us.announce({ prefix: OUR4 });
      await has(them, OUR4, {});
      expect(us.session(theirs).negotiated?.connection).toBe('accepted');
    },
  },
  'md5-wrong': {
    title: 'TCP MD5, another key or none: never a session',
    standard: 'RFC 2385',
    async run(lab) {
      const ours = { authentication: 'key' };
      const refusals = ['TCPMD5Failure', 'TCPMD5NotFound', 'TCPMD5Unexpected'];
      await refused(lab, { us: { secrets }, ours, theirs: { password: 'another' } }, refusals);
      await lab.clear();
      await refused(lab, { us: { secrets }, ours }, refusals);
      await lab.clear();
      const { us, theirs } = await lab.pair({ ours, theirs: { password: secrets.key }, down: true });
      // Our key is not on this machine: the session stays down and says so.
      await eventually(() =>
        expect(us.session(theirs).lastError?.text).toContain('secret key is missing on this node'),
      );
      expect(us.session(theirs).established).toBe(0);
    },
  },
  gtsm: {
    title: 'GTSM on the link, whichever side connects',
    standard: 'RFC 5082',
    async run(lab) {
      const { us, them } = await lab.pair({
        ours: { gtsmHops: 1 },
        theirs: { ttlSecurity: true, passive: true },
      });
      await us.announce({ prefix: OUR4 });
      await has(them, OUR4, {});
      await us.withdraw(OUR4);
      await hasNot(them, OUR4);
      await lab.clear();
      await lab.pair({ ours: { gtsmHops: 1, dial: 'never' }, theirs: { ttlSecurity: true } });
    },
  },
  'gtsm-far-theirs': {
    title: 'GTSM, they seem too far away to us: never a session',
    standard: 'RFC 5082',
    async run(lab) {
      await refused(lab, { ours: { gtsmHops: 1 } }, ['TCPMinTTLDrop']);
    },
  },
  'gtsm-far-ours': {
    title: 'GTSM, we seem too far away to them: never a session',
    standard: 'RFC 5082',
    async run(lab) {
      // Some look at the TTL only when they have taken the connection and our OPEN, so their first KEEPALIVE may reach
      // us.
      const theirs = { ttlSecurity: true };
      await refused(lab, { ours: { multihop: true }, theirs, isTheirsToRefuse: true }, ['TCPMinTTLDrop']);
    },
  },
} as const satisfies Record<string, Feature>;
