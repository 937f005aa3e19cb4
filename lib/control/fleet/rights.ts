import { FleetKeys } from './keys';
import { userOf } from './presence';

/** A right of a role to all keys with a prefix. */
interface Right {
  readonly may: 'read' | 'readwrite';
  readonly below: string;
}

/** A role of a fabric in etcd, and the user that has it, if it is the role of one. */
export interface FleetRole {
  readonly name: string;
  readonly user?: string;
  readonly rights: readonly Right[];
}

/** Those who deploy: all of the fabric's keys. Users get it by hand, one for each person or pipeline. */
export const deployerRole = (prefix: string): FleetRole => ({
  name: `peerform:${prefix}:deployer`,
  rights: [{ may: 'readwrite', below: new FleetKeys(prefix).root }],
});

/** The agent of a node: it reads what it is sent, and writes what is its own. */
export function nodeRole(prefix: string, node: string): FleetRole {
  const keys = new FleetKeys(prefix);
  return {
    name: `peerform:${prefix}:node:${node}`,
    user: userOf({ prefix, node }),
    rights: [
      { may: 'read', below: keys.body('') },
      { may: 'read', below: keys.requests(node) },
      { may: 'readwrite', below: keys.ofNode(node) },
    ],
  };
}
