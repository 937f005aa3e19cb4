import { SpeakerEvents } from '../../../lib/agent/network/speaker-events';
import type { OneSided } from '../../../lib/bgp/session/one-sided';
import type { SpeakerEvent } from '../../../lib/bgp/speaker';

const KEY = '10.0.0.1 10.0.0.2';

/** What each that listens is told of an event, of a session without what only one end's OPEN has. */
function told(
  event: Partial<SpeakerEvent>,
  refusal?: string,
  oneSided?: Partial<OneSided>,
  unnumbered = false,
): string[] {
  const all: string[] = [];
  const listeners = {
    reports: { say: ({ level, message }: { level: string; message: string }) => all.push(`${level} ${message}`) },
    links: { sessionsChanged: () => all.push('links') },
    neighbours: { keepSoon: () => all.push('neighbours') },
    unnumbered: {
      refused: () => refusal,
      moved: (key: string, isUp: boolean) => all.push(`link of ${key} ${isUp}`),
      failed: (key: string, address: string) => all.push(`${address} of ${key} failed`),
    },
    troubles: { attempt: () => all.push('attempt') },
    moved: (key: string) => all.push(`moved ${key}`),
  };
  const agreed = { oneSided: { ours: [], theirs: [], nextHops: [], ...oneSided } };
  const speaker = {
    session: (key: string) =>
      key === KEY && (oneSided || unnumbered)
        ? { established: oneSided && { agreed }, config: { unnumbered, remoteAddress: 'fe80::2' } }
        : undefined,
  };
  const events = new SpeakerEvents(listeners as never, speaker as never);
  events.tell({ session: KEY, name: 'tor', type: 'up', text: 'Established', ...event });
  return all;
}

describe('what the speaker tells of a session', () => {
  test('that came up or went down goes to those who act on it, and to the log', () => {
    expect(told({})).toEqual(['attempt', `link of ${KEY} true`, `moved ${KEY}`, 'info tor 10.0.0.2: Established']);
    expect(told({ type: 'down', text: 'Hold Timer Expired' })).toEqual([
      'attempt',
      `link of ${KEY} false`,
      `moved ${KEY}`,
      'info tor 10.0.0.2: Hold Timer Expired',
    ]);
  });

  test('that came up without a family, or without its next hops, is a warning that names it', () => {
    const warnings = (oneSided: Partial<OneSided>, type: SpeakerEvent['type'] = 'up') =>
      told({ type }, undefined, oneSided).filter((text) => text.startsWith('warn'));
    expect(warnings({ ours: ['ipv6 unicast'] })).toEqual([
      'warn tor 10.0.0.2: the neighbour does not carry ipv6 unicast',
    ]);
    expect(warnings({ ours: ['ipv6 unicast'], nextHops: ['ipv4 unicast'] })).toEqual([
      'warn tor 10.0.0.2: the neighbour does not carry ipv6 unicast; ' +
        'the neighbour does not support IPv6 next hops for ipv4 unicast (extended next hop, RFC 8950)',
    ]);
    expect([
      warnings({}),
      warnings({ theirs: ['ipv6 unicast'] }),
      warnings({ ours: ['ipv6 unicast'] }, 'down'),
    ]).toEqual([[], [], []]);
  });

  test('that is a refusal, or that the neighbour cannot be reached, ends its turn on a link without addresses', () => {
    const failed = (reason: SpeakerEvent['reason'], unnumbered = true) =>
      told({ type: 'error', reason }, undefined, undefined, unnumbered).filter((text) => text.endsWith('failed'));
    expect([failed('refused'), failed('unreachable')]).toEqual([
      [`fe80::2 of ${KEY} failed`],
      [`fe80::2 of ${KEY} failed`],
    ]);
    expect([failed('silence'), failed(undefined), failed('refused', false)]).toEqual([[], [], []]);
  });

  test('of an attempt is for those who look for a reason alone', () => {
    expect(told({ type: 'attempt', text: 'connecting' })).toEqual(['attempt', 'debug tor 10.0.0.2: connecting']);
  });

  test('that somebody should mend is a warning', () => {
    expect(told({ type: 'malformed', text: 'a route was treated as withdrawn' })).toEqual([
      'warn tor 10.0.0.2: a route was treated as withdrawn',
    ]);
  });

  test('of a neighbour of a prefix has its link and its routes looked at', () => {
    expect(told({ type: 'dynamic', text: 'came' })).toEqual(['info tor 10.0.0.2: came', 'links', 'neighbours']);
  });

  test('of a connection that was refused says why, where the link knows', () => {
    const refused = {
      name: '',
      type: 'rejected',
      text: 'connection from fe80::9 refused',
      refused: 'fe80::9',
    } as const;
    expect(told(refused)).toEqual(['info connection from fe80::9 refused']);
    expect(told(refused, 'fe80::2 is the neighbour on eth0')).toEqual([
      'info connection from fe80::9 refused: fe80::2 is the neighbour on eth0',
    ]);
  });
});
