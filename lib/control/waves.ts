import { stepInWords } from './older-agents';
import type { AgentEvent, DeployVerb } from './status';

/** Nodes activated within this many milliseconds of each other form one wave: a gate takes longer. */
const APART_MS = 1000;

/** The role of an event in a deploy. */
export interface DeployStep {
  readonly activation: number;
  readonly step: DeployVerb;
  /** The wave of the node, from 1; absent before it is activated. */
  readonly wave?: number;
  /** The first of its kind: in this wave, or in this deploy. */
  readonly isFirst: boolean;
}

interface Deploy {
  waves: number;
  lastActivated: number;
  readonly waveOf: Map<string, number>;
  readonly seen: Set<string>;
  /** The events read begin with it: its first one is a stage, and so is that of each node. */
  isWhole: boolean;
  readonly nodes: Set<string>;
}

/** Follows deploys through the events of all nodes in chronological order: which node is in which wave. */
export class WaveTracker {
  private readonly deploys = new Map<number, Deploy>();

  /** The role of an event in a deploy; undefined if none. */
  take(event: Omit<AgentEvent, 'sequence'> & { readonly node: string }): DeployStep | undefined {
    const { node, time } = event;
    const { step, activation } = event.step === undefined ? stepInWords(event) : event;
    if (step === undefined || activation === undefined) return undefined;
    const deploy = this.deploys.get(activation) ?? {
      waves: 0,
      lastActivated: Number.NEGATIVE_INFINITY,
      waveOf: new Map(),
      seen: new Set(),
      isWhole: true,
      nodes: new Set(),
    };
    this.deploys.set(activation, deploy);
    if (step !== 'stage' && !deploy.nodes.has(node)) deploy.isWhole = false;
    deploy.nodes.add(node);
    if (step === 'activate') {
      const at = Date.parse(time);
      if (at - deploy.lastActivated >= APART_MS) deploy.waves++;
      deploy.lastActivated = at;
      deploy.waveOf.set(node, deploy.waves);
    }
    const wave = deploy.waveOf.get(node);
    const key = step === 'activate' ? `activate ${wave}` : step;
    const isFirst = !deploy.seen.has(key);
    deploy.seen.add(key);
    return { activation, step, ...(wave !== undefined && { wave }), isFirst };
  }

  /** The wave of each node where an activation began. */
  nodesOf(activation: number): ReadonlyMap<string, number> {
    return this.deploys.get(activation)?.waveOf ?? new Map();
  }

  /** Number of waves of an activation so far, and of nodes in them: at least, unless all of it was seen. */
  sizeOf(activation: number): { readonly waves: number; readonly nodes: number; readonly isWhole: boolean } {
    const { waves = 0, waveOf, isWhole = false } = this.deploys.get(activation) ?? {};
    return { waves, nodes: waveOf?.size ?? 0, isWhole };
  }
}
