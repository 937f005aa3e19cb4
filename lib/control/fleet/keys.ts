/** The keys of a fabric's agents in etcd (docs/fleet.md). A node may write only below `nodes/` and its own name. */
export class FleetKeys {
  readonly root: string;

  constructor(readonly prefix: string) {
    this.root = `/peerform/v1/${prefix}/`;
  }

  /** Below it, everything that agents write. */
  get nodes(): string {
    return `${this.root}nodes/`;
  }

  /** What many requests carry, such as a release. */
  body(name: string): string {
    return `${this.root}releases/${name}`;
  }

  /** Exists as long as the lease of one who deploys or asks, and protects it: no node may write it. */
  guard(id: string): string {
    return this.body(`lease-${id}`);
  }

  /** Below it, what the agent of a node may write. */
  ofNode(node: string): string {
    return `${this.nodes}${node}/`;
  }

  /** Exists while the agent of a node is connected. */
  agent(node: string): string {
    return `${this.ofNode(node)}agent`;
  }

  answer(node: string, id: string): string {
    return `${this.ofNode(node)}answers/${id}`;
  }

  /** Below it, the requests to all agents. */
  get allRequests(): string {
    return `${this.root}requests/`;
  }

  /** Below it, the requests to a node's agent. */
  requests(node: string): string {
    return `${this.allRequests}${node}/`;
  }

  request(node: string, id: string): string {
    return `${this.requests(node)}${id}`;
  }

  /** What a key is below: what is of one node, of one kind, or everything. */
  place(key: string): string {
    const parts = key.slice(this.root.length).split('/').slice(0, -1);
    return [this.root, ...parts.slice(0, key.startsWith(this.nodes) ? 2 : 1).map((part) => `${part}/`)].join('');
  }

  /** Which node a key below `nodes/` is of, and what it is; undefined for anything else. */
  read(key: string): { readonly node: string; readonly answer?: string } | undefined {
    if (!key.startsWith(this.nodes)) return undefined;
    const [node, kind, id, ...more] = key.slice(this.nodes.length).split('/');
    if (kind === 'agent' && id === undefined) return { node };
    return kind === 'answers' && id !== undefined && more.length === 0 ? { node, answer: id } : undefined;
  }
}
