import { troublesOf } from '../../../lib/control/fleet/condition';

describe('the etcd of a fleet', () => {
  const healthy = { authentication: true, alarms: [], agents: [{ node: 'n1', version: '1' }] };
  const at = { prefix: 'lab', hasTls: true };

  test('with rights, no alarm and an agent has no trouble', () => expect(troublesOf(healthy, at)).toEqual([]));

  test.each([
    [{ ...healthy, alarms: ['NOSPACE'] }, 'etcd has raised the alarm NOSPACE, and no deploy is possible: compact'],
    [{ ...healthy, alarms: ['CORRUPT'] }, 'etcd has raised the alarm CORRUPT, and no deploy is possible: compare'],
    [{ ...healthy, alarms: ['number 9'] }, 'see etcdctl alarm list'],
    [{ ...healthy, authentication: false }, 'the certificate of any node may command all nodes'],
    [{ ...healthy, agents: [] }, 'no agent is connected below lab'],
  ])('%j', (condition, text) => expect(troublesOf(condition, at)).toEqual([expect.stringContaining(text)]));

  test('has no rights to apply without TLS, which was asked for', () =>
    expect(troublesOf({ ...healthy, authentication: false }, { ...at, hasTls: false })).toEqual([]));
});
