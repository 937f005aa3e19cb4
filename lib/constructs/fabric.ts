import { Annotations, Aspects, type ITerraformDependable } from 'cdktf';
import { Construct, type IConstruct } from 'constructs';
import type { FabricSpec } from '../model/fabric';
import { readFabric } from '../model/read';
import { idleSelectors } from '../topology/idle-selectors';
import { silentPeers } from '../topology/silent-peers';
import { fabricAttributes } from './attributes';
import { type Computable, isComputed, known } from './computable';
import type { Member } from './member';
import { MEMBER_KINDS, type MemberKind } from './member-kind';
import { byPlace, placeInProgram } from './place';
import { problemsByConstruct } from './problems';
import { Resource } from './resource';
import { candidateOf, type Terms, Waves } from './waves';

/** What a fabric says of itself; its nodes, peers, racks, route reflectors and filters are constructs of their own. */
export type FabricProps = Readonly<
  Computable<
    Omit<FabricSpec, MemberKind> & {
      name: string;
      /** Names of nodes whose agent may be absent this time; they catch up at a later deploy. */
      unreachable?: string[];
      /** Whether nodes may lose their last path by this change; without it such a change is an error at plan. */
      allowDisruption?: boolean;
      /**
       * What `secret:NAME` references stand for, by name: values that Terraform computes, such as sensitive or ephemeral variables. A literal is
       * refused. They go to the agents and into no plan and no state.
       */
      secrets?: Record<string, string>;
      /** Change it to have the agents take the secrets anew. */
      secretsVersion?: number;
    }
  >
>;

/**
 * A fabric: one BGP domain, deployed as one transaction. Nodes, peers and filters are constructs within it, at any depth; the
 * name of each is its identity, so that constructs may be renamed and moved and nothing of the network changes.
 * To depend on a fabric is to come after the whole fleet runs it.
 */
export class Fabric extends Construct implements ITerraformDependable {
  /** The fabric that a construct stands in. Throws where it stands in none. */
  static of(construct: IConstruct): Fabric {
    const fabric = construct.node.scopes.reverse().find((scope) => scope instanceof Fabric);
    if (!fabric) throw new Error(`${construct.node.path || 'the app'} lies in no Fabric: nodes, peers and filters do.`);
    return fabric as Fabric;
  }

  readonly name: string;
  private readonly place = placeInProgram();
  private readonly members: Member[] = [];
  private readonly topology: Resource;
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
    this.topology = new Resource(this, {
      type: 'peerform_fabric',
      logicalId,
      attributes: () => ({
        '//': { places: this.places },
        ...fabricAttributes(this.spec),
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
    this.node.addValidation({ validate: () => [...this.problemsOf(this), ...literalSecrets(props.secrets)] });
    Aspects.of(this).add({ visit: (construct) => construct === this && this.warn() });
  }

  /** Digest of the topology, as Terraform computes it. */
  get release(): string {
    return this.topology.getStringAttribute('release');
  }

  /** Number of the attempt to make the release run, as Terraform computes it. It grows with every change. */
  get activation(): number {
    return this.topology.getNumberAttribute('activation');
  }

  /** What comes last of the fabric in Terraform. */
  get fqn(): string {
    return this.waves.commit.fqn;
  }

  /** The whole fabric in the model's words, as its constructs say it now. */
  get spec(): object {
    const { unreachable: _, allowDisruption: __, secrets: ___, secretsVersion: ____, ...own } = this.props;
    return { ...own, ...Object.fromEntries(MEMBER_KINDS.map((kind) => [kind, this.entries(kind)])) };
  }

  /** @internal Members add themselves. */
  register(member: Member): void {
    this.members.push(member);
  }

  /** @internal A rollout puts its waves before the last one. */
  rollOut(terms: Terms): void {
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
    // The stack asks the fabric before it asks what stands in it: one reading serves them all.
    if (construct === this || !this.problems)
      this.problems = problemsByConstruct(this, this.members, this.props.unreachable);
    return this.problems.get(construct) ?? [];
  }
  private problems?: ReadonlyMap<Construct, string[]>;

  /** Where the program writes what: a comment in the stack, for who looks for the code of what runs. */
  private get places(): Record<string, string[]> {
    const own = this.members.map(({ kind, name, place }) => [`${kind}.${name}`, place] as const);
    return byPlace([['', this.place], ...own]);
  }

  private entries(kind: MemberKind): Record<string, object> | undefined {
    const members = this.members.filter((member) => member.kind === kind);
    return members.length > 0 ? Object.fromEntries(members.map(({ name, spec }) => [name, spec])) : undefined;
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

  private get nodes(): readonly Member[] {
    return this.members.filter(({ kind }) => kind === 'nodes');
  }

  /** Says what is in order and yet does nothing. */
  private warn(): void {
    const { fabric } = readFabric(known(this.spec));
    if (!fabric) return;
    const annotations = (kind: MemberKind, name: string) =>
      Annotations.of(this.members.find((member) => member.kind === kind && member.name === name) ?? this);
    for (const { kind, name, field, selector } of idleSelectors(fabric))
      annotations(kind, name).addWarning(
        `${kind}.${name}.${field} chooses no node: none has labels that fit ${selector}, so that there are no sessions by it. ` +
          'Correct it, or give nodes the labels.',
      );
    for (const { name, remote, acceptsNothing, advertisesNothing } of silentPeers(fabric)) {
      const does = [...(acceptsNothing ? ['accepts'] : []), ...(advertisesNothing ? ['advertises'] : [])];
      annotations('peers', name).addWarning(
        `Peer ${name} (${remote}) ${does.join(' and ')} nothing: it is an eBGP neighbour outside the fabric, ` +
          'and without filters no routes go through (RFC 8212). Give it filters with import and export rules.',
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
            `secrets.${name}: a secret stands in the program. Write a Terraform variable (sensitive or ephemeral), or a reference to a file or the environment of the agent where it is used.`,
        );

/** The fabric's name as Terraform can name a resource. */
const logicalIdOf = (name: string): string =>
  String(name)
    .replace(/[^a-zA-Z0-9_-]/g, '_')
    .replace(/^\d/, '_$&');
