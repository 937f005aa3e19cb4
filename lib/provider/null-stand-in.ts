import { randomInt } from 'node:crypto';
import type { Provider, Resource } from './resource-api';
import { equal, UNKNOWN, type Value } from './value';

/**
 * `null_resource` as in hashicorp/null: it creates nothing and is replaced whenever its triggers change, so that
 * provisioners run again.
 */
const nullResource: Resource = {
  schema: {
    version: 0,
    description: 'A resource that does nothing except run its provisioners.',
    attributes: {
      id: { type: 'string', set: 'computed', description: 'Arbitrary values.' },
      triggers: {
        type: { map: 'string' },
        set: 'optional',
        description: 'A change to these values replaces the resource.',
      },
    },
  },
  validate: () => [],
  plan: async ({ config, prior }) => {
    const isAnother = prior !== null && !equal(prior.triggers, config.triggers);
    const id: Value = prior && !isAnother ? prior.id : UNKNOWN;
    return { planned: { ...config, id }, ...(isAnother && { replacesFor: ['triggers'] }) };
  },
  create: async ({ planned }) => ({ state: { ...planned, id: String(randomInt(2 ** 47)) } }),
  read: async ({ state }) => ({ state }),
  update: async ({ prior, planned }) => ({ state: { ...planned, id: prior.id } }),
  delete: async () => ({ state: null }),
};

/** Replaces hashicorp/null where no registry is reachable: only what gates need. */
export const NULL_STAND_IN: Provider = {
  resources: { null_resource: nullResource },
  dataSources: {},
  functions: {},
};
