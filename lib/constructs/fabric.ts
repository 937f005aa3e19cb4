import { Annotations, Aspects, type IResolvable, type ITerraformDependable } from 'cdktf';
import { Construct, type IConstruct } from 'constructs';
import { fleetEndpoint } from '../model/fleet';
import { describeHostBits, hostBitsIn } from '../model/host-bits';
import { writtenPath } from '../model/problem';
import { readFabric } from '../model/read';
import { idleBfdTtls } from '../topology/idle-bfd-ttl';
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
   * Previous names of the fabric, oldest first. Whatever runs under the last of them continues under the new name,
   * without affecting sessions. You may remove them once every stack was deployed with them.
   */
  readonly formerNames?: string[];
  /** Names of nodes whose agent may be unreachable during this deploy; they catch up in a later one. */
  readonly unreachable?: string[];
  /** Allows this change to remove the last path of nodes. Default: such a change is an error at plan. */
  readonly allowDisruption?: boolean | IResolvable;
  /**
   * Values of `secret:NAME` references, by name. They must be computed by Terraform, such as sensitive or ephemeral
   * variables; a literal is an error. They are sent to the agents and are never in a plan or state.
   */
  readonly secrets?: Record<string, string>;
  /** Change it to send the secrets to the agents again. */
  readonly secretsVersion?: number;
  /**
   * Makes a plan that would destroy the fabric, and close all of its sessions, fail (Terraform's `prevent_destroy`).
   */
  readonly preventDestroy?: boolean;
};

/** The settings of a fabric. Its nodes, peers, racks, route reflectors and filters are separate constructs. */
export type FabricProps = FabricSettings & {
  /** Name of the fabric, which is its identity. The construct ID has no meaning. */
  readonly name: string;
};

/**
 * A fabric: one BGP domain, deployed as one transaction. Nodes, peers and filters are constructs within it, at any
 * depth. Each is identified by its name, so you can rename and move constructs without changing the network.
 * Anything that depends on a fabric is deployed after all nodes run the fabric.
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
  /** @internal Source location in the program. */
  readonly place = placeInProgram();
  private readonly entries: WrittenEntry[] = [];
  private readonly topology: FabricResource;
  private readonly waves: Waves;
  /** @internal Resource name in Terraform. */
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

  /** Digest of the topology. Computed by Terraform. */
  get release(): string {
    return this.topology.getStringAttribute('release');
  }

  /** Number of the attempt to activate the release. Computed by Terraform; it increases with every change. */
  get activation(): number {
    return this.topology.getNumberAttribute('activation');
  }

  /** Terraform address of the last resource of the fabric. */
  get fqn(): string {
    return this.waves.commit.fqn;
  }

  /** Previous names of the fabric, oldest first. */
  get formerNames(): readonly string[] {
    const { formerNames } = this.props;
    return Array.isArray(formerNames) ? formerNames : [];
  }

  /** All other fabrics of the app. */
  private get rivals(): Fabric[] {
    return this.node.root.node.findAll().filter((it): it is Fabric => it instanceof Fabric && it !== this);
  }

  /** Edition of the fabric, if it is set. */
  get edition(): number | undefined {
    return this.props.edition;
  }

  /** The whole fabric as data, as currently defined by its constructs. */
  get spec(): object {
    const { formerNames, unreachable, allowDisruption, secrets, secretsVersion, preventDestroy, ...own } = this.props;
    return { ...own, ...Object.fromEntries(ENTRY_KINDS.map((kind) => [kind, this.specs(kind)])) };
  }

  /** @internal Called by entries to add themselves. */
  register(entry: WrittenEntry): void {
    this.entries.push(entry);
  }

  /** @internal Called by a rollout to add its waves before the last one. */
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

  /** @internal The problems of one construct of the fabric, one line each. */
  problemsOf(construct: Construct): string[] {
    // The stack validates the fabric before its children: one validation serves them all.
    if (construct === this || !this.problems)
      this.problems = problemsByConstruct(this, this.entries, this.rivals, this.props.unreachable);
    return this.problems.get(construct) ?? [];
  }
  private problems?: ReadonlyMap<Construct, string[]>;

  /** Source locations of entries, written to the stack as a comment so that users can find the code. */
  private get places(): Record<string, string[]> {
    const own = this.entries.map(({ kind, name, place }) => [`${kind}.${name}`, place] as const);
    return byPlace([['', this.place], ...own]);
  }

  private specs(kind: EntryKind): Record<string, object> | undefined {
    const entries = this.entries.filter((entry) => entry.kind === kind);
    return entries.length > 0 ? Object.fromEntries(entries.map(({ name, spec }) => [name, spec])) : undefined;
  }

  /** Attributes common to a wave and a commit, for some nodes or all. */
  private stepAttributes(names: readonly string[] | undefined): Record<string, unknown> {
    const nodes = this.nodes.filter(({ name }) => !names || names.includes(name));
    const { unreachable } = this.props;
    const isHere = (name: string) => isComputed(name) || nodes.some((node) => node.name === name);
    return {
      fabric: this.props.name,
      release: this.release,
      activation: this.activation,
      nodes: Object.fromEntries(nodes.map(({ name, spec }) => [name, this.endpointOf(name, spec)])),
      unreachable: names && Array.isArray(unreachable) ? unreachable.filter(isHere) : unreachable,
    };
  }

  /** @internal The endpoint of a node: its own, or what the fleet makes of its name; undefined if it has none. */
  endpointOf(name: string, spec: object): unknown {
    const { fleet } = this.props;
    if ('endpoint' in spec && spec.endpoint !== undefined) return spec.endpoint;
    return fleet && Array.isArray(fleet.etcd)
      ? fleetEndpoint(fleet.etcd, fleet.prefix ?? this.props.name, name)
      : undefined;
  }

  /** @internal */
  get nodes(): readonly WrittenEntry[] {
    return this.entries.filter(({ kind }) => kind === 'nodes');
  }

  /** Warns about settings that are valid but have no effect, or may not do what was meant. */
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
    for (const name of idleBfdTtls(fabric))
      annotations('peers', name).addWarning(
        `peers.${name}.bfd.minimumTtl has no effect: the neighbour is on the link, where the minimum TTL of BFD is always ` +
          '255 (RFC 5881). Remove it; if the neighbour is several hops away, set bfd.multihop to true at both ends.',
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

/** Secrets that are literals in the program, and so would be in cdk.tf.json. The message does not repeat them. */
const literalSecrets = (secrets: unknown): string[] =>
  typeof secrets !== 'object' || secrets === null || isComputed(secrets)
    ? []
    : Object.entries(secrets)
        .filter(([, value]) => !isComputed(value))
        .map(
          ([name]) =>
            `secrets.${name}: the secret is hard-coded in the program. Use a Terraform variable (sensitive or ephemeral), or refer to a file or an environment variable of the agent where the secret is used.`,
        );

/** The fabric's name as a valid Terraform resource name. */
const logicalIdOf = (name: string): string =>
  String(name)
    .replace(/[^a-zA-Z0-9_-]/g, '_')
    .replace(/^\d/, '_$&');
