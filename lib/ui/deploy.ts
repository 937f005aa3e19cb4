import { shortDigest } from '../control/release';
import { type FleetSnapshot, groupsOf, type KnownNode } from './fleet';
import { nodeStateOf, secondsLeft } from './node-state';

const GROUP_STATES = ['trial', 'confirmed', 'back'] as const;

/** Nodes that were activated together, and their state. */
export interface DeployedGroup {
  /** In the order of time, from 1. Unset if not known. */
  readonly group?: number;
  readonly nodes: readonly string[];
  readonly state: (typeof GROUP_STATES)[number];
  /** Status texts. */
  readonly words: readonly string[];
}

/** The last deploy, as far as agents know about it. */
export interface Deploy {
  readonly activation: number;
  readonly release: string;
  readonly isRunning: boolean;
  /** Number of nodes that have its release, running or staged, and the total. */
  readonly staged: number;
  readonly of: number;
  readonly groups: readonly DeployedGroup[];
  /** Nodes that it has not reached yet. */
  readonly rest: readonly string[];
}

/** What an agent reports about an activation. */
interface Part {
  readonly node: KnownNode;
  readonly state: 'staged' | DeployedGroup['state'] | 'none';
}

export function deployOf(fleet: FleetSnapshot, now: number): Deploy | undefined {
  const answering = fleet.nodes.filter(({ status, error }) => status && error === undefined);
  const last = answering
    .flatMap(({ status }) => {
      const { staged, active, returned } = status!.transaction;
      return [staged, active, returned].flatMap((one) => one ?? []);
    })
    .reduce<{ release: string; activation: number } | undefined>(
      (most, one) => (most && most.activation >= one.activation ? most : one),
      undefined,
    );
  if (!last) return undefined;
  const { activation, release } = last;
  const parts = answering.map((node): Part => ({ node, state: stateIn(node, activation) }));
  const groups = groupsOf(fleet, activation);
  const begun = [...new Set([...groups.values()].sort((a, b) => a - b)), undefined].flatMap((group) =>
    GROUP_STATES.flatMap((state): DeployedGroup[] => {
      const own = parts.filter((part) => part.state === state && groups.get(part.node.name) === group);
      if (own.length === 0) return [];
      const nodes = own.map(({ node }) => node.name);
      return [{ ...(group !== undefined && { group }), nodes, state, words: wordsOf(own, state, now) }];
    }),
  );
  return {
    activation,
    release: shortDigest(release),
    isRunning:
      parts.some(({ state }) => state === 'trial') ||
      (begun.length > 0 && parts.some(({ state }) => state === 'staged')),
    staged: parts.filter(({ state }) => state !== 'none' && state !== 'back').length,
    of: fleet.nodes.length,
    groups: begun,
    rest: parts.flatMap(({ node, state }) => (state === 'staged' || state === 'none' ? [node.name] : [])),
  };
}

function stateIn({ status }: KnownNode, activation: number): Part['state'] {
  const { active, staged, returned, returnsInMs } = status!.transaction;
  if (active?.activation === activation) return returnsInMs === null ? 'confirmed' : 'trial';
  if (returned?.activation === activation) return 'back';
  return staged?.activation === activation ? 'staged' : 'none';
}

function wordsOf(parts: readonly Part[], state: DeployedGroup['state'], now: number): string[] {
  if (state === 'confirmed') return ['confirmed'];
  if (state === 'back') {
    const reasons = new Set(parts.map(({ node }) => node.status!.transaction.returned!.reason));
    return [...reasons].map((reason) => `rolled back: ${reason}`);
  }
  const soonest = Math.min(
    ...parts.map(({ node: { status, at } }) => secondsLeft(status!.transaction.returnsInMs!, at ?? now, now)),
  );
  const amiss = parts.flatMap(({ node }) => {
    const found = nodeStateOf(node, now).all.find(({ look }) => look === 'amiss');
    return found ? [`${node.name}: ${found.words.join(', ')}`] : [];
  });
  return [`on trial: rolls back in ${soonest} s unless confirmed`, ...amiss];
}
