import { type BfdAgent, BfdLink, spec, until, V4, V6 } from './support/bfd';
import { Debian, wantedReleases } from './support/debian';

/** What is tried with each daemon over each path. */
const PATHS = {
  IPv4: { ends: V4, more: {}, bird: '', frr: `peer ${V4[0]} local-address ${V4[1]} interface up0` },
  IPv6: { ends: V6, more: {}, bird: '', frr: `peer ${V6[0]} local-address ${V6[1]} interface up0` },
  // BIRD sends multihop packets with the system's TTL.
  'IPv4 multihop': {
    ends: V4,
    more: { multihop: true, minimumTtl: 60 },
    bird: `local ${V4[1]} multihop on`,
    frr: `peer ${V4[0]} multihop local-address ${V4[1]}`,
  },
  'IPv6 multihop': {
    ends: V6,
    more: { multihop: true, minimumTtl: 60 },
    bird: `local ${V6[1]} multihop on`,
    frr: `peer ${V6[0]} multihop local-address ${V6[1]}`,
  },
} as const;
type Path = (typeof PATHS)[keyof typeof PATHS];

/** A daemon as the cells need it. */
interface Neighbour {
  start(link: BfdLink, path: Path): Promise<void>;
  /** Has it ask for intervals of a second. */
  slowDown(link: BfdLink, path: Path): void;
  /** It keeps the session up while it does. */
  readonly staysUp: boolean;
  /** Puts the session out of service, and back. */
  disable(link: BfdLink, path: Path): void;
  enable(link: BfdLink, path: Path): void;
  /** Milliseconds between its packets, and of silence after which it takes us for gone. */
  times(link: BfdLink): readonly [number, number];
  isDown(link: BfdLink): boolean;
}

const configure = (link: BfdLink, { frr }: Path, ...lines: string[]) =>
  link.vtysh('configure terminal', 'bfd', frr, ...lines);

const DAEMONS: Readonly<Record<string, Neighbour>> = {
  BIRD: {
    async start(link, { ends: [local], bird }) {
      link.startBird(local, bird);
    },
    slowDown(link, { ends: [local], bird }) {
      link.writeBird(local, bird, 1000);
      link.bird('configure');
    },
    staysUp: true,
    disable: (link) => link.bird('disable', 'bfd1'),
    enable: (link) => link.bird('enable', 'bfd1'),
    times(link) {
      const [, interval, timeout] = /(\d+\.\d+)\s+(\d+\.\d+)\s*$/m.exec(link.bird('show', 'bfd', 'sessions')) ?? [];
      return [Number(interval) * 1000, Number(timeout) * 1000];
    },
    isDown: (link) => /\bDown\b|AdminDown/.test(link.bird('show', 'bfd', 'sessions')),
  },
  FRR: {
    start: (link, { frr }) => link.startFrr(frr),
    // It does not lengthen an interval of a session that is Up (FRR #20172).
    slowDown(link, path) {
      configure(link, path, 'shutdown');
      configure(link, path, 'receive-interval 1000', 'transmit-interval 1000', 'no shutdown');
    },
    staysUp: false,
    disable: (link, path) => configure(link, path, 'shutdown'),
    enable: (link, path) => configure(link, path, 'no shutdown'),
    times(link) {
      const [peer] = JSON.parse(link.vtysh('show bfd peers json'));
      const sends = Math.max(peer['transmit-interval'], peer['remote-receive-interval']);
      const hears = Math.max(peer['receive-interval'], peer['remote-transmit-interval']);
      return [sends, peer['remote-detect-multiplier'] * hears];
    },
    isDown: (link) => /administratively down/.test(link.vtysh('show bfd peers')),
  },
};

describe.each(wantedReleases(['bookworm']))('with the daemons of Debian %s', (release) => {
  const files = Debian.of(release);
  let link: BfdLink;
  let agent: BfdAgent;
  afterEach(() => link.remove());

  const agreed = (interval: number, detection: number) =>
    until(() => agent.status?.transmitInterval === interval && agent.status.detectionTime === detection);

  const cells = Object.keys(DAEMONS).flatMap((daemon) =>
    (Object.keys(PATHS) as (keyof typeof PATHS)[]).map((path) => [daemon, path] as const),
  );

  test.each(cells)('%s over %s: each interval, passive, and AdminDown each way', async (name, over) => {
    const [daemon, path] = [DAEMONS[name], PATHS[over]];
    const {
      ends: [local, remote],
      more,
    } = path;
    const want = (own: object = {}) => agent.want(spec(local, remote, { ...more, ...own }));
    const slow = { transmitInterval: 1000, receiveInterval: 1000 };
    link = new BfdLink(files);
    await daemon.start(link, path);
    link.startBfd();
    agent = await link.agent();

    want(); // the same intervals at both ends
    await agent.reaches('Up');
    await agreed(300, 900);
    await until(() => daemon.times(link).join() === '300,900');

    want(slow); // retuned while Up: we are slower
    await agreed(1000, 3000);
    await until(() => daemon.times(link).join() === '1000,3000');
    want();
    await agreed(300, 900);
    expect(agent.status).toMatchObject({ state: 'Up', downs: 0 });

    daemon.slowDown(link, path); // they are slower
    await until(() => agent.status?.state === 'Up' && agent.status.detectionTime === 3000);
    await agreed(1000, 3000);
    if (daemon.staysUp) expect(agent.status).toMatchObject({ downs: 0 });

    daemon.disable(link, path); // AdminDown by them
    await agent.reaches('Down');
    daemon.enable(link, path);
    await agent.reaches('Up');

    agent.want(); // AdminDown by us
    await until(() => daemon.isDown(link));
    agent.statuses.clear();
    want({ passive: true });
    await agent.reaches('Up');
  });
});
