import type { AgentStatus, SessionStatus } from '../../control/status';
import { type AddressFamily, familyOfText } from '../../model/address';
import { OUTSIDE } from '../../topology/reach';

/** Another node: its status, or why it does not respond. */
export interface OtherNode {
  readonly node: string;
  readonly status?: AgentStatus;
  readonly error?: string;
}

/** Input of the search: the node in question, the nodes that have the route, and all sessions. */
interface Ends {
  readonly prefix: string;
  readonly status: AgentStatus;
  readonly others: readonly OtherNode[];
  /** Other nodes with a path in use. */
  readonly holders: readonly string[];
  /** Route reflectors; undefined if not known. */
  readonly reflectors?: ReadonlySet<string>;
}

/**
 * How a route came to a node: a route learned over iBGP is not passed on over iBGP unless the node reflects (RFC 4271
 * section 9.2, RFC 4456).
 */
type Learned = 'any' | 'ibgp';

const stateOf = (node: string, learned: Learned): string => `${learned} ${node}`;

/** The node at the other end, or the outside. */
export const farEnd = ({ remoteNode }: SessionStatus): string => remoteNode ?? OUTSIDE;

/** Whether a session carries routes of the family, as far as reported. */
export const carries = ({ routes }: SessionStatus, family: AddressFamily): boolean =>
  Object.keys(routes).length === 0 || routes[family] !== undefined;

/**
 * The ways by which a route could come from the nodes that have it to a given node, over all sessions, up or not, by
 * the rules of eBGP, iBGP and reflection. A way that passes another node that has the route is left out, because a
 * shorter one starts there.
 */
export class StateWays {
  /** Number of sessions to the node, from each state. */
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
   * Number of sessions from the far end of a session to the node, if the route takes it; undefined if it leads nowhere.
   */
  after(session: SessionStatus): number | undefined {
    if (session.isRetiring || !carries(session, this.family)) return undefined;
    const to = farEnd(session);
    return this.hopsFrom.get(stateOf(to, this.learned(to, isInternal(session))));
  }

  /** The same from a node or the outside, however the route came there. */
  from(node: string): number | undefined {
    return this.hopsFrom.get(stateOf(node, 'any'));
  }

  private learned(node: string, isInternal: boolean): Learned {
    return isInternal && !this.reflects(node) ? 'ibgp' : 'any';
  }

  /**
   * Who advertises to whom, by receiver. For nodes that do not respond and for the outside, the other ends' view is
   * used.
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
