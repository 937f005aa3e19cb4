import { stepInWords } from './older-agents';
import type { AgentEvent, DeployVerb } from './status';

/**
 * Nodes activated within this many milliseconds of each other are shown as one group. Agents do not know of waves, and
 * a group is no wave: waves that follow quickly are one group, and a slow wave is several.
 */
const APART_MS = 1000;

/** Deploys that are remembered, the last ones that were begun: a node may report any number. */
const MOST_DEPLOYS = 1000;

/** The role of an event in a deploy. */
export interface DeployStep {
  readonly activation: number;
  readonly step: DeployVerb;
  /** The group of the node, from 1; absent before it is activated. */
  readonly group?: number;
  /** The first of its kind: in this group, or in this deploy. */
  readonly isFirst: boolean;
}

interface Deploy {
  /** Time of its first event. */
  readonly begun: string;
  groups: number;
  lastActivated: number;
  readonly groupOf: Map<string, number>;
  readonly seen: Set<string>;
  /** The events read begin with it: its first one is a stage, and so is that of each node. */
  isWhole: boolean;
  readonly nodes: Set<string>;
}

/** Follows deploys through the events of all nodes in chronological order: which nodes were activated together. */
export class DeployTracker {
  private readonly deploys = new Map<number, Deploy>();
  /** Since when the events of each node are known; undefined: not yet. */
  private readonly known: Map<string, string | undefined>;

  /** `nodes`: those whose events are taken. */
  constructor(nodes: Iterable<string> = []) {
    this.known = new Map([...nodes].map((node) => [node, undefined]));
  }

  /** All events of a node since this time will be taken. */
  knownSince(node: string, time: string): void {
    this.known.set(node, time);
  }

  /** The role of an event in a deploy; undefined if none. */
  take(event: Omit<AgentEvent, 'sequence'> & { readonly node: string }): DeployStep | undefined {
    const { node, time } = event;
    const { step, activation } = event.step === undefined ? stepInWords(event) : event;
    if (step === undefined || activation === undefined) return undefined;
    const deploy = this.deploys.get(activation) ?? {
      begun: time,
      groups: 0,
      lastActivated: Number.NEGATIVE_INFINITY,
      groupOf: new Map(),
      seen: new Set(),
      isWhole: true,
      nodes: new Set(),
    };
    this.deploys.set(activation, deploy);
    if (this.deploys.size > MOST_DEPLOYS) this.deploys.delete(this.deploys.keys().next().value!);
    if (step !== 'stage' && !deploy.nodes.has(node)) deploy.isWhole = false;
    deploy.nodes.add(node);
    if (step === 'activate') {
      const at = Date.parse(time);
      if (at - deploy.lastActivated >= APART_MS) deploy.groups++;
      deploy.lastActivated = at;
      deploy.groupOf.set(node, deploy.groups);
    }
    const group = deploy.groupOf.get(node);
    const key = step === 'activate' ? `activate ${group}` : step;
    const isFirst = !deploy.seen.has(key);
    deploy.seen.add(key);
    return { activation, step, ...(group !== undefined && { group }), isFirst };
  }

  /** The group of each node where an activation began. */
  nodesOf(activation: number): ReadonlyMap<string, number> {
    return this.deploys.get(activation)?.groupOf ?? new Map();
  }

  /**
   * On how many of the nodes an activation began: at least, unless all of it was seen. A node whose events are known
   * only since later, as its agent was restarted, may have been part of it.
   */
  sizeOf(activation: number): { readonly nodes: number; readonly of: number; readonly isWhole: boolean } {
    const { begun = '', groupOf, isWhole = false } = this.deploys.get(activation) ?? {};
    const isKnown = [...this.known.values()].every((since) => since !== undefined && since <= begun);
    return { nodes: groupOf?.size ?? 0, of: this.known.size, isWhole: isWhole && isKnown };
  }
}
