import { bestPathLine } from '../../../lib/cli/debug/best-path';

const path = (more: object = {}) => ({
  peer: 'peer1',
  session: 'ebgp',
  routerId: '0.0.0.1',
  peerAddress: '192.0.2.1',
  neighborAs: 1,
  asPathLength: 2,
  med: 100,
  localPref: 100,
  origin: 'igp',
  ...more,
});

describe('peerform debug best-path', () => {
  test('names the best path and the step that decided', () => {
    expect(bestPathLine({ paths: [path(), path({ asPathLength: 1 })] })).toEqual({ best: 1, step: 'as-path-length' });
    expect(bestPathLine({ paths: [path({ eligible: false })] })).toEqual({ best: null, step: 'no-path' });
  });

  test('takes options', () => {
    const paths = [path({ neighborAs: 2, med: 50, routerId: '0.0.0.9' }), path()];
    expect(bestPathLine({ paths })).toEqual({ best: 1, step: 'router-id' });
    expect(bestPathLine({ paths, options: { alwaysCompareMed: true } })).toEqual({ best: 0, step: 'med' });
  });

  test.each<[unknown, string]>([
    [7, 'not a JSON object'],
    [null, 'not a JSON object'],
    [{}, 'paths must be a list'],
    [{ paths: [], options: { alwaysCompareMed: 'yes' } }, 'alwaysCompareMed'],
    [{ paths: [path(), 'x'] }, 'paths[1]'],
    [{ paths: [path({ session: 'both' })] }, 'paths[0].session'],
    [{ paths: [path({ med: -1 })] }, 'paths[0].med'],
    [{ paths: [path({ origin: 'x' })] }, 'paths[0].origin'],
    [{ paths: [path({ routerId: '::1' })] }, 'paths[0].routerId'],
    [{ paths: [path({ peerAddress: undefined })] }, 'paths[0].peerAddress'],
    [{ paths: [path({ eligible: 1 })] }, 'paths[0].eligible'],
  ])('answers %j with an error that says where', (input, where) => {
    expect(bestPathLine(input)).toEqual({
      error: { code: expect.any(String), message: expect.stringContaining(where) },
    });
  });
});
