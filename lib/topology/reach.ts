import type { AddressFamily } from '../model/address';
import type { Policy } from '../model/filter';
import type { Prefix } from '../model/prefix';
import { type AsNumbers, type DeployState, type End, endsAt, fabricAt, isOutOfService, nodeAt } from './deploy-state';
import { neighboursOf } from './derive';
import { clusterIdOf } from './membership';
import type { Session } from './session';
import { letsThrough, needsEmptyPath, policyOn, rejectsAll } from './verdict';

/** Stands for everything beyond the outside neighbours: what is advertised to one may come back from any other. */
export const OUTSIDE = '';

/** One direction of a session: how a vertex advertises to another. */
interface Edge {
  readonly to: string;
  /** AS numbers of the session, seen from the sender; iBGP if equal. */
  readonly as: AsNumbers;
  /** The receiver is a client of the sender, a reflector (RFC 4456). */
  readonly toClient: boolean;
  /** The sender is a client of the receiver. */
  readonly fromClient: boolean;
  /** How many times the receiver's own AS number may occur in a path. */
  readonly allowOwnAs: number;
  /** Only routes that originate in the sender's AS are advertised. */
  readonly ofOwnAs: boolean;
  /** Policies on the way, without those that accept everything. */
  readonly policies: readonly Policy[];
}

interface Route {
  readonly path: readonly number[];
  readonly clusters: readonly string[];
  readonly learned: 'local' | 'ebgp' | 'client' | 'ibgp';
  readonly from: string;
  /** It has been outside the fabric. */
  readonly left: boolean;
}

/**
 * Who receives whose routes in one address family by the rules of eBGP, iBGP and reflection: a graph of nodes and
 * sessions in which each node advertises only its best route. A session whose policy rejects everything is left out; a
 * policy that accepts anything counts as accepting everything.
 */
export class Reach {
  private readonly edges = new Map<string, Edge[]>([[OUTSIDE, []]]);
  private readonly clusters = new Map<string, string>();
  /** Nodes that advertise nothing. */
  private readonly silent: ReadonlySet<string>;
  /** Whether a release is being deployed. */
  private readonly isMoving: boolean;
  private readonly byText = new Map<string, Policy>();

  /** `names`: the nodes to consider. */
  constructor(
    state: DeployState,
    names: readonly string[],
    private readonly family: AddressFamily,
  ) {
    const ends = new Map<string, Map<string, End>>();
    this.isMoving = state.before !== undefined;
    this.silent = new Set(names.filter((name) => isOutOfService(state, name)));
    for (const name of names) {
      const node = nodeAt(state, name);
      if (!node) continue;
      this.edges.set(name, []);
      this.clusters.set(name, clusterOf(state, name));
      const own = endsAt(state, name).filter(({ session }) => session.families.includes(family));
      ends.set(name, new Map(own.map((end) => [addressesOf(end.session), end])));
    }
    for (const [name, own] of ends)
      for (const end of own.values()) {
        const { remoteNode } = end.session;
        if (remoteNode === undefined) this.joinOutside(name, end.session);
        else this.join(name, end, remoteNode, ends.get(remoteNode)?.get(addressesOf(end.session, true)));
      }
    for (const name of ends.keys())
      for (const { session } of neighboursOf(fabricAt(state, name)!, name))
        if (session.families.includes(family)) this.joinOutside(name, session);
  }

  has(name: string): boolean {
    return this.edges.has(name);
  }

  /** Vertices that an origin advertises to directly. */
  neighbours(origin: string): ReadonlySet<string> {
    return new Set(this.edges.get(origin)?.map(({ to }) => to));
  }

  /**
   * A key of the sessions whose policies accept a prefix: prefixes with the same key propagate alike. Empty if all open
   * sessions accept it.
   */
  verdictsOn(prefix: Prefix): string {
    return this.policies.map((policy) => (letsThrough(policy, prefix) ? '1' : '0')).join('');
  }

  /**
   * Who receives a route that a vertex originates, and whether it left the fabric on the way. Policies are evaluated
   * for `prefix`; without one, a policy that accepts anything accepts the route.
   */
  from(origin: string, prefix?: Prefix): ReadonlyMap<string, { readonly left: boolean }> {
    const heard = new Map<string, Map<string, Route>>();
    const best = new Map<string, Route>();
    best.set(origin, { path: [], clusters: [], learned: 'local', from: origin, left: origin === OUTSIDE });
    const queue = [origin];
    const turns = new Map<string, number>();
    for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
      const turn = (turns.get(at) ?? 0) + 1;
      turns.set(at, turn);
      if (turn > MOST_TURNS) continue;
      for (const edge of this.edges.get(at) ?? []) {
        if (edge.to === origin) continue;
        const isLet = !prefix || edge.policies.every((policy) => letsThrough(policy, prefix));
        const route = isLet ? this.told(at, edge, best.get(at)) : undefined;
        const routes = heard.get(edge.to) ?? new Map<string, Route>();
        heard.set(edge.to, routes);
        if (route) routes.set(at, route);
        else if (!routes.delete(at)) continue;
        const chosen = [...routes.values()].sort(byPreference)[0];
        if (isSame(chosen, best.get(edge.to))) continue;
        if (chosen) best.set(edge.to, chosen);
        else best.delete(edge.to);
        if (!queue.includes(edge.to)) queue.push(edge.to);
      }
    }
    best.delete(origin);
    return best;
  }

  /** The route at the receiving end of an edge; undefined if it is not advertised or not accepted. */
  private told(from: string, edge: Edge, route: Route | undefined): Route | undefined {
    if (!route || route.from === edge.to) return undefined;
    if (edge.ofOwnAs && route.path.length > 0) return undefined;
    const { to, as, allowOwnAs } = edge;
    const isInternal = as.local === as.remote;
    const isReflected = isInternal && (route.learned === 'client' || route.learned === 'ibgp');
    if (isInternal && route.learned === 'ibgp' && !edge.toClient && from !== OUTSIDE) return undefined;
    const path = isInternal ? route.path : [as.local, ...route.path];
    const clusters = isReflected ? [this.clusterOf(from), ...route.clusters] : isInternal ? route.clusters : [];
    if (to !== OUTSIDE && path.filter((number) => number === as.remote).length > allowOwnAs) return undefined;
    if (clusters.includes(this.clusterOf(to))) return undefined;
    const learned = !isInternal ? 'ebgp' : edge.fromClient ? 'client' : 'ibgp';
    return { path, clusters, learned, from, left: route.left || to === OUTSIDE };
  }

  private clusterOf(name: string): string {
    return this.clusters.get(name) ?? name;
  }

  private join(name: string, end: End, other: string, its: End | undefined): void {
    const as = its && agreed(end, its, this.isMoving);
    if (this.silent.has(name)) return;
    if (!its || !as) return;
    const [outgoing, incoming] = [end.session.exportPolicy, its.session.importPolicy].map((one) => this.on(one, as));
    if (rejectsAll(outgoing) || rejectsAll(incoming)) return;
    this.edges.get(name)!.push({
      to: other,
      as,
      toClient: isClient(end.session),
      fromClient: isClient(its.session),
      allowOwnAs: its.session.allowOwnAs ?? 0,
      ofOwnAs: needsEmptyPath(outgoing),
      policies: this.note(outgoing, incoming),
    });
  }

  private joinOutside(name: string, session: Session): void {
    if (session.adminDown !== undefined) return;
    const [local, remote] = [session.localAs.value, session.remoteAs.value];
    const common = { allowOwnAs: session.allowOwnAs ?? 0 };
    const isOurClient = isClient(session);
    const [incoming, outgoing] = [session.importPolicy, session.exportPolicy].map((one) =>
      this.on(one, { local, remote }),
    );
    if (!rejectsAll(outgoing) && !this.silent.has(name))
      this.edges.get(name)!.push({
        ...common,
        ...{ to: OUTSIDE, as: { local, remote }, toClient: isOurClient, fromClient: false },
        ofOwnAs: needsEmptyPath(outgoing),
        policies: this.note(outgoing),
      });
    if (!rejectsAll(incoming))
      this.edges.get(OUTSIDE)!.push({
        ...common,
        ...{ to: name, as: { local: remote, remote: local }, toClient: true, fromClient: isOurClient },
        ofOwnAs: false,
        policies: this.note(incoming),
      });
  }

  /** The policy as it applies to routes of this family on a session with these AS numbers. */
  private on(policy: Policy, { local, remote }: AsNumbers): Policy {
    return policyOn(policy, { isInternal: local === remote, families: [this.family] });
  }

  /** Returns the policies that have rules, each interned by content. */
  private note(...all: readonly Policy[]): Policy[] {
    return all
      .filter(({ rules }) => rules.length > 0)
      .map((policy) => {
        const text = JSON.stringify(policy);
        const known = this.byText.get(text) ?? policy;
        this.byText.set(text, known);
        return known;
      });
  }

  private get policies(): Policy[] {
    return [...this.byText.values()];
  }
}

/** Bound on best-path changes of a node: routes of one origin settle long before. */
const MOST_TURNS = 64;

/** RFC 4271 section 9.1.2.2 and RFC 4456 section 9, as far as routes can differ here. */
const byPreference = (a: Route, b: Route): number =>
  a.path.length - b.path.length ||
  Number(a.learned !== 'ebgp') - Number(b.learned !== 'ebgp') ||
  a.clusters.length - b.clusters.length ||
  (a.from < b.from ? -1 : 1);

const isSame = (a: Route | undefined, b: Route | undefined): boolean => JSON.stringify(a) === JSON.stringify(b);

const addressesOf = ({ localAddress, remoteAddress }: Session, reversed = false): string =>
  reversed ? `${remoteAddress} ${localAddress}` : `${localAddress} ${remoteAddress}`;

/** The AS numbers that a session comes up with, seen from the first end; undefined if it does not come up. */
function agreed(one: End, other: End, isMoving: boolean): AsNumbers | undefined {
  const [a, b] = [one.session, other.session];
  if (a.adminDown !== undefined || b.adminDown !== undefined || !rolesFit(a, b)) return undefined;
  if ((a.ttlSecurity === undefined) !== (b.ttlSecurity === undefined)) return undefined;
  if (a.dial === 'never' && b.dial === 'never') return undefined; // each waits for the other
  // With a single release, both keys must match; during a deploy nodes accept the keys of both releases.
  if (!isMoving && String(a.password) !== String(b.password)) return undefined;
  return one.accepts.find(({ local, remote }) =>
    other.accepts.some((as) => as.local === remote && as.remote === local),
  );
}

/** RFC 9234 section 4.2: a role that only one side announces does not prevent the session. */
function rolesFit({ role: a }: Session, { role: b }: Session): boolean {
  return a === undefined || b === undefined || FITTING.some(([x, y]) => (a === x && b === y) || (a === y && b === x));
}
const FITTING = [
  ['provider', 'customer'],
  ['routeServer', 'routeServerClient'],
  ['peer', 'peer'],
];

const isClient = (session: Session): boolean => session.routeReflectorClient;

/** The cluster ID of a node in a deploy state; empty if it does not reflect. */
const clusterOf = (state: DeployState, name: string): string => {
  const fabric = fabricAt(state, name);
  return String((fabric && clusterIdOf(fabric, name)) ?? name);
};
