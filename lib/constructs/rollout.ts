import { Construct } from 'constructs';
import { Fabric } from './fabric';
import type { Choice } from './wave-nodes';
import { REST, type Terms } from './waves';

/** A wave before the rest of the fabric: which nodes take the release together. */
export interface WaveProps extends Choice {
  /** Its name in Terraform and in gates; the rest is `rest`. */
  readonly name: string;
  /** Seconds for the built-in gate of this wave; absent: those of the rollout. */
  readonly gateWithin?: number;
}

/** How a release goes over the fabric. */
export interface RolloutProps {
  /** In order; nodes that none of them chooses are the last wave. */
  readonly waves: readonly WaveProps[];
  /** Seconds for the built-in gate of a wave; absent: 60. */
  readonly gateWithin?: number;
  /**
   * Seconds until a node that nobody confirmed returns by itself. It must be longer than all gates that come before its confirmation, which is checked;
   * absent: that and five minutes more.
   */
  readonly confirmWithin?: number;
  /** Whether a wave is kept for good once its gates passed, so that a later one's failure leaves it; absent: all are kept together after the last. */
  readonly confirmEachWave?: boolean;
}

/** Time that Terraform and the agents take between gates, in seconds. */
const MARGIN = 300;
const LONGEST = 86_400;
const DEFAULT_GATE = 60;

/**
 * The waves in which a fabric takes each release: canaries by name, by selector, by share or one of each rack, then the rest. Its nodes are chosen when
 * the stack is written. Stands in its fabric; without one all nodes are one wave.
 */
export class Rollout extends Construct implements Terms {
  readonly fabric: Fabric;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: RolloutProps,
  ) {
    super(scope, id);
    this.fabric = Fabric.of(scope);
    this.fabric.rollOut(this);
    this.node.addValidation({ validate: () => this.problems() });
  }

  /** @internal The waves before the rest, with their choices. */
  get waves(): readonly WaveProps[] {
    return this.props.waves;
  }

  /** @internal */
  get confirmsEachWave(): boolean {
    return this.props.confirmEachWave === true;
  }

  /** @internal Seconds for the built-in gate of a wave. */
  gateWithin(wave: string): number {
    const own = this.props.waves.find(({ name }) => name === wave)?.gateWithin;
    return own ?? this.props.gateWithin ?? DEFAULT_GATE;
  }

  /** @internal Seconds until a node of a wave returns by itself; what it must be longer than is known when all gates are. */
  confirmWithin(wave: string): number {
    return this.props.confirmWithin ?? Math.min(this.comesAfter(wave) + MARGIN, LONGEST);
  }

  /** Seconds that may pass from the activation of a wave to its confirmation. */
  private comesAfter(wave: string): number {
    const names = [...this.props.waves.map(({ name }) => name), REST],
      from = names.indexOf(wave);
    const until = this.confirmsEachWave ? from + 1 : names.length;
    return names
      .slice(from, until)
      .reduce((sum, name) => sum + this.gateWithin(name) + this.fabric.plan.secondsOfGates(name), 0);
  }

  private problems(): string[] {
    const { waves, confirmWithin } = this.props,
      names = waves.map(({ name }) => name);
    const found = names.flatMap((name, i): string[] => [
      ...(/^[a-zA-Z][a-zA-Z0-9_-]*$/.test(name)
        ? []
        : [`wave ${JSON.stringify(name)}: a name has letters, digits, _ and -. Give it another.`]),
      ...(name === REST || names.indexOf(name) < i
        ? [`wave ${name}: the name is taken. Give each wave a name of its own.`]
        : []),
    ]);
    if (waves.length === 0) found.push('the rollout has no waves. Name the first ones, or leave the rollout out.');
    for (const { wave, problem } of this.fabric.plan.problems) found.push(`wave ${wave}: ${problem}`);
    if (confirmWithin !== undefined)
      for (const name of [...names, REST]) {
        const needed = this.comesAfter(name);
        if (confirmWithin <= needed)
          found.push(
            `confirmWithin is ${confirmWithin} s, and the gates from wave ${name} on may take ${needed} s: its nodes would return by themselves before they are confirmed. Write more than ${needed}.`,
          );
      }
    return [...new Set(found)];
  }
}
