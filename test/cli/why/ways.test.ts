import { StateWays } from '../../../lib/cli/why/ways';
import type { AgentStatus, SessionStatus } from '../../../lib/control/status';
import { KERNEL, STATUS } from '../../control/answers';

/** A session of `node` as it tells it; `to` absent: with the outside. */
const session = (node: string, to?: string, more: Partial<SessionStatus> = {}): SessionStatus => ({
  ...{ key: `${node} ${to}`, kind: 'mesh', origin: 'mesh', localAddress: node, remoteAddress: to ?? 'tor', port: 179 },
  ...(to !== undefined && { remoteNode: to }),
  ...{ localAs: 1, remoteAs: to === undefined ? 2 : 1, isInside: to !== undefined, isRetiring: false },
  ...{ state: 'Active', since: '', routes: {} },
  ...more,
});
const node = (name: string, ...sessions: SessionStatus[]): AgentStatus => ({
  ...STATUS,
  node: name,
  kernel: KERNEL,
  sessions,
});
const ways = (
  [status, ...others]: readonly AgentStatus[],
  more: Partial<ConstructorParameters<typeof StateWays>[0]> = {},
) =>
  new StateWays({
    ...{ status, others: others.map((one) => ({ node: one.node, status: one })), holders: [], prefix: '10.0.0.0/8' },
    reflectors: new Set<string>(),
    ...more,
  });

describe('the ways of a route to a node', () => {
  const mesh = [
    node('n1', session('n1', 'n2'), session('n1', 'n3')),
    node('n2', session('n2', 'n1'), session('n2', 'n3')),
    node('n3', session('n3', 'n1'), session('n3', 'n2')),
  ];
  test('lead over one session of a mesh, and over no second one', () => {
    const all = ways(mesh);
    expect(all.after(session('n2', 'n1'))).toBe(0);
    expect(all.after(session('n2', 'n3'))).toBeUndefined();
  });

  test('lead through a node that reflects', () => {
    expect(ways(mesh, { reflectors: new Set(['n3']) }).after(session('n2', 'n3'))).toBe(1);
  });

  test('lead through any node where it is not known which reflect', () => {
    expect(ways(mesh, { reflectors: undefined }).after(session('n2', 'n3'))).toBe(1);
  });

  test('begin behind the last node that has the route', () => {
    expect(ways(mesh, { reflectors: new Set(['n3']), holders: ['n3'] }).after(session('n2', 'n3'))).toBeUndefined();
  });

  test('lead beyond the fabric and back', () => {
    const all = ways([node('n1', session('n1')), node('n9', session('n9'))]);
    expect(all.after(session('n9'))).toBe(1);
    expect(all.from('n9')).toBe(2);
  });

  test('lead through a node that does not answer, by what the others say of it', () => {
    const [n1, n2] = [node('n1', session('n1', 'rr')), node('n2', session('n2', 'rr'))];
    expect(ways([n1, n2], { reflectors: new Set(['rr']) }).after(session('n2', 'rr'))).toBe(1);
  });

  test('lead over no session that retires, or carries another family', () => {
    const ipv6 = { routes: { ipv6: { received: 0, accepted: 0, advertised: 0, endOfRib: true } } };
    expect(ways(mesh).after(session('n2', 'n1', ipv6))).toBeUndefined();
    expect(ways(mesh).after(session('n2', 'n1', { isRetiring: true }))).toBeUndefined();
  });
});
