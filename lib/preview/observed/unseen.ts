import type { Observation } from '../../control/observed';
import type { Prediction } from './prediction';

/** What nodes report about an activation. */
export interface Noted {
  readonly activation: number;
  /** Records of this activation, by node, as received from agents. */
  readonly observations: ReadonlyMap<string, readonly Observation[]>;
  /** Nodes whose agents did not respond, and why. */
  readonly silent: ReadonlyMap<string, string>;
}

/** Nodes of which something was not recorded or not predicted. Decides what is compared, and says what is not. */
export class Unseen {
  private readonly unrecorded = new Map<string, string>();
  /** Those of whose sessions nothing is predicted: they may be changed by what the node ran before. */
  readonly untold: ReadonlySet<string>;
  private readonly nodes: readonly string[];

  /** `deploys`: each node's record of the deploy. */
  constructor(
    prediction: Prediction | undefined,
    { silent, observations }: Pick<Noted, 'silent' | 'observations'>,
    deploys: ReadonlyMap<string, Observation>,
  ) {
    this.nodes = prediction?.nodes ?? [...observations.keys(), ...silent.keys()];
    this.untold = new Set(prediction?.behind.filter((node) => this.nodes.includes(node)));
    for (const node of this.nodes) {
      const record = deploys.get(node);
      const why = silent.get(node) ?? (record ? gapsOf(record) : 'its agent recorded nothing for this activation');
      if (why !== undefined) this.unrecorded.set(node, why);
    }
  }

  /** Whether a node did not record everything, or nothing is predicted of it. */
  isUnseen(node: string): boolean {
    return this.isUnrecorded(node) || this.untold.has(node);
  }

  /** Whether a node did not record everything. */
  isUnrecorded(node: string): boolean {
    return this.unrecorded.has(node);
  }

  /** What was not observed, one node per line. */
  lines(): string[] {
    return this.nodes.flatMap((node) => {
      const all = [this.unrecorded.get(node), this.untold.has(node) ? UNTOLD : undefined];
      const why = all.filter((text) => text !== undefined).join('; ');
      return why === '' ? [] : [`${node}: ${why}`];
    });
  }
}

const UNTOLD = 'it was behind when this was planned, so that the plan says nothing of its own sessions';

function gapsOf({ gaps, cut }: Observation): string | undefined {
  const all = [
    ...gaps,
    ...(cut.sessions > 0 ? [`${cut.sessions} more sessions were left out`] : []),
    ...(cut.losses > 0 ? [`${cut.losses} more lost prefixes were left out`] : []),
  ];
  return all.length > 0 ? all.join('; ') : undefined;
}
