import type { RoutingOptions } from './effects';
import type { Cost } from './session/change';
import type { SessionConfig } from './session/config';

/** The cost of a change of the speaker as a whole to one of its sessions, and why. */
interface RoutingChange {
  readonly cost: Cost;
  readonly words: string;
}

interface Column extends RoutingChange {
  /** Which sessions. Default: all of them. */
  readonly concerns?: (session: SessionConfig) => boolean;
  /** The value to compare, if that is not just the field's. */
  readonly of?: (routing: RoutingOptions) => unknown;
}

const isInternal = ({ acceptable: [{ localAs, remoteAs }] }: SessionConfig): boolean => localAs === remoteAs;

/**
 * The effect of changing each parameter of the speaker on its sessions; see Routing.configure.
 */
const ROUTING: Readonly<Record<keyof RoutingOptions, Column>> = {
  routerId: { cost: 'none', words: 'BGP identifier' }, // each session has an identifier, see session/change.ts
  clusterId: {
    cost: 're-evaluate',
    words: 'cluster ID',
    concerns: isInternal,
    of: ({ clusterId, routerId }) => clusterId ?? routerId,
  },
  multipath: { cost: 'none', words: 'paths side by side' },
  restartTime: { cost: 'none', words: 'restart time' },
  maxRouteMemory: { cost: 'none', words: 'total memory limit' },
};
const FIELDS = Object.keys(ROUTING) as (keyof RoutingOptions)[];

/** Fields that differ in meaning. */
const changedRouting = (before: RoutingOptions, after: RoutingOptions): (keyof RoutingOptions)[] =>
  FIELDS.filter((field) => {
    const { of = (routing: RoutingOptions) => routing[field] } = ROUTING[field];
    return of(before) !== of(after);
  });

/** The cost of each change of the speaker as a whole to one of its sessions. */
export const routingChanges = (
  before: RoutingOptions,
  after: RoutingOptions,
  session: SessionConfig,
): RoutingChange[] =>
  changedRouting(before, after)
    .map((field) => ROUTING[field])
    .filter(({ concerns }) => concerns?.(session) ?? true);
