import { readFileSync } from 'node:fs';
import { countersIn, KeyWatch } from '../../../lib/agent/network/key-watch';

const SIGNED = { isSigned: true, isSecured: false };
const SECURED = { isSigned: false, isSecured: true };
const PLAIN = { isSigned: false, isSecured: false };
const text = (failure: number, notFound = 0, unexpected = 0, low = 0) =>
  [
    'TcpExt: SyncookiesSent TCPMD5NotFound TCPMD5Unexpected TCPMD5Failure TCPMinTTLDrop',
    `TcpExt: 7 ${notFound} ${unexpected} ${failure} ${low}`,
    'IpExt: InNoRoutes TCPMD5Failure',
    'IpExt: 5 99',
    '',
  ].join('\n');

describe('the watch over signatures', () => {
  let now: number;
  let counts: string;
  let watch: KeyWatch;
  beforeEach(() => {
    now = 0;
    counts = text(5);
    watch = new KeyWatch(() => counts);
    watch.look(now);
  });
  const passes = (seconds: number, said = counts) => {
    now += seconds * 1000;
    counts = said;
    watch.look(now);
  };

  test('suspects nothing for what was counted before', () => {
    passes(5);
    expect(watch.suspicion(SIGNED, 0, now)).toBeUndefined();
  });

  test.each([
    ['another key', text(6), SIGNED, PLAIN, 'TCPMD5Failure'],
    ['no signature', text(5, 1), SIGNED, PLAIN, 'TCPMD5NotFound'],
    ['a signature that is not expected', text(5, 0, 1), PLAIN, SIGNED, 'TCPMD5Unexpected'],
    ['too low a TTL', text(5, 0, 0, 1), SECURED, PLAIN, 'TCPMinTTLDrop'],
  ])('suspects a session where packets arrive with %s, if it is of that kind', (_, said, concerned, other, name) => {
    passes(5, said);
    expect(watch.suspicion(concerned, 0, now)?.text).toContain(`(the kernel counts ${name})`);
    expect(watch.suspicion(other, 0, now)).toBeUndefined();
  });

  test('suspects no session that was heard since', () => {
    passes(5, text(6));
    expect(watch.suspicion(SIGNED, now, now)).toBeUndefined();
  });

  test('forgets a suspicion for which nothing more comes', () => {
    passes(5, text(6));
    passes(299);
    expect(watch.suspicion(SIGNED, 0, now)).toBeDefined();
    passes(2);
    expect(watch.suspicion(SIGNED, 0, now)).toBeUndefined();
  });

  test('asks the kernel once a second at most', () => {
    let asked = 0;
    const counting = new KeyWatch(() => {
      asked++;
      return counts;
    });
    for (let ms = 0; ms < 3000; ms += 10) counting.look(ms);
    expect(asked).toBe(3);
  });

  test('knows nothing where the kernel does not count', () => {
    const blind = new KeyWatch(() => {
      throw new Error('ENOENT');
    });
    blind.look(0);
    blind.look(2000);
    expect(blind.suspicion(SIGNED, 0, 2000)).toBeUndefined();
  });
});

test('the counters of this kernel are read', () => {
  expect(countersIn(readFileSync('/proc/self/net/netstat', 'utf8'))).toEqual({
    TCPMD5Failure: expect.any(Number),
    TCPMD5NotFound: expect.any(Number),
    TCPMD5Unexpected: expect.any(Number),
    TCPMinTTLDrop: expect.any(Number),
  });
});
