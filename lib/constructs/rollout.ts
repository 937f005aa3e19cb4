import { Construct } from 'constructs';
import { Fabric } from './fabric';
import type { Choice } from './wave-nodes';
import { REST, type RolloutTerms } from './waves';

/** A wave before the rest of the fabric: nodes that activate the release together. */
export interface WaveProps extends Choice {
  /** Its name in Terraform and in gates. The last wave is named `rest`. */
  readonly name: string;
  /** Timeout of the built-in gate of this wave in seconds. Default: the rollout's. */
  readonly gateWithin?: number;
  /** Which sessions with outside neighbours the built-in gate requires. Default: the rollout's. */
  readonly outside?: Outside;
}

/** `all`: those that were up before, and new ones; `kept`: those that were up before, or their replacements. */
type Outside = 'all' | 'kept';

/** How a release is rolled out over the fabric. */
export interface RolloutProps {
  /**
   * The waves in order; nodes that match none of them form the last wave. The list may be empty if the rollout only
   * configures gates.
   */
  readonly waves: readonly WaveProps[];
  /** Timeout of the built-in gates in seconds. Default: 60. */
  readonly gateWithin?: number;
  /** Which sessions with outside neighbours the built-in gates require. Default: `all`. */
  readonly outside?: Outside;
  /**
   * Seconds until a node that was not confirmed rolls back on its own. Must be longer than all gates before its
   * confirmation, which is checked. Default: the timeouts of those gates plus five minutes.
   */
  readonly confirmWithin?: number;
  /**
   * Confirms each wave permanently once its gates have passed, so that the failure of a later wave does not roll it
   * back. Default: all waves are confirmed together at the end.
   */
  readonly confirmEachWave?: boolean;
}

/** Allowance in seconds for Terraform and the agents between gates. */
const MARGIN = 300;
const LONGEST = 86_400;
const DEFAULT_GATE = 60;

/**
 * The waves in which each release of a fabric is rolled out: canaries by name, selector, percentage or one per rack,
 * then the rest. The nodes are chosen at synth. Create it within its fabric; without a rollout, all nodes are one wave.
 */
export class Rollout extends Construct {
  /** For the matchers of cdktf's `Testing`: `toHaveResource(Rollout)`. */
  static readonly tfResourceType = 'peerform_wave';

  readonly fabric: Fabric;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: RolloutProps,
  ) {
    super(scope, id);
    this.fabric = Fabric.of(scope);
    this.fabric.rollOut(this.terms);
    this.node.addValidation({ validate: () => this.problems() });
  }

  private get confirmsEachWave(): boolean {
    return this.props.confirmEachWave === true;
  }

  private get terms(): RolloutTerms {
    return {
      waves: this.props.waves,
      confirmsEachWave: this.confirmsEachWave,
      gateWithin: (wave) => this.gateWithin(wave),
      confirmWithin: (wave) => this.confirmWithin(wave),
      outside: (wave) => this.outside(wave),
    };
  }

  /** Timeout of the built-in gate of a wave in seconds. */
  private gateWithin(wave: string): number {
    const own = this.props.waves.find(({ name }) => name === wave)?.gateWithin;
    return own ?? this.props.gateWithin ?? DEFAULT_GATE;
  }

  private outside(wave: string): Outside | undefined {
    return this.props.waves.find(({ name }) => name === wave)?.outside ?? this.props.outside;
  }

  /** Seconds until a node of a wave rolls back on its own. The minimum is known only once all gates are. */
  private confirmWithin(wave: string): number {
    return this.props.confirmWithin ?? Math.min(this.comesAfter(wave) + MARGIN, LONGEST);
  }

  /** Maximum number of seconds from the activation of a wave to its confirmation. */
  private comesAfter(wave: string): number {
    const names = [...this.props.waves.map(({ name }) => name), REST];
    const from = names.indexOf(wave);
    const until = this.confirmsEachWave ? from + 1 : names.length;
    return names
      .slice(from, until)
      .reduce((sum, name) => sum + this.gateWithin(name) + this.fabric.plan.secondsOfGates(name), 0);
  }

  private problems(): string[] {
    const { waves, confirmWithin } = this.props;
    const names = waves.map(({ name }) => name);
    const found = names.flatMap((name, i): string[] => [
      ...(/^[a-zA-Z][a-zA-Z0-9_-]*$/.test(name)
        ? []
        : [`wave ${JSON.stringify(name)}: a name may contain only letters, digits, _ and -. Choose another.`]),
      ...(name === REST || names.indexOf(name) < i
        ? [`wave ${name}: the name is already used. Give each wave a unique name.`]
        : []),
    ]);
    if (waves.length === 0 && this.props.gateWithin === undefined && this.props.outside === undefined)
      found.push('the rollout has no waves. Add the first ones, or remove the rollout.');
    for (const { wave, problem } of this.fabric.plan.problems) found.push(`wave ${wave}: ${problem}`);
    if (confirmWithin !== undefined)
      for (const name of [...names, REST]) {
        const needed = this.comesAfter(name);
        if (confirmWithin <= needed)
          found.push(
            `confirmWithin is ${confirmWithin} s, but the gates from wave ${name} on may take ${needed} s: its nodes would roll back before they are confirmed. Set it to more than ${needed}.`,
          );
      }
    return [...new Set(found)];
  }
}
