import type { EtcdConnection } from '../../../lib/control/etcd/connection';
import { EtcdError, STATUS } from '../../../lib/control/etcd/error';
import { deployerRole, nodeRole } from '../../../lib/control/fleet/rights';
import { writeRoles } from '../../../lib/control/fleet/setup';

describe('the roles and users of a fabric', () => {
  const asked: string[] = [];
  let refuse: (path: string) => Error | undefined;
  const etcd = {
    unary: async ({ path }: { path: string }) => {
      const method = path.split('/').at(-1)!;
      asked.push(method);
      const error = refuse(method);
      if (error) throw error;
    },
  } as unknown as EtcdConnection;
  beforeEach(() => asked.splice(0));
  const write = () => writeRoles(etcd, [deployerRole('lab'), nodeRole('lab', 'n1')]);
  const ALL = ['RoleAdd', 'RoleGrantPermission', 'UserAdd', 'UserGrantRole'];

  test('are granted their rights if they exist already, however that is said to people', async () => {
    refuse = (method) => {
      if (!method.endsWith('Add')) return undefined;
      const what = method === 'RoleAdd' ? 'role' : 'user';
      const error = new EtcdError(STATUS.precondition, `etcdserver: ${what} name already exists`, ['e1:2379']);
      return Object.assign(error, { message: 'there is one' });
    };
    await write();
    expect([...new Set(asked)]).toEqual(ALL);
  });

  test('are not there if etcd refuses them for another reason, whoever asks', async () => {
    const error = new EtcdError(STATUS.denied, 'etcdserver: permission denied', ['e1:2379'], 'already exists');
    refuse = (method) => (method.endsWith('Add') ? error : undefined);
    await expect(write()).rejects.toThrow('has no right to this key');
  });
});
