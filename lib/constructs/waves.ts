import { dependable, type ITerraformDependable, type TerraformResource } from 'cdktf';
import type { Construct } from 'constructs';
import { known } from './computable';
import { FabricResource } from './resource';
import { type Candidate, type Choice, choose, type WaveNodes } from './wave-nodes';

/** The wave of all remaining nodes. */
export const REST = 'rest';

/** A wave before the rest. */
interface Wave extends Choice {
  readonly name: string;
}

/** Settings of the waves from a rollout. */
export interface RolloutTerms {
  readonly waves: readonly Wave[];
  readonly confirmsEachWave: boolean;
  /** Timeout in seconds. */
  gateWithin(wave: string): number;
  outside(wave: string): string | undefined;
  confirmWithin(wave: string): number;
}

/** The fabric as the resources of its waves need it. Called when the stack is synthesised. */
interface Subject {
  readonly scope: Construct;
  readonly logicalId: string;
  readonly topology: FabricResource;
  /** Whether prefixes may lose their last path. */
  readonly allowsDisruption?: unknown;
  /** Attributes of a wave or commit of these nodes; undefined means all. */
  attributes(nodes: readonly string[] | undefined): Record<string, unknown>;
  candidates(): readonly Candidate[];
}

interface GateOf {
  readonly within: number;
  readonly check: TerraformResource;
}

interface Step {
  readonly name: string;
  readonly wave: FabricResource;
  /** Confirms the wave before the next begins. */
  readonly commit?: FabricResource;
}

/** The waves of a fabric, each with its gates, in the order in which Terraform applies them, and the final commit. */
export class Waves {
  readonly commit: FabricResource;
  private terms: RolloutTerms | undefined;
  private readonly steps: Step[] = [];
  private readonly gates: { readonly after: string; readonly gate: GateOf }[] = [];

  constructor(private readonly subject: Subject) {
    this.steps.push({ name: REST, wave: this.wave(REST) });
    this.commit = this.resource('peerform_commit', subject.logicalId, () => subject.attributes(undefined));
    this.link();
  }

  /** Inserts the waves of a rollout before the rest. */
  rollOut(terms: RolloutTerms): void {
    if (this.terms) throw new Error(`${this.subject.scope.node.path} has two rollouts: keep one.`);
    this.terms = terms;
    const before = terms.waves.map(({ name }): Step => {
      const id = `${this.subject.logicalId}_${name}`;
      const nodes = () => this.nodesOf(name);
      const commit = () => ({ ...this.subject.attributes(nodes()), final: false });
      return {
        name,
        wave: this.wave(name, id),
        ...(terms.confirmsEachWave && { commit: this.resource('peerform_commit', id, commit) }),
      };
    });
    this.steps.unshift(...before);
    this.link();
  }

  has(name: string): boolean {
    return this.steps.some((step) => step.name === name);
  }

  /** Adds a check after a wave. */
  addGate(after: string | undefined, gate: GateOf): void {
    this.gates.push({ after: after ?? REST, gate });
    this.link();
  }
  /** Every resource of the waves, their gates and their commits. */
  get resources(): readonly TerraformResource[] {
    const steps = this.steps.flatMap(({ wave, commit }) => [wave, ...(commit ? [commit] : [])]);
    return [...steps, ...this.gates.map(({ gate }) => gate.check), this.commit];
  }

  /** Sum of the timeouts of the gates after a wave, in seconds. */
  secondsOfGates(wave: string): number {
    return this.gates.filter(({ after }) => after === wave).reduce((sum, { gate }) => sum + gate.within, 0);
  }

  /** Names of the nodes of each wave, in order; undefined if there is only one wave. */
  get names(): readonly (readonly string[])[] | undefined {
    return this.terms && this.steps.map(({ name }) => this.nodesOf(name));
  }

  /** Problems with the choices of nodes. */
  get problems(): readonly { readonly wave: string; readonly problem: string }[] {
    return [...this.choices()].flatMap(([wave, { problems }]) => problems.map((problem) => ({ wave, problem })));
  }

  private nodesOf(wave: string): readonly string[] {
    return this.choices().get(wave)?.nodes ?? [];
  }

  private choices(): ReadonlyMap<string, WaveNodes> {
    const all = [...this.subject.candidates()].sort((a, b) => (a.name < b.name ? -1 : 1));
    const found = new Map<string, WaveNodes>();
    let left = all;
    for (const wave of this.terms?.waves ?? []) {
      const chosen = choose(wave, left, all);
      found.set(wave.name, chosen);
      left = left.filter(({ name }) => !chosen.nodes.includes(name));
    }
    const problems = left.length === 0 && this.terms ? ['no node is left for it. Remove the last wave.'] : [];
    return found.set(REST, { nodes: left.map(({ name }) => name), problems });
  }

  private wave(name: string, logicalId = this.subject.logicalId): FabricResource {
    return this.resource('peerform_wave', logicalId, () => ({
      ...this.subject.attributes(this.terms && this.nodesOf(name)),
      allow_disruption: this.subject.allowsDisruption,
      ...(this.terms && {
        gate: { within: this.terms.gateWithin(name), outside: this.terms.outside(name) },
        confirm_within: this.terms.confirmWithin(name),
      }),
      ...(!this.terms && this.secondsOfGates(name) > 0 && { confirm_within: this.confirmWithin(name) }),
    }));
  }

  /** Confirm timeout if there is no rollout: long enough for the gates of the only wave. */
  private confirmWithin(name: string): number {
    return DEFAULT_CONFIRM + this.secondsOfGates(name);
  }

  private resource(type: string, logicalId: string, attributes: () => Record<string, unknown>): FabricResource {
    const { scope } = this.subject;
    const id = logicalId === this.subject.logicalId ? type : `${type}_${logicalId}`;
    return new FabricResource(scope, { type, id, logicalId, attributes });
  }

  /** Makes each resource depend on what precedes it: a wave on the gates and the commit of the previous one. */
  private link(): void {
    let before: ITerraformDependable[] = [this.subject.topology];
    for (const { name, wave, commit } of this.steps) {
      wave.comesAfter(before);
      const checks = this.gates.filter(({ after }) => after === name).map(({ gate }) => gate.check);
      for (const check of checks) check.dependsOn = [dependable(wave)];
      before = [wave, ...checks];
      commit?.comesAfter(before);
      if (commit) before = [commit];
    }
    this.commit?.comesAfter(before);
  }
}

/** Seconds, including the 60 of the built-in gate and some allowance. */
const DEFAULT_CONFIRM = 600;

/** The properties of an entry of the fabric that a choice depends on. */
export function candidateOf(name: string, spec: object): Candidate {
  const { labels = {}, rack } = known(spec) as { labels?: Record<string, string>; rack?: string };
  return { name, labels, ...(typeof (rack ?? labels.rack) === 'string' && { rack: rack ?? labels.rack }) };
}
