import { randomInt } from 'node:crypto';
import type { Provider, Resource } from './resource-api';
import { equal, UNKNOWN, type Value } from './value';

/**
 * `null_resource` as the registry's hashicorp/null has it: it is nothing, and another one whenever its triggers change,
 * so that provisioners run again.
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

/** Stands in for hashicorp/null where no registry can be reached: only what gates need of it. */
export const NULL_STAND_IN: Provider = {
  resources: { null_resource: nullResource },
  dataSources: {},
  functions: {},
};
