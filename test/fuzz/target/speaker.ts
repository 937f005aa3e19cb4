import type { SessionConfig } from '../../../lib/bgp/session/config';
import { KEEPALIVE } from '../../../lib/bgp/wire/keepalive';
import { encodeOpen, type Open } from '../../../lib/bgp/wire/open';
import { IpAddress } from '../../../lib/model/address';
import { sure } from '../../../lib/model/problem';
import { CONTEXTS } from '../contexts';
import { digestOctets } from '../digest';
import { Driven } from '../driven';
import { concat, mutateOften } from '../mutation/octets';
import { mutateStream, writeStream } from '../mutation/stream';
import { hold } from '../oracle';
import { NOTIFICATIONS, OPEN, openMessages, prefix, REFRESHES, updates } from '../seeds';
import type { Target } from '../target';

const ip = (text: string): IpAddress => sure(IpAddress.parse(text));
export const LOCAL = '10.0.0.1';

/** A session with 10.0.1.n; what is not said is external, IPv4, with nothing special. */
export function sessionTo(n: number, more: Partial<SessionConfig> = {}): SessionConfig {
  const remote = `10.0.1.${n}`;
  return {
    ...{ key: `${LOCAL} ${remote} 179`, name: `peer${n}`, reason: 'fuzz', port: 179 },
    ...{ localAddress: ip(LOCAL), remoteAddress: ip(remote), routerId: 0x0a000001 },
    ...{ acceptable: [{ localAs: 64512, remoteAs: 65001 }], families: ['ipv4 unicast', 'ipv6 unicast'], dial: 'never' },
    ...{ holdTime: 0, keepaliveTime: 0, connectRetryTime: 5, multihop: false, inside: true },
    ...{ importPolicy: { rules: [], otherwise: 'accept' }, exportPolicy: { rules: [], otherwise: 'accept' } },
    ...{ nextHop: 'auto', routeReflectorClient: false, allowOwnAs: 0 },
    localAddresses: { ipv4: ip(LOCAL), ipv6: ip('2001:db8::254') },
    ...more,
  };
}

const INTERNAL = [{ localAs: 64512, remoteAs: 64512 }];
const BOTH = ['ipv4 unicast', 'ipv6 unicast'] as const;
export const open = (as: number, capabilities: Open['capabilities'], more: Partial<Open> = {}): Open => ({
  ...OPEN,
  as,
  holdTime: 0,
  capabilities: [{ code: 1, afi: 1, safi: 1 }, { code: 1, afi: 2, safi: 1 }, { code: 2 }, ...capabilities],
  ...more,
});
export const as4 = (as: number) => ({ code: 65 as const, as });
const ADD_PATH = {
  code: 69 as const,
  families: [1, 2].map((afi) => ({ afi, safi: 1, receive: true, send: true })),
};
export const RESTART = {
  code: 64 as const,
  ...{ restarted: false, notification: true, restartTime: 10 },
  families: [1, 2].map((afi) => ({ afi, safi: 1, forwarding: true })),
};

/** Sessions with what the neighbour says in its OPEN; `bits` of CONTEXTS that come out of it. */
const SESSIONS: readonly { config: SessionConfig; open: Open; bits: number }[] = [
  { config: sessionTo(1), open: open(65001, [as4(65001)]), bits: 0 },
  {
    config: sessionTo(2, { acceptable: INTERNAL, routeReflectorClient: true, addPath: { receive: BOTH, send: BOTH } }),
    open: open(64512, [as4(64512), ADD_PATH]),
    bits: 17,
  },
  {
    config: sessionTo(3, { families: ['ipv4 unicast'] }),
    open: open(65001, []),
    bits: 6,
  },
  {
    config: sessionTo(4, { gracefulRestartTime: 10, extendedNextHop: true }),
    open: open(65001, [
      as4(65001),
      RESTART,
      { code: 6 },
      { code: 70 },
      { code: 5, entries: [{ afi: 1, safi: 1, nextHopAfi: 2 }] },
    ]),
    bits: 96,
  },
  { config: sessionTo(5, { acceptable: INTERNAL, maxPrefixes: 4 }), open: open(64512, [as4(64512)]), bits: 1 },
];
/** Who hears of everything, in a session that stays up. */
const LISTENER = {
  config: sessionTo(9, { acceptable: [{ localAs: 64512, remoteAs: 65009 }] }),
  open: open(65009, [as4(65009)]),
};

/** Long enough for every pause of a session that failed (TOO_MANY_PAUSE is 300 s), and for routes that are retained. */
const PAUSE = 400_000;

function establish(driven: Driven, { config, open }: { config: SessionConfig; open: Open }) {
  const connection = driven.accept(LOCAL, String(config.remoteAddress));
  driven.receive(connection, encodeOpen(open));
  driven.receive(connection, KEEPALIVE);
  hold(driven.session(config)?.established !== undefined, 'a session does not come up');
  return connection;
}

let driven: Driven | undefined;

function begin(): Driven {
  const fresh = new Driven();
  fresh.configure([...SESSIONS.map(({ config }) => config), LISTENER.config]);
  fresh.give({ kind: 'originate', prefix: prefix('198.51.100.0/24') });
  fresh.give({ kind: 'originate', prefix: prefix('2001:db8:100::/48') });
  establish(fresh, LISTENER);
  return fresh;
}

const established: Target = {
  name: 'session',
  about:
    'a stream from the neighbour of an Established session, in chunks, with another neighbour that receives the resulting routes',
  share: 4,
  seeds: () =>
    SESSIONS.flatMap(({ bits }, n) => {
      const all = updates(CONTEXTS[bits]);
      return [
        ...all.map((body) => concat([n], writeStream([{ type: 2, body }]))),
        concat([n], writeStream(all.map((body) => ({ type: 2, body })))),
        concat([n], KEEPALIVE, ...REFRESHES, KEEPALIVE),
        concat([n], NOTIFICATIONS[n]),
        concat([n], openMessages()[0]),
      ];
    }),
  mutate: (input, other, dice) => {
    const first = dice.once(12) ? dice.below(SESSIONS.length) : (input[0] ?? 0);
    const stream = mutateOften(input.subarray(1), dice, (bytes) => mutateStream(bytes, other.subarray(1), dice));
    return concat([first], stream);
  },
  run(input, note) {
    driven ??= begin();
    driven.note = note;
    const which = SESSIONS[(input[0] ?? 0) % SESSIONS.length];
    const stream = input.subarray(1);
    const connection = establish(driven, which);
    const step = 1 + (digestOctets(stream) & 255);
    for (let at = 0; at < stream.length; at += step) driven.receive(connection, stream.slice(at, at + step));
    driven.audit();
    driven.lose(connection);
    driven.audit();
    driven.advance(PAUSE);
    driven.audit();
    hold(driven.session(LISTENER.config)?.established !== undefined, 'another session went down with it');
    const { prefixes, paths } = driven.speaker.rib.size;
    hold(paths === 2 && prefixes === 2, `${paths} paths of ${prefixes} prefixes are left where 2 are our own`);
  },
  renew() {
    driven = undefined;
  },
};

export const SESSION_TARGETS: readonly Target[] = [established];
