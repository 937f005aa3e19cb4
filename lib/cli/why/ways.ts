import type { AgentStatus, SessionStatus } from '../../control/status';
import { type AddressFamily, familyOfText } from '../../model/address';
import { OUTSIDE } from '../../topology/reach';

/** Another node: what it says of itself, or why it does not respond. */
export interface OtherNode {
  readonly node: string;
  readonly status?: AgentStatus;
  readonly error?: string;
}

/** What there is to know of the two ends: who asks, who has the route, and what all say of their sessions. */
interface Ends {
  readonly prefix: string;
  readonly status: AgentStatus;
  readonly others: readonly OtherNode[];
  /** Other nodes that have a path in use. */
  readonly holders: readonly string[];
  /** Nodes that reflect routes; undefined: it is not known which do. */
  readonly reflectors?: ReadonlySet<string>;
}

/**
 * How a route came to a node: over iBGP it goes no further over iBGP, unless the node reflects (RFC 4271 section 9.2,
 * RFC 4456).
 */
type Learned = 'any' | 'ibgp';

const stateOf = (node: string, learned: Learned): string => `${learned} ${node}`;

/** The node at the other end, or all that is beyond the fabric. */
export const farEnd = ({ remoteNode }: SessionStatus): string => remoteNode ?? OUTSIDE;

/** Whether routes of the family go over a session, as far as it says. */
export const carries = ({ routes }: SessionStatus, family: AddressFamily): boolean =>
  Object.keys(routes).length === 0 || routes[family] !== undefined;

/**
 * The ways by which a route could come from those that have it to a node, by the sessions that there are, up or not,
 * and the rules of eBGP, iBGP and reflection. A way ends where it comes to a node that has the route: it would not
 * begin before that.
 */
export class StateWays {
  /** Sessions on the way to the node, from each state. */
  private readonly hopsFrom = new Map<string, number>();

  constructor(
    { status, others, holders, prefix, reflectors }: Ends,
    private readonly family: AddressFamily = familyOfText(prefix),
  ) {
    this.reflects = (node) => node === OUTSIDE || (reflectors?.has(node) ?? true);
    const into = this.edges([{ node: status.node, status }, ...others]);
    const having = new Set(holders);
    let states: (readonly [string, Learned])[] = [
      [status.node, 'any'],
      [status.node, 'ibgp'],
    ];
    for (const [node, learned] of states) this.hopsFrom.set(stateOf(node, learned), 0);
    for (let hops = 1; states.length > 0; hops++) {
      const next: (readonly [string, Learned])[] = [];
      for (const [node, learned] of states)
        for (const { from, isInternal } of into.get(node) ?? []) {
          if (this.learned(node, isInternal) !== learned || having.has(from)) continue;
          for (const before of isInternal ? (['any'] as const) : (['any', 'ibgp'] as const)) {
            if (this.hopsFrom.has(stateOf(from, before))) continue;
            this.hopsFrom.set(stateOf(from, before), hops);
            next.push([from, before]);
          }
        }
      states = next;
    }
  }

  private readonly reflects: (node: string) => boolean;

  /**
   * How many sessions are left from the far end of one to the node, if the route takes it; undefined: it leads nowhere.
   */
  after(session: SessionStatus): number | undefined {
    if (session.isRetiring || !carries(session, this.family)) return undefined;
    const to = farEnd(session);
    return this.hopsFrom.get(stateOf(to, this.learned(to, isInternal(session))));
  }

  /** The same from a node, or from beyond the fabric, however the route came there. */
  from(node: string): number | undefined {
    return this.hopsFrom.get(stateOf(node, 'any'));
  }

  private learned(node: string, isInternal: boolean): Learned {
    return isInternal && !this.reflects(node) ? 'ibgp' : 'any';
  }

  /**
   * Who advertises to whom, by the receiver. Of nodes that do not respond, and of what is beyond the fabric, the other
   * ends say.
   */
  private edges(
    nodes: readonly OtherNode[],
  ): ReadonlyMap<string, { readonly from: string; readonly isInternal: boolean }[]> {
    const into = new Map<string, { from: string; isInternal: boolean }[]>();
    const known = new Set(nodes.flatMap(({ node, status }) => (status ? [node] : [])));
    const add = (from: string, to: string, isInternal: boolean) => {
      const all = into.get(to);
      if (all) all.push({ from, isInternal });
      else into.set(to, [{ from, isInternal }]);
    };
    for (const { node, status } of nodes)
      for (const session of status?.sessions ?? []) {
        if (session.isRetiring || !carries(session, this.family)) continue;
        const to = farEnd(session);
        add(node, to, isInternal(session));
        if (!known.has(to)) add(to, node, isInternal(session));
      }
    return into;
  }
}

const isInternal = ({ localAs, remoteAs }: SessionStatus): boolean => localAs === remoteAs;
