import { blame, FAULTS, Faults, faultKindOf, type SessionFault } from '../../../lib/bgp/session/fault';

type FaultKind = keyof typeof FAULTS;

import { notification } from '../../../lib/bgp/wire/notification';

const fault = (kind: FaultKind, at: number): SessionFault => ({
  kind,
  at: at * 1000,
  direction: 'local',
  text: `${kind} ${at}`,
});
/** The texts of cause and news among faults, given as kinds and seconds. */
const blamed = (...faults: [FaultKind, number][]) => {
  const found = blame(faults.map(([kind, at]) => fault(kind, at)));
  return found && [found.cause.text, ...(found.since ? [found.since.text] : [])];
};

describe('what is to blame', () => {
  test('is nothing where nothing went wrong', () => {
    expect(blame([])).toBeUndefined();
  });

  test.each<[string, [FaultKind, number][], string[]]>([
    [
      'a wrong AS number, not the close that follows',
      [
        ['said', 0],
        ['echo', 1],
      ],
      ['said 0'],
    ],
    [
      'a wrong AS number, with what the network says since',
      [
        ['said', 0],
        ['network', 60],
      ],
      ['said 0', 'network 60'],
    ],
    [
      'the network, where a wrong AS number was not said again for long',
      [
        ['said', 0],
        ['network', 1000],
      ],
      ['network 1000'],
    ],
    [
      'a shutdown, however long ago',
      [
        ['ended', 0],
        ['silence', 100_000],
      ],
      ['ended 0', 'silence 100000'],
    ],
    [
      'the later of two that were said',
      [
        ['ended', 5],
        ['said', 4],
      ],
      ['ended 5'],
    ],
    [
      'the close, where nothing was said',
      [
        ['network', 3],
        ['echo', 4],
      ],
      ['echo 4'],
    ],
    [
      'the address that is gone, whatever was said',
      [
        ['said', 0],
        ['silence', 1],
        ['ours', 2],
      ],
      ['ours 2'],
    ],
    [
      'the key, not the silence that it causes',
      [
        ['silence', 1],
        ['key', 2],
      ],
      ['key 2'],
    ],
    [
      'what was said, with a key that may differ since',
      [
        ['said', 0],
        ['silence', 1],
        ['key', 2],
      ],
      ['said 0', 'key 2'],
    ],
    [
      'a shutdown long ago, with a key that may differ now',
      [
        ['ended', 0],
        ['silence', 100_000],
        ['key', 100_001],
      ],
      ['ended 0', 'key 100001'],
    ],
    ['an address that was gone no longer, when it is back', [['silence', 3]], ['silence 3']],
  ])('is %s', (_, faults, expected) => {
    expect(blamed(...faults)).toEqual(expected);
  });

  test('never changes with the order in which faults are listed', () => {
    const kinds = Object.keys(FAULTS) as FaultKind[];
    for (const a of kinds)
      for (const b of kinds) if (a !== b) expect(blamed([a, 1], [b, 2])).toEqual(blamed([b, 2], [a, 1]));
  });
});

describe('a NOTIFICATION', () => {
  test.each<[string, number, number, FaultKind]>([
    ['Bad Peer AS', 2, 2, 'said'],
    ['Hold Timer Expired', 4, 0, 'said'],
    ['Cease: Administrative Shutdown', 6, 2, 'ended'],
    ['Cease: Maximum Number of Prefixes Reached', 6, 1, 'ended'],
    ['Cease: Peer De-configured', 6, 3, 'ended'],
    ['Cease: Administrative Reset', 6, 4, 'echo'],
    ['Cease: Connection Rejected', 6, 5, 'echo'],
    ['Cease: Connection Collision Resolution', 6, 7, 'echo'],
  ])('%s is of the kind that it should be', (_, code, subcode, kind) => {
    expect(faultKindOf(notification(code, subcode))).toBe(kind);
  });

  test('counts for what is in it where it is a Hard Reset', () => {
    expect(faultKindOf(notification(6, 9, Uint8Array.of(6, 4)))).toBe('echo');
    expect(faultKindOf(notification(6, 9, Uint8Array.of(6, 2)))).toBe('ended');
  });
});

describe('the faults of a session', () => {
  test('are kept until the next one when it comes up, and no longer', () => {
    const faults = new Faults();
    faults.add(fault('said', 1));
    faults.settle();
    expect(faults.list().map(({ text }) => text)).toEqual(['said 1']);
    faults.add(fault('echo', 2));
    expect(faults.list().map(({ text }) => text)).toEqual(['echo 2']);
  });

  test('never are more than the kinds there are', () => {
    const faults = new Faults();
    for (let i = 0; i < 100; i++) faults.add(fault(i % 2 ? 'said' : 'network', i));
    expect(faults.list().map(({ text }) => text)).toEqual(['network 98', 'said 99']);
  });
});
