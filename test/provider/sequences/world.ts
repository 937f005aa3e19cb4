import { AsWritten, type Values } from '../../../lib/provider/value';
import { type Agents, NO_TROUBLES } from './agents';
import { type Block, Inconsistent, type Result, type RunOptions, type State, type Terraform } from './terraform';

export const NODES = ['n1', 'n2', 'n3', 'n4', 'n5'] as const;
export type NodeName = (typeof NODES)[number];
export const KEYS = ['a', 'b'] as const;
export type Key = (typeof KEYS)[number];

/** What a fabric's configuration says. */
interface Wish {
  readonly name: string;
  /** In Terraform. */
  readonly address: string;
  readonly formerNames: readonly string[];
  readonly nodes: readonly NodeName[];
  readonly holdTime: number;
  readonly secretsVersion: number;
  readonly ignoresHoldTime: boolean;
  /** Whether its nodes are written as an attribute, no blocks. */
  readonly isOfAttributes: boolean;
}

/** Two fabrics in one stack, their agents, and what people have in mind. */
export class World {
  wishes: Record<Key, Wish>;
  /** Addresses that resources had, with those that they have now. */
  moved: (readonly [string, string])[] = [];
  isProbeBroken = false;
  private readonly former: State[] = [];
  /** Whether a state was lost or went back: then nobody knows of nodes that left meanwhile. */
  hasForgotten = false;

  constructor(
    readonly agents: Agents,
    readonly terraform: Terraform,
    /** Seconds that a wave has to become healthy. */
    private readonly gateWithin = () => 0,
  ) {
    const wish = (key: Key, nodes: NodeName[]): Wish => ({
      ...{ name: key, address: key, formerNames: [], nodes },
      ...{ holdTime: 90, secretsVersion: 1, ignoresHoldTime: false, isOfAttributes: key === 'b' },
    });
    this.wishes = { a: wish('a', ['n1', 'n2', 'n3']), b: wish('b', ['n4', 'n5']) };
  }

  change(key: Key, more: Partial<Wish>): void {
    this.wishes = { ...this.wishes, [key]: { ...this.wishes[key], ...more } };
  }

  /** Moves a node to the other fabric, or back; one that is in neither joins `a`. */
  move(node: NodeName): void {
    const to = this.wishes.a.nodes.includes(node) ? 'b' : 'a';
    this.drop(node);
    this.change(to, { nodes: [...this.wishes[to].nodes, node].sort() });
  }

  drop(node: NodeName): void {
    for (const key of KEYS) this.change(key, { nodes: this.wishes[key].nodes.filter((it) => it !== node) });
  }

  /** Another name, in place or at another address with `moved` for all resources. */
  rename(key: Key, isMoved: boolean): void {
    const { name, address, formerNames } = this.wishes[key];
    const before = this.blocksOf(key);
    const next = `${key}${Number(name.slice(1) || 0) + 1}`;
    this.change(key, { name: next, formerNames: [...formerNames, name], ...(isMoved && { address: next }) });
    if (!isMoved) return;
    const to = (it: string) => it.replace(`.${address}`, `.${next}`);
    this.moved.push(...before.map((block) => [block.address, to(block.address)] as const));
  }

  remember(): void {
    this.former.push(this.terraform.kept());
  }

  /** As it was some steps ago, or not there at all. */
  restore(back: number): void {
    this.hasForgotten = true;
    this.terraform.goBackTo(this.former.at(-back) ?? new Map());
  }

  get blocks(): Block[] {
    return KEYS.flatMap((key) => this.blocksOf(key));
  }

  blocksOf(key: Key, wish = this.wishes[key]): Block[] {
    const { name, address, nodes } = wish;
    const fabric = `peerform_fabric.${address}`;
    const at = (of: readonly NodeName[]) => Object.fromEntries(of.map((node) => [node, this.endpoint(node)]));
    const step = (of: readonly NodeName[]) => (values: (address: string) => Values) => ({
      fabric: name,
      release: values(fabric).release,
      activation: values(fabric).activation,
      nodes: at(of),
      gate: { within: this.gateWithin() },
    });
    const commit = (values: (address: string) => Values) => ({ ...step(nodes)(values), gate: undefined });
    const [first, rest, check] = [
      `peerform_wave.${address}_1`,
      `peerform_wave.${address}`,
      `terraform_data.${address}`,
    ];
    return [
      {
        address: fabric,
        type: 'peerform_fabric',
        after: [],
        ...(wish.ignoresHoldTime && { ignores: ['hold_time'] }),
        attributes: () => ({
          name,
          former_names: wish.formerNames,
          connect_retry_time: 1,
          hold_time: wish.holdTime,
          mesh_password: 'secret:mesh',
          secrets_wo: { mesh: `of version ${wish.secretsVersion}` },
          secrets_version: wish.secretsVersion,
          ...(wish.isOfAttributes
            ? { nodes: new AsWritten('"dynamic"', this.entries(nodes)) }
            : { node: this.entries(nodes) }),
        }),
      },
      { address: first, type: 'peerform_wave', after: [fabric], attributes: step(nodes.slice(0, 1)) },
      {
        address: check,
        after: [fabric, first],
        attributes: (values) => ({ triggers_replace: values(fabric).activation }),
        passes: () => !this.isProbeBroken,
      },
      { address: rest, type: 'peerform_wave', after: [fabric, first, check], attributes: step(nodes.slice(1)) },
      {
        address: `peerform_commit.${address}`,
        type: 'peerform_commit',
        after: [fabric, first, check, rest],
        attributes: commit,
      },
    ];
  }

  private entries(nodes: readonly NodeName[]): Values {
    return Object.fromEntries(
      nodes.map((node) => [node, { ipv4_address: `10.0.0.${node.slice(1)}`, endpoint: this.endpoint(node) }]),
    );
  }

  plan(options: RunOptions = {}, blocks = this.blocks): Promise<Result> {
    return this.terraform.plan(blocks, { moved: this.moved, ...options });
  }

  apply(options: RunOptions = {}, terraform = this.terraform): Promise<Result> {
    return terraform.apply(this.blocks, {
      moved: this.moved,
      isDead: () => this.agents.isDead,
      during: async (address, act) => {
        const before = this.deedsAt(address);
        const outcome = await act();
        const changed = this.deedsAt(address) - before;
        const { diagnostics = [] } = outcome as { diagnostics?: { summary: string; detail: string }[] };
        const claims = diagnostics.find(({ detail }) => /This step changed nothing|Nothing was changed/.test(detail));
        if (claims && changed > 0)
          throw new Inconsistent(`${address} changed ${changed} agents, and says: ${claims.summary} ${claims.detail}`);
        return outcome;
      },
      ...options,
    });
  }

  /** How often agents were changed for the fabric of a resource; its resources run one after another. */
  private deedsAt(address: string): number {
    const wish = KEYS.map((key) => this.wishes[key]).find((it) => new RegExp(`\\.${it.address}(_1)?$`).test(address));
    return wish ? (this.agents.deeds.get(wish.name) ?? 0) : 0;
  }

  private endpoint(node: NodeName): string {
    return this.agents.fleet.get(node).endpoint;
  }

  fabricOf(node: NodeName): Wish | undefined {
    return KEYS.map((key) => this.wishes[key]).find(({ nodes }) => nodes.includes(node));
  }

  agent(node: NodeName) {
    return this.agents.fleet.get(node);
  }

  /** Mends all that is broken. */
  async mend(): Promise<void> {
    this.isProbeBroken = false;
    await this.agents.killProviderAfter(undefined);
    await this.agents.suffer(NO_TROUBLES);
  }

  /** What a person does who has no state of a fabric that runs: imports it. */
  async importLost(): Promise<void> {
    const state = this.stateAtNewAddresses();
    for (const key of KEYS) {
      const { address, name, formerNames, nodes } = this.wishes[key];
      const fabric = `peerform_fabric.${address}`;
      if (state.has(fabric)) continue;
      const holder = nodes
        .map((node) => this.agent(node))
        .find(({ state: { confirmed } }) => confirmed && [name, ...formerNames].includes(confirmed.fabric));
      if (!holder) continue;
      // What is on trial is not what is imported: it is over first.
      await this.agents.expire(holder.node);
      const id = `${holder.state.confirmed!.fabric}@${holder.endpoint}`;
      await this.terraform.import(fabric, 'peerform_fabric', id, this.blocks, { moved: this.moved });
    }
  }

  private stateAtNewAddresses(): State {
    const to = (address: string): string => {
      const move = this.moved.find(([from]) => from === address);
      return move ? to(move[1]) : address;
    };
    return new Map([...this.terraform.state].map(([address, stored]) => [to(address), stored]));
  }
}
