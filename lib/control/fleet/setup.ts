import { concurrently } from '../concurrency';
import type { EtcdConnection } from '../etcd/connection';
import type { EtcdError } from '../etcd/error';
import { endOfPrefix, keyOctets } from '../etcd/key-range';
import { METHODS, PERMISSION } from '../etcd/messages';
import type { FleetRole } from './rights';

/** Entries that are written at once: etcd syncs those of one moment together. */
const AT_ONCE = 32;

/**
 * Writes roles with their rights and users, as an administrator of etcd. What exists already stays. All rights come
 * before all users: with each change of either, etcd works out anew what every user may do (since 3.4.22).
 */
export async function writeRoles(etcd: EtcdConnection, roles: readonly FleetRole[]): Promise<void> {
  const write = async (entry: (role: FleetRole) => Promise<void>) => {
    const failed = await concurrently(roles, AT_ONCE, entry);
    for (const error of failed.values()) throw error;
  };
  await write(async ({ name, rights }) => {
    await unlessExisting(etcd.unary(METHODS.roleAdd, { name }));
    for (const { may, below } of rights) {
      const permission = { type: PERMISSION[may], key: keyOctets(below), rangeEnd: endOfPrefix(below) };
      await etcd.unary(METHODS.roleGrantPermission, { name, permission });
    }
  });
  await write(async ({ name, user }) => {
    if (user === undefined) return;
    await unlessExisting(etcd.unary(METHODS.userAdd, { name: user, options: { noPassword: true } }));
    await etcd.unary(METHODS.userGrantRole, { user, role: name });
  });
}

/** What etcd says of what exists already. Its code is that of other refusals, too. */
const EXISTING: ReadonlySet<string> = new Set([
  'etcdserver: role name already exists',
  'etcdserver: user name already exists',
]);

const unlessExisting = (done: Promise<unknown>): Promise<unknown> =>
  done.catch((error: EtcdError) => {
    if (!EXISTING.has(error.said)) throw error;
  });
