import type { AgentEvent } from './status';

/** Nodes that are activated with less than this between them, in milliseconds, are one wave: a gate takes longer. */
const APART_MS = 1000;

/** A step of a deploy, as agents tell it in their events. */
const STEP = /^(stage|activate|confirm|finalise|rollback) activation (\d+),/;

/** What an event has to do with a deploy. */
export interface DeployStep {
  readonly activation: number;
  readonly step: 'stage' | 'activate' | 'confirm' | 'finalise' | 'rollback';
  /** The wave that the node is in, from 1 on; absent before it is activated. */
  readonly wave?: number;
  /** It is the first of its kind: of this wave, or of this deploy. */
  readonly isFirst: boolean;
}

interface Deploy {
  waves: number;
  lastActivated: number;
  readonly waveOf: Map<string, number>;
  readonly seen: Set<string>;
}

/** Follows deploys by the events of all nodes, in the order of time: which node is in which wave. */
export class WaveTracker {
  private readonly deploys = new Map<number, Deploy>();

  /** What an event is in a deploy; undefined: nothing. */
  take({
    node,
    time,
    kind,
    message,
  }: Pick<AgentEvent, 'time' | 'kind' | 'message'> & { readonly node: string }): DeployStep | undefined {
    const [, step, number] = (kind === 'transaction' && STEP.exec(message)) || [];
    if (step === undefined) return undefined;
    const activation = Number(number);
    const deploy = this.deploys.get(activation) ?? {
      waves: 0,
      lastActivated: Number.NEGATIVE_INFINITY,
      waveOf: new Map(),
      seen: new Set(),
    };
    this.deploys.set(activation, deploy);
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
    return { activation, step: step as DeployStep['step'], ...(wave !== undefined && { wave }), isFirst };
  }

  /** The wave of each node that an activation began on. */
  nodesOf(activation: number): ReadonlyMap<string, number> {
    return this.deploys.get(activation)?.waveOf ?? new Map();
  }

  /** How many waves an activation had so far, and how many nodes were in them. */
  sizeOf(activation: number): { readonly waves: number; readonly nodes: number } {
    const { waves = 0, waveOf } = this.deploys.get(activation) ?? {};
    return { waves, nodes: waveOf?.size ?? 0 };
  }
}
