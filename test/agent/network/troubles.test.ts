import { Troubles } from '../../../lib/agent/network/troubles';
import type { SessionFault } from '../../../lib/bgp/session/fault';
import type { SpeakerSession } from '../../../lib/bgp/speaker';

const KEY = 'packets signed with another key arrive';
const GONE = 'no interface of this machine has 10.0.0.1';

describe('what keeps a session down on this machine', () => {
  let troubles: Troubles;
  beforeEach(() => {
    troubles = new Troubles();
  });
  /** What a look tells that finds this. */
  const look = (found?: readonly [SessionFault['kind'], string], state: SpeakerSession['state'] = 'Active') =>
    troubles
      .look(
        [{ key: 'k', name: 'tor', state }],
        new Map(found ? [['k', { kind: found[0], at: 0, direction: 'local', text: found[1] }]] : []),
      )
      .map(({ session, text }) => `${session.name}: ${text}`);

  test.each([
    ['key', KEY],
    ['ours', GONE],
  ] as const)('is told once while it lasts (%s)', (kind, text) => {
    expect([look([kind, text]), look([kind, text]), look([kind, text])]).toEqual([[], [`tor: ${text}`], []]);
  });

  test('is not told where it is over at the next look', () => {
    expect([look(['ours', GONE]), look(), look(['ours', GONE])]).toEqual([[], [], []]);
  });

  test('is told again when it is another', () => {
    expect([['key', KEY] as const, ['key', KEY] as const].flatMap((found) => look(found))).toEqual([`tor: ${KEY}`]);
    expect([look(['ours', GONE]), look(['ours', GONE])]).toEqual([[], [`tor: ${GONE}`]]);
  });

  test('is told again when it comes back, of a key only after the session was up', () => {
    const twice = (found: readonly [SessionFault['kind'], string]) => [...look(found), ...look(found)];
    expect(twice(['ours', GONE])).toHaveLength(1);
    look();
    expect(twice(['ours', GONE])).toHaveLength(1);
    expect(twice(['key', KEY])).toHaveLength(1);
    look();
    expect(twice(['key', KEY])).toHaveLength(0);
    look(undefined, 'Established');
    expect(twice(['key', KEY])).toHaveLength(1);
  });

  test('is forgotten with its session', () => {
    look(['key', KEY]);
    look(['key', KEY]);
    troubles.look([], new Map());
    expect([look(['key', KEY]), look(['key', KEY])]).toEqual([[], [`tor: ${KEY}`]]);
  });
});
