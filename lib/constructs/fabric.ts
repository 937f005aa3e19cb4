import { Annotations, Aspects, type IResolvable, type ITerraformDependable } from 'cdktf';
import { Construct, type IConstruct } from 'constructs';
import { describeHostBits, hostBitsIn } from '../model/host-bits';
import { writtenPath } from '../model/problem';
import { readFabric } from '../model/read';
import { idleSelectors } from '../topology/idle-selectors';
import { silentPeers } from '../topology/silent-peers';
import { fabricAttributes } from './attributes';
import { isComputed, known } from './computable';
import { Moved } from './moved';
import { byPlace, placeInProgram } from './place';
import { entryPath, nameProblems, owner, problemsByConstruct } from './problems';
import type { FabricFields } from './props';
import { FabricResource } from './resource';
import { candidateOf, type RolloutTerms, Waves } from './waves';
import { ENTRY_KINDS, type EntryKind, type WrittenEntry } from './written';

/** The optional settings of a fabric. */
export type FabricSettings = FabricFields & {
  /**
   * Previous names of the fabric, oldest first: what runs under the last of them continues under the new name, and no
   * session is affected. You may remove them once every stack was deployed with them.
   */
  readonly formerNames?: string[];
  /** Names of nodes whose agent may be unreachable in this deploy; they catch up in a later one. */
  readonly unreachable?: string[];
  /** Allows this change to remove the last path of nodes. Without it such a change is an error at plan. */
  readonly allowDisruption?: boolean | IResolvable;
  /**
   * The values of `secret:NAME` references, by name. Terraform must compute them, as with sensitive or ephemeral
   * variables; a literal is an error. They are sent to the agents, and are in no plan and no state.
   */
  readonly secrets?: Record<string, string>;
  /** Change it to send the secrets to the agents again. */
  readonly secretsVersion?: number;
  /**
   * Makes a plan that would destroy the fabric, and close all of its sessions, an error (Terraform's
   * `prevent_destroy`).
   */
  readonly preventDestroy?: boolean;
};

/** The settings of a fabric. Its nodes, peers, racks, route reflectors and filters are separate constructs. */
export type FabricProps = FabricSettings & {
  /** Name of the fabric, which is its identity. The id of the construct has no meaning. */
  readonly name: string;
};

/**
 * A fabric: one BGP domain, deployed as one transaction. Nodes, peers and filters are constructs within it, at any
 * depth. The name of each is its identity, so you can rename and move constructs without changing the network.
 * What depends on a fabric is deployed after the whole fleet runs the fabric.
 */
export class Fabric extends Construct implements ITerraformDependable {
  /** The fabric that contains a construct. Throws if there is none. */
  static of(construct: IConstruct): Fabric {
    const fabric = construct.node.scopes.reverse().find((scope) => scope instanceof Fabric);
    if (!fabric)
      throw new Error(
        `${construct.node.path || 'the app'} is not inside a Fabric: create nodes, peers and filters in the scope of one.`,
      );
    return fabric as Fabric;
  }

  /** For the matchers of cdktf's `Testing`: `toHaveResource(Fabric)`. */
  static readonly tfResourceType = 'peerform_fabric';

  readonly name: string;
  /** @internal Where the program writes it. */
  readonly place = placeInProgram();
  private readonly entries: WrittenEntry[] = [];
  private readonly topology: FabricResource;
  private readonly waves: Waves;
  /** @internal Its name in Terraform. */
  readonly logicalId: string;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: FabricProps,
  ) {
    super(scope, id);
    this.name = props.name;
    const logicalId = logicalIdOf(props.name);
    this.logicalId = logicalId;
    this.topology = new FabricResource(this, {
      type: Fabric.tfResourceType,
      logicalId,
      ...(props.preventDestroy !== undefined && { lifecycle: { preventDestroy: props.preventDestroy } }),
      attributes: () => ({
        '//': { places: this.places },
        ...fabricAttributes(this.spec),
        former_names: this.formerNames.length > 0 ? this.formerNames : undefined,
        unreachable: props.unreachable,
        allow_disruption: props.allowDisruption,
        waves: this.waves.names,
        secrets_wo: props.secrets,
        secrets_version: props.secretsVersion,
      }),
    });
    this.waves = new Waves({
      scope: this,
      logicalId,
      topology: this.topology,
      allowsDisruption: props.allowDisruption,
      attributes: (nodes) => this.stepAttributes(nodes),
      candidates: () => this.nodes.map(({ name, spec }) => candidateOf(name, spec)),
    });
    const logicalIds = [...this.formerNames, props.name].map(logicalIdOf).filter((it, i, all) => it !== all[i - 1]);
    if (logicalIds.length > 1)
      new Moved(this, { logicalIds, resources: () => [this.topology, ...this.waves.resources] });
    this.node.addValidation({
      validate: () => [...this.problemsOf(this), ...literalSecrets(props.secrets), ...nameProblems(this, this.rivals)],
    });
    Aspects.of(this).add({ visit: (construct) => construct === this && this.warn() });
  }

  /** Digest of the topology, as Terraform computes it. */
  get release(): string {
    return this.topology.getStringAttribute('release');
  }

  /** Number of the attempt to activate the release, as Terraform computes it. It increases with every change. */
  get activation(): number {
    return this.topology.getNumberAttribute('activation');
  }

  /** The last resource of the fabric in Terraform. */
  get fqn(): string {
    return this.waves.commit.fqn;
  }

  /** Previous names of the fabric, oldest first. */
  get formerNames(): readonly string[] {
    const { formerNames } = this.props;
    return Array.isArray(formerNames) ? formerNames : [];
  }

  /** Every other fabric of the app. */
  private get rivals(): Fabric[] {
    return this.node.root.node.findAll().filter((it): it is Fabric => it instanceof Fabric && it !== this);
  }

  /** Edition of the fabric, if it is set. */
  get edition(): number | undefined {
    return this.props.edition;
  }

  /** The whole fabric as data, as its constructs define it now. */
  get spec(): object {
    const { formerNames, unreachable, allowDisruption, secrets, secretsVersion, preventDestroy, ...own } = this.props;
    return { ...own, ...Object.fromEntries(ENTRY_KINDS.map((kind) => [kind, this.specs(kind)])) };
  }

  /** @internal Entries add themselves. */
  register(entry: WrittenEntry): void {
    this.entries.push(entry);
  }

  /** @internal A rollout puts its waves before the last one. */
  rollOut(terms: RolloutTerms): void {
    this.waves.rollOut(terms);
  }

  /** @internal */
  addGate(after: string | undefined, gate: Parameters<Waves['addGate']>[1]): void {
    this.waves.addGate(after, gate);
  }

  /** @internal */
  get plan(): Pick<Waves, 'has' | 'problems' | 'secondsOfGates'> {
    return this.waves;
  }

  /** @internal What is wrong with one construct of the fabric, a line for each problem. */
  problemsOf(construct: Construct): string[] {
    // The stack asks the fabric before it asks what is in it: one reading serves them all.
    if (construct === this || !this.problems)
      this.problems = problemsByConstruct(this, this.entries, this.rivals, this.props.unreachable);
    return this.problems.get(construct) ?? [];
  }
  private problems?: ReadonlyMap<Construct, string[]>;

  /** Where the program writes what: a comment in the stack, for who looks for the code of what runs. */
  private get places(): Record<string, string[]> {
    const own = this.entries.map(({ kind, name, place }) => [`${kind}.${name}`, place] as const);
    return byPlace([['', this.place], ...own]);
  }

  private specs(kind: EntryKind): Record<string, object> | undefined {
    const entries = this.entries.filter((entry) => entry.kind === kind);
    return entries.length > 0 ? Object.fromEntries(entries.map(({ name, spec }) => [name, spec])) : undefined;
  }

  /** What a wave and a commit say of some nodes, or of all. */
  private stepAttributes(names: readonly string[] | undefined): Record<string, unknown> {
    const nodes = this.nodes.filter(({ name }) => !names || names.includes(name));
    const { unreachable } = this.props;
    const isHere = (name: string) => isComputed(name) || nodes.some((node) => node.name === name);
    return {
      fabric: this.props.name,
      release: this.release,
      activation: this.activation,
      nodes: Object.fromEntries(nodes.map(({ name, spec }) => [name, 'endpoint' in spec ? spec.endpoint : undefined])),
      unreachable: names && Array.isArray(unreachable) ? unreachable.filter(isHere) : unreachable,
    };
  }

  /** @internal */
  get nodes(): readonly WrittenEntry[] {
    return this.entries.filter(({ kind }) => kind === 'nodes');
  }

  /** Says what is in order and yet does nothing, or something else than may be meant. */
  private warn(): void {
    const spec = known(this.spec);
    const byPath = new Map(this.entries.map((entry) => [entryPath(entry), entry]));
    for (const bits of hostBitsIn(spec))
      Annotations.of(owner(bits.path, byPath) ?? this).addWarning(
        `${writtenPath(bits.path)}: ${describeHostBits(bits)}.`,
      );
    const { fabric } = readFabric(spec);
    if (!fabric) return;
    const annotations = (kind: EntryKind, name: string) =>
      Annotations.of(this.entries.find((entry) => entry.kind === kind && entry.name === name) ?? this);
    for (const { kind, name, field, selector } of idleSelectors(fabric))
      annotations(kind, name).addWarning(
        `${kind}.${name}.${field} matches no node: no node has labels that match ${selector}, so it creates no sessions. ` +
          'Correct it, or add the labels to nodes.',
      );
    for (const { name, remote, acceptsNothing, advertisesNothing } of silentPeers(fabric)) {
      const does = [...(acceptsNothing ? ['accepts'] : []), ...(advertisesNothing ? ['advertises'] : [])];
      annotations('peers', name).addWarning(
        `Peer ${name} (${remote}) ${does.join(' and ')} no routes: it is an eBGP neighbour outside the fabric, ` +
          'and without filters no routes are exchanged (RFC 8212). Give it filters with import and export rules.',
      );
    }
  }
}

/** Secrets that stand in the program, and so would in cdk.tf.json; they are not repeated here. */
const literalSecrets = (secrets: unknown): string[] =>
  typeof secrets !== 'object' || secrets === null || isComputed(secrets)
    ? []
    : Object.entries(secrets)
        .filter(([, value]) => !isComputed(value))
        .map(
          ([name]) =>
            `secrets.${name}: the secret is hard-coded in the program. Use a Terraform variable (sensitive or ephemeral), or refer to a file or an environment variable of the agent where the secret is used.`,
        );

/** The fabric's name as Terraform can name a resource. */
const logicalIdOf = (name: string): string =>
  String(name)
    .replace(/[^a-zA-Z0-9_-]/g, '_')
    .replace(/^\d/, '_$&');
