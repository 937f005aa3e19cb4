import { apartFrom, faultsOf } from '../../lib/control/gate';
import { healthOf, isHealthy } from '../../lib/control/health';
import type { AgentStatus, SessionStatus } from '../../lib/control/status';
import { INITIAL_STATE } from '../../lib/control/transaction';
import { KERNEL } from './answers';

const session = (more: Partial<SessionStatus> = {}) =>
  ({
    localAddress: '10.0.0.1',
    remoteAddress: '10.0.0.2',
    remoteNode: 'n2',
    isInside: true,
    isRetiring: false,
    state: 'Established',
    routes: { ipv4: { received: 0, accepted: 0, advertised: 0, endOfRib: true } },
    ...more,
  }) as SessionStatus;
const status = (node: string, more: Partial<AgentStatus> = {}, release = 'sha256:new'): AgentStatus =>
  ({
    node,
    transaction: { ...INITIAL_STATE, active: { release, activation: 2 }, returnsInMs: null },
    sessions: [],
    kernel: { ...KERNEL, wanted: 1, installed: 1 },
    ...more,
  }) as AgentStatus;
const TERMS = { release: 'sha256:new', outside: 'all' } as const;
const healthsOf = (...all: AgentStatus[]) => new Map(all.map((one) => [one.node, healthOf(one, TERMS)]));
const faults = (n1: AgentStatus, n2 = status('n2')) =>
  faultsOf(['n1'], healthsOf(n1, n2), new Set()).map(({ message }) => message);

describe('the gate of a wave', () => {
  test('is open when inside sessions stand, their routes are in, and the kernel holds them', () => {
    expect(faults(status('n1', { sessions: [session()] }))).toEqual([]);
  });

  test('names the session that is down, its state and what the neighbour said', () => {
    const n1 = status('n1', { sessions: [session({ state: 'Active', lastError: { at: '', text: 'Bad Peer AS' } })] });
    expect(faults(n1)).toEqual(['session 10.0.0.1 - 10.0.0.2 (n2) is Active: Bad Peer AS']);
  });

  test('does not wait for a session whose other end does not run the release, nor for an outside one, nor for a retiring one', () => {
    const n1 = status('n1', { sessions: [session({ state: 'Active' })] });
    expect(faults(n1, status('n2', {}, 'sha256:old'))).toEqual([]);
    expect(
      faults(status('n1', { sessions: [session({ state: 'Active', isInside: false, remoteNode: undefined })] })),
    ).toEqual([]);
    expect(faults(status('n1', { sessions: [session({ state: 'Active', isRetiring: true })] }))).toEqual([]);
  });

  test('does not wait for a session within the fabric that need not come up', () => {
    expect(faults(status('n1', { sessions: [session({ state: 'Idle', expectsDown: true })] }))).toEqual([]);
  });

  test('waits for End-of-RIB and for the kernel', () => {
    const routes = { ipv4: { received: 5, accepted: 5, advertised: 0, endOfRib: false } };
    expect(
      faults(
        status('n1', {
          sessions: [session({ routes })],
          kernel: { ...KERNEL, wanted: 5, installed: 3 },
        }),
      ),
    ).toEqual([
      'session 10.0.0.1 - 10.0.0.2 (n2) has not sent all of its ipv4 routes yet',
      'the kernel has 3 of 5 routes',
    ]);
  });

  test('waits for BFD of a session within the fabric, which the release has both ends run', () => {
    const watched = (bfd: SessionStatus['bfd']) => faults(status('n1', { sessions: [session({ bfd })] }));
    const remote = { state: 'Down', diagnostic: 0 } as const;
    const but = 'session 10.0.0.1 - 10.0.0.2 (n2) is Established, but';
    const trouble = 'the BFD process does not respond';
    expect(watched({ state: 'Up' })).toEqual([]);
    expect(watched({ state: 'Init', remote })).toEqual([`${but} BFD is Init`]);
    expect(watched({ trouble })).toEqual([`${but} ${trouble}`]);
    expect(watched({})).toEqual([`${but} BFD has not begun`]);
    expect(watched({ state: 'Down', remote: { ...remote, state: 'AdminDown' } })).toEqual([]);
  });

  test('is closed while an agent does not answer or went back', () => {
    expect(faultsOf(['n9'], new Map(), new Set())[0].message).toBe('the agent does not respond');
    const returned = status('n1', {}, 'sha256:old');
    const back = {
      ...returned,
      transaction: {
        ...returned.transaction,
        returned: { release: 'sha256:new', activation: 2, reason: 'no confirmation arrived in time' },
      },
    };
    expect(faults(back)[0]).toContain('no confirmation arrived in time');
  });

  test('counts a session with a node outside the wave if that one runs the release, and else has its agent wait without it', () => {
    const n1 = healthsOf(status('n1', { sessions: [session({ state: 'Active' })] }));
    expect(faultsOf(['n1'], n1, new Set(['n2']))).toHaveLength(1);
    expect(apartFrom('n1', n1, new Set(['n2']))).toEqual([]);
    expect(faultsOf(['n1'], n1, new Set())).toEqual([]);
    const apart = [...apartFrom('n1', n1, new Set())];
    expect(apart).toEqual(['n2']);
    expect([isHealthy(n1.get('n1')!, TERMS), isHealthy(n1.get('n1')!, { ...TERMS, apart })]).toEqual([false, true]);
  });
});
