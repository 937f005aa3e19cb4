import type { EtcdConnection } from '../etcd/connection';
import type { EtcdError } from '../etcd/error';
import { endOfPrefix, keyOctets } from '../etcd/key-range';
import { METHODS, PERMISSION } from '../etcd/messages';
import type { FleetRole } from './rights';

/** Writes roles with their rights and users, as an administrator of etcd. What exists already stays. */
export async function writeRoles(etcd: EtcdConnection, roles: readonly FleetRole[]): Promise<void> {
  for (const { name, user, rights } of roles) {
    await unlessExisting(etcd.unary(METHODS.roleAdd, { name }));
    for (const { may, below } of rights) {
      const permission = { type: PERMISSION[may], key: keyOctets(below), rangeEnd: endOfPrefix(below) };
      await etcd.unary(METHODS.roleGrantPermission, { name, permission });
    }
    if (user === undefined) continue;
    await unlessExisting(etcd.unary(METHODS.userAdd, { name: user, options: { noPassword: true } }));
    await etcd.unary(METHODS.userGrantRole, { user, role: name });
  }
}

const unlessExisting = (done: Promise<unknown>): Promise<unknown> =>
  done.catch((error: EtcdError) => {
    if (!error.message.includes('already exists')) throw error;
  });
